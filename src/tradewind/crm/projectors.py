"""People who answer become leads. Automatic answers and wishes to be left alone do not."""

from collections.abc import Sequence
from importlib.resources import files

from django.db.backends.utils import CursorWrapper

from tradewind.ledger.projectors import Projector, Span


def apply(cursor: CursorWrapper, span: Span) -> None:
    """One lead per contact who answered; another answer raises its count."""
    text = (files(__package__) / "sql" / "leads.sql").read_text(encoding="utf-8")
    cursor.execute(text.replace("{span}", span.where), span.params)


def clear(cursor: CursorWrapper) -> None:
    """State and owner are people's decisions and stay; only what is counted from events begins anew."""
    cursor.execute("UPDATE crm_lead SET replies = 0, last_reply_at = NULL")


PROJECTORS: Sequence[Projector] = [Projector("crm.leads", apply, clear)]
