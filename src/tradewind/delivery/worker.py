"""The delivery worker: claim, send, settle. One process; run as many as you like, on as many machines.

    claim → compile what is needed → find the way → a courier sends → outcomes are settled in batches

PostgreSQL coordinates: a message is claimed by one worker only. When PostgreSQL is away, what is in hand is
still sent, and its results are kept (in memory and journal) until they can be settled.
"""

import asyncio
import os
import signal
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from psycopg_pool import AsyncConnectionPool

from tradewind.core import env, paths
from tradewind.core.databases import conninfo
from tradewind.delivery.desk import Desk
from tradewind.delivery.guard import Guard
from tradewind.delivery.journal import Journal
from tradewind.delivery.outcomes import of_bad_template, of_no_route, returned
from tradewind.delivery.recovery import recover_dead
from tradewind.delivery.replies.words import Classification
from tradewind.delivery.routes import NoRoute, Route, Router
from tradewind.delivery.send import Job, Tools
from tradewind.delivery.settler import DATABASE_AWAY, Settler
from tradewind.delivery.sites import Site
from tradewind.ledger import door
from tradewind.ledger.door import Claimed, Outcome, Pool

log = structlog.get_logger()
T = TypeVar("T")

IN_HAND = env.whole(
    "TRADEWIND_WORKER_IN_HAND",
    400,
    "How many messages one delivery worker holds at once.",
    group="Mail",
    least=1,
    most=10_000,
)
LOOK_EVERY = 0.4
HEARTBEAT_EVERY = 5.0
RECOVER_EVERY = 15.0
REAP_EVERY = 60.0
IDLE_PAUSE = (0.1, 1.0)
DRAIN = 7.0
"""Seconds for what is in flight when the worker is told to stop; settling gets the rest of ten."""
LAST_SETTLE = 2.5


@dataclass(slots=True)
class Life:
    """One registered life of the worker: its row in the ledger, its journal, its couriers."""

    id: int
    journal: Journal
    settler: Settler
    tools: Tools
    sites: dict[tuple[int, str], Site]


class Worker:
    """Runs until `stop()`. After a claim whose fate is not known, it ends its life and begins another, so
    that messages the ledger gave it without its knowledge go back."""

    def __init__(
        self, pool: Pool, folder: Path, *, in_hand: int | None = None, router: Router | None = None
    ) -> None:
        self._pool, self._folder = pool, folder
        self._host = socket.gethostname()
        self._router = router or Router()
        self._desk = Desk(pool)
        self._guard = Guard()
        self._most = in_hand or IN_HAND
        self._stop = asyncio.Event()
        self._room = asyncio.Event()
        self._held: Counter[int] = Counter()
        self._unsettled: set[int] = set()
        self._disk_full = False
        self._claim_lost = False

    def stop(self) -> None:
        """Finish what is in flight, give the rest back, end."""
        self._stop.set()
        self._room.set()

    async def run(self) -> None:
        """Live until stopped; all that could be settled is settled when this returns."""
        while not self._stop.is_set():
            life = await self._begin()
            if life is None:
                return
            helpers = [
                asyncio.create_task(life.settler.run()),
                asyncio.create_task(self._every(LOOK_EVERY, self._desk.look)),
                asyncio.create_task(
                    self._every(HEARTBEAT_EVERY, partial(door.heartbeat, self._pool, life.id))
                ),
                asyncio.create_task(self._every(RECOVER_EVERY, self._recover)),
                asyncio.create_task(self._every(REAP_EVERY, self._reap)),
            ]
            try:
                await self._claim_and_send(life)
            finally:
                await self._end(life, helpers)

    # a life

    async def _begin(self) -> Life | None:
        journal = Journal.create(self._folder)
        name = f"{self._host}:{os.getpid()}"
        registered = await self._patiently(
            lambda: door.register_worker(self._pool, name, self._host, str(journal.path))
        )
        if registered is None:
            journal.close(remove=True)
            return None
        await self._patiently(self._recover)
        self._claim_lost = False
        self._held.clear()
        settler = Settler(self._pool, registered, journal, self._settled)
        tools = Tools(self._desk, journal, self._report, self._notice)
        self._settler = settler
        log.info("worker.started", worker=name, id=registered, journal=str(journal.path))
        return Life(registered, journal, settler, tools, {})

    async def _end(self, life: Life, helpers: Sequence["asyncio.Task[None]"]) -> None:
        """Drain: what is in flight ends, the rest goes back, all is settled if the database is there."""
        await asyncio.gather(*(site.stop(DRAIN) for site in life.sites.values()))
        for task in helpers:
            task.cancel()
        await asyncio.gather(*helpers, self._guard.finish(), return_exceptions=True)
        clean = False
        try:
            async with asyncio.timeout(LAST_SETTLE):
                await life.settler.flush()
                await door.stop_worker(self._pool, life.id)
            clean = True
        except (TimeoutError, *DATABASE_AWAY) as error:
            log.warning("worker.unsettled", kept=life.settler.backlog, journal=str(life.journal.path), why=str(error),
                        say="The database does not answer; the journal is kept and settled at the next start.")  # fmt: skip
        life.journal.close(remove=clean)
        log.info("worker.stopped", id=life.id, clean=clean)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The answer of the database, however long it is away; None if the worker is stopped meanwhile."""
        pause, said = 0.2, False
        while not self._stop.is_set():
            try:
                return await ask()
            except DATABASE_AWAY as error:
                if not said:
                    log.warning("worker.waiting_for_database", why=str(error))
                said = True
                await self._sleep(pause)
                pause = min(pause * 2, 2.0)
        return None

    async def _every(self, seconds: float, do: Callable[[], Awaitable[object]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await do()
            except DATABASE_AWAY:
                continue  # whoever settles or claims says so in the log

    async def _recover(self) -> int:
        return await recover_dead(self._pool, self._host)

    async def _reap(self) -> None:
        doubted = await door.reap(self._pool)
        if doubted:
            log.warning(
                "worker.reaped", messages=doubted, say="Messages of workers lost for good are now unknown."
            )

    # claiming

    async def _claim_and_send(self, life: Life) -> None:
        pause = IDLE_PAUSE[0]
        while not self._stop.is_set() and not self._claim_lost:
            wanted = self._most - len(self._unsettled)
            if wanted < max(1, self._most // 4) or not self._may_claim(life):
                await self._wait_for_room()
                continue
            claimed = await self._claim(life, wanted)
            if claimed:
                pause = IDLE_PAUSE[0]
                await self._dispatch(life, claimed)
            else:
                await self._sleep(pause)
                pause = min(pause * 1.5, IDLE_PAUSE[1])

    def _may_claim(self, life: Life) -> bool:
        if self._disk_full and life.journal.probe():
            log.info("worker.disk_again")
            self._disk_full = False
        return not self._disk_full and not life.settler.away

    async def _claim(self, life: Life, wanted: int) -> list[Claimed]:
        try:
            claimed = await door.claim(self._pool, life.id, wanted, self._held)
        except DATABASE_AWAY as error:
            # Perhaps the ledger gave us messages and we never heard of it. They go back with this life.
            log.warning("worker.claim_failed", why=str(error))
            self._claim_lost = True
            return []
        for message in claimed:
            self._held[message.lane_id] += 1
            self._unsettled.add(message.id)
        return claimed

    async def _dispatch(self, life: Life, claimed: list[Claimed]) -> None:
        """Journal them, compile for them, find the ways, and hand them to couriers."""
        try:
            life.journal.claimed(claimed)
        except OSError as error:
            self._disk_full = True
            log.error("worker.disk_full", why=str(error), journal=str(life.journal.path),
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
            self._hand_over(life, job, routes[job.channel_id, job.domain])

    def _job(self, claimed: Claimed) -> Job | None:
        counter = self._desk.counter(claimed.origin_id)
        if counter is None or counter.composer is None:
            why = counter.problem if counter else "The campaign is gone."
            self._report(claimed, of_bad_template(claimed, why))
            return None
        return Job(claimed, counter.composer, counter.brief.channel)

    def _hand_over(self, life: Life, job: Job, route: Route | NoRoute) -> None:
        if isinstance(route, NoRoute):
            outcome, meaning = of_no_route(job.claimed, route)
            self._report(job.claimed, outcome)
            self._notice(job.claimed, meaning, route.text, job.channel.kind == "relay")
            return
        key = (job.channel_id, route.site)
        site = life.sites.get(key)
        if site is None:
            self._forget_resting(life)
            site = life.sites[key] = Site(route, life.tools)
        site.put(job, route)

    def _forget_resting(self, life: Life) -> None:
        if len(life.sites) > 2000:
            life.sites = {key: site for key, site in life.sites.items() if not site.resting}

    def _give_back(self, claimed: Sequence[Claimed]) -> None:
        for message in claimed:
            self._report(message, returned(message))

    # what couriers and the settler call

    def _report(self, claimed: Claimed, outcome: Outcome) -> None:
        self._held[claimed.lane_id] -= 1
        self._settler.add(outcome)

    def _notice(self, claimed: Claimed, meaning: Classification, text: str, relayed: bool) -> None:
        self._guard.notice(claimed, meaning, text, relayed=relayed)

    def _settled(self, ids: Sequence[int]) -> None:
        self._unsettled.difference_update(ids)
        self._room.set()

    # waiting

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return

    async def _wait_for_room(self) -> None:
        self._room.clear()
        try:
            async with asyncio.timeout(0.5):
                await self._room.wait()
        except TimeoutError:
            return


def journal_folder() -> Path:
    """Where the journals of this installation lie."""
    return paths.made(paths.DATA / "journal")


async def run_worker() -> None:
    """One worker on Django's database, until SIGTERM or SIGINT."""
    pool: Pool = AsyncConnectionPool(conninfo(), min_size=1, max_size=4, open=False, timeout=10)
    await pool.open(wait=False)
    worker = Worker(pool, journal_folder())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    try:
        await worker.run()
    finally:
        await pool.close(timeout=1)
