"""Pages of domains, channels and senders: who may see them, and that they do what they say."""

import pytest
from django.urls import reverse

from tests.cast import Cast, assert_private
from tests.senders.conftest import lab as lab
from tests.senders.conftest import lab_process as lab_process
from tradewind.lab.testing import LabProcess
from tradewind.senders import domains
from tradewind.senders.models import Channel, Sender, SendingDomain

MANAGERS = ("alice",)


@pytest.fixture
def domain(cast: Cast) -> SendingDomain:
    return domains.add_domain(cast.workspace, "web-lantern.example")


@pytest.fixture
def channel(cast: Cast) -> Channel:
    return Channel.objects.create(
        workspace=cast.workspace, name="Relay", host="relay.example", username="li", password="old-secret"
    )


@pytest.fixture
def sender(cast: Cast, domain: SendingDomain, channel: Channel) -> Sender:
    return Sender.objects.create(
        workspace=cast.workspace,
        name="Li Wei",
        email="li@web-lantern.example",
        domain=domain,
        channel=channel,
    )


def test_who_may_see_what(cast: Cast, sender: Sender) -> None:
    assert_private(cast, cast.url("senders:domains"))
    assert_private(cast, cast.url("senders:domain", sender.domain_id))
    assert_private(cast, cast.url("senders:domain_zone", sender.domain_id))
    assert_private(cast, cast.url("senders:channels"))
    assert_private(cast, cast.url("senders:senders"))
    assert_private(cast, cast.url("senders:domain_new"), allowed=MANAGERS)
    assert_private(cast, cast.url("senders:channel_new"), allowed=MANAGERS)
    assert_private(cast, cast.url("senders:channel", sender.channel_id), allowed=MANAGERS)
    assert_private(cast, cast.url("senders:sender_new"), allowed=MANAGERS)
    assert_private(cast, cast.url("senders:sender", sender.pk), allowed=MANAGERS)


def test_who_may_change(cast: Cast, sender: Sender) -> None:
    for name, pk in [
        ("domain_check", sender.domain_id),
        ("domain_delete", sender.domain_id),
        ("channel_test", sender.channel_id),
        ("channel_delete", sender.channel_id),
        ("sender_delete", sender.pk),
    ]:
        url = cast.url(f"senders:{name}", pk)
        assert cast.client(cast.bob).post(url).status_code == 403, name
        assert cast.client(cast.charlie).post(url).status_code == 404, name
        assert cast.client(cast.alice).get(url).status_code == 405, name
        theirs = reverse(f"senders:{name}", args=[cast.elsewhere.slug, pk])
        assert cast.client(cast.charlie).post(theirs).status_code == 404, name


def test_empty_pages_say_what_to_do(cast: Cast) -> None:
    alice = cast.client(cast.alice)
    assert "Add your company" in alice.get(cast.url("senders:domains")).content.decode()
    assert "Choose a way out" in alice.get(cast.url("senders:channels")).content.decode()
    assert "First a domain" in alice.get(cast.url("senders:senders")).content.decode()


def test_adding_a_domain_shows_its_records(cast: Cast) -> None:
    alice = cast.client(cast.alice)
    url = cast.url("senders:domain_new")
    page = alice.post(url, {"name": "gmail.com"}).content.decode()
    assert "belongs to Gmail" in page
    response = alice.post(url, {"name": "https://www.New-Lantern.example/"}, follow=True)
    domain = SendingDomain.objects.get()
    page = response.content.decode()
    assert domain.name == "new-lantern.example"
    for record in domains.records(domain):
        assert record.value in page, record
        assert record.name in page, record
    assert "is already among" in alice.post(url, {"name": "new-lantern.example"}).content.decode()
    private = domain.dkim_keys.get().private_pem.splitlines()[1]
    assert private not in page


def test_checking_says_what_is_wrong_and_then_that_all_is_well(
    cast: Cast, domain: SendingDomain, lab: LabProcess
) -> None:
    alice = cast.client(cast.alice)
    url = cast.url("senders:domain_check", domain.pk)
    page = alice.post(url, headers={"HX-Request": "true"}).content.decode()
    assert "4 records are missing" in page
    assert "There is no DMARC record" in page
    lab.publish({"name": r.name, "type": r.type, "data": r.value} for r in domains.records(domain))
    page = alice.post(url, follow=True).content.decode()
    assert "Providers can see that mail from this domain is yours" in page
    domain.refresh_from_db()
    assert domain.state == "authenticated"
    lab.publish([{"name": f"_dmarc.{domain.name}", "type": "TXT", "data": "v=DMARC1; p=<b>"}])
    page = alice.post(url, follow=True).content.decode()
    assert "Records are gone or wrong" in page
    assert "p=&lt;b&gt;" in page


def test_the_password_is_never_shown_and_stays(cast: Cast, channel: Channel) -> None:
    alice = cast.client(cast.alice)
    url = cast.url("senders:channel", channel.pk)
    assert "old-secret" not in alice.get(url).content.decode()
    form = {
        "name": "Relay 2",
        "kind": "relay",
        "host": "smtp.example",
        "port": 587,
        "security": "starttls",
        "username": "li",
        "max_connections": 5,
    }
    assert alice.post(url, form).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.password, channel.max_connections) == ("Relay 2", "old-secret", 5)
    alice.post(url, {**form, "password": "new-secret"})
    channel.refresh_from_db()
    assert channel.password == "new-secret"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Relay"}, "already"),
        ({"host": ""}, "needs its server"),
        ({"host": "a b"}, "signs that cannot stand"),
        ({"ehlo_name": "x\r\nMAIL"}, "signs that cannot stand"),
        ({"port": "70000"}, "from 1 to 65535"),
        ({"security": "opportunistic"}, "choose STARTTLS or TLS"),
        ({"source_ip": "here"}, "no IP address"),
        ({"max_connections": "0"}, "from 1 to 500"),
        ({"rate_per_second": "0"}, "more than 0"),
        ({"kind": "carrier pigeon"}, "Select a valid choice"),
    ],
)
def test_what_a_channel_cannot_be(cast: Cast, channel: Channel, changes: dict[str, str], words: str) -> None:
    import re

    form = {
        "name": "Other",
        "kind": "relay",
        "host": "smtp.example",
        "port": "587",
        "security": "starttls",
        "max_connections": "5",
    }
    response = cast.client(cast.alice).post(cast.url("senders:channel_new"), {**form, **changes})
    assert response.status_code == 200
    assert re.search(words, response.content.decode())
    assert Channel.objects.count() == 1


def test_a_direct_channel_is_tried_with_a_real_server(cast: Cast, lab: LabProcess) -> None:
    alice = cast.client(cast.alice)
    form = {
        "name": "Direct",
        "kind": "direct",
        "port": lab.smtp_port,
        "security": "starttls",
        "max_connections": 5,
        "ehlo_name": "mail.tradewind-lab.example",
    }
    assert alice.post(cast.url("senders:channel_new"), form).status_code == 302
    channel = Channel.objects.get()
    assert channel.security == "opportunistic"
    url = cast.url("senders:channel_test", channel.pk)
    page = alice.post(url, {"domain": "qq.com"}, headers={"HX-Request": "true"}).content.decode()
    assert "It works" in page
    assert "EHLO" in page.upper()
    page = alice.post(url, {"domain": "no.such.example"}, follow=True).content.decode()
    assert "has no mail server" in page
    assert "Does not work" in alice.get(cast.url("senders:channels")).content.decode()


def test_senders(cast: Cast, domain: SendingDomain, channel: Channel) -> None:
    alice = cast.client(cast.alice)
    url = cast.url("senders:sender_new")
    page = alice.post(url, {"name": "A", "email": "a@other.example", "channel": channel.pk}).content.decode()
    assert "is not among your domains" in page
    foreign = Channel.objects.create(workspace=cast.elsewhere, name="Theirs", host="x.example")
    assert (
        alice.post(url, {"name": "A", "email": "a@web-lantern.example", "channel": foreign.pk}).status_code
        == 200
    )
    assert not Sender.objects.exists()
    page = alice.post(
        url, {"name": "Li <Wei>", "email": "li@web-lantern.example", "channel": channel.pk}, follow=True
    ).content.decode()
    assert "Li &lt;Wei&gt;" in page
    assert "Records missing" in page
    sender = Sender.objects.get()
    alice.post(
        cast.url("senders:sender", sender.pk),
        {"name": "Lin", "email": "lin@web-lantern.example", "channel": channel.pk},
    )
    sender.refresh_from_db()
    assert sender.email == "lin@web-lantern.example"


def test_what_is_in_use_is_kept_and_the_rest_deleted(cast: Cast, sender: Sender) -> None:
    alice = cast.client(cast.alice)
    page = alice.post(cast.url("senders:domain_delete", sender.domain_id), follow=True).content.decode()
    assert "is kept" in page
    page = alice.post(cast.url("senders:channel_delete", sender.channel_id), follow=True).content.decode()
    assert "is kept" in page
    alice.post(cast.url("senders:sender_delete", sender.pk))
    alice.post(cast.url("senders:domain_delete", sender.domain_id))
    alice.post(cast.url("senders:channel_delete", sender.channel_id))
    assert not SendingDomain.objects.exists()
    assert not Channel.objects.exists()
