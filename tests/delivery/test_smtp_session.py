"""The client against servers that do everything wrong."""

import asyncio
import base64
from dataclasses import replace

import pytest

from tests.delivery.hostile import EHLO, Peer, certificate, server_tls, serving
from tradewind.delivery.smtp.errors import (
    AuthError,
    AuthUnavailable,
    ConnectError,
    Disconnected,
    OpenFailed,
    Phase,
    PhaseTimeout,
    ProtocolError,
    SessionRefused,
    TlsError,
    TlsInjection,
    TlsUnavailable,
)
from tradewind.delivery.smtp.replies import Reply
from tradewind.delivery.smtp.session import open_session
from tradewind.delivery.smtp.values import (
    Credentials,
    Ending,
    Endpoint,
    Envelope,
    SessionOptions,
    Timeouts,
    TlsMode,
)

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


async def open_fails(script, kind, options=PLAIN, tls=None):
    async with serving(script, tls=tls) as server:
        with pytest.raises(OpenFailed) as caught:
            await open_session(server.endpoint, options)
    assert type(caught.value.error) is kind, caught.value.error
    return caught.value


async def send_one(script, message=MESSAGE, marks=None, options=PLAIN):
    async with serving(script) as server:
        session = await open_session(server.endpoint, options)
        outcome = await session.send(ENVELOPE, message, marks)
        usable = session.usable
        await session.quit()
    return outcome, usable, server


async def happy(peer: Peer) -> None:
    await peer.hello()
    await peer.message()
    await peer.line(b"QUIT")
    await peer.say(b"221 bye\r\n")


async def test_one_message_and_its_record():
    marks = Marks()
    outcome, usable, server = await send_one(happy, marks=marks)
    assert outcome.ending is Ending.ACCEPTED and usable
    assert outcome.reply.text == "2.0.0 ok queued as A1"
    assert server.peers[0].bodies == [MESSAGE]
    assert marks.seen == ["dot", "reply 250"]
    texts = [(line.direction, line.text) for line in outcome.dialogue]
    assert ("<", "220 mx.test ESMTP") in texts
    assert (">", "RCPT TO:<li@example.test>") in texts
    assert (">", f"[{len(MESSAGE) + 2} bytes] .") in texts
    assert [line.ms for line in outcome.dialogue] == sorted(line.ms for line in outcome.dialogue)


async def test_pipelining_sends_three_commands_before_the_first_answer():
    async def script(peer: Peer) -> None:
        await peer.hello()
        for verb in (b"MAIL", b"RCPT", b"DATA"):
            await peer.line(verb)
        await peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        await peer.body()
        await peer.say(b"250 ok\r\n")

    outcome, _, _ = await send_one(script)
    assert outcome.ending is Ending.ACCEPTED


async def test_without_pipelining_each_command_waits():
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        await peer.line(b"MAIL")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(peer.reader.readline(), 0.05)
        await peer.say(b"250 ok\r\n")
        for answer in (b"250 ok\r\n", b"354 go\r\n"):
            await peer.line()
            await peer.say(answer)
        await peer.body()
        await peer.say(b"250 ok\r\n")

    outcome, _, _ = await send_one(script)
    assert outcome.ending is Ending.ACCEPTED


async def test_the_next_commands_travel_with_the_dot():
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.envelope()
        await peer.body()
        for verb in (b"MAIL FROM:<b+2", b"RCPT TO:<wang", b"DATA"):
            await peer.line(verb)
        await peer.say(b"250 ok one\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        await peer.body()
        await peer.say(b"250 ok two\r\n")

    async with serving(script) as server:
        session = await open_session(server.endpoint, PLAIN)
        first = await session.send(ENVELOPE, MESSAGE, ahead=OTHER)
        assert session.usable
        second = await session.send(OTHER, b"x\r\n")
        session.close()
    assert (first.reply.text, second.reply.text) == ("ok one", "ok two")
    assert server.peers[0].bodies == [MESSAGE, b"x\r\n"]


async def test_an_announced_message_that_is_not_sent_closes_the_session():
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.message()
        await peer.envelope()
        assert await peer.reader.read() == b""

    async with serving(script) as server:
        session = await open_session(server.endpoint, PLAIN)
        await session.send(ENVELOPE, MESSAGE, ahead=OTHER)
        outcome = await session.send(ENVELOPE, MESSAGE)
        assert outcome.ending is Ending.UNSENT and not session.usable


async def test_a_connection_that_died_between_messages_is_stale_not_unknown():
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.message()
        peer.drop()

    async with serving(script) as server:
        session = await open_session(server.endpoint, PLAIN)
        await session.send(ENVELOPE, MESSAGE)
        outcome = await session.send(OTHER, MESSAGE)
    assert outcome.ending is Ending.UNSENT and outcome.stale
    assert not session.usable


async def test_reset_after_a_refused_recipient_and_reuse():
    async def script(peer: Peer) -> None:
        await peer.hello()
        for _ in range(3):
            await peer.line()
        await peer.say(b"250 ok\r\n550 5.1.1 unknown\r\n554 5.5.1 no valid recipients\r\n")
        await peer.line(b"RSET")
        await peer.say(b"250 ok\r\n")
        await peer.message()

    async with serving(script) as server:
        session = await open_session(server.endpoint, PLAIN)
        first = await session.send(ENVELOPE, MESSAGE)
        second = await session.send(OTHER, MESSAGE)
        session.close()
    assert (first.ending, first.phase, first.reply.enhanced) == (Ending.REFUSED, Phase.RCPT, "5.1.1")
    assert second.ending is Ending.ACCEPTED


async def test_data_welcomed_without_a_recipient_sends_nothing():
    async def script(peer: Peer) -> None:
        await peer.hello()
        for _ in range(3):
            await peer.line()
        await peer.say(b"250 ok\r\n550 no\r\n354 go\r\n")
        assert await peer.reader.read() == b""

    marks = Marks()
    outcome, usable, _ = await send_one(script, marks=marks)
    assert outcome.phase is Phase.RCPT and not usable and marks.seen == []


@pytest.mark.parametrize(
    ("answers", "phase", "code"),
    [
        (b"421 4.7.0 bye\r\n", Phase.MAIL, 421),
        (b"550 no\r\n503 no\r\n503 no\r\n", Phase.MAIL, 550),
        (b"250 ok\r\n452 full\r\n503 no\r\n", Phase.RCPT, 452),
        (b"250 ok\r\n250 ok\r\n451 later\r\n", Phase.DATA, 451),
        (b"250 ok\r\n250 ok\r\n250 ok\r\n", Phase.DATA, 250),
    ],
)
async def test_refusals_name_their_phase(answers, phase, code):
    async def script(peer: Peer) -> None:
        await peer.hello()
        for _ in range(3):
            await peer.line()
        await peer.say(answers)
        await peer.reader.read()

    outcome, usable, _ = await send_one(script)
    assert (outcome.ending, outcome.phase, outcome.reply.code) == (Ending.REFUSED, phase, code)
    assert usable is (code != 421)


@pytest.mark.parametrize("reply", [b"550-5.7.1 spam\r\n550 5.7.1 go away\r\n", b"451 4.7.1 greylisted\r\n"])
async def test_refusal_after_the_dot(reply):
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.message(reply)
        await peer.reader.read()

    outcome, usable, _ = await send_one(script)
    assert (outcome.ending, outcome.phase) == (Ending.REFUSED, Phase.DOT) and usable


@pytest.mark.parametrize("manner", ["drop", "silent", "garbage", "odd code"])
async def test_no_reply_to_the_dot_is_unknown(manner):
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.envelope()
        await peer.body()
        if manner == "drop":
            peer.drop()
        elif manner == "silent":
            await asyncio.sleep(2 * T)
        else:
            await peer.say(b"uh?\r\n" if manner == "garbage" else b"354 again\r\n")
            await peer.reader.read()

    marks = Marks()
    outcome, usable, _ = await send_one(script, marks=marks)
    assert outcome.ending is Ending.UNKNOWN and not usable and marks.seen == ["dot"]


@pytest.mark.parametrize("before", [0, 1, 2, 3])
async def test_a_drop_before_the_dot_leaves_the_message_ours(before):
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        for answer in (b"250 ok\r\n", b"250 ok\r\n", b"")[:before]:
            await peer.line()
            await peer.say(answer)
        peer.drop()

    marks = Marks()
    outcome, _, _ = await send_one(script, marks=marks)
    assert outcome.ending is Ending.UNSENT and isinstance(outcome.error, Disconnected) and marks.seen == []


async def test_a_drop_inside_a_large_message_before_its_dot_is_not_unknown():
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        await peer.envelope()
        await peer.reader.readexactly(1000)
        peer.drop()

    marks = Marks()
    outcome, _, _ = await send_one(script, b"x" * 70 + b"\r\n" + b"y" * 40_000_000 + b"\r\n", marks)
    assert outcome.ending is Ending.UNSENT and marks.seen == []


async def test_a_server_that_does_not_take_the_message_times_out():
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        await peer.envelope()
        await asyncio.sleep(3 * T)

    outcome, _, _ = await send_one(script, b"y" * 40_000_000 + b"\r\n")
    assert outcome.ending is Ending.UNSENT and isinstance(outcome.error, PhaseTimeout)


@pytest.mark.parametrize(
    ("early", "ending"), [(b"552 too big\r\n", Ending.REFUSED), (b"250 ok\r\n", Ending.UNSENT)]
)
async def test_an_answer_before_the_end_of_the_message(early, ending):
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        await peer.envelope()
        await peer.reader.readexactly(1000)
        await peer.say(early)
        await peer.reader.read()

    outcome, usable, _ = await send_one(script, b"y" * 40_000_000 + b"\r\n")
    assert outcome.ending is ending and not usable


async def test_a_full_disk_under_the_journal_stops_before_the_dot():
    class Full(Marks):
        def before_dot(self) -> None:
            raise OSError(28, "No space left on device")

    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.envelope()
        assert await peer.reader.read() == b""

    outcome, usable, _ = await send_one(script, marks=Full())
    assert outcome.ending is Ending.UNSENT and "No space left" in str(outcome.error) and not usable


@pytest.mark.parametrize("message", [b"a\nb\r\n", b"a\r\n.\r\nMAIL FROM:<x@y.test>\n", b"no end"])
async def test_messages_that_could_smuggle_are_not_sent(message):
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.line(b"QUIT")

    outcome, usable, _ = await send_one(script, message)
    assert outcome.ending is Ending.UNSENT and usable


async def test_what_a_server_cannot_carry():
    small = EHLO.replace(b"SIZE 1000000", b"SIZE 10")
    for ehlo, envelope, message in (
        (small, ENVELOPE, MESSAGE),
        (EHLO, Envelope("a@b.test", "李@example.test"), MESSAGE),
        (b"250 mx.test\r\n", ENVELOPE, "é\r\n".encode()),
    ):

        async def script(peer: Peer, ehlo=ehlo) -> None:
            await peer.hello(ehlo)
            await peer.reader.read()

        async with serving(script) as server:
            session = await open_session(server.endpoint, PLAIN)
            outcome = await session.send(envelope, message)
            session.close()
        assert outcome.ending is Ending.UNSENT and outcome.reply is None and outcome.phase is Phase.MAIL


async def test_smtputf8_and_8bitmime_where_offered():
    async def script(peer: Peer) -> None:
        await peer.hello(EHLO.replace(b"250 ENH", b"250-SMTPUTF8\r\n250 ENH"))
        await peer.message()

    async with serving(script) as server:
        session = await open_session(server.endpoint, PLAIN)
        outcome = await session.send(Envelope("a@b.test", "李@例子.测试"), "é\r\n".encode())
        session.close()
    assert outcome.ending is Ending.ACCEPTED
    heard = b"".join(server.peers[0].heard)
    assert b"SIZE=4 BODY=8BITMIME SMTPUTF8" in heard and "<李@xn--fsqu00a.xn--0zwm56d>".encode() in heard


# opening


async def test_helo_when_ehlo_is_unknown():
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
async def test_bad_greetings(greeting, kind, phase):
    async def script(peer: Peer) -> None:
        await peer.say(greeting)
        await peer.reader.read()

    failed = await open_fails(script, kind)
    assert failed.error.phase is phase


async def test_half_closed_connection():
    async def script(peer: Peer) -> None:
        await peer.say(b"220 hi\r\n")
        await peer.line(b"EHLO")
        peer.writer.write_eof()
        await asyncio.sleep(T)

    failed = await open_fails(script, Disconnected)
    assert failed.error.phase is Phase.EHLO
    assert any("EHLO client.test" in line.text for line in failed.dialogue)


async def test_closed_port():
    with pytest.raises(OpenFailed) as caught:
        await open_session(Endpoint("mx.test", "127.0.0.1", 1), PLAIN)
    assert isinstance(caught.value.error, ConnectError)


async def test_endless_replies_are_cut_off():
    async def script(peer: Peer) -> None:
        await peer.say(b"220 hi\r\n")
        await peer.line(b"EHLO")
        for _ in range(100):
            await peer.say(b"250-x\r\n" * 100)

    await open_fails(script, ProtocolError)


# TLS

STARTTLS_EHLO = EHLO.replace(b"250 ENH", b"250-STARTTLS\r\n250 ENH")
WITH_TLS = replace(PLAIN, tls=TlsMode.STARTTLS)


def tls_then(context):
    async def script(peer: Peer) -> None:
        await peer.hello(STARTTLS_EHLO)
        await peer.tls(context)
        await peer.line(b"EHLO")
        await peer.say(EHLO)
        await peer.message()
        await peer.line(b"QUIT")

    return script


async def test_starttls():
    outcome, _, _ = await send_one(tls_then(server_tls()), options=WITH_TLS)
    assert outcome.ending is Ending.ACCEPTED and outcome.tls.startswith("TLSv1.3")


async def test_starttls_with_a_verified_certificate():
    options = replace(WITH_TLS, verify=True, ca_file=str(certificate("mx.test")))
    outcome, _, _ = await send_one(tls_then(server_tls()), options=options)
    assert outcome.ending is Ending.ACCEPTED


async def test_untrusted_certificate_is_an_error_when_verifying():
    await open_fails(tls_then(server_tls()), TlsError, replace(WITH_TLS, verify=True))


async def test_wrong_name_in_the_certificate():
    options = replace(WITH_TLS, verify=True, ca_file=str(certificate("other.test")))
    await open_fails(tls_then(server_tls("other.test")), TlsError, options)


async def test_implicit_tls():
    async with serving(happy, tls=server_tls()) as server:
        session = await open_session(server.endpoint, replace(PLAIN, tls=TlsMode.IMPLICIT))
        outcome = await session.send(ENVELOPE, MESSAGE)
        await session.quit()
    assert outcome.ending is Ending.ACCEPTED and outcome.tls


async def test_starttls_required_but_not_offered():
    async def script(peer: Peer) -> None:
        await peer.hello()
        assert b"MAIL" not in await peer.reader.read()

    await open_fails(script, TlsUnavailable, WITH_TLS)


async def test_opportunistic_goes_on_without_tls_and_says_so():
    outcome, _, _ = await send_one(happy, options=replace(PLAIN, tls=TlsMode.OPPORTUNISTIC))
    assert outcome.ending is Ending.ACCEPTED
    assert any("plain text" in line.text for line in outcome.dialogue)


async def test_a_failed_handshake_never_falls_back():
    async def script(peer: Peer) -> None:
        await peer.hello(STARTTLS_EHLO)
        await peer.line(b"STARTTLS")
        await peer.say(b"220 go\r\n")
        await peer.reader.read(10)
        await peer.say(b"this is no TLS at all, sorry\r\n")
        assert b"MAIL" not in await peer.reader.read()

    await open_fails(script, TlsError, replace(PLAIN, tls=TlsMode.OPPORTUNISTIC))


@pytest.mark.parametrize("injected", [b"250 injected\r\n", b"250-half"])
async def test_starttls_injection(injected):
    async def script(peer: Peer) -> None:
        await peer.hello(STARTTLS_EHLO)
        await peer.line(b"STARTTLS")
        await peer.say(b"220 go\r\n" + injected)
        await peer.reader.read()

    await open_fails(script, TlsInjection, WITH_TLS)


# AUTH


def auth_server(methods: bytes, talk, welcome=True):
    async def script(peer: Peer) -> None:
        await peer.hello(EHLO.replace(b"250 ENH", b"250-AUTH " + methods + b"\r\n250 ENH"))
        await talk(peer)
        if welcome:
            await peer.message()
            await peer.line(b"QUIT")

    return script


def with_login(**secrets) -> SessionOptions:
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
async def test_logging_in(methods, talk):
    outcome, _, _ = await send_one(auth_server(methods, talk), options=with_login(password="pa55"))
    assert outcome.ending is Ending.ACCEPTED
    shown = " ".join(line.text for line in outcome.dialogue)
    assert "pa55" not in shown and "***" in shown
    for secret in (b"pa55", b"\0anna\0pa55"):
        assert base64.b64encode(secret).decode() not in shown


async def test_xoauth2_refusal_with_its_challenge():
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
    assert failed.error.reply.code == 535
    assert "t0ken" not in str(failed.dialogue)


async def test_wrong_password_and_missing_methods():
    async def talk(peer: Peer) -> None:
        await peer.line(b"AUTH PLAIN")
        await peer.say(b"535 5.7.8 wrong\r\n")
        await peer.reader.read()

    await open_fails(auth_server(b"PLAIN", talk, False), AuthError, with_login(password="x"))
    await open_fails(auth_server(b"GSSAPI", Peer.line, False), AuthUnavailable, with_login(password="x"))


async def test_cram_md5_challenge_that_is_no_base64():
    async def talk(peer: Peer) -> None:
        await peer.line(b"AUTH CRAM-MD5")
        await peer.say(b"334 \xff\xfe!!\r\n")
        await peer.line(b"*")
        await peer.say(b"501 ok\r\n")
        await peer.reader.read()

    await open_fails(auth_server(b"CRAM-MD5", talk, False), AuthError, with_login(password="x"))


async def test_secrets_are_not_in_the_representation_of_options():
    assert "pa55" not in repr(with_login(password="pa55"))
