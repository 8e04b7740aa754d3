"""The trace shows the mail exactly as it was sent: composed by the engine, composed again here, byte for byte."""

import re
from datetime import datetime

from tests.cast import Cast
from tests.outreach.scene import make_campaign
from tradewind.core import clock
from tradewind.delivery import render
from tradewind.delivery.compose import Composer
from tradewind.delivery.desk import tracking_base
from tradewind.ledger.models import Message
from tradewind.outreach import campaigns
from tradewind.outreach.tasks import plan_campaign
from tradewind.senders.domains import add_domain
from tradewind.senders.models import Channel, DkimKey, Sender, SendingDomain
from tradewind.web.campaigns import sent


def send_one(cast: Cast) -> Message:
    """What a worker does to one message, without the wire."""
    domain = add_domain(cast.workspace, "lantern.example")
    domain.state, domain.authenticated_at = SendingDomain.State.AUTHENTICATED, clock.now()
    domain.save(update_fields=["state", "authenticated_at"])
    channel = Channel.objects.create(workspace=cast.workspace, name="Relay", host="127.0.0.1", port=9)
    Sender.objects.create(
        workspace=cast.workspace, name="Li Na", email="lina@lantern.example", domain=domain, channel=channel
    )
    campaign = make_campaign(cast.workspace, people=1)
    campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    message = Message.objects.select_related("origin__domain").get()
    origin = render.origin_brief(message.origin_id)
    assert origin is not None
    values: dict[str, object] = {
        "email": message.email,
        "first_name": "Ana",
        "full_name": "Ana Silva",
        "company": "Lumina",
    }
    at: datetime = clock.now().replace(microsecond=0)
    composed = Composer(origin, tracking_base(origin.tracking_host)).compose(
        message.pk, message.email, values, at
    )
    message.values, message.composed_at, message.digest = values, at, composed.digest
    message.state, message.accepted_at = "accepted", at
    message.save(update_fields=["values", "composed_at", "digest", "state", "accepted_at"])
    return message


def test_it_is_identical_and_its_signature_is_valid(cast: Cast) -> None:
    message = send_one(cast)
    mail = sent.as_sent(Message.objects.select_related("origin").get(pk=message.pk))
    assert mail is not None
    assert mail.identical
    assert [result.ok for result in mail.dkim] == [True]
    page = cast.client(cast.bob).get(cast.url("campaigns:message", message.pk)).content.decode()
    assert "Identical to what was sent" in page
    assert "is valid" in page
    assert "Dear Ana" in page
    answer = cast.client(cast.bob).get(cast.url("campaigns:source", message.pk))
    assert answer.content == mail.raw


def test_a_change_since_then_is_said_not_hidden(cast: Cast) -> None:
    message = send_one(cast)
    Message.objects.filter(pk=message.pk).update(values={**(message.values or {}), "first_name": "Eve"})
    mail = sent.as_sent(Message.objects.select_related("origin").get(pk=message.pk))
    assert mail is not None
    assert not mail.identical
    assert (
        "Not identical"
        in cast.client(cast.bob).get(cast.url("campaigns:message", message.pk)).content.decode()
    )


def test_a_signature_that_does_not_fit_the_published_key_is_not_valid(cast: Cast) -> None:
    message = send_one(cast)
    mail = sent.as_sent(Message.objects.select_related("origin").get(pk=message.pk))
    assert mail is not None
    forged = mail.raw.replace(b"Lumina", b"Lumino")
    assert forged != mail.raw
    assert [r.ok for r in sent.signatures(forged, message.origin.domain_id)] == [False]
    DkimKey.objects.all().delete()
    assert [r.ok for r in sent.signatures(mail.raw, message.origin.domain_id)] == [False]


def test_looking_at_it_is_no_reading(cast: Cast) -> None:
    """The frame runs no script and loads no pixel; no link in it is one of the reader's."""
    message = send_one(cast)
    answer = cast.client(cast.bob).get(cast.url("campaigns:rendered", message.pk))
    html = answer.content.decode()
    assert "Dear Ana" in html
    assert not re.search(r"/t/[oc]/|/u/[a-z0-9]{10}", html)
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    stranger = cast.client(cast.charlie).get(cast.url("campaigns:rendered", message.pk))
    assert stranger.status_code == 404
