"""What happens to a message after the engine has settled it: taken back by a DSN, or an unknown made known."""

from datetime import datetime
from typing import Any

from django.db import transaction

from tradewind.audience.models import SuppressionReason
from tradewind.audience.suppression import suppress
from tradewind.core import clock
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Message
from tradewind.ledger.words import EventType, MessageState


@transaction.atomic
def mark_bounced(
    message_id: int,
    *,
    at: datetime,
    code: int | None = None,
    status: str = "",
    text: str = "",
    rule: str = "",
    suppress_address: bool = False,
    data: dict[str, Any] | None = None,
) -> bool:
    """A DSN says that an accepted message was not delivered after all; False if it is not (any more) one of those.

    `suppress_address` only where the recipient is at fault and for good (research: four fields of a reply).
    An unknown message is thereby known: it had been accepted.
    """
    message = (
        Message.objects.select_for_update()
        .filter(pk=message_id, state__in=[MessageState.ACCEPTED, MessageState.UNKNOWN])
        .first()
    )
    if message is None:
        return False
    message.state = MessageState.BOUNCED
    message.reason, message.reply_status = rule, status or message.reply_status
    message.reply_text = text or message.reply_text
    message.accepted_at = message.accepted_at or at
    message.settled_at = at
    message.save(update_fields=["state", "reason", "reply_status", "reply_text", "accepted_at", "settled_at"])
    facts = {"code": code, "status": status, "text": text, "rule": rule, "provider": message.provider}
    kept = {key: value for key, value in (facts | (data or {})).items() if value not in (None, "")}
    events = [_event(message, EventType.BOUNCED, at, kept | {"suppress": suppress_address})]
    if suppress_address and suppress(
        message.workspace_id, message.email, SuppressionReason.HARD_BOUNCE, message_id=message.pk, note=text
    ):
        events.append(_event(message, EventType.SUPPRESSED, at, {"reason": SuppressionReason.HARD_BOUNCE}))
    record(events)
    return True


@transaction.atomic
def resolve_unknown(message_id: int, *, accepted: bool, evidence: str) -> bool:
    """A person, a reply or an open tells what became of an unknown message. Not accepted: it waits to be sent again."""
    now = clock.now()
    message = Message.objects.select_for_update().filter(pk=message_id, state=MessageState.UNKNOWN).first()
    if message is None:
        return False
    message.state = MessageState.ACCEPTED if accepted else MessageState.QUEUED
    message.reason = ""
    message.accepted_at = now if accepted else None
    message.settled_at = now if accepted else None
    message.worker = None
    message.save(update_fields=["state", "reason", "accepted_at", "settled_at", "worker"])
    event = EventType.ACCEPTED if accepted else EventType.RETURNED
    record([_event(message, event, now, {"evidence": evidence, "provider": message.provider})])
    return True


def _event(message: Message, event: EventType, at: datetime, data: dict[str, Any]) -> NewEvent:
    return NewEvent(
        message.workspace_id,
        event,
        at,
        origin_id=message.origin_id,
        message_id=message.pk,
        contact_id=message.contact_id,
        data=data,
    )
