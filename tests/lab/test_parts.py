"""Parts of the lab by themselves: agenda, spam score, reading of letters, reports."""

import asyncio
from collections.abc import Awaitable, Callable

from tradewind.lab.clock import Agenda, LabClock
from tradewind.lab.dice import Dice
from tradewind.lab.letters import read, unsubscribe_form
from tradewind.lab.reputation import Reputations, Standing, content_points
from tradewind.lab.verify import Letterhead, Verdict


def _noting(done: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        done.append(name)

    return act


async def test_a_hurried_agenda_keeps_the_order() -> None:
    agenda = Agenda(LabClock(1.0))
    runner = asyncio.create_task(agenda.run())
    done: list[str] = []
    for after, name in ((3000.0, "late"), (10.0, "early"), (200.0, "middle")):
        agenda.add(after, _noting(done, name))
    assert await agenda.finish(hurry=True) == 3
    assert done == ["early", "middle", "late"]
    assert agenda.pending == 0
    runner.cancel()


async def test_actions_that_follow_are_waited_for_and_failures_harm_nobody() -> None:
    agenda = Agenda(LabClock(1.0))
    runner = asyncio.create_task(agenda.run())
    done: list[str] = []

    async def chain() -> None:
        agenda.add(500.0, _noting(done, "second"))

    async def broken() -> None:
        raise ValueError("on purpose")

    agenda.add(100.0, broken)
    agenda.add(100.0, chain)
    await agenda.finish(hurry=True)
    assert done == ["second"]
    runner.cancel()


async def test_pace_turns_lab_seconds_into_real_ones() -> None:
    agenda = Agenda(LabClock(1000.0))
    runner = asyncio.create_task(agenda.run())
    loop = asyncio.get_running_loop()
    started = loop.time()
    done: list[str] = []
    agenda.add(100.0, _noting(done, "x"))
    await agenda.finish(hurry=False)
    assert 0.09 <= loop.time() - started < 1
    agenda.add(10_000.0, _noting(done, "never"))
    await agenda.clear()
    assert await agenda.finish(hurry=False) == 0
    assert done == ["x"]
    runner.cancel()


GOOD = Verdict("pass", "pass", "pass", "none", ("a.test",), True, True, True)
NAKED = Verdict("none", "none", "none", "", (), False, True, False)
HEAD = Letterhead("1@a.test", "New teas for spring", "a.test", 1, "", "", "")


def test_good_mail_mostly_reaches_the_inbox_and_bad_mail_mostly_not() -> None:
    judge = Reputations(Dice(7), 0.9)

    def spam_share(points: float) -> float:
        return sum(judge.is_spam(points, 3.0, f"p{i}@x.test", 1) for i in range(2000)) / 2000

    good = judge.points(Standing(), GOOD, HEAD, b"Hello", True)
    naked = judge.points(Standing(), NAKED, HEAD, b"Hello", True)
    hated = judge.points(Standing(delivered=1000, complaints=10), GOOD, HEAD, b"Hello", True)
    stale = judge.points(Standing(recipients=1000, unknown=200), GOOD, HEAD, b"Hello", True)
    assert good == 0
    assert 0.02 < spam_share(good) < 0.06
    assert spam_share(naked) == 1
    assert spam_share(hated) == 1
    assert spam_share(good) < spam_share(1.0) < spam_share(stale)


def test_content_that_shouts_costs_points() -> None:
    quiet = content_points("New teas for spring", b"Hello")
    loud = content_points("FREE BONUS!! ACT NOW", b"click here: https://bit.ly/x")
    assert (quiet, loud >= 4) == (0, True)


LETTER = """From: Mei <mei@a.test>\r
Reply-To: sales@a.test\r
Subject: =?utf-8?b?5paw6Iy2?=\r
Message-ID: <1@a.test>\r
List-Unsubscribe: <mailto:u@a.test>,\r
 <http://links.a.test/u/abc>\r
List-Unsubscribe-Post: List-Unsubscribe=One-Click\r
MIME-Version: 1.0\r
Content-Type: text/html; charset=utf-8\r
\r
<style>a{}</style><a href="http://links.a.test/t/c/1">&amp; <b>more</b></a>
<a href="http://links.a.test/t/c/1">again</a><a href="http://links.a.test/x">退订</a>
<img src="http://links.a.test/o.gif"><img src="cid:logo">
"""


def test_a_letter_is_read_as_a_mail_program_reads_it() -> None:
    content = read(LETTER.encode())
    assert content.links == ("http://links.a.test/t/c/1",)
    assert content.goodbyes == ("http://links.a.test/x",)
    assert content.images == ("http://links.a.test/o.gif",)
    assert (content.header_url, content.header_mailto) == ("http://links.a.test/u/abc", "mailto:u@a.test")
    assert (content.one_click, content.subject, content.reply_to) == (True, "新茶", "sales@a.test")
    assert read(b"no letter at all").links == ()


def test_the_unsubscribe_form_is_found_among_others() -> None:
    page = """<form method=get action=/search><input name=q></form>
    <form method=post action=/i18n><input type=hidden name=lang value=zh></form>
    <form method="POST" action="/u/abc"><input type="hidden" name="csrf" value="x&amp;y">
    <input type=checkbox name=all value=1 checked><input type=checkbox name=other value=1>
    <button name=do value=leave>Unsubscribe</button><button name=do value=stay>Stay</button></form>"""
    assert unsubscribe_form(page) == ("/u/abc", {"csrf": "x&y", "all": "1", "do": "leave"})
    assert unsubscribe_form("<form method=get action=/u/1></form>") is None
