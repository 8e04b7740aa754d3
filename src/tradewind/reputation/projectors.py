"""From events to standings, by domain, provider and day, and by origin."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import LiteralString

from django.db.backends.utils import CursorWrapper

from tradewind.ledger.projectors import Projector, Span
from tradewind.reputation.breaker import check


def _statement(name: str, where: str) -> LiteralString:
    text = (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return text.replace("{span}", where)


def apply(cursor: CursorWrapper, span: Span) -> None:
    """Add a span of events to the counts."""
    cursor.execute(_statement("standing", span.where), span.params)
    cursor.execute(_statement("origin_standing", span.where), span.params)


def clear(cursor: CursorWrapper) -> None:
    """Trips stay: they are decisions, not counts."""
    cursor.execute("DELETE FROM reputation_standing")
    cursor.execute("DELETE FROM reputation_originstanding")


PROJECTORS: Sequence[Projector] = [Projector("reputation.standing", apply, clear)]
BEFORE: Sequence[Callable[[], object]] = [check]
