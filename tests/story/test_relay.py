"""A relay that is down, refuses the password, or cannot be spoken to safely: the channel's test says which, a running
campaign waits with the cause in each trace, and goes on when it is mended."""

import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.delivery.hostile import certificate
from tests.processes import free_port, wait_until
from tests.story.stage import Stage
from tradewind.ledger.models import Attempt
from tradewind.senders import channels, lanes
from tradewind.senders.models import Channel, Lane

Security = Channel.Security
PASSWORD = "s3cret-swordfish"


class Relay:
    """Takes everything and counts it."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.update(envelope.rcpt_tos)
        return "250 2.0.0 queued as Q1"


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


@contextmanager
def listening(port: int, **options: Any) -> Iterator[Relay]:
    relay = Relay()
    controller = Controller(relay, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield relay
    finally:
        controller.stop()


def set_channel(channel: Channel, **fields: object) -> None:
    fields = {"kind": Channel.Kind.RELAY, "host": "127.0.0.1", **fields}
    for name, value in fields.items():
        setattr(channel, name, value)
    channel.save()


def test_a_relay_that_is_down_and_comes_back(stage: Stage) -> None:
    port, channel = free_port(), stage.sender.channel
    set_channel(channel, port=port, security=Security.NONE)
    tried = channels.test(channel)
    assert (tried.ok, tried.code) == (False, "port_closed")
    assert str(port) in tried.sentence
    stage.contacts(f"buyer{n}@gmail.com" for n in range(6))
    books = stage.books(stage.launch())
    with stage.processes("worker"):
        wait_until(lambda: len(books.attempts()) >= 6, 20, "tried, and put off")
        first = books.attempts()[0]
        assert (first.phase, first.fault, first.outcome) == ("connect", "network", "deferred")
        assert "refused" in str(first.dialogue).lower()
        with listening(port) as relay:
            books.wait()
    assert relay.taken == Counter({f"buyer{n}@gmail.com": 1 for n in range(6)})
    assert books.states() == {"accepted": 6}


@pytest.fixture
def tls() -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate("elsewhere.test"))
    return context


# What is set up, what the test of the channel says, where the trace says that it broke, and what mends it.
TROUBLES: dict[str, tuple[dict[str, object], str, str, dict[str, object]]] = {
    "wrong password": (
        {"username": "lin", "password": "typo"},
        "wrong_password",
        "auth",
        {"password": PASSWORD},
    ),
    "certificate": ({"verify_certificate": True}, "bad_certificate", "tls", {"verify_certificate": False}),
    "no TLS there": ({"plain": True}, "no_starttls", "tls", {"security": Security.NONE}),
}


@pytest.mark.real
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_relay_that_one_cannot_log_in_to(stage: Stage, tls: ssl.SSLContext, trouble: str) -> None:
    wrong, code, phase, mended = TROUBLES[trouble]
    wrong, channel, port = dict(wrong), stage.sender.channel, free_port()
    options: dict[str, Any] = {} if wrong.pop("plain", False) else {"tls_context": tls}
    if "password" in wrong:
        options["authenticator"] = authenticate
    set_channel(channel, port=port, security=Security.STARTTLS, **{"verify_certificate": False, **wrong})
    stage.contacts(f"buyer{n}@gmail.com" for n in range(4))
    with listening(port, **options) as relay:
        tried = channels.test(channel)
        assert (tried.ok, tried.code) == (False, code), tried
        assert len(tried.sentence) > 40
        books = stage.books(stage.launch())
        with stage.processes("worker"):
            wait_until(lambda: len(books.attempts()) >= 4, 20, "tried, and put off")
            first = books.attempts()[0]
            assert (first.phase, first.outcome) == (phase, "deferred"), first.reply_text
            assert PASSWORD not in str(first.dialogue)
            assert "typo" not in str(first.dialogue)
            assert not relay.taken
            set_channel(channel, **mended)
            for lane in Lane.objects.all():
                lanes.resume(lane.pk)
            books.wait(45)  # the worker reads a channel again every twenty seconds
    assert set(relay.taken.values()) == {1}
    assert books.states() == {"accepted": 4}
    assert Attempt.objects.filter(message__origin=books.origin, outcome="refused").count() == 0
