"""The trace shows exactly what was sent."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.delivery.samples import rsa_pem
from tests.delivery.test_worker import campaign, relay, run
from tests.ledger.scene import Scene
from tradewind.core import dns
from tradewind.delivery import render
from tradewind.ledger.models import Message

__all__ = ["relay"]
Sent = tuple[Message, bytes]
"""The row and what the server was given."""


def publish(monkeypatch: pytest.MonkeyPatch, status: dns.Status = dns.Status.FOUND) -> None:
    public = serialization.load_pem_private_key(rsa_pem().encode(), None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    record = base64.b64encode(public.public_bytes(serialization.Encoding.DER, form)).decode()

    def ask(name: str, kind: str = "A") -> dns.Answer:
        values = (f"v=DKIM1; p={record}",) if status is dns.Status.FOUND else ()
        return dns.Answer(name, kind, status, values, why="No DNS server answered in time.")

    monkeypatch.setattr(dns, "ask", ask)


def shown(row: Message, *, check_dns: bool = True) -> render.Recomposed:
    made = render.recompose(row.pk, check_dns=check_dns)
    assert made is not None
    return made


@pytest.fixture
def sent(relay: Scene, tmp_path: Path) -> Sent:
    origin = campaign(relay, 1)
    sink = run(relay, tmp_path, origin)
    return Message.objects.get(origin=origin), next(iter(sink.bodies.values()))


def test_byte_for_byte(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch)
    row, body = sent
    made = shown(row)
    assert made.exact is True and made.message == body
    assert made.subject == "News, Anna0" and "Hello Anna0" in made.html and made.text == "Hello Anna0\n"
    assert dict(made.headers)["To"] == "Anna0 <c0@buyers.example>"
    (signature,) = made.signatures
    assert signature.ok is True and signature.selector == "r" and signature.domain == "lantern.example"


def test_a_changed_sender_is_noticed(sent: Sent, relay: Scene) -> None:
    row, _ = sent
    relay.sender.name = "Alice the Second"
    relay.sender.save(update_fields=["name"])
    assert shown(row, check_dns=False).exact is False


@pytest.mark.parametrize(("status", "ok"), [(dns.Status.ERROR, None), (dns.Status.NXDOMAIN, False)])
def test_keys_that_are_gone_or_not_known(
    sent: Sent, monkeypatch: pytest.MonkeyPatch, status: dns.Status, ok: bool | None
) -> None:
    publish(monkeypatch, status)
    (signature,) = shown(sent[0]).signatures
    assert signature.ok is ok and signature.why


def test_nothing_to_show_before_it_is_composed(relay: Scene) -> None:
    origin = campaign(relay, 1)
    assert render.recompose(Message.objects.get(origin=origin).pk) is None
    assert render.recompose(0) is None
