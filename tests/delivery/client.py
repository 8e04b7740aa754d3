"""The client under test with times of a fraction of a second, and what it sends."""

import ssl

import pytest

from tests.delivery.hostile import Peer, Script, Server, serving
from tradewind.delivery.smtp.errors import OpenFailed, SmtpError
from tradewind.delivery.smtp.replies import Reply
from tradewind.delivery.smtp.session import open_session
from tradewind.delivery.smtp.values import Envelope, Outcome, SessionOptions, Timeouts, TlsMode

T = 0.3
QUICK = Timeouts(connect=1, greeting=T, ehlo=T, tls=1, auth=T, mail=T, rcpt=T, data=T, block=T, dot=T, quit=T)
PLAIN = SessionOptions("client.test", tls=TlsMode.NONE, timeouts=QUICK)
ENVELOPE = Envelope("b+1@bounces.test", "li@example.test")
OTHER = Envelope("b+2@bounces.test", "wang@example.test")
MESSAGE = b"Subject: hi\r\n\r\n.dot\r\n..\r\nbody\r\n"


class Marks:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def before_dot(self) -> None:
        self.seen.append("dot")

    def after_reply(self, reply: Reply) -> None:
        self.seen.append(f"reply {reply.code}")


async def open_fails(
    script: Script, kind: type[SmtpError], options: SessionOptions = PLAIN, tls: ssl.SSLContext | None = None
) -> OpenFailed:
    async with serving(script, tls=tls) as server:
        with pytest.raises(OpenFailed) as caught:
            await open_session(server.endpoint, options)
    assert type(caught.value.error) is kind, caught.value.error
    return caught.value


async def send_one(
    script: Script, message: bytes = MESSAGE, marks: Marks | None = None, options: SessionOptions = PLAIN
) -> tuple[Outcome, bool, Server]:
    async with serving(script) as server:
        session = await open_session(server.endpoint, options)
        outcome = await session.send(ENVELOPE, message, marks)
        usable = session.usable
        await session.quit()
    return outcome, usable, server


def said(source: Outcome | SmtpError) -> Reply:
    """The reply that ended it."""
    assert source.reply is not None
    return source.reply


async def happy(peer: Peer) -> None:
    await peer.hello()
    await peer.message()
    await peer.line(b"QUIT")
    await peer.say(b"221 bye\r\n")
