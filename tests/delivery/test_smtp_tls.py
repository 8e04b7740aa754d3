"""TLS: asked for, offered, refused, broken, injected into."""

import ssl
from dataclasses import replace

import pytest

from tests.delivery.client import ENVELOPE, MESSAGE, PLAIN, happy, open_fails, send_one
from tests.delivery.hostile import EHLO, Peer, Script, certificate, server_tls, serving
from tradewind.delivery.smtp.errors import TlsError, TlsInjection, TlsUnavailable
from tradewind.delivery.smtp.session import open_session
from tradewind.delivery.smtp.values import Ending, TlsMode

STARTTLS_EHLO = EHLO.replace(b"250 ENH", b"250-STARTTLS\r\n250 ENH")
WITH_TLS = replace(PLAIN, tls=TlsMode.STARTTLS)


def tls_then(context: ssl.SSLContext) -> Script:
    async def script(peer: Peer) -> None:
        await peer.hello(STARTTLS_EHLO)
        await peer.tls(context)
        await peer.line(b"EHLO")
        await peer.say(EHLO)
        await peer.message()
        await peer.line(b"QUIT")

    return script


async def test_starttls() -> None:
    outcome, _, _ = await send_one(tls_then(server_tls()), options=WITH_TLS)
    assert outcome.ending is Ending.ACCEPTED and outcome.tls.startswith("TLSv1.3")


async def test_starttls_with_a_verified_certificate() -> None:
    options = replace(WITH_TLS, verify=True, ca_file=str(certificate("mx.test")))
    outcome, _, _ = await send_one(tls_then(server_tls()), options=options)
    assert outcome.ending is Ending.ACCEPTED


async def test_untrusted_certificate_is_an_error_when_verifying() -> None:
    await open_fails(tls_then(server_tls()), TlsError, replace(WITH_TLS, verify=True))


async def test_wrong_name_in_the_certificate() -> None:
    options = replace(WITH_TLS, verify=True, ca_file=str(certificate("other.test")))
    await open_fails(tls_then(server_tls("other.test")), TlsError, options)


async def test_implicit_tls() -> None:
    async with serving(happy, tls=server_tls()) as server:
        session = await open_session(server.endpoint, replace(PLAIN, tls=TlsMode.IMPLICIT))
        outcome = await session.send(ENVELOPE, MESSAGE)
        await session.quit()
    assert outcome.ending is Ending.ACCEPTED and outcome.tls


async def test_starttls_required_but_not_offered() -> None:
    async def script(peer: Peer) -> None:
        await peer.hello()
        assert b"MAIL" not in await peer.reader.read()

    await open_fails(script, TlsUnavailable, WITH_TLS)


async def test_opportunistic_goes_on_without_tls_and_says_so() -> None:
    outcome, _, _ = await send_one(happy, options=replace(PLAIN, tls=TlsMode.OPPORTUNISTIC))
    assert outcome.ending is Ending.ACCEPTED
    assert any("plain text" in line.text for line in outcome.dialogue)


async def test_a_failed_handshake_never_falls_back() -> None:
    async def script(peer: Peer) -> None:
        await peer.hello(STARTTLS_EHLO)
        await peer.line(b"STARTTLS")
        await peer.say(b"220 go\r\n")
        await peer.reader.read(10)
        await peer.say(b"this is no TLS at all, sorry\r\n")
        assert b"MAIL" not in await peer.reader.read()

    await open_fails(script, TlsError, replace(PLAIN, tls=TlsMode.OPPORTUNISTIC))


@pytest.mark.parametrize("injected", [b"250 injected\r\n", b"250-half"])
async def test_starttls_injection(injected: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.hello(STARTTLS_EHLO)
        await peer.line(b"STARTTLS")
        await peer.say(b"220 go\r\n" + injected)
        await peer.reader.read()

    await open_fails(script, TlsInjection, WITH_TLS)
