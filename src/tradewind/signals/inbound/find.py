"""Which message an inbound mail is about: by tokens that only we can have made, else (answers only) by who writes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tradewind.audience.models import Contact
from tradewind.core import clock
from tradewind.ledger import tokens
from tradewind.ledger.models import Message
from tradewind.ledger.words import MessageState
from tradewind.senders.models import SendingDomain
from tradewind.signals.inbound.values import Kind, Reading

RECENT = timedelta(days=90)
PEOPLE_WRITE = frozenset({Kind.REPLY, Kind.AUTO_REPLY, Kind.UNSUBSCRIBE_WISH})
_READERS: dict[str, Callable[[str], int | None]] = {"b": tokens.read_verp, "u": tokens.read_unsubscribe}


@dataclass(frozen=True, slots=True)
class Found:
    """What an inbound mail belongs to; `by` says how it was found: return_path, message_id, address, or empty."""

    workspace_id: int | None = None
    message: Message | None = None
    contact: Contact | None = None
    by: str = ""


def find(reading: Reading, rcpt_to: str) -> Found:
    """The message, contact and workspace; what cannot be told is None."""
    message, by = _by_token(reading)
    if message is not None:
        return Found(message.workspace_id, message, message.contact, by)
    workspaces = _workspaces(rcpt_to)
    if reading.kind in PEOPLE_WRITE and reading.author:
        contact = (
            Contact.objects.filter(workspace_id__in=workspaces, email_key=reading.author)
            .order_by("-id")
            .first()
        )
        if contact is not None:
            return Found(contact.workspace_id, _latest(contact), contact, "address")
    return Found(workspaces[0] if workspaces else None)


def return_path_id(address: str) -> int | None:
    """The message id in a return path or mailto address of ours; None for any other address and for a forged token."""
    kind, plus, token = address.partition("@")[0].lower().partition("+")
    return _READERS[kind](token) if plus and kind in _READERS else None


def _by_token(reading: Reading) -> tuple[Message | None, str]:
    for by, ids in (
        ("return_path", map(return_path_id, reading.return_paths)),
        ("message_id", map(tokens.read_id, reading.identities)),
    ):
        for message_id in ids:
            message = (
                Message.objects.select_related("contact").filter(pk=message_id).first()
                if message_id
                else None
            )
            if message is not None:
                return message, by
    return None, ""


def _workspaces(rcpt_to: str) -> list[int]:
    """Workspaces that own the host of this address; those whose domain is authenticated first."""
    host = rcpt_to.rpartition("@")[2].lower()
    domains = list(SendingDomain.objects.filter(name=host)) + list(
        SendingDomain.objects.filter(return_path_host=host)
    )
    domains.sort(key=lambda domain: (domain.state != SendingDomain.State.AUTHENTICATED, domain.pk))
    return list(dict.fromkeys(domain.workspace_id for domain in domains))


def _latest(contact: Contact) -> Message | None:
    """The last message that reached their server lately."""
    return (
        Message.objects.filter(
            contact=contact,
            state__in=[MessageState.ACCEPTED, MessageState.UNKNOWN],
            created_at__gte=clock.now() - RECENT,
        )
        .order_by("-id")
        .first()
    )
