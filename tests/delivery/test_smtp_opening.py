"""Greetings and capabilities of servers that do everything wrong."""

import asyncio

import pytest

from tests.delivery.client import PLAIN, T, open_fails, send_one
from tests.delivery.hostile import Peer
from tradewind.delivery.smtp.errors import (
    ConnectError,
    Disconnected,
    OpenFailed,
    Phase,
    PhaseTimeout,
    ProtocolError,
    SessionRefused,
    SmtpError,
)
from tradewind.delivery.smtp.session import open_session
from tradewind.delivery.smtp.values import Ending, Endpoint


async def test_helo_when_ehlo_is_unknown() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(b"220 old\r\n")
        await peer.line(b"EHLO")
        await peer.say(b"502 what?\r\n")
        await peer.line(b"HELO client.test")
        await peer.say(b"250 hi\r\n")
        await peer.message()

    outcome, _, _ = await send_one(script)
    assert outcome.ending is Ending.ACCEPTED


@pytest.mark.parametrize(
    ("greeting", "kind", "phase"),
    [
        (b"554 5.7.1 go away\r\n", SessionRefused, Phase.GREETING),
        (b"421 4.7.0 [TSS04] deferred\r\n", SessionRefused, Phase.GREETING),
        (b"SSH-2.0-OpenSSH\r\n", ProtocolError, Phase.GREETING),
        (b"220 hi\r\n250 early\r\n", ProtocolError, Phase.GREETING),
        (b"220-half", PhaseTimeout, Phase.GREETING),
        (b"", PhaseTimeout, Phase.GREETING),
    ],
)
async def test_bad_greetings(greeting: bytes, kind: type[SmtpError], phase: Phase) -> None:
    async def script(peer: Peer) -> None:
        await peer.say(greeting)
        await peer.reader.read()

    failed = await open_fails(script, kind)
    assert failed.error.phase is phase


async def test_half_closed_connection() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(b"220 hi\r\n")
        await peer.line(b"EHLO")
        peer.writer.write_eof()
        await asyncio.sleep(T)

    failed = await open_fails(script, Disconnected)
    assert failed.error.phase is Phase.EHLO
    assert any("EHLO client.test" in line.text for line in failed.dialogue)


async def test_closed_port() -> None:
    with pytest.raises(OpenFailed) as caught:
        await open_session(Endpoint("mx.test", "127.0.0.1", 1), PLAIN)
    assert isinstance(caught.value.error, ConnectError)


async def test_endless_replies_are_cut_off() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(b"220 hi\r\n")
        await peer.line(b"EHLO")
        for _ in range(100):
            await peer.say(b"250-x\r\n" * 100)

    await open_fails(script, ProtocolError)
