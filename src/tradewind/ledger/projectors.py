"""Projectors: from events to everything derived.

Each reads events in commit order past its checkpoint, and writes its output and the checkpoint in one transaction, so a
kill between two batches neither loses nor doubles. An id alone is not an order of commits: a transaction that took a
lower id may commit later. So events are ordered by (xid, id) and read only below the oldest transaction still running
(`pg_snapshot_xmin`), under which nothing can appear any more.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

log = structlog.get_logger()
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of events, for the statements of a projector: `… FROM ledger_event e WHERE {span.where}`, `span.params`."""

    low: tuple[int, int]
    high: tuple[int, int]

    @property
    def where(self) -> str:
        return (
            "(e.xid, e.id) > (%(low_xid)s::text::xid8, %(low_id)s)"
            " AND (e.xid, e.id) <= (%(high_xid)s::text::xid8, %(high_id)s)"
        )

    @property
    def params(self) -> dict[str, int]:
        return {
            "low_xid": self.low[0],
            "low_id": self.low[1],
            "high_xid": self.high[0],
            "high_id": self.high[1],
        }


@dataclass(frozen=True, slots=True)
class Projector:
    """`apply` writes what a span of events adds; `clear` empties the output, so that it can be built again from zero."""

    name: str
    apply: Callable[[CursorWrapper, Span], None]
    clear: Callable[[CursorWrapper], None]


# The last event of the next batch, and how many the batch holds.
_NEXT = """
WITH batch AS (
    SELECT xid, id FROM ledger_event
    WHERE (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT %s
)
SELECT xid::text::bigint, id, count(*) OVER () FROM batch ORDER BY batch.xid DESC, id DESC LIMIT 1
"""


def advance(projector: Projector) -> int:
    """Project one batch; how many events it held. 0: nothing new, or another process is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_checkpoint (name, xid, event_id, updated_at) VALUES (%s, 0, 0, now()) ON CONFLICT DO NOTHING",
            [projector.name],
        )
        cursor.execute(
            "SELECT xid, event_id FROM ledger_checkpoint WHERE name = %s FOR UPDATE SKIP LOCKED",
            [projector.name],
        )
        low = cursor.fetchone()
        if low is None:
            return 0
        cursor.execute(_NEXT, [*low, BATCH])
        row = cursor.fetchone()
        if row is None:
            return 0
        xid, event_id, count = row
        projector.apply(cursor, Span((low[0], low[1]), (xid, event_id)))
        cursor.execute(
            "UPDATE ledger_checkpoint SET xid = %s, event_id = %s, updated_at = now() WHERE name = %s",
            [xid, event_id, projector.name],
        )
        return int(count)


def catch_up(projectors: Sequence[Projector]) -> int:
    """Project until nothing is left for any of them; how many events were read in all."""
    total = 0
    while read := sum(advance(projector) for projector in projectors):
        total += read
    return total


@transaction.atomic
def rebuild(projector: Projector) -> None:
    """Empty the output and read again from the first event (the next `advance` begins)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM ledger_checkpoint WHERE name = %s FOR UPDATE", [projector.name])
        projector.clear(cursor)
        cursor.execute(
            "UPDATE ledger_checkpoint SET xid = 0, event_id = 0, updated_at = now() WHERE name = %s",
            [projector.name],
        )


def run(
    projectors: Sequence[Projector],
    before: Sequence[Callable[[], object]] = (),
    *,
    stop: Callable[[], bool],
    pause: float = 0.5,
) -> None:
    """The loop of `tradewind project`: the chores of `before`, then all projectors, until `stop()`.

    One chore or projector that fails is logged and tried again in the next round; it does not stop the others.
    """
    while not stop():
        worked = False
        for step in (*before, *(lambda p=p: advance(p) for p in projectors)):
            worked = _survive(step) or worked
        if not worked:
            time.sleep(pause)


def _survive(step: Callable[[], object]) -> bool:
    try:
        result = step()
        return isinstance(result, int) and result >= BATCH
    except Exception:
        log.exception("projector_failed", sentence="A step failed and is tried again.", step=repr(step))
        connection.close_if_unusable_or_obsolete()
        return False
