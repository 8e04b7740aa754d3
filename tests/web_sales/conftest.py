"""One buyer who answered, one who was away, one who complained; figures and lanes of the last days."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.cast import Cast
from tradewind.audience.models import Contact
from tradewind.content.models import Template, TemplateVersion
from tradewind.core import clock
from tradewind.crm.models import Lead
from tradewind.ledger import origins
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.words import MessageState, OriginKind
from tradewind.reputation.models import Standing
from tradewind.senders.models import Channel, Sender, SendingDomain
from tradewind.signals.inbound.act import receive
from tradewind.signals.models import Inbound

EVIL = "<script>alert(1)</script>"


@dataclass(frozen=True)
class Desk:
    origin: Origin
    message: Message
    contact: Contact
    reply: Inbound
    lead: Lead
    domain: SendingDomain


@pytest.fixture
def desk(cast: Cast) -> Desk:
    workspace = cast.workspace
    domain = SendingDomain.objects.create(
        workspace=workspace,
        name="lantern.example",
        return_path_host="bounces.lantern.example",
        tracking_host="click.lantern.example",
        state=SendingDomain.State.AUTHENTICATED,
    )
    channel = Channel.objects.create(workspace=workspace, name="Direct", kind=Channel.Kind.DIRECT)
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
    origin = origins.open_origin(
        workspace=workspace,
        kind=OriginKind.CAMPAIGN,
        name="Spring lanterns",
        sender=sender,
        version=version,
        list_ids=[],
        expires_at=clock.now() + timedelta(days=3),
    )
    contact = Contact.objects.create(
        workspace=workspace,
        email="anna@buyers.example",
        email_key="anna@buyers.example",
        mail_domain="buyers.example",
        first_name="Anna",
        last_name="Schmidt",
    )
    message = Message.objects.create(
        workspace=workspace,
        origin=origin,
        contact=contact,
        email=contact.email_key,
        provider="gmail",
        state=MessageState.ACCEPTED,
        due_at=clock.now() - timedelta(hours=3),
        accepted_at=clock.now() - timedelta(hours=3),
        values={},
    )
    head = f"From: Anna Schmidt <anna@buyers.example>\r\nSubject: Re: Lanterns {EVIL}\r\n\r\n"
    letter = f"{head}Please send 500 pieces. {EVIL}\r\n"
    reply = receive("anna@buyers.example", "alice@lantern.example", letter.encode())
    head = "From: anna@buyers.example\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\n"
    away = f"{head}I am away until Monday.\r\n"
    receive("", "alice@lantern.example", away.encode())
    lead = Lead.objects.create(workspace=workspace, contact=contact, replies=1, last_reply_at=clock.now())
    Standing.objects.create(
        workspace=workspace,
        domain=domain,
        provider="gmail",
        day=clock.now().date(),
        accepted=940,
        refused_recipient=20,
        refused_us=60,
        deferred=33,
        bounced=4,
        complained=2,
    )
    return Desk(origin, message, contact, reply, lead, domain)
