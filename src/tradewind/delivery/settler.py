"""Outcomes on their way into the database: in batches, kept until they are there."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg
import structlog
from psycopg_pool import PoolClosed, PoolTimeout

from tradewind.delivery.journal import Journal
from tradewind.ledger import door
from tradewind.ledger.door import Outcome, Pool

log = structlog.get_logger()

BATCH = 500
GATHER = 0.02
"""Seconds to wait for company before a batch is written."""

DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed, OSError)
"""What is raised while PostgreSQL is stopped, starting, or cut off; it is tried again."""


class Settler:
    """Takes outcomes and settles them. After a lost connection the same batch is handed in again: the ledger
    settles nothing twice."""

    def __init__(
        self, pool: Pool, worker_id: int, journal: Journal, done: Callable[[Sequence[int]], None]
    ) -> None:
        """`done` is called with the ids of each batch that is in the database."""
        self._pool, self._worker_id, self._journal, self._done = pool, worker_id, journal, done
        self._waiting: deque[Outcome] = deque()
        self._arrived = asyncio.Event()
        self._busy = False
        self.away = False

    @property
    def backlog(self) -> int:
        """Outcomes that are not in the database yet."""
        return len(self._waiting)

    def add(self, outcome: Outcome) -> None:
        self._waiting.append(outcome)
        self._arrived.set()

    async def run(self) -> None:
        """Settle until cancelled."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHER)
            await self.flush()

    async def flush(self) -> None:
        """Settle all that waits; returns when it is in the database, however long that takes."""
        while self._waiting:
            batch = [self._waiting[n] for n in range(min(BATCH, len(self._waiting)))]
            await self._settle_patiently(batch)
            for _ in batch:
                self._waiting.popleft()
        self._arrived.clear()

    async def _settle_patiently(self, batch: list[Outcome]) -> None:
        pause = 0.2
        while True:
            try:
                await self._settle(batch)
            except DATABASE_AWAY as error:
                if not self.away:
                    log.warning("worker.database_away", why=str(error), kept=self.backlog,
                                say="The database does not answer; results are kept and settled later.")  # fmt: skip
                self.away = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
            else:
                if self.away:
                    log.info("worker.database_back", settled=len(batch))
                self.away = False
                self._finish([outcome.message_id for outcome in batch])
                return

    async def _settle(self, batch: list[Outcome]) -> None:
        try:
            await door.settle(self._pool, self._worker_id, batch)
        except psycopg.DataError as error:
            # One outcome that PostgreSQL does not take must not hold up the others.
            if len(batch) > 1:
                half = len(batch) // 2
                await self._settle(batch[:half])
                await self._settle(batch[half:])
                return
            log.error("worker.bad_outcome", message=batch[0].message_id, why=str(error))
            await door.settle(self._pool, self._worker_id, [_bare(batch[0])])

    def _finish(self, ids: list[int]) -> None:
        try:
            self._journal.settled(ids)
        except OSError as error:
            log.warning("worker.journal", why=str(error))  # settling them again would do no harm
        self._done(ids)


def _bare(outcome: Outcome) -> Outcome:
    """Only what decides the message's fate."""
    return replace(
        outcome, attempt=None, reply_text="", reply_status="", mx_host="", remote_id="", values=None
    )
