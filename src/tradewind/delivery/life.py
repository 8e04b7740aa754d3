"""One registered life of a worker: its row in the ledger, its journal, what it has in hand, its couriers."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog

from tradewind.delivery.desk import Desk
from tradewind.delivery.gates import Gates
from tradewind.delivery.guard import Guard
from tradewind.delivery.journal import Journal
from tradewind.delivery.outcomes import of_bad_template, of_no_route, returned
from tradewind.delivery.replies.words import Classification
from tradewind.delivery.routes import RELAY, NoRoute, Route, Router
from tradewind.delivery.send import Job, Tools
from tradewind.delivery.settler import DATABASE_AWAY, Settler
from tradewind.delivery.sites import Site
from tradewind.ledger import door
from tradewind.ledger.door import Claimed, Outcome, Pool

log = structlog.get_logger()

DRAIN = 7.0
"""Seconds for what is in flight when the worker is told to stop; settling gets the rest of ten."""

LAST_SETTLE = 2.5
MOST_SITES = 2000


class Life:
    """Takes claimed messages, has them sent, and settles what became of them."""

    def __init__(
        self,
        pool: Pool,
        worker_id: int,
        journal: Journal,
        desk: Desk,
        router: Router,
        gates: Gates,
        guard: Guard,
    ) -> None:
        self.id = worker_id
        self.journal = journal
        self.held: Counter[int] = Counter()
        """Messages on their way, by lane."""
        self.unsettled: set[int] = set()
        """Messages whose outcome is not in the database yet."""
        self.room = asyncio.Event()
        """Set whenever something was settled."""
        self._pool, self._desk, self._router, self._gates, self._guard = pool, desk, router, gates, guard
        self._sites: dict[tuple[int, str], Site] = {}
        self._disk_full = False
        self._settler = Settler(pool, worker_id, journal, self._settled)
        self._tools = Tools(desk, journal, self._report, self._notice)
        self._settling = asyncio.create_task(self._settler.run())

    def may_claim(self) -> bool:
        """False while the disk is full or the database is away."""
        if self._disk_full and self.journal.probe():
            log.info("worker.disk_again")
            self._disk_full = False
        return not self._disk_full and not self._settler.away

    async def take(self, claimed: list[Claimed]) -> None:
        """Journal them, compile for them, find the ways, and hand them to couriers."""
        for message in claimed:
            self.held[message.lane_id] += 1
            self.unsettled.add(message.id)
        try:
            self.journal.claimed(claimed)
        except OSError as error:
            self._disk_full = True
            log.error("worker.disk_full", why=str(error), journal=str(self.journal.path),
                      say="The journal cannot be written, so nothing is sent. Free some disk space.")  # fmt: skip
            self._give_back(claimed)
            return
        try:
            await self._desk.prepare(claimed)
        except DATABASE_AWAY:
            self._give_back(claimed)
            return
        jobs = [job for message in claimed if (job := self._job(message)) is not None]
        ways = {(job.channel_id, job.domain): job for job in jobs}
        found = await asyncio.gather(*(self._router.route(job.channel, job.domain) for job in ways.values()))
        routes = dict(zip(ways, found, strict=True))
        for job in jobs:
            self._hand_over(job, routes[job.channel_id, job.domain])

    def _job(self, claimed: Claimed) -> Job | None:
        counter = self._desk.counter(claimed.origin_id)
        if counter is None or counter.composer is None:
            why = counter.problem if counter else "The campaign is gone."
            self._report(claimed, of_bad_template(claimed, why))
            return None
        return Job(claimed, counter.composer, counter.brief.channel)

    def _hand_over(self, job: Job, route: Route | NoRoute) -> None:
        if isinstance(route, NoRoute):
            outcome, meaning = of_no_route(job.claimed, route)
            self._report(job.claimed, outcome)
            self._notice(job.claimed, meaning, route.text, job.channel.kind == RELAY)
            return
        key = (job.channel_id, route.site)
        site = self._sites.get(key)
        if site is None:
            self._forget_resting()
            site = self._sites[key] = Site(route, self._tools, self._gates.of(job.channel, route))
        site.put(job, route)

    def _forget_resting(self) -> None:
        if len(self._sites) > MOST_SITES:
            self._sites = {key: site for key, site in self._sites.items() if not site.resting}

    def _give_back(self, claimed: Sequence[Claimed]) -> None:
        for message in claimed:
            self._report(message, returned(message))

    # what couriers and the settler call

    def _report(self, claimed: Claimed, outcome: Outcome) -> None:
        self.held[claimed.lane_id] -= 1
        self._settler.add(outcome)

    def _notice(self, claimed: Claimed, meaning: Classification, text: str, relayed: bool) -> None:
        self._guard.notice(claimed, meaning, text, relayed=relayed)

    def _settled(self, ids: Sequence[int]) -> None:
        self.unsettled.difference_update(ids)
        self.room.set()

    # the end

    async def end(self, *, hurry: asyncio.Event) -> None:
        """Send no more; settle what there is. Then the row is stopped and the journal removed.

        As long as it takes; but once `hurry` is set, in ten seconds: what is in flight gets DRAIN, and the
        journal is left behind when the database does not answer.
        """
        clean = False
        try:
            await self._stop_sites(hurry)
            clean = await self._settle_all(hurry)
        finally:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)
            self.journal.close(remove=clean)
        log.info("worker.stopped", id=self.id, clean=clean)

    async def _stop_sites(self, hurry: asyncio.Event) -> None:
        stops = [asyncio.create_task(site.stop(hurry, DRAIN)) for site in self._sites.values()]
        await asyncio.gather(*stops)

    async def _settle_all(self, hurry: asyncio.Event) -> bool:
        """True when everything is in the database."""
        settled = asyncio.create_task(self._all_settled())
        hurried = asyncio.create_task(hurry.wait())
        try:
            await asyncio.wait({settled, hurried}, return_when=asyncio.FIRST_COMPLETED)
            async with asyncio.timeout(LAST_SETTLE):
                await asyncio.shield(settled)
            return True
        except (TimeoutError, *DATABASE_AWAY) as error:
            log.warning("worker.unsettled", kept=self._settler.backlog, journal=str(self.journal.path), why=str(error),
                        say="The database does not answer; the journal is kept and settled at the next start.")  # fmt: skip
            return False
        finally:
            for task in (settled, hurried):
                task.cancel()
            await asyncio.gather(settled, hurried, return_exceptions=True)

    async def _all_settled(self) -> None:
        while self._settler.backlog:
            self.room.clear()
            await self.room.wait()
        await door.stop_worker(self._pool, self.id)
