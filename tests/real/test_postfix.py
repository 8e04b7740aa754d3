"""The campaign through a real Postfix into real Dovecot mailboxes, and a real DSN back."""

import email
import email.policy
import imaplib
import ssl
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest

from tests.ledger.scene import build
from tests.processes import Processes, free_port, listening, wait_until
from tests.real.mailserver import BOX_PASSWORD, DOMAIN, PASSWORD, USER, MailServer, mail_server
from tradewind.audience.models import Suppression
from tradewind.content import starting, versions
from tradewind.ledger import planning
from tradewind.ledger.models import Event, Message, Origin
from tradewind.senders.dkim import make_key, record_value
from tradewind.senders.models import Channel, DkimKey
from tradewind.signals.models import Inbound

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]

PEOPLE = {
    "anna": "Änne 安娜",
    "li.wei": "李伟",
    "o.brien": 'O\'Brien, "Bob"',
    "fatima": "فاطمة",
    "dots": ".dot",
    "empty": "",
}


def fetch(server: MailServer, box: str) -> list[bytes]:
    """Every message in a mailbox, by IMAP."""
    context = ssl._create_unverified_context()
    client = imaplib.IMAP4("127.0.0.1", server.imap_port)
    client.starttls(context)
    client.login(f"{box}@{DOMAIN}", BOX_PASSWORD)
    client.select("INBOX", readonly=True)
    found = []
    for number in client.search(None, "ALL")[1][0].split():
        part = client.fetch(number, "(BODY.PEEK[])")[1][0]
        assert isinstance(part, tuple)
        found.append(part[1])
    client.logout()
    return found


def send_campaign(server: MailServer) -> tuple[Origin, DkimKey]:
    scene = build()
    channel = scene.sender.channel
    channel.kind, channel.host, channel.port = Channel.Kind.RELAY, "localhost", server.smtp_port
    channel.security, channel.username, channel.password = Channel.Security.STARTTLS, USER, PASSWORD
    channel.verify_certificate = False
    channel.save()
    key = make_key(scene.sender.domain)
    scene.version = versions.freeze(starting.from_starter(scene.workspace, "introduction.en"))
    for box, name in PEOPLE.items():
        scene.contact(f"{box}@{DOMAIN}", first_name=name, country="DE")
    scene.contact(f"nobody@{DOMAIN}", first_name="Nobody")
    origin = scene.origin()
    planning.plan(origin, scene.everybody())
    return origin, key


def verifies(raw: bytes, key: DkimKey) -> bool:
    """By dkimpy, with our key as DNS would give it."""
    wanted = f"{key.selector}._domainkey.{key.domain.name}."

    def answer(name: bytes, timeout: int = 5) -> bytes | None:
        return record_value(key).encode() if name.decode() == wanted else None

    return bool(dkim.verify(raw, dnsfunc=answer))


def test_a_campaign_through_postfix_into_dovecot(tmp_path: Path) -> None:
    inbound_port = free_port()
    with mail_server(list(PEOPLE), "bounces.lantern.example", inbound_port) as server:
        origin, key = send_campaign(server)
        settings = {"TRADEWIND_INBOUND_PORT": str(inbound_port), "TRADEWIND_LANGUAGE": "en"}
        with Processes("worker", "inbound", data=tmp_path, **settings):
            wait_until(lambda: listening(inbound_port), 20, "inbound")
            wait_until(
                lambda: Message.objects.filter(state="accepted").count() >= len(PEOPLE), 40, "acceptance"
            )
            wait_until(lambda: Message.objects.filter(state="bounced").exists(), 40, "the DSN of Postfix")
        for box, name in PEOPLE.items():
            [raw] = fetch(server, box)
            assert verifies(raw, key), box
            check_structure(
                email.message_from_bytes(raw, policy=email.policy.default), f"{box}@{DOMAIN}", name
            )
    check_bounce(origin)


def check_structure(message: EmailMessage, address: str, name: str) -> None:
    """The headers of the bulk sender rules, and the reader's own name in both parts."""
    assert not message.defects
    assert message["To"].addresses[0].addr_spec == address
    assert message["From"].addresses[0].domain == "lantern.example"
    assert message["Message-ID"].endswith("@lantern.example>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "mailto:" in message["List-Unsubscribe"]
    assert "https://" in message["List-Unsubscribe"]
    assert message["List-Id"]
    assert message["Feedback-ID"]
    assert message.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in message.iter_parts())
    assert name in text or not name
    assert "/t/o/" in html
    assert "/t/c/" in html


def check_bounce(origin: Origin) -> None:
    bounced = Message.objects.get(origin=origin, state="bounced")
    assert bounced.email == f"nobody@{DOMAIN}"
    assert bounced.reply_status == "5.1.1"
    event = Event.objects.get(message=bounced, type="bounced")
    assert event.data["suppress"] is True
    assert Suppression.objects.get().value == bounced.email
    stored = Inbound.objects.get(message=bounced)
    assert stored.kind == Inbound.Kind.DSN
    assert b"Reporting-MTA" in bytes(stored.raw)
    accepted = Event.objects.get(message=bounced, type="accepted")
    assert accepted.data["code"] == 250
