"""A small stage for tests about figures: an origin with messages, and a short way to let something happen
to them.
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from tradewind.accounts.models import Workspace
from tradewind.audience.models import Contact
from tradewind.content.models import Link, Template, TemplateVersion
from tradewind.insights.projectors import apply
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.projectors import Span
from tradewind.ledger.words import EventType, MessageState, OriginKind
from tradewind.senders.models import Channel, Sender, SendingDomain

NUMBERS = itertools.count(1)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WAITING = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.DEFERRED)
STATE_EVENTS = {
    EventType.QUEUED: MessageState.QUEUED,
    EventType.SKIPPED: MessageState.SKIPPED,
    EventType.ACCEPTED: MessageState.ACCEPTED,
    EventType.DEFERRED: MessageState.DEFERRED,
    EventType.REFUSED: MessageState.REFUSED,
    EventType.EXPIRED: MessageState.EXPIRED,
    EventType.UNKNOWN: MessageState.UNKNOWN,
    EventType.BOUNCED: MessageState.BOUNCED,
    EventType.RETURNED: MessageState.QUEUED,
}


@dataclass
class Stage:
    """Messages of one origin; `happens` writes the event and, as the ledger does, the state of the row."""

    workspace: Workspace
    origin: Origin
    link: Link
    messages: list[Message] = field(default_factory=list)
    read: tuple[int, int] = (0, 0)
    pending: list[NewEvent] = field(default_factory=list)
    changed: dict[int, Message] = field(default_factory=dict)

    def message(self, provider: str = "gmail", contact: Contact | None = None) -> Message:
        if contact is None:
            name = f"reader{next(NUMBERS)}@{provider}.example"
            contact = Contact.objects.create(
                workspace=self.workspace,
                email=name.title(),
                email_key=name,
                mail_domain=f"{provider}.example",
            )
        message = Message.objects.create(
            workspace=self.workspace,
            origin=self.origin,
            contact=contact,
            email=contact.email_key,
            provider=provider,
            state=MessageState.QUEUED,
            due_at=START,
        )
        self.messages.append(message)
        return message

    def happens(self, message: Message, event: EventType, minute: float = 0, **data: Any) -> None:
        """Noted now, written by `flush` (or `project`) in this order."""
        at = START + timedelta(minutes=minute)
        self.pending.append(
            NewEvent(
                self.workspace.pk,
                event,
                at,
                origin_id=self.origin.pk,
                message_id=message.pk,
                contact_id=message.contact_id,
                data={"provider": message.provider, **data},
            )
        )
        state = STATE_EVENTS.get(event)
        if state is not None:
            message.state, message.reason = state, str(data.get("reason", ""))
            message.settled_at = None if state in WAITING else at
            message.accepted_at = at if event is EventType.ACCEPTED else message.accepted_at
            message.reply_text = str(data.get("text", message.reply_text))
            message.reply_status = str(data.get("status", message.reply_status))
            message.reply_code = data.get("code", message.reply_code)
            self.changed[message.pk] = message

    def flush(self) -> None:
        record(self.pending)
        fields = ["state", "reason", "settled_at", "accepted_at", "reply_text", "reply_status", "reply_code"]
        Message.objects.bulk_update(self.changed.values(), fields, batch_size=500)
        self.pending, self.changed = [], {}

    def opens(
        self, message: Message, minute: float, verdict: str, hit: int, shows_inbox: bool = True
    ) -> None:
        self.happens(
            message, EventType.OPENED, minute, hit=hit, verdict=verdict, shows_inbox=shows_inbox, reasons=[]
        )

    def clicks(self, message: Message, minute: float, verdict: str, hit: int) -> None:
        shows = verdict in ("person", "likely_person")
        self.happens(
            message,
            EventType.CLICKED,
            minute,
            hit=hit,
            verdict=verdict,
            shows_inbox=shows,
            reasons=[],
            link=self.link.pk,
        )

    def project(self) -> None:
        """What `tradewind project` would do with the events since the last call, in the test's own transaction."""
        self.flush()
        with connection.cursor() as cursor:
            newest = last_event(cursor)
            apply(cursor, Span(self.read, newest))
            self.read = newest


def last_event(cursor: CursorWrapper) -> tuple[int, int]:
    """(xid, id) of the event that was written last."""
    cursor.execute("SELECT xid::text::bigint, id FROM ledger_event ORDER BY xid DESC, id DESC LIMIT 1")
    return cursor.fetchone() or (0, 0)


def make_sender(workspace: Workspace, state: str = SendingDomain.State.AUTHENTICATED) -> Sender:
    """A sender at an authenticated domain, with a relay on a closed port."""
    name = f"{workspace.slug}.example"
    domain = SendingDomain.objects.create(
        workspace=workspace,
        name=name,
        return_path_host=f"bounces.{name}",
        tracking_host=f"click.{name}",
        state=state,
        authenticated_at=START,
    )
    channel = Channel.objects.create(
        workspace=workspace, name="Relay", host="127.0.0.1", port=9, last_test={"ok": True, "sentence": ""}
    )
    return Sender.objects.create(
        workspace=workspace, name="Li Na", email=f"lina@{name}", domain=domain, channel=channel
    )


def make_stage(workspace: Workspace, sender: Sender | None = None, name: str = "Spring lanterns") -> Stage:
    sender = sender or Sender.objects.filter(workspace=workspace).first() or make_sender(workspace)
    template = Template.objects.create(workspace=workspace, name=name)
    version = TemplateVersion.objects.create(
        workspace=workspace,
        template=template,
        number=1,
        subject="New lanterns",
        html="<p>Hello</p>",
        text="Hello",
        mjml="",
        digest=name,
    )
    link = Link.objects.create(
        version=version, position=0, url="https://lantern.example/catalogue", label="Catalogue"
    )
    origin = Origin.objects.create(
        workspace=workspace,
        kind=OriginKind.CAMPAIGN,
        name=name,
        sender=sender,
        domain=sender.domain,
        channel=sender.channel,
        version=version,
        expires_at=START + timedelta(days=3),
        planned_at=START,
    )
    return Stage(workspace, origin, link)
