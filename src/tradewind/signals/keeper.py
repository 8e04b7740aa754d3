"""Keeping requests of the tracking edge: group commit into PostgreSQL, or into a file while PostgreSQL is away.

`Keeper.keep(request)` comes back when the request is stored: many requests share one commit, and none is
answered before its own. While the database cannot be reached, requests go to a spill file (one fsync per
batch) that is replayed later; a replay stores nothing twice. Only when that file cannot be written either is
a request not kept, and the answer says so.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

import psycopg
import structlog

from tradewind.signals.spill import Spill
from tradewind.signals.sql import statement
from tradewind.signals.words import HitKind

log = structlog.get_logger()

MOST_IN_BATCH = 200
GATHER_SECONDS = 0.01
CONNECT_SECONDS = 3
STATEMENT_SECONDS = 5
AWAY_SECONDS = 1.0
REPLAY_SECONDS = 2.0
QUEUE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request with a token that is ours."""

    kind: HitKind
    message_id: int
    link_id: int | None
    at: datetime
    method: str
    ip: str
    agent: str
    headers: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        return {
            "message_id": self.message_id,
            "kind": self.kind.value,
            "link_id": self.link_id,
            "at": self.at.isoformat(),
            "method": self.method,
            "ip": self.ip,
            "agent": self.agent,
            "headers": self.headers,
        }


class Where(Enum):
    """Where a request was stored."""

    DATABASE = auto()
    SPILL = auto()  # on our disk, in the database later
    NOWHERE = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows about the message and link of a request."""

    company: str
    language: str
    url: str
    values: dict[str, Any] | None
    composed: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """`known` is None when the message is gone, or while the database is away."""

    where: Where
    known: Known | None


Waiting = tuple[Request, asyncio.Future[Kept]]


class Keeper:
    """One per process: one writer, one connection, natural batches (what arrives during a commit shares the next one)."""

    def __init__(self, conninfo: str, spill: Spill) -> None:
        self._conninfo = conninfo
        self._spill = spill
        self._queue: asyncio.Queue[Waiting | None] = asyncio.Queue(QUEUE_SIZE)  # None: no more will come
        self._ending = False
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._away_until = 0.0
        self._next_replay = 0.0
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, request: Request) -> Kept:
        """Comes back when the request is stored, or certainly is not."""
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="hit-writer")
        answer: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        await self._queue.put((request, answer))
        return await answer

    async def close(self) -> None:
        """Store what is queued, then let go of the connection and the file."""
        if self._writer is not None and not self._writer.done():
            await self._queue.put(None)
            await self._writer
        await self._hang_up()
        self._spill.close()

    async def _write(self) -> None:
        while not self._ending:
            batch = await self._gather()
            if batch:
                answers = await self._answers([request for request, _ in batch])
                for (_request, future), answer in zip(batch, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
            await self._replay()

    async def _answers(self, requests: Sequence[Request]) -> list[Kept]:
        try:
            return await self._keep_batch(requests)
        except Exception:
            log.exception(
                "hits_not_kept",
                hits=len(requests),
                sentence="Requests could not be stored; their senders were told.",
            )
            return [Kept(Where.NOWHERE, None)] * len(requests)

    async def _gather(self) -> list[Waiting]:
        """What comes within a moment of the first request; empty after a while without any."""
        batch: list[Waiting] = []
        loop = asyncio.get_running_loop()
        until = loop.time() + REPLAY_SECONDS
        while len(batch) < MOST_IN_BATCH:
            left = until - loop.time()
            if left <= 0 and self._queue.empty():
                break
            try:
                waiting = await asyncio.wait_for(self._queue.get(), max(left, 0.0005))
            except TimeoutError:
                break
            if waiting is None:
                self._ending = True
                break
            if not batch:
                until = loop.time() + GATHER_SECONDS
            batch.append(waiting)
        return batch

    async def _keep_batch(self, requests: Sequence[Request]) -> list[Kept]:
        known = await self._store(requests)
        if known is not None:
            return [Kept(Where.DATABASE, known.get(n)) for n in range(len(requests))]
        kept = await asyncio.to_thread(self._spill.keep, [request.row() for request in requests])
        return [Kept(Where.SPILL if kept else Where.NOWHERE, None)] * len(requests)

    async def _store(self, requests: Sequence[Request]) -> dict[int, Known] | None:
        """What is known by position in `requests`; None while the database is away (nothing is stored
        then, or it is in doubt).
        """
        if time.monotonic() < self._away_until:
            return None
        try:
            return await self._insert([request.row() for request in requests])
        except (psycopg.DataError, psycopg.IntegrityError) as problem:
            await self._hang_up()
            if len(requests) == 1:
                log.warning(
                    "hit_refused",
                    problem=str(problem),
                    sentence="The database refused this request's record.",
                )
                return {}
            # One of them spoils the batch (its message was deleted this instant): each for itself.
            apart = [await self._store([request]) for request in requests]
            if any(one is None for one in apart):
                return None
            return {n: one[0] for n, one in enumerate(apart) if one}
        except (psycopg.Error, OSError, TimeoutError) as problem:
            log.warning(
                "database_away",
                problem=str(problem),
                sentence="Tracking goes to the spill file until it is back.",
            )
            self._away_until = time.monotonic() + AWAY_SECONDS
            await self._hang_up()
            return None

    async def _insert(self, rows: Sequence[dict[str, Any]]) -> dict[int, Known]:
        async with asyncio.timeout(CONNECT_SECONDS + STATEMENT_SECONDS):
            connection = await self._connected()
            hits = json.dumps([row | {"n": n} for n, row in enumerate(rows)])
            cursor = await connection.execute(statement("keep_hits"), {"hits": hits})
            answers = await cursor.fetchall()
            await connection.commit()
        return {
            n: Known(company, language, url, values, composed)
            for n, company, language, url, values, composed in answers
        }

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._conninfo, connect_timeout=CONNECT_SECONDS, application_name="tradewind edge"
            )
            await self._connection.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
            await self._connection.commit()
        return self._connection

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()

    async def _replay(self) -> None:
        """Bring what lies in spill files (ours and those of processes that are gone) into the database, now and then."""
        if time.monotonic() < max(self._next_replay, self._away_until):
            return
        self._next_replay = time.monotonic() + REPLAY_SECONDS
        for rows in self._spill.batches(MOST_IN_BATCH):
            try:
                await self._insert(rows)
            except (psycopg.DataError, psycopg.IntegrityError) as problem:
                log.warning("spilled_hits_refused", problem=str(problem), hits=len(rows))
                await self._hang_up()
            except (psycopg.Error, OSError, TimeoutError):
                self._away_until = time.monotonic() + AWAY_SECONDS
                await self._hang_up()
                return
