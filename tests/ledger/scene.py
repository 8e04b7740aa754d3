"""A workspace that can send, and the engine's door driven from ordinary tests."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from psycopg_pool import AsyncConnectionPool

from tradewind.accounts.models import User, Workspace
from tradewind.audience.models import Contact, List, Subscription
from tradewind.content.models import Template, TemplateVersion
from tradewind.core import clock
from tradewind.core.databases import conninfo
from tradewind.ledger import door, origins
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.query import Query
from tradewind.ledger.words import OriginKind
from tradewind.senders.models import Channel, MailDomain, Sender, SendingDomain

T = TypeVar("T")
NUMBERS = itertools.count(1)


def through_door(work: Callable[[door.Pool], Awaitable[T]]) -> T:
    """Run `work` with a pool on the test database."""

    async def main() -> T:
        async with AsyncConnectionPool(conninfo(), min_size=1, max_size=4, open=False) as pool:
            return await work(pool)

    return asyncio.run(main())


@dataclass
class Scene:
    workspace: Workspace
    audience: List
    sender: Sender
    version: TemplateVersion

    def contact(self, email: str = "", *, subscribed: bool = True, **fields: Any) -> Contact:
        email = email or f"buyer{next(NUMBERS)}@buyers.example"
        contact = Contact.objects.create(
            workspace=self.workspace,
            email=email,
            email_key=email,
            mail_domain=email.rpartition("@")[2],
            **fields,
        )
        if subscribed:
            Subscription.objects.create(workspace=self.workspace, list=self.audience, contact=contact)
        return contact

    def everybody(self) -> Query:
        return Query(
            "SELECT id FROM audience_contact WHERE workspace_id = %(audience_workspace)s",
            {"audience_workspace": self.workspace.pk},
        )

    def origin(
        self, *, list_ids: list[int] | None = None, lifetime: timedelta = timedelta(hours=1)
    ) -> Origin:
        return origins.open_origin(
            workspace=self.workspace,
            kind=OriginKind.CAMPAIGN,
            name="Spring lanterns",
            sender=self.sender,
            version=self.version,
            list_ids=[self.audience.pk] if list_ids is None else list_ids,
            expires_at=clock.now() + lifetime,
        )

    def worker(self) -> int:
        return through_door(lambda pool: door.register_worker(pool, "host:1", "host", "/nowhere"))

    def claim(self, worker: int, limit: int = 100) -> list[door.Claimed]:
        return through_door(lambda pool: door.claim(pool, worker, limit))

    def settle(self, worker: int, *outcomes: door.Outcome) -> list[int]:
        return through_door(lambda pool: door.settle(pool, worker, outcomes))


def outcome(claimed: door.Claimed, kind: door.OutcomeKind, **fields: Any) -> door.Outcome:
    at: datetime = fields.pop("at", clock.now())
    if kind in door.TRIED:
        fields.setdefault("attempt", door.AttemptFacts(at, at, phase="dot", dialogue=[(1, ">", "EHLO x")]))
    return door.Outcome(claimed.id, claimed.claimed_at, kind, at, **fields)


def states(origin: Origin) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Message.objects.filter(origin=origin).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def build() -> Scene:
    owner = User.objects.create_user("owner@lantern.example", "x")
    workspace = Workspace.found(
        "Ningbo Lantern", owner, company_name="Ningbo Lantern Co.", postal_address="88 Harbour Road"
    )
    domain = SendingDomain.objects.create(
        workspace=workspace,
        name="lantern.example",
        return_path_host="bounces.lantern.example",
        tracking_host="click.lantern.example",
        state=SendingDomain.State.AUTHENTICATED,
    )
    channel = Channel.objects.create(workspace=workspace, name="Direct", kind=Channel.Kind.DIRECT, port=2525)
    sender = Sender.objects.create(
        workspace=workspace, name="Alice", email="alice@lantern.example", domain=domain, channel=channel
    )
    template = Template.objects.create(workspace=workspace, name="Hello", subject="Hi")
    version = TemplateVersion.objects.create(
        workspace=workspace,
        template=template,
        number=1,
        subject="Hi",
        html="<p>Hi",
        text="Hi",
        mjml="",
        digest="1",
    )
    for name, provider in (("buyers.example", "gmail"), ("other.example", "other")):
        MailDomain.objects.create(
            name=name, status=MailDomain.Status.FOUND, provider=provider, checked_at=clock.now()
        )
    listed = List.objects.create(workspace=workspace, name="Buyers")
    return Scene(workspace, listed, sender, version)
