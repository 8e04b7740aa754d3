"""The engine's door to the ledger: claim, settle, and the life of a worker. Plain values in and out, no ORM objects."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from babel import Locale
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from tradewind.core import clock
from tradewind.core.crypto import decrypt_text
from tradewind.ledger.sql import statement
from tradewind.senders.lanes import GRANT

Pool = AsyncConnectionPool[AsyncConnection[Any]]

LOST = timedelta(minutes=15)  # a worker of any host: what it held becomes unknown
ASK_DNS_AGAIN = 300.0  # mail seconds


class OutcomeKind(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"  # could not be composed
    RETURNED = "returned"  # not tried


TRIED = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.REFUSED, OutcomeKind.DEFERRED, OutcomeKind.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this worker may send now. `claimed_at` is the fence: an outcome must carry it back."""

    id: int
    workspace_id: int
    origin_id: int
    contact_id: int | None
    email: str
    provider: str
    lane_id: int
    version_id: int
    attempts: int
    expires_at: datetime
    claimed_at: datetime
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    started_at: datetime
    finished_at: datetime
    mx_ip: str = ""
    tls: str = ""
    phase: str = ""
    fault: str = ""
    persistence: str = ""
    rule: str = ""
    rule_version: int = 0
    dialogue: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    message_id: int
    claimed_at: datetime
    kind: OutcomeKind
    at: datetime
    reason: str = ""
    due_at: datetime | None = None
    values: dict[str, Any] | None = None
    composed_at: datetime | None = None
    digest: bytes | None = None
    reply_code: int | None = None
    reply_status: str = ""
    reply_text: str = ""
    mx_host: str = ""
    remote_id: str = ""
    suppress: bool = False
    attempt: AttemptFacts | None = None

    def as_row(self) -> dict[str, Any]:
        row = asdict(self)
        row["digest"] = self.digest.hex() if self.digest is not None else None
        row["tried"] = self.kind in TRIED
        return row


def dump(rows: list[dict[str, Any]]) -> str:
    """JSON for PostgreSQL, which refuses NUL in text: a reply that holds one keeps its place with U+FFFD."""
    return json.dumps(rows, default=_plain).replace("\\u0000", "\\ufffd")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot store {type(value).__name__}")


async def register_worker(pool: Pool, name: str, host: str, journal: str) -> int:
    """A new life of a worker: the row is the lease on all it will claim."""
    now = clock.now()
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "INSERT INTO ledger_worker (name, host, journal, started_at, seen_at) VALUES (%s, %s, %s, %s, %s) RETURNING id",
            (name, host, journal, now, now),
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


async def heartbeat(pool: Pool, worker_id: int) -> None:
    async with pool.connection() as conn:
        await conn.execute("UPDATE ledger_worker SET seen_at = %s WHERE id = %s", (clock.now(), worker_id))


async def stop_worker(pool: Pool, worker_id: int) -> None:
    """The end of a worker's life, drained or recovered: what it still holds was never on its way and goes back.

    The row first: a claim of the same worker that the server is still busy with holds a lock on it, so it is waited for
    and its messages go back as well; a later one finds the worker stopped.
    """
    params = {"worker": worker_id, "now": clock.now()}
    async with pool.connection() as conn, conn.transaction():
        await conn.execute("UPDATE ledger_worker SET stopped_at = %(now)s WHERE id = %(worker)s", params)
        await conn.execute(statement("release"), params)


async def silent_workers(pool: Pool, host: str) -> list[tuple[int, str, str]]:
    """(id, name, journal) of workers of this host that have not ended properly. The caller looks whether they live."""
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT id, name, journal FROM ledger_worker WHERE host = %s AND stopped_at IS NULL ORDER BY id",
            (host,),
        )
        return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def reap(pool: Pool) -> int:
    """Messages of workers lost for good become unknown; how many."""
    now = clock.now()
    async with pool.connection() as conn:
        cursor = await conn.execute(statement("reap"), {"now": now, "silent_since": now - LOST})
        return cursor.rowcount


async def claim(
    pool: Pool, worker_id: int, limit: int, held: Mapping[int, int] | None = None
) -> list[Claimed]:
    """Up to `limit` messages that may go now, at most what each lane can carry soon.

    `held` is how many messages of each lane the worker still has in hand. Permits are taken from the lane before the
    gate is asked, on locked rows; what gets no permit stays as it was.
    """
    now = clock.now()
    async with pool.connection() as conn, conn.transaction():
        alive = "SELECT FROM ledger_worker WHERE id = %s AND stopped_at IS NULL FOR SHARE"
        if (await conn.execute(alive, (worker_id,))).rowcount == 0:
            return []
        ids = await _pick(conn, now, limit, dict(held or {}))
        if not ids:
            return []
        params = {"ids": ids, "worker": worker_id, "now": now, "later": clock.after(ASK_DNS_AGAIN)}
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement("claim"), params)
            rows = await cursor.fetchall()
    return [Claimed(**row, claimed_at=now) for row in map(_with_country_name, rows)]


async def _pick(conn: AsyncConnection[Any], now: datetime, limit: int, held: dict[int, int]) -> list[int]:
    ids: list[int] = []
    cursor = await conn.execute(statement("due_pairs"), {"now": now})
    pairs = await cursor.fetchall()
    share = max(1, -(-limit // max(1, len(pairs))))
    for origin_id, lane_id, connections, per_connection in pairs:
        room = connections * min(per_connection, 20) - held.get(lane_id, 0)
        size = min(room, limit - len(ids), max(share, 50))
        if size <= 0:
            continue
        picked = await _permitted(conn, {"origin": origin_id, "lane": lane_id, "now": now, "size": size})
        held[lane_id] = held.get(lane_id, 0) + len(picked)
        ids += picked
    return ids


async def _permitted(conn: AsyncConnection[Any], params: dict[str, Any]) -> list[int]:
    cursor = await conn.execute(statement("pick"), params)
    due = [row[0] for row in await cursor.fetchall()]
    if not due:
        return []
    cursor = await conn.execute(
        GRANT, {"lane": params["lane"], "wanted": len(due), "now": params["now"], "pace": clock.pace()}
    )
    row = await cursor.fetchone()
    return due[: int(row[0]) if row else 0]


@cache
def _country_names() -> Mapping[str, str]:
    return dict(Locale("en").territories)


def _with_country_name(row: dict[str, Any]) -> dict[str, Any]:
    values = row["values"]
    values.setdefault("country_name", _country_names().get(values.get("country", ""), ""))
    return row


async def settle(pool: Pool, worker_id: int, outcomes: Sequence[Outcome]) -> list[int]:
    """Write outcomes: rows, attempts, events, suppressions, in one transaction. The ids really settled by this call.

    May be called again with the same outcomes after a lost connection: what was settled is left alone.
    """
    if not outcomes:
        return []
    params = {"worker": worker_id, "outcomes": dump([outcome.as_row() for outcome in outcomes])}
    async with pool.connection() as conn:
        cursor = await conn.execute(statement("settle"), params)
        return [row[0] for row in await cursor.fetchall()]


async def open_origins(pool: Pool) -> set[int]:
    """Origins whose claimed messages may go out at this instant: asked just before sending, so that a pause acts at once."""
    async with pool.connection() as conn:
        cursor = await conn.execute("SELECT id FROM ledger_origin WHERE state = 'open'")
        return {row[0] for row in await cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class BriefLink:
    id: int
    position: int
    url: str


@dataclass(frozen=True, slots=True)
class BriefKey:
    selector: str
    algorithm: str
    private_pem: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BriefChannel:
    id: int
    kind: str
    host: str
    port: int
    security: str
    verify_certificate: bool
    username: str
    password: str = field(repr=False)
    ehlo_name: str = ""
    source_ip: str = ""
    max_connections: int = 10


@dataclass(frozen=True, slots=True)
class OriginBrief:
    """Everything the engine compiles and sends from, for one origin."""

    id: int
    kind: str
    workspace_id: int
    workspace_slug: str
    constants: dict[str, str]  # merge values that are the same for every recipient
    from_name: str
    from_email: str
    reply_to: str
    domain: str
    return_path_host: str
    tracking_host: str
    keys: tuple[BriefKey, ...]
    channel: BriefChannel
    version_id: int
    subject: str
    html: str
    text: str
    links: tuple[BriefLink, ...]


async def origin_briefs(pool: Pool, ids: Iterable[int]) -> dict[int, OriginBrief]:
    async with pool.connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement("origin_briefs"), {"ids": list(ids)})
        return {row["id"]: brief(row) for row in await cursor.fetchall()}


def brief(row: dict[str, Any]) -> OriginBrief:
    """One row of origin_briefs.sql, secrets decrypted."""
    channel = row.pop("channel")
    if channel["password"]:
        channel["password"] = decrypt_text(channel["password"])
    keys = tuple(
        BriefKey(k["selector"], k["algorithm"], decrypt_text(k["private_pem"])) for k in row.pop("keys")
    )
    links = tuple(BriefLink(**link) for link in row.pop("links"))
    return OriginBrief(**row, channel=BriefChannel(**channel), keys=keys, links=links)


__all__ = [
    "AttemptFacts",
    "BriefChannel",
    "BriefKey",
    "BriefLink",
    "Claimed",
    "OriginBrief",
    "Outcome",
    "OutcomeKind",
    "Pool",
    "claim",
    "heartbeat",
    "open_origins",
    "origin_briefs",
    "reap",
    "register_worker",
    "settle",
    "silent_workers",
    "stop_worker",
]
