"""Plays the stories: who fetches, scans, reads, clicks, answers, complains and leaves, and enters it in
the books.
"""

import asyncio
import contextlib
import urllib.parse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tradewind.lab import reports
from tradewind.lab.agents import AGENTS, browser_of
from tradewind.lab.behaviour import Behaviour
from tradewind.lab.books import Books
from tradewind.lab.clock import Agenda
from tradewind.lab.dice import Dice
from tradewind.lab.door import Delivered
from tradewind.lab.internet import Internet
from tradewind.lab.letters import Content, read, unsubscribe_form
from tradewind.lab.mailer import Mailer, MailError
from tradewind.lab.people import Ending, People
from tradewind.lab.reputation import Reputations
from tradewind.lab.web import Browser, Page, WebError

_ATTEMPTS = 6
_RETRY = 60.0
_RETRY_REAL = 0.4


class _NotYet(Exception):
    """The other side cannot take it now; try again."""


class _Never(Exception):
    """It cannot be done at all."""


@dataclass(frozen=True)
class Stage:
    """Everything that a story needs around it."""

    agenda: Agenda
    books: Books
    internet: Internet
    people: People
    reputations: Reputations
    behaviour: Behaviour
    dice: Dice
    browser: Browser
    mailer: Mailer

    def begin(self, letter: Delivered) -> None:
        """Put everything that will happen to a letter on the agenda."""
        Play(self, letter).begin()


class Play:
    """The story of one letter."""

    def __init__(self, stage: Stage, letter: Delivered) -> None:
        self._stage = stage
        self._letter = letter
        self._row = letter.row
        self._address = letter.row.recipient
        self._story = letter.story
        self._home = stage.internet.person_address(self._address)
        self._agent = browser_of(stage.dice, self._address)
        self._known: Content | None = None
        self._cached = False
        self._prefetched = asyncio.Event()

    @property
    def _content(self) -> Content:
        if self._known is None:
            self._known = read(self._letter.raw)
        return self._known

    def begin(self) -> None:
        story, agenda = self._story, self._stage.agenda
        for after, act in (
            (story.late_report, self._report_late),
            (story.scan, self._scan),
            (story.prefetch, self._prefetch),
            (story.auto_reply, self._auto_reply),
            (story.opened, self._open),
        ):
            if after is not None:
                agenda.add(after, act)

    def _later(self, after: float, act: Callable[[], Awaitable[None]]) -> None:
        self._stage.agenda.add(after, act)

    def _persist(self, what: str, act: Callable[[], Awaitable[None]], attempt: int = 1) -> None:
        """Do something now that must succeed, again and again for a while when the other side is not
        there.
        """

        async def once() -> None:
            try:
                await act()
            except _Never as problem:
                self._stage.books.fail(what, self._address, str(problem))
            except _NotYet as problem:
                if attempt >= _ATTEMPTS:
                    self._stage.books.fail(
                        what, self._address, f"given up after {attempt} attempts: {problem}"
                    )
                else:
                    wait = _RETRY_REAL * 2 ** (attempt - 1)
                    self._stage.agenda.add(
                        _RETRY * attempt, lambda: self._again(what, act, attempt + 1), wait
                    )

        self._stage.agenda.add(0, once)

    async def _again(self, what: str, act: Callable[[], Awaitable[None]], attempt: int) -> None:
        self._persist(what, act, attempt)

    def _note(self, **values: Any) -> None:
        self._stage.books.note(self._row, **values)

    # -- machines ----------------------------------------------------------------------------------

    async def _fetch(self, url: str, source: str, agent: str, what: str) -> Page | None:
        try:
            page = await self._stage.browser.get(url, source, agent)
        except WebError as problem:
            self._stage.books.fail(what, self._address, str(problem))
            return None
        if not page.ok:
            self._stage.books.fail(what, self._address, f"{url} answered {page.first_status}")
        return page if page.ok else None

    async def _prefetch(self) -> None:
        kind = self._letter.provider.proxy
        source = self._stage.internet.proxy_address(kind, self._address)
        served = [await self._fetch(url, source, AGENTS[kind], "prefetch") for url in self._content.images]
        self._cached = bool(served) and all(served)
        self._prefetched.set()
        if any(served):
            self._note(opened_machine=True)

    async def _scan(self) -> None:
        kind = self._letter.provider.scanner
        source = self._stage.internet.scanner_address(kind, self._address)
        content = self._content
        header = (content.header_url,) if content.header_url else ()
        links = dict.fromkeys((*content.links, *content.goodbyes, *header))
        agent = AGENTS.get(kind, AGENTS["safelinks"])
        for turn, url in enumerate(links):
            self._later(turn * self._stage.behaviour.machines.scan_gap, self._scan_one(url, source, agent))

    def _scan_one(self, url: str, source: str, agent: str) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            if await self._fetch(url, source, agent, "scan"):
                self._note(clicked_machine=True)

        return act

    # -- people ------------------------------------------------------------------------------------

    async def _open(self) -> None:
        story = self._story
        self._note(read=True)
        if story.images:
            await self._see_images()
        if story.clicks and self._content.links:
            self._later(story.click_after, self._click)
        if story.ending is not Ending.NOTHING:
            self._later(story.ending_after, self._end)

    async def _see_images(self) -> None:
        kind = self._letter.provider.proxy
        if self._story.prefetch is not None and self._story.prefetch <= (self._story.opened or 0):
            # In a hurry both may run at once; the proxy, being earlier, still comes first.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._prefetched.wait(), 5)
        if self._cached:
            return  # shown from the proxy's cache: the sender's server sees nothing of this reading
        source, agent = self._home, self._agent
        if kind in ("google", "yahoo", "microsoft"):
            source, agent = self._stage.internet.proxy_address(kind, self._address), AGENTS[kind]
        served = [await self._fetch(url, source, agent, "open") for url in self._content.images]
        if any(served):
            self._note(opened_human=True)

    async def _click(self) -> None:
        links = self._content.links
        first = self._stage.dice.number(len(links), "link", self._address, self._row.ordinal)
        for turn in range(min(self._story.clicks, len(links))):
            url = links[(first + turn) % len(links)]
            if await self._fetch(url, self._home, self._agent, "click"):
                self._note(clicked_human=True)

    async def _end(self) -> None:
        ending = self._story.ending
        if ending is Ending.COMPLAIN:
            self._complain()
        elif ending is Ending.REPLY:
            self._persist("reply", self._reply)
        else:
            self._persist("unsubscribe", self._unsubscribe)

    # -- mail --------------------------------------------------------------------------------------

    def _original(self) -> reports.Original:
        content = self._content
        return reports.Original(
            raw=self._letter.raw,
            recipient=self._address,
            return_path=self._letter.envelope.sender,
            subject=content.subject,
            message_id=content.message_id,
            sender=content.sender,
            reply_to=content.reply_to,
            text=content.text,
        )

    def _token(self, what: str) -> str:
        return self._stage.dice.token(20, what, self._address, self._row.ordinal, self._row.id)

    async def _mail(self, sender: str, to: str, message: bytes) -> None:
        place = self._stage.internet.place(self._address.rpartition("@")[2])
        source = place.address if place else "127.0.0.1"
        try:
            await self._stage.mailer.send(sender, to, message, source, self._letter.envelope.host)
        except MailError as problem:
            raise (_NotYet if problem.temporary else _Never)(str(problem)) from problem

    async def _report_late(self) -> None:
        async def act() -> None:
            to = self._letter.envelope.sender
            if not to:
                raise _Never("no report about a report: the return path is empty")
            slots = {"rcpt": self._address, "domain": self._address.rpartition("@")[2]}
            diagnostic = self._letter.provider.reply("late_unknown", slots)
            host = self._letter.envelope.host
            await self._mail(
                "", to, reports.late_report(self._original(), host, diagnostic, self._token("dsn"))
            )
            self._note(late_dsn_sent=True)

        self._persist("late report", act)

    async def _auto_reply(self) -> None:
        async def act() -> None:
            to = self._letter.envelope.sender
            if not to or self._letter.head.auto_submitted not in ("", "no"):
                raise _Never("no answer to automatic mail (RFC 3834)")
            language = self._stage.people.language(self._address, self._letter.provider.key)
            await self._mail("", to, reports.absence(self._original(), language, self._token("away")))
            self._note(auto_replied=True)

        self._persist("auto reply", act)

    async def _reply(self) -> None:
        original = self._original()
        language = self._stage.people.language(self._address, self._letter.provider.key)
        message = reports.answer(original, self._story.reply_kind, language, self._token("reply"))
        await self._mail(self._address, original.reply_to or original.sender, message)
        self._note(replied=True)
        if self._story.reply_kind == "remove_me":
            self._note(unsubscribed="reply")

    def _complain(self) -> None:
        provider = self._letter.provider
        self._note(pressed_spam=True)
        self._stage.reputations.of(provider.key, self._letter.head.from_domain).complaints += 1
        if provider.feedback != "none":
            self._persist("complaint", self._send_complaint)

    async def _send_complaint(self) -> None:
        envelope = self._letter.envelope
        domain = envelope.sender.rpartition("@")[2]
        if not domain:
            raise _Never("the return path is empty")
        host = envelope.host
        whole = self._letter.provider.feedback == "full"
        to = f"fbl@{domain}"
        message = reports.complaint(self._original(), to, host, envelope.ip, whole, self._token("fbl"))
        await self._mail(f"feedback@{host}", to, message)
        self._note(complaint_sent=True)

    # -- leaving -----------------------------------------------------------------------------------

    async def _unsubscribe(self) -> None:
        content = self._content
        ways = {
            "one-click": content.header_url if content.one_click else "",
            "page": next(iter(content.goodbyes), content.header_url),
            "mailto": content.header_mailto,
        }
        way = (
            self._story.way
            if ways[self._story.way]
            else next((name for name, url in ways.items() if url), "")
        )
        if not way:
            raise _Never("the letter offers no way to unsubscribe")
        try:
            await {"one-click": self._one_click, "page": self._by_page, "mailto": self._by_mail}[way](
                ways[way]
            )
        except WebError as problem:
            raise _NotYet(str(problem)) from problem
        self._note(unsubscribed=way)

    async def _one_click(self, url: str) -> None:
        place = self._stage.internet.place(self._address.rpartition("@")[2])
        source = place.address if place else self._home
        form = {"List-Unsubscribe": "One-Click"}
        _check(await self._stage.browser.post(url, source, AGENTS["one-click"], form))

    async def _by_page(self, url: str) -> None:
        page = await self._stage.browser.get(url, self._home, self._agent)
        _check(page)
        form = unsubscribe_form(page.body)
        if form is None:
            raise _Never(f"{page.url} shows no form to unsubscribe")
        action = urllib.parse.urljoin(page.url, form[0])
        _check(await self._stage.browser.post(action, self._home, self._agent, form[1]))

    async def _by_mail(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        to = urllib.parse.unquote(parts.path)
        subject = dict(urllib.parse.parse_qsl(parts.query)).get("subject", "unsubscribe")
        message = reports.goodbye(self._original(), to, subject, self._token("goodbye"))
        await self._mail(self._address, to, message)


def _check(page: Page) -> None:
    if page.status >= 500 or page.status == 429:
        raise _NotYet(f"{page.url} answered {page.status}")
    if page.status >= 400:
        raise _Never(f"{page.url} answered {page.status}")
