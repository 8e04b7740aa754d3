"""Events to firsts (`Engagement`, `LinkClick`) and counts (`Rollup`), set by set."""

from collections.abc import Callable

from django.db.backends.utils import CursorWrapper

from tradewind.insights.sql import statement
from tradewind.ledger.projectors import Projector, Span

STEPS = ("engage", "tidy", "forget_clicks", "click")


def apply(cursor: CursorWrapper, span: Span) -> None:
    """Bring the figures of every message that the span touches up to date."""
    for name in STEPS:
        cursor.execute(statement(name).replace("{span}", span.where), span.params)


def clear(cursor: CursorWrapper) -> None:
    """Nothing is counted any more; the next spans count again. DELETE, so that pages can read the old
    figures meanwhile.
    """
    for table in ("insights_engagement", "insights_linkclick", "insights_rollup"):
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 – the three names above


PROJECTORS: list[Projector] = [Projector("insights", apply, clear)]
BEFORE: list[Callable[[], None]] = []
