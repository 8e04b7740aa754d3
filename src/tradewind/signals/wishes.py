"""What follows from a reader's wish or complaint, whichever way it came. Once per message, in the
transaction of the caller.
"""

from datetime import datetime
from typing import Any

from tradewind.audience.models import SuppressionReason
from tradewind.audience.subscriptions import unsubscribe as unsubscribe_contact
from tradewind.audience.suppression import suppress
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Event, Message
from tradewind.ledger.words import EventType


def unsubscribe(message: Message, *, at: datetime, data: dict[str, Any]) -> bool:
    """Off all lists and onto the suppression list; the event is written once per message. The caller
    holds the message's row lock.
    """
    if message.contact_id is not None:
        unsubscribe_contact(message.contact_id, message_id=message.pk)
    else:  # the contact was deleted; the address must still never be mailed again
        suppress(message.workspace_id, message.email, SuppressionReason.UNSUBSCRIBED, message_id=message.pk)
    return record_once(message, EventType.UNSUBSCRIBED, at, data)


def complain(message: Message, *, at: datetime, data: dict[str, Any]) -> bool:
    """A reader called it spam: never again, from any list."""
    suppress(message.workspace_id, message.email, SuppressionReason.COMPLAINED, message_id=message.pk)
    if message.contact_id is not None:
        unsubscribe_contact(message.contact_id, message_id=message.pk)
    return record_once(message, EventType.COMPLAINED, at, data)


def record_once(message: Message, type_: EventType, at: datetime, data: dict[str, Any]) -> bool:
    """Write the event unless this message has one of the type already."""
    if Event.objects.filter(message_id=message.pk, type=type_).exists():
        return False
    record_event(message, type_, at, data)
    return True


def record_event(message: Message, type_: EventType, at: datetime, data: dict[str, Any]) -> None:
    event = NewEvent(
        message.workspace_id,
        type_,
        at,
        origin_id=message.origin_id,
        message_id=message.pk,
        contact_id=message.contact_id,
        data={"provider": message.provider} | data,
    )
    record([event])
