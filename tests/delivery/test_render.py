"""The trace shows exactly what was sent."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization

from tests.delivery.samples import rsa_pem
from tests.delivery.test_worker import campaign, relay, run
from tradewind.core import dns
from tradewind.delivery import render
from tradewind.ledger.models import Message

__all__ = ["relay"]


def publish(monkeypatch, status=dns.Status.FOUND) -> None:
    public = serialization.load_pem_private_key(rsa_pem().encode(), None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    record = base64.b64encode(public.public_bytes(serialization.Encoding.DER, form)).decode()

    def ask(name: str, kind: str = "A") -> dns.Answer:
        values = (f"v=DKIM1; p={record}",) if status is dns.Status.FOUND else ()
        return dns.Answer(name, kind, status, values, why="No DNS server answered in time.")

    monkeypatch.setattr(dns, "ask", ask)


@pytest.fixture
def sent(relay, tmp_path):
    origin = campaign(relay, 1)
    sink = run(relay, tmp_path, origin)
    return Message.objects.get(origin=origin), next(iter(sink.bodies.values()))


def test_byte_for_byte(sent, monkeypatch):
    publish(monkeypatch)
    row, body = sent
    made = render.recompose(row.pk)
    assert made.exact is True and made.message == body
    assert made.subject == "News, Anna0" and "Hello Anna0" in made.html and made.text == "Hello Anna0\n"
    assert dict(made.headers)["To"] == "Anna0 <c0@buyers.example>"
    (signature,) = made.signatures
    assert signature.ok is True and signature.selector == "r" and signature.domain == "lantern.example"


def test_a_changed_sender_is_noticed(sent, relay):
    row, _ = sent
    relay.sender.name = "Alice the Second"
    relay.sender.save(update_fields=["name"])
    assert render.recompose(row.pk, check_dns=False).exact is False


@pytest.mark.parametrize(("status", "ok"), [(dns.Status.ERROR, None), (dns.Status.NXDOMAIN, False)])
def test_keys_that_are_gone_or_not_known(sent, monkeypatch, status, ok):
    publish(monkeypatch, status)
    (signature,) = render.recompose(sent[0].pk).signatures
    assert signature.ok is ok and signature.why


def test_nothing_to_show_before_it_is_composed(relay):
    origin = campaign(relay, 1)
    assert render.recompose(Message.objects.get(origin=origin).pk) is None
    assert render.recompose(0) is None
