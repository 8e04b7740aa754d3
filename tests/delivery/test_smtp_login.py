"""Logging in, and what never gets into a trace."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.delivery.client import PLAIN, open_fails, said, send_one
from tests.delivery.hostile import EHLO, Peer, Script
from tradewind.delivery.smtp.errors import AuthError, AuthUnavailable
from tradewind.delivery.smtp.values import Credentials, Ending, SessionOptions

Talk = Callable[[Peer], Awaitable[object]]


def auth_server(methods: bytes, talk: Talk, welcome: bool = True) -> Script:
    async def script(peer: Peer) -> None:
        await peer.hello(EHLO.replace(b"250 ENH", b"250-AUTH " + methods + b"\r\n250 ENH"))
        await talk(peer)
        if welcome:
            await peer.message()
            await peer.line(b"QUIT")

    return script


def with_login(**secrets: str) -> SessionOptions:
    return replace(PLAIN, credentials=Credentials("anna", **secrets))


async def plain(peer: Peer) -> None:
    line = await peer.line(b"AUTH PLAIN ")
    assert base64.b64decode(line.split()[2]) == b"\0anna\0pa55"
    await peer.say(b"235 2.7.0 ok\r\n")


async def login(peer: Peer) -> None:
    await peer.line(b"AUTH LOGIN")
    await peer.say(b"334 VXNlcm5hbWU6\r\n")
    assert base64.b64decode(await peer.line()) == b"anna"
    await peer.say(b"334 UGFzc3dvcmQ6\r\n")
    assert base64.b64decode(await peer.line()) == b"pa55"
    await peer.say(b"235 ok\r\n")


async def cram(peer: Peer) -> None:
    await peer.line(b"AUTH CRAM-MD5")
    await peer.say(b"334 " + base64.b64encode(b"<1@x>") + b"\r\n")
    assert base64.b64decode(await peer.line()).startswith(b"anna ")
    await peer.say(b"235 ok\r\n")


@pytest.mark.parametrize(
    ("methods", "talk"), [(b"PLAIN LOGIN", plain), (b"LOGIN", login), (b"PLAIN LOGIN CRAM-MD5", cram)]
)
async def test_logging_in(methods: bytes, talk: Talk) -> None:
    outcome, _, _ = await send_one(auth_server(methods, talk), options=with_login(password="pa55"))
    assert outcome.ending is Ending.ACCEPTED
    shown = " ".join(line.text for line in outcome.dialogue)
    assert "pa55" not in shown and "***" in shown
    for secret in (b"pa55", b"\0anna\0pa55"):
        assert base64.b64encode(secret).decode() not in shown


async def test_xoauth2_refusal_with_its_challenge() -> None:
    async def talk(peer: Peer) -> None:
        line = await peer.line(b"AUTH XOAUTH2 ")
        assert b"auth=Bearer t0ken\x01\x01" in base64.b64decode(line.split()[2])
        await peer.say(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n")
        assert await peer.line() == b"\r\n"
        await peer.say(b"535 5.7.8 no\r\n")
        await peer.reader.read()

    failed = await open_fails(
        auth_server(b"XOAUTH2", talk, False), AuthError, with_login(access_token="t0ken")
    )
    assert said(failed.error).code == 535
    assert "t0ken" not in str(failed.dialogue)


async def test_wrong_password_and_missing_methods() -> None:
    async def talk(peer: Peer) -> None:
        await peer.line(b"AUTH PLAIN")
        await peer.say(b"535 5.7.8 wrong\r\n")
        await peer.reader.read()

    await open_fails(auth_server(b"PLAIN", talk, False), AuthError, with_login(password="x"))
    await open_fails(auth_server(b"GSSAPI", Peer.line, False), AuthUnavailable, with_login(password="x"))


async def test_cram_md5_challenge_that_is_no_base64() -> None:
    async def talk(peer: Peer) -> None:
        await peer.line(b"AUTH CRAM-MD5")
        await peer.say(b"334 \xff\xfe!!\r\n")
        await peer.line(b"*")
        await peer.say(b"501 ok\r\n")
        await peer.reader.read()

    await open_fails(auth_server(b"CRAM-MD5", talk, False), AuthError, with_login(password="x"))


async def test_secrets_are_not_in_the_representation_of_options() -> None:
    assert "pa55" not in repr(with_login(password="pa55"))
