"""Inbound mail as people want to see it: by kind, newest first, and by person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.audience.models import Contact
from tradewind.ledger.models import Message
from tradewind.signals.models import Inbound, InboundKind

K = InboundKind


class Shelf(StrEnum):
    """What is shown together."""

    ANSWERS = "answers"
    WISHES = "wishes"
    AUTOMATIC = "automatic"
    REPORTS = "reports"

    @property
    def label(self) -> Promise:
        return SHELVES[self][0]

    @property
    def kinds(self) -> tuple[InboundKind, ...]:
        return SHELVES[self][1]


SHELVES: dict[Shelf, tuple[Promise, tuple[InboundKind, ...]]] = {
    Shelf.ANSWERS: (_("Answers"), (K.REPLY, K.OTHER)),
    Shelf.WISHES: (_("Want no more mail"), (K.UNSUBSCRIBE_WISH,)),
    Shelf.AUTOMATIC: (_("Automatic replies"), (K.AUTO_REPLY,)),
    Shelf.REPORTS: (_("Delivery reports"), (K.DSN, K.ARF)),
}


def inbox(workspace_id: int, shelf: Shelf = Shelf.ANSWERS) -> QuerySet[Inbound]:
    """The newest first, without the raw bytes."""
    return (
        Inbound.objects.filter(workspace_id=workspace_id, kind__in=shelf.kinds)
        .select_related("contact__company", "message__origin")
        .defer("raw", "facts", "message__values")
        .order_by("-id")
    )


def counts(workspace_id: int) -> dict[Shelf, int]:
    """How many mails stand on each shelf."""
    rows = Inbound.objects.filter(workspace_id=workspace_id).values_list("kind").annotate(n=Count("id"))
    by_kind: dict[str, int] = dict(rows.order_by())
    return {shelf: sum(by_kind.get(kind, 0) for kind in shelf.kinds) for shelf in Shelf}


@dataclass(frozen=True, slots=True)
class Turn:
    """One mail of a conversation: ours (`sent`) or theirs (`inbound`)."""

    at: datetime
    sent: Message | None = None
    inbound: Inbound | None = None


def thread(contact: Contact, most: int = 200) -> list[Turn]:
    """What went to this person and what came back, the oldest first."""
    ours = (
        Message.objects.filter(contact=contact)
        .select_related("origin")
        .defer("values")
        .order_by("-id")[:most]
    )
    theirs = (
        Inbound.objects.filter(contact=contact)
        .defer("raw")
        .select_related("message__origin")
        .order_by("-id")[:most]
    )
    return _in_order(
        [Turn(message.accepted_at or message.due_at, sent=message) for message in ours]
        + [Turn(inbound.received_at, inbound=inbound) for inbound in theirs]
    )


def _in_order(turns: Iterable[Turn]) -> list[Turn]:
    return sorted(turns, key=lambda turn: turn.at)
