"""One message after the other, to servers that do everything wrong: what became of each."""

import asyncio

import pytest

from tests.delivery.client import ENVELOPE, MESSAGE, OTHER, PLAIN, Marks, T, happy, said, send_one
from tests.delivery.hostile import EHLO, Peer, serving
from tradewind.delivery.smtp.errors import Disconnected, Phase, PhaseTimeout
from tradewind.delivery.smtp.session import open_session
from tradewind.delivery.smtp.values import Ending, Envelope


async def test_one_message_and_its_record() -> None:
    marks = Marks()
    outcome, usable, server = await send_one(happy, marks=marks)
    assert outcome.ending is Ending.ACCEPTED and usable
    assert said(outcome).text == "2.0.0 ok queued as A1"
    assert server.peers[0].bodies == [MESSAGE]
    assert marks.seen == ["dot", "reply 250"]
    texts = [(line.direction, line.text) for line in outcome.dialogue]
    assert ("<", "220 mx.test ESMTP") in texts
    assert (">", "RCPT TO:<li@example.test>") in texts
    assert (">", f"[{len(MESSAGE) + 2} bytes] .") in texts
    assert [line.ms for line in outcome.dialogue] == sorted(line.ms for line in outcome.dialogue)


async def test_pipelining_sends_three_commands_before_the_first_answer() -> None:
    async def script(peer: Peer) -> None:
        await peer.hello()
        for verb in (b"MAIL", b"RCPT", b"DATA"):
            await peer.line(verb)
        await peer.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        await peer.body()
        await peer.say(b"250 ok\r\n")

    outcome, _, _ = await send_one(script)
    assert outcome.ending is Ending.ACCEPTED


async def test_without_pipelining_each_command_waits() -> None:
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


async def test_the_next_commands_travel_with_the_dot() -> None:
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
    assert (said(first).text, said(second).text) == ("ok one", "ok two")
    assert server.peers[0].bodies == [MESSAGE, b"x\r\n"]


async def test_an_announced_message_that_is_not_sent_closes_the_session() -> None:
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


async def test_a_connection_that_died_between_messages_is_stale_not_unknown() -> None:
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


async def test_reset_after_a_refused_recipient_and_reuse() -> None:
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
    assert (first.ending, first.phase, said(first).enhanced) == (Ending.REFUSED, Phase.RCPT, "5.1.1")
    assert second.ending is Ending.ACCEPTED


async def test_data_welcomed_without_a_recipient_sends_nothing() -> None:
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
async def test_refusals_name_their_phase(answers: bytes, phase: Phase, code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.hello()
        for _ in range(3):
            await peer.line()
        await peer.say(answers)
        await peer.reader.read()

    outcome, usable, _ = await send_one(script)
    assert (outcome.ending, outcome.phase, said(outcome).code) == (Ending.REFUSED, phase, code)
    assert usable is (code != 421)


@pytest.mark.parametrize("reply", [b"550-5.7.1 spam\r\n550 5.7.1 go away\r\n", b"451 4.7.1 greylisted\r\n"])
async def test_refusal_after_the_dot(reply: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.message(reply)
        await peer.reader.read()

    outcome, usable, _ = await send_one(script)
    assert (outcome.ending, outcome.phase) == (Ending.REFUSED, Phase.DOT) and usable


@pytest.mark.parametrize("manner", ["drop", "silent", "garbage", "odd code"])
async def test_no_reply_to_the_dot_is_unknown(manner: str) -> None:
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
async def test_a_drop_before_the_dot_leaves_the_message_ours(before: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        for answer in (b"250 ok\r\n", b"250 ok\r\n", b"")[:before]:
            await peer.line()
            await peer.say(answer)
        peer.drop()

    marks = Marks()
    outcome, _, _ = await send_one(script, marks=marks)
    assert outcome.ending is Ending.UNSENT and isinstance(outcome.error, Disconnected) and marks.seen == []


async def test_a_drop_inside_a_large_message_before_its_dot_is_not_unknown() -> None:
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        await peer.envelope()
        await peer.reader.readexactly(1000)
        peer.drop()

    marks = Marks()
    outcome, _, _ = await send_one(script, b"x" * 70 + b"\r\n" + b"y" * 40_000_000 + b"\r\n", marks)
    assert outcome.ending is Ending.UNSENT and marks.seen == []


async def test_a_server_that_does_not_take_the_message_times_out() -> None:
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        await peer.envelope()
        await asyncio.sleep(60)  # cut short by the end of the test

    outcome, _, _ = await send_one(script, b"y" * 40_000_000 + b"\r\n")
    assert outcome.ending is Ending.UNSENT and isinstance(outcome.error, PhaseTimeout)


@pytest.mark.parametrize(
    ("early", "ending"), [(b"552 too big\r\n", Ending.REFUSED), (b"250 ok\r\n", Ending.UNSENT)]
)
async def test_an_answer_before_the_end_of_the_message(early: bytes, ending: Ending) -> None:
    async def script(peer: Peer) -> None:
        await peer.hello(b"250 mx.test\r\n")
        await peer.envelope()
        await peer.reader.readexactly(1000)
        await peer.say(early)
        await peer.reader.read()

    outcome, usable, _ = await send_one(script, b"y" * 40_000_000 + b"\r\n")
    assert outcome.ending is ending and not usable


async def test_a_full_disk_under_the_journal_stops_before_the_dot() -> None:
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
async def test_messages_that_could_smuggle_are_not_sent(message: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.hello()
        await peer.line(b"QUIT")

    outcome, usable, _ = await send_one(script, message)
    assert outcome.ending is Ending.UNSENT and usable


async def test_what_a_server_cannot_carry() -> None:
    small = EHLO.replace(b"SIZE 1000000", b"SIZE 10")
    for ehlo, envelope, message in (
        (small, ENVELOPE, MESSAGE),
        (EHLO, Envelope("a@b.test", "李@example.test"), MESSAGE),
        (b"250 mx.test\r\n", ENVELOPE, "é\r\n".encode()),
    ):

        async def script(peer: Peer, ehlo: bytes = ehlo) -> None:
            await peer.hello(ehlo)
            await peer.reader.read()

        async with serving(script) as server:
            session = await open_session(server.endpoint, PLAIN)
            outcome = await session.send(envelope, message)
            session.close()
        assert outcome.ending is Ending.UNSENT and outcome.reply is None and outcome.phase is Phase.MAIL


async def test_smtputf8_and_8bitmime_where_offered() -> None:
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
