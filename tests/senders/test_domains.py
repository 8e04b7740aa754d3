"""A sending domain: its key, its records, and the check against a real name server."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from django.db import connection
from pytest_django import Settings

from tests.cast import Cast
from tradewind.lab.testing import LabProcess
from tradewind.senders import checks, domains, spf
from tradewind.senders.checks import CheckState
from tradewind.senders.models import Channel, SendingDomain
from tradewind.senders.names import BadDomain, clean

State = SendingDomain.State
numbers = iter(range(1000))


@pytest.fixture
def domain(cast: Cast) -> SendingDomain:
    return domains.add_domain(cast.workspace, f"lantern{next(numbers)}.example")


def publish(lab: LabProcess, domain: SendingDomain, *, without: str = "", **instead: str) -> None:
    lab.publish(
        {"name": record.name, "type": record.type, "data": instead.get(record.code, record.value)}
        for record in domains.records(domain)
        if record.code != without
    )


def states(domain: SendingDomain) -> dict[str, tuple[str, str]]:
    return {result.code: (str(result.state), result.problem) for result in checks.check(domain)}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Example.COM", "example.com"),
        ("  https://www.example.com/shop?x=1 ", "example.com"),
        ("anna@example.com", "example.com"),
        ("example.com.", "example.com"),
        ("灯笼.example", "xn--znx83u.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("mail.example.co.uk:25", "mail.example.co.uk"),
    ],
)
def test_what_people_type(typed: str, name: str) -> None:
    assert clean(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "example",
        "192.0.2.1",
        "exa mple.com",
        "-x.example",
        "a..b",
        "x" * 64 + ".example",
        "gmail.com",
        "qq.com",
        "a\x00b.com",
    ],
)
def test_what_cannot_be_a_sending_domain(typed: str) -> None:
    with pytest.raises(BadDomain) as caught:
        clean(typed)
    assert str(caught.value)


def test_the_key_is_good_and_encrypted_at_rest(domain: SendingDomain) -> None:
    key = domain.dkim_keys.get()
    private = serialization.load_pem_private_key(key.private_pem.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    public = serialization.load_der_public_key(base64.b64decode(key.public_key))
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 2048
    public.verify(private.sign(b"x", padding.PKCS1v15(), SHA256()), b"x", padding.PKCS1v15(), SHA256())
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_pem FROM senders_dkimkey WHERE id = %s", [key.pk])
        assert "PRIVATE KEY" not in cursor.fetchone()[0]


def test_a_domain_twice_is_refused_kindly(cast: Cast, domain: SendingDomain) -> None:
    with pytest.raises(BadDomain, match="already"):
        domains.add_domain(cast.workspace, domain.name.upper())
    assert domains.add_domain(cast.elsewhere, domain.name).pk != domain.pk


def test_records_with_a_host_and_with_an_address(domain: SendingDomain, settings: Settings) -> None:
    settings.MAIL_HOST, settings.PUBLIC_URL = "mx.tw.example", "https://app.tw.example:8443"
    found = {(record.code, record.type): record for record in domains.records(domain)}
    assert found["mx", "MX"].value == "10 mx.tw.example"
    assert (found["tracking", "CNAME"].name, found["tracking", "CNAME"].value) == (
        f"click.{domain.name}",
        "app.tw.example",
    )
    assert found["spf", "TXT"].name == f"bounces.{domain.name}"
    settings.MAIL_HOST, settings.PUBLIC_URL = "192.0.2.9", "http://192.0.2.9"
    found = {(record.code, record.type): record for record in domains.records(domain)}
    assert found["mx", "MX"].value == f"10 bounces.{domain.name}"
    assert found["address", "A"].value == "192.0.2.9"
    assert found["tracking", "A"].value == "192.0.2.9"


def test_spf_names_addresses_and_relays(cast: Cast, domain: SendingDomain, settings: Settings) -> None:
    settings.SENDING_ADDRESSES = ["192.0.2.1", "nonsense"]
    for name, fields in {
        "direct": {"kind": Channel.Kind.DIRECT, "source_ip": "2001:db8::1"},
        "brevo": {"host": "SMTP-relay.brevo.com"},
        "own": {"host": "relay.example.net"},
        "local": {"host": "127.0.0.1"},
    }.items():
        Channel.objects.create(workspace=cast.workspace, name=name, **fields)
    Channel.objects.create(workspace=cast.elsewhere, name="other", host="elsewhere.example.net")
    value = domains.spf_value(domain)
    assert value == ("v=spf1 mx ip4:192.0.2.1 ip6:2001:db8::1 include:spf.brevo.com a:relay.example.net ~all")
    spf.parse(value)


def test_the_zone_file_is_one(domain: SendingDomain) -> None:
    import dns.zone

    zone = dns.zone.from_text(
        f"@ 3600 IN SOA ns. root. 1 1 1 1 1\n@ IN NS ns.\n{domains.zone_file(domain)}",
        domain.name,
        relativize=False,
    )
    key = domain.dkim_keys.get()
    found = zone.find_rdataset(f"{key.selector}._domainkey.{domain.name}.", "TXT")[0]
    assert all(len(part) <= 255 for part in found.strings)
    assert b"".join(found.strings).decode().endswith(key.public_key)


def test_everything_published_authenticates(lab: LabProcess, domain: SendingDomain) -> None:
    assert domain.state == State.PENDING
    missing = {result.code for result in checks.can_send(domain)}
    assert missing == {"dkim", "spf", "dmarc", "tracking"}
    assert states(domain)["dkim"] == ("missing", "dkim_missing")
    domain.refresh_from_db()
    assert (domain.state, domain.authenticated_at) == (State.PENDING, None)
    publish(lab, domain)
    assert {state for state, _ in states(domain).values()} == {"ok"}
    domain.refresh_from_db()
    assert domain.state == State.AUTHENTICATED
    assert domain.authenticated_at is not None
    assert checks.can_send(domain) == []


@pytest.mark.parametrize(
    ("code", "published", "problem"),
    [
        ("dkim", "hello", "dkim_no_key"),
        ("dkim", "v=DKIM1; k=rsa; p=", "dkim_revoked"),
        ("dkim", "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "dkim_cut"),
        ("dkim", "v=DKIM1; k=rsa; p=AAAA", "dkim_other"),
        ("spf", "v=spf1 ipv4:192.0.2.1 -all", "spf_syntax"),
        ("spf", "v=spf1 ip4:192.0.2.1 -all", "spf_not_allowed"),
        ("spf", "v=spf1 include:nowhere.example -all", "spf_include"),
        ("dmarc", "v=DMARC1; p=perhaps", "dmarc_broken"),
        ("tracking", "192.0.2.1", "tracking_other"),
        ("mx", "10 mail.lab.test", "mx_other"),
    ],
)
def test_what_is_wrong_is_named(
    lab: LabProcess, domain: SendingDomain, code: str, published: str, problem: str
) -> None:
    also = {"spf": "v=spf1 ip4:127.0.0.1 ~all"} if code == "mx" else {}
    publish(lab, domain, **{code: published}, **also)
    found = {result.code: result for result in checks.check(domain)}
    assert (found[code].state, found[code].problem) == (CheckState.WRONG, problem)
    assert found[code].why
    assert found[code].mend
    assert found[code].seen
    domain.refresh_from_db()
    identity = code in ("dkim", "spf", "dmarc")
    assert domain.state == (State.PENDING if identity else State.AUTHENTICATED)
    blocked = [result.code for result in checks.can_send(domain)]
    assert blocked == ([] if code == "mx" else [code])


def test_an_spf_record_that_stands_there_is_kept_and_extended(lab: LabProcess, domain: SendingDomain) -> None:
    publish(lab, domain, spf="v=spf1 ip4:192.0.2.1 -all")
    found = {result.code: result for result in checks.check(domain)}["spf"]
    assert found.expected == "v=spf1 ip4:192.0.2.1 mx -all"


def test_a_policy_of_the_parent_is_enough(lab: LabProcess, cast: Cast) -> None:
    parent = f"parent{next(numbers)}.example"
    lab.publish([{"name": f"_dmarc.{parent}", "type": "TXT", "data": "v=DMARC1; p=reject"}])
    domain = domains.add_domain(cast.workspace, f"news.{parent}")
    publish(lab, domain, without="dmarc")
    assert states(domain)["dmarc"] == ("ok", "dmarc_inherited")


def test_silence_is_unknown_and_keeps_sending(lab: LabProcess, domain: SendingDomain) -> None:
    lab.dns_mode(domain.name, "servfail")
    assert set(states(domain).values()) == {("unknown", "no_answer")}
    domain.refresh_from_db()
    assert domain.state == State.PENDING  # silence authenticates nobody
    lab.dns_mode(domain.name, "ok")
    publish(lab, domain)
    checks.check(domain)
    lab.dns_mode(domain.name, "timeout")
    assert set(states(domain).values()) == {("unknown", "no_answer")}
    domain.refresh_from_db()
    assert domain.state == State.UNKNOWN
    assert checks.can_send(domain) == []
    lab.dns_mode(domain.name, "ok")
    lab.withdraw([{"name": f"_dmarc.{domain.name}", "type": "TXT"}])
    checks.check(domain)
    domain.refresh_from_db()
    assert domain.state == State.FAILING
    assert [result.code for result in checks.can_send(domain)] == ["dmarc"]
    lab.dns_mode(domain.name, "servfail")
    checks.check(domain)
    domain.refresh_from_db()
    assert domain.state == State.FAILING  # silence heals nothing
    lab.dns_mode(domain.name, "ok")
    publish(lab, domain)
    checks.check(domain)
    domain.refresh_from_db()
    assert domain.state == State.AUTHENTICATED


def test_results_are_stored_and_speak_the_readers_language(lab: LabProcess, domain: SendingDomain) -> None:
    checks.check(domain)
    domain.refresh_from_db()
    stored = checks.stored(domain)
    assert [result.code for result in stored] == ["dkim", "spf", "dmarc", "mx", "tracking"]
    assert stored == checks.look(domain)
    assert domain.dkim_keys.get().selector in stored[0].why


def test_every_problem_has_sentences() -> None:
    from tradewind.senders.check_words import MENDS, REASONS

    good = {"ok", "dmarc_inherited", "spf_not_aligned", "spf_relay"}
    assert set(REASONS) - good == set(MENDS)
    values: dict[str, Any] = {"detail": "d", "name": "n", "expected": "e"}
    for sentence in [*REASONS.values(), *MENDS.values()]:
        assert str(sentence) % values


def test_tracking_base(domain: SendingDomain, settings: Settings) -> None:
    settings.TRACKING_URL, settings.TRACKING_SCHEME, settings.TRACKING_PORT = None, "https", 0
    assert domains.tracking_base(domain) == f"https://click.{domain.name}"
    settings.TRACKING_SCHEME, settings.TRACKING_PORT = "http", 8000
    assert domains.tracking_base(domain) == f"http://click.{domain.name}:8000"
    settings.TRACKING_URL = "https://t.example/"
    assert domains.tracking_base(domain) == "https://t.example"
    assert not [record for record in domains.records(domain) if record.code == "tracking"]
