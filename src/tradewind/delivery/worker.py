"""The delivery worker: claim, send, settle. One process; run as many as you like, on as many machines.

    claim → compile what is needed → find the way → a courier sends → outcomes are settled in batches

PostgreSQL coordinates: a message is claimed by one worker only. When PostgreSQL is away, what is in hand is
still sent, and its results are kept (in memory and journal) until they can be settled.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import structlog
from psycopg_pool import AsyncConnectionPool

from tradewind.core import env, paths
from tradewind.core.databases import conninfo
from tradewind.delivery.desk import Desk
from tradewind.delivery.gates import Gates
from tradewind.delivery.guard import Guard
from tradewind.delivery.journal import Journal
from tradewind.delivery.life import DRAIN, LAST_SETTLE, Life
from tradewind.delivery.recovery import recover_dead
from tradewind.delivery.routes import Router
from tradewind.delivery.settler import DATABASE_AWAY
from tradewind.ledger import door
from tradewind.ledger.door import Pool

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
        self._gates = Gates()
        self._guard = Guard()
        self._most = in_hand or IN_HAND
        self._stop = asyncio.Event()
        self._lives: list[Life] = []
        self._endings: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Finish what is in flight, give the rest back, end."""
        self._stop.set()

    async def run(self) -> None:
        """Live until stopped; all that could be settled is settled when this returns."""
        helpers: list[asyncio.Task[None]] = [
            asyncio.create_task(self._every(LOOK_EVERY, self._desk.look)),
            asyncio.create_task(self._every(HEARTBEAT_EVERY, self._heartbeat)),
            asyncio.create_task(self._every(RECOVER_EVERY, self._recover)),
            asyncio.create_task(self._every(REAP_EVERY, self._reap)),
        ]
        try:
            while not self._stop.is_set() and (life := await self._begin()) is not None:
                self._lives.append(life)
                await self._claim_and_send(life)
                self._end_in_background(life)
            if self._endings:
                await asyncio.wait(self._endings, timeout=DRAIN + LAST_SETTLE + 0.3)
        finally:
            # Endings that are cut off here leave their journal; the next start settles it.
            left = (*helpers, *self._endings)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, self._guard.finish(), return_exceptions=True)

    # lives

    async def _begin(self) -> Life | None:
        journal = await self._new_journal()
        if journal is None:
            return None
        name = f"{self._host}:{os.getpid()}"
        registered = await self._patiently(
            lambda: door.register_worker(self._pool, name, self._host, str(journal.path))
        )
        if registered is None:
            journal.close(remove=True)
            return None
        await self._patiently(self._recover)
        log.info("worker.started", worker=name, id=registered, journal=str(journal.path))
        return Life(self._pool, registered, journal, self._desk, self._router, self._gates, self._guard)

    async def _new_journal(self) -> Journal | None:
        """A journal, as soon as the disk takes one; None if the worker is stopped meanwhile."""
        said = False
        while not self._stop.is_set():
            try:
                return Journal.create(self._folder)
            except OSError as error:
                if not said:
                    log.error("worker.disk_full", why=str(error), journal=str(self._folder),
                              say="No journal can be written, so nothing is sent. Free some disk space.")  # fmt: skip
                said = True
                await self._sleep(IDLE_PAUSE[1])
        return None

    def _end_in_background(self, life: Life) -> None:
        """Its couriers finish what they have; then what the ledger gave it without its knowledge goes back."""
        task = asyncio.create_task(life.end(hurry=self._stop))
        self._endings.add(task)

        def ended(_: "asyncio.Task[None]") -> None:
            self._endings.discard(task)
            self._lives.remove(life)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("worker.end_failed", id=life.id, why=repr(error))

        task.add_done_callback(ended)

    async def _heartbeat(self) -> None:
        for life in self._lives:
            await door.heartbeat(self._pool, life.id)

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
        """Until stopped, or until a claim whose fate is not known."""
        pause = IDLE_PAUSE[0]
        while not self._stop.is_set():
            wanted = self._most - len(life.unsettled)
            if wanted < max(1, self._most // 4) or not life.may_claim():
                await self._wait_for_room(life)
                continue
            try:
                claimed = await door.claim(self._pool, life.id, wanted, life.held)
            except DATABASE_AWAY as error:
                # Perhaps the ledger gave us messages and we never heard of it. They go back with this life.
                log.warning("worker.claim_failed", why=str(error))
                return
            if claimed:
                pause = IDLE_PAUSE[0]
                await life.take(claimed)
            else:
                await self._sleep(pause)
                pause = min(pause * 1.5, IDLE_PAUSE[1])

    # waiting

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return

    async def _wait_for_room(self, life: Life) -> None:
        life.room.clear()
        try:
            async with asyncio.timeout(0.5):
                await life.room.wait()
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
