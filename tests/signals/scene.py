"""Messages that were sent, ready to be opened, clicked, bounced and answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.horizon import wait_for_horizon
from tests.ledger.scene import Scene as Sending
from tests.ledger.scene import build as build_sending
from tradewind.audience.models import Contact
from tradewind.content.models import Link
from tradewind.core import clock
from tradewind.ledger import tokens
from tradewind.ledger.models import Event, Message, Origin
from tradewind.ledger.projectors import Projector, catch_up
from tradewind.ledger.words import EventType, MessageState
from tradewind.senders.models import SendingDomain

HOST = "bounces.lantern.example"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@dataclass
class Scene:
    sending: Sending
    origin: Origin
    links: list[Link] = field(default_factory=list)

    @property
    def workspace_id(self) -> int:
        return self.sending.workspace.pk

    def message(
        self,
        email: str = "",
        *,
        state: MessageState = MessageState.ACCEPTED,
        accepted_at: datetime | None = None,
        values: dict[str, Any] | None = None,
        origin: Origin | None = None,
        **contact: Any,
    ) -> Message:
        """One that was accepted (or is in `state`), 20 minutes ago."""
        person = self.sending.contact(email, **contact)
        at = accepted_at or clock.now() - timedelta(minutes=20)
        worker = None
        if state is MessageState.CLAIMED:
            from tradewind.ledger.models import Worker

            worker = Worker.objects.create(
                name="w:1", host="w", journal="/nowhere", started_at=at, seen_at=at
            )
        return Message.objects.create(
            workspace=self.sending.workspace,
            origin=origin or self.origin,
            contact=person,
            email=person.email_key,
            provider="gmail",
            state=state,
            due_at=at,
            worker=worker,
            values={"first_name": "Anna", "email": person.email} if values is None else values,
            accepted_at=at if state in (MessageState.ACCEPTED, MessageState.BOUNCED) else None,
        )

    def domain(self) -> SendingDomain:
        return self.sending.sender.domain


def build() -> Scene:
    sending = build_sending()
    urls = [
        "https://lantern.example/catalogue?a=1&b=2",
        "https://lantern.example/price?for={{ first_name | url_encode }}",
        "https://lantern.example/news",
    ]
    links = [Link.objects.create(version=sending.version, position=n, url=url) for n, url in enumerate(urls)]
    return Scene(sending, sending.origin(), links)


def events(message: Message | None = None, type_: EventType | None = None) -> list[Event]:
    found = Event.objects.order_by("id")
    if message is not None:
        found = found.filter(message_id=message.pk)
    if type_ is not None:
        found = found.filter(type=type_)
    return list(found)


def types(message: Message) -> list[str]:
    return [event.type for event in events(message)]


def verp(message: Message) -> str:
    return f"b+{tokens.verp_token(message.pk)}@{HOST}"


def message_id(message: Message) -> str:
    return f"<{tokens.id_token(message.pk)}@lantern.example>"


def is_suppressed(contact: Contact) -> bool:
    from tradewind.audience.models import Suppression

    return Suppression.objects.filter(workspace=contact.workspace, value=contact.email_key).exists()


def project(projectors: Sequence[Projector]) -> None:
    """Project every event there is."""
    wait_for_horizon()
    catch_up(projectors)
