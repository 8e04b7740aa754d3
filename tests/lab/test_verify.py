"""SPF, DKIM and DMARC of the lab against independent implementations."""

import base64
from types import SimpleNamespace
from typing import Any

import dkim as dkimpy
import pytest
import spf as pyspf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.lab.exporter import DOMAIN, keys
from tradewind.lab import dkim, spf
from tradewind.lab.verify import dmarc_policy
from tradewind.lab.zones import Record, ZoneMode, Zones

LETTER = (
    b"From: Mei  <mei@teamaker.test>\r\nTo: a@b.test\r\nSubject:  folded\r\n\tand   spaced \r\n"
    b"Message-ID: <1@teamaker.test>\r\n\r\nHello \t there  \r\n\r\n. dot\r\n\r\n\r\n"
)


@pytest.fixture
def zones() -> Zones:
    zones = Zones()
    zones.publish([Record(f"s1._domainkey.{DOMAIN}", "TXT", keys()[1])])
    return zones


def sign(raw: bytes, **options: Any) -> bytes:
    return bytes(dkimpy.sign(raw, b"s1", DOMAIN.encode(), keys()[0], **options)) + raw


def results(zones: Zones, raw: bytes) -> list[str]:
    return [signature.result for signature in dkim.Verifier(zones).verify(*dkim.split(raw))]


def peer(raw: bytes, record: str) -> bool:
    return bool(dkimpy.verify(raw, dnsfunc=lambda *_args, **_kw: record.encode()))


@pytest.mark.parametrize("head", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
@pytest.mark.parametrize("text", [LETTER, LETTER.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"])
def test_agrees_with_dkimpy_on_every_canonicalization(
    zones: Zones, head: bytes, body: bytes, text: bytes
) -> None:
    raw = sign(text, canonicalize=(head, body))
    assert results(zones, raw) == ["pass"]
    for change in ((b"Hello", b"Hallo"), (b"Mei ", b"Mai "), (b"spaced", b"s paced")):
        changed = raw.replace(*change)
        assert (results(zones, changed) == ["pass"]) is peer(changed, keys()[1])


def test_oversigning_notices_an_added_header(zones: Zones) -> None:
    raw = sign(LETTER, include_headers=[b"from", b"from", b"subject", b"reply-to"])
    assert results(zones, raw) == ["pass"]
    changed = raw.replace(b"To: a@b.test", b"Reply-To: x@evil.test\r\nTo: a@b.test")
    assert results(zones, changed) == ["fail"]
    assert not peer(changed, keys()[1])


class _Nacl:
    """What dkimpy wants of PyNaCl, made of `cryptography`: the canonical form stays dkimpy's."""

    class encoding:
        Base64Encoder = None

    class signing:
        class SigningKey:
            def __init__(self, text: bytes, encoder: object) -> None:
                self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(text))

            def sign(self, digest: bytes) -> SimpleNamespace:
                return SimpleNamespace(signature=self._key.sign(digest))


def test_a_second_signature_in_ed25519_counts(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkimpy, "nacl", _Nacl, raising=False)
    seed = bytes(range(32))
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    record = "v=DKIM1; k=ed25519; p=" + base64.b64encode(public).decode()
    zones.publish([Record(f"ed._domainkey.{DOMAIN}", "TXT", record)])
    once = sign(LETTER)
    signer = dkimpy.DKIM(once, signature_algorithm=b"ed25519-sha256")
    second = signer.sign(
        b"ed", DOMAIN.encode(), base64.b64encode(seed), include_headers=[b"from", b"subject"]
    )
    both = bytes(second) + once
    assert results(zones, both) == ["pass", "pass"]
    assert results(zones, both.replace(b"and   spaced", b"and  other")) == ["fail", "fail"]


def test_keys_that_are_missing_revoked_or_changed(zones: Zones) -> None:
    raw = sign(LETTER)
    verifier = dkim.Verifier(zones)
    zones.publish([Record(f"s1._domainkey.{DOMAIN}", "TXT", "v=DKIM1; p=")])
    assert verifier.verify(*dkim.split(raw))[0].reason == "key is revoked"
    zones.withdraw(f"s1._domainkey.{DOMAIN}", "TXT")
    assert verifier.verify(*dkim.split(raw))[0].result == "permerror"
    zones.publish([Record(f"s1._domainkey.{DOMAIN}", "TXT", keys()[1])])
    assert verifier.verify(*dkim.split(raw))[0].result == "pass"


SPF_RECORDS = {
    "plain.test": "v=spf1 ip4:198.51.100.0/24 -all",
    "hosts.test": "v=spf1 a:mail.hosts.test mx ?all",
    "wide.test": "v=spf1 a:mail.hosts.test/24 ~all",
    "chain.test": "v=spf1 include:plain.test include:hosts.test -all",
    "redirect.test": "v=spf1 redirect=plain.test",
    "macro.test": "v=spf1 exists:%{i}.allow.test -all",
    "broken.test": "v=spf1 ip4:not-an-address -all",
    "odd.test": "v=spf1 nonsense:x -all",
    "endless.test": "v=spf1 include:endless.test -all",
    "void.test": "v=spf1 a:n1.void.test a:n2.void.test a:n3.void.test ip4:198.51.100.7 -all",
    "lost.test": "v=spf1 include:no-record.test -all",
}


@pytest.fixture
def spf_zones(monkeypatch: pytest.MonkeyPatch) -> Zones:
    zones = Zones()
    zones.publish([Record(name, "TXT", text) for name, text in SPF_RECORDS.items()])
    zones.publish(
        [
            Record("mail.hosts.test", "A", "203.0.113.9"),
            Record("hosts.test", "MX", "10 mx.hosts.test."),
            Record("mx.hosts.test", "A", "192.0.2.44"),
            Record("198.51.100.7.allow.test", "A", "127.0.0.2"),
        ]
    )

    def lookup(name: str, kind: str, *_: object, **__: object) -> list[Any]:
        found = []
        for rrset in zones.lookup(name, kind).rrsets:
            for rdata in rrset:
                value: Any = rdata.to_text()
                if kind == "TXT":
                    value = tuple(rdata.strings)
                elif kind == "MX":
                    value = (rdata.preference, rdata.exchange.to_text(omit_final_dot=True))
                found.append(((name, kind), value))
        return found

    monkeypatch.setattr(pyspf, "DNSLookup", lookup)
    return zones


@pytest.mark.parametrize("domain", [*SPF_RECORDS, "unknown.test"])
@pytest.mark.parametrize("ip", ["198.51.100.7", "203.0.113.9", "203.0.113.77", "192.0.2.44", "192.0.2.45"])
def test_spf_agrees_with_pyspf(spf_zones: Zones, domain: str, ip: str) -> None:
    expected = pyspf.check2(i=ip, s=f"news@{domain}", h="mail.other.test")[0]
    assert spf.check(spf_zones, ip, f"news@{domain}", "mail.other.test") == expected


def test_spf_of_the_empty_sender_and_of_a_failing_zone(spf_zones: Zones) -> None:
    assert spf.check(spf_zones, "198.51.100.7", "", "plain.test") == "pass"
    spf_zones.set_mode("plain.test", ZoneMode.SERVFAIL)
    assert spf.check(spf_zones, "198.51.100.7", "a@plain.test", "x") == "temperror"


def test_dmarc_of_a_subdomain_takes_sp() -> None:
    zones = Zones()
    zones.publish([Record("_dmarc.firm.com.br", "TXT", "v=DMARC1; p=none; sp=reject; adkim=s")])
    assert dmarc_policy(zones, "firm.com.br").policy == "none"
    below = dmarc_policy(zones, "news.firm.com.br")
    assert (below.policy, below.strict_dkim, below.strict_spf) == ("reject", True, False)
    assert dmarc_policy(zones, "elsewhere.test").policy == ""
