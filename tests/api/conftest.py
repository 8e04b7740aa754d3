"""Keys of the cast, and one of everything in Ningbo Lantern."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.cast import Cast
from tests.insights.scene import make_sender, make_stage
from tradewind.accounts.models import ApiKey, Workspace
from tradewind.accounts.roles import Role
from tradewind.audience import contacts, importing
from tradewind.audience.contacts import Saved
from tradewind.audience.models import Contact, Import, List, Subscription, Suppression
from tradewind.content import starting
from tradewind.content.models import Template
from tradewind.core import clock
from tradewind.crm.models import Lead
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.words import EventType
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign
from tradewind.senders.models import MailDomain, Sender
from tradewind.signals.models import Inbound, InboundKind


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass
class Caller:
    """A program with one key."""

    key: str
    language: str = "en"
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """`body` is sent as JSON; a header is written like `Idempotency_Key="x"`."""
        sent = {"Authorization": f"Bearer {self.key}", "Accept-Language": self.language} | self.headers
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = sent.pop("Content-Type", "application/json")
        client = Client(raise_request_exception=False)
        answer: Any = client.generic(method, f"/api/v1{path}", raw, content_type=kind, headers=sent)
        return answer  # type: ignore[no-any-return]

    def upload(self, name: str, content: bytes, **headers: str) -> HttpResponse:
        from django.core.files.uploadedfile import SimpleUploadedFile

        sent = {"Authorization": f"Bearer {self.key}", "Accept-Language": self.language}
        sent |= {header.replace("_", "-"): value for header, value in headers.items()}
        file = SimpleUploadedFile(name, content, content_type="text/csv")
        answer: Any = Client(raise_request_exception=False).post(
            "/api/v1/imports", {"file": file}, headers=sent
        )
        return answer  # type: ignore[no-any-return]


@dataclass
class Keys:
    alice: Caller  # owner
    bob: Caller  # marketer
    sam: Caller  # sales
    dora: Caller  # viewer
    charlie: Caller  # owner elsewhere


@dataclass
class World:
    """One object of each kind in a workspace."""

    contact: Contact
    audience: List
    suppression: Suppression
    import_: Import
    template: Template
    sender: Sender
    campaign: Campaign
    started: Campaign
    message: Message
    origin: Origin
    lead: Lead


def call_as(workspace: Workspace, role: Role) -> Caller:
    return Caller(ApiKey.issue(workspace, f"{role} key", role, None)[1])


@pytest.fixture
def keys(cast: Cast) -> Keys:
    return Keys(
        alice=call_as(cast.workspace, Role.OWNER),
        bob=call_as(cast.workspace, Role.MARKETER),
        sam=call_as(cast.workspace, Role.SALES),
        dora=call_as(cast.workspace, Role.VIEWER),
        charlie=call_as(cast.elsewhere, Role.OWNER),
    )


def person(workspace: Workspace, email: str, **values: Any) -> Contact:
    saved = contacts.create(workspace, {"email": email, **values})
    assert isinstance(saved, Saved)
    return saved.contact


@pytest.fixture
def world(cast: Cast, tmp_path: Any) -> World:
    return furnish(cast.workspace)


def furnish(workspace: Workspace) -> World:
    contact = person(
        workspace, "anna@buyers.example", first_name="Anna", company="Import-Haus GmbH", country="DE"
    )
    listed = List.objects.create(workspace=workspace, name="Canton Fair")
    Subscription.objects.create(workspace=workspace, list=listed, contact=contact)
    MailDomain.objects.create(name="buyers.example", status="found", provider="gmail", checked_at=clock.now())
    suppression = Suppression.objects.create(
        workspace=workspace, value="gone@buyers.example", reason="manual"
    )
    sender = make_sender(workspace)
    passed = {"code": "dkim", "state": "ok", "name": "", "seen": "", "expected": "", "problem": "ok"}
    sender.domain.checks = [passed]
    sender.domain.save(update_fields=["checks"])
    template = starting.from_starter(workspace, next(iter(starting.starters())))
    draft = campaigns.create(workspace, "Spring lanterns")
    campaigns.set_audience(draft, [listed])
    campaigns.set_content(draft, template, sender)
    stage = make_stage(workspace, sender)
    message = stage.message(contact=contact)
    started = campaigns.create(workspace, "Already sent")
    started.state, started.origin = Campaign.State.SENDING, stage.origin
    started.save(update_fields=["state", "origin"])
    record([NewEvent(workspace.pk, EventType.QUEUED, clock.now(), stage.origin.pk, message.pk, contact.pk)])
    Inbound.objects.create(
        workspace=workspace,
        contact=contact,
        kind=InboundKind.REPLY,
        rcpt_to="x@y",
        text="你好",
        raw=b"",
        digest=b"1",
    )
    return World(
        contact=contact,
        audience=listed,
        suppression=suppression,
        import_=importing.upload(workspace, None, "fair.csv", [b"Email,Name\nbo@buyers.example,Bo Li\n"]),
        template=template,
        sender=sender,
        campaign=draft,
        started=started,
        message=message,
        origin=stage.origin,
        lead=Lead.objects.create(workspace=workspace, contact=contact, message_id=message.pk),
    )


@pytest.fixture
def ids(world: World) -> Callable[[str], str]:
    """A path of the description with the ids of the world in it."""
    known = {
        "contact_id": world.contact.pk,
        "company_id": world.contact.company_id,
        "list_id": world.audience.pk,
        "suppression_id": world.suppression.pk,
        "import_id": world.import_.pk,
        "template_id": world.template.pk,
        "version_id": world.origin.version_id,
        "domain_id": world.sender.domain_id,
        "channel_id": world.sender.channel_id,
        "sender_id": world.sender.pk,
        "campaign_id": world.campaign.pk,
        "message_id": world.message.pk,
        "lead_id": world.lead.pk,
    }
    return lambda path: path.format(**known)
