"""Settling what dead workers of this host left behind, exactly, from their journals.

    reply in the journal          → settled as that reply says
    a mark, and no reply          → unknown: the dot may have reached the server
    neither                       → back to the queue: it was never on its way

After a restart of the whole machine the end of a journal may be missing. Then replies still count, and all
the rest waits for the ledger's `reap`, which calls it unknown: doubt is never resolved by sending twice.
"""

import os
from pathlib import Path

import structlog

from tradewind.core import clock
from tradewind.delivery.journal import Abandoned, Entry, boot_id, read
from tradewind.delivery.outcomes import MAX_TEXT, NO_ANSWER, due_again, remote_id
from tradewind.delivery.replies.classify import classify
from tradewind.delivery.replies.reactions import reaction
from tradewind.delivery.smtp.errors import Phase
from tradewind.ledger import door
from tradewind.ledger.door import AttemptFacts, Outcome, OutcomeKind, Pool

log = structlog.get_logger()


async def recover_dead(pool: Pool, host: str) -> int:
    """Settle the journals of all dead workers of `host`; how many workers were recovered."""
    count = 0
    for worker_id, name, path in await door.silent_workers(pool, host):
        abandoned = Abandoned.take(Path(path))
        if abandoned is None:
            if _vanished(path, name):
                log.warning("worker.journal_missing", worker=name, journal=path)
            continue
        done = False
        try:
            done = await recover(pool, worker_id, abandoned)
            count += done
            log.info("worker.recovered", worker=name, say="What a dead worker left behind is settled.")
        finally:
            abandoned.close(remove=done)
    return count


async def recover(pool: Pool, worker_id: int, abandoned: Abandoned) -> bool:
    """Settle one journal. False if the machine was restarted since: then the worker is left to `reap`."""
    story = read(abandoned.path)
    same_boot = story.boot == boot_id()
    outcomes = [
        made for entry in story.entries.values() if (made := outcome_of(entry, same_boot)) is not None
    ]
    for n in range(0, len(outcomes), 500):
        await door.settle(pool, worker_id, outcomes[n : n + 500])
    if not same_boot:
        return False
    await door.stop_worker(pool, worker_id)
    return True


def outcome_of(entry: Entry, same_boot: bool = True) -> Outcome | None:
    """What became of one message; None: it was never on its way (or, after a restart, nobody knows)."""
    if entry.reply is not None:
        return _as_replied(entry)
    if entry.composed_at is None or not same_boot:
        return None
    return Outcome(
        entry.message_id,
        entry.claimed_at,
        OutcomeKind.UNKNOWN,
        clock.now(),
        reason=NO_ANSWER,
        values=entry.values,
        composed_at=entry.composed_at,
        digest=entry.digest,
        mx_host=entry.host,
        attempt=_facts(entry),
    )


def _as_replied(entry: Entry) -> Outcome:
    assert entry.reply is not None
    assert entry.replied_at is not None
    reply, taken = entry.reply, entry.reply.positive
    meaning = None if taken else classify(reply, phase=Phase.DOT, host=entry.host)
    retry = meaning is not None and reaction(meaning).retry
    kind = OutcomeKind.ACCEPTED if taken else OutcomeKind.DEFERRED if retry else OutcomeKind.REFUSED
    return Outcome(
        entry.message_id,
        entry.claimed_at,
        kind,
        entry.replied_at,
        reason=meaning.rule if meaning else "",
        due_at=due_again(meaning, entry.attempts + 1, clock.now()) if meaning and retry else None,
        values=None if retry else entry.values,
        composed_at=entry.composed_at if taken else None,
        digest=entry.digest if taken else None,
        reply_code=reply.code,
        reply_status=reply.enhanced or "",
        reply_text=reply.text[:MAX_TEXT],
        mx_host=entry.host,
        remote_id=remote_id(reply) if taken else "",
        suppress=meaning.suppresses if meaning else False,
        attempt=_facts(entry),
    )


def _facts(entry: Entry) -> AttemptFacts:
    started = entry.started_at or entry.claimed_at
    ended = entry.replied_at or clock.now()
    said = f"{entry.reply}" if entry.reply else "the worker was killed before an answer was read"
    lines = [
        (0, "!", "known from the journal of a worker that was killed"),
        (0, "<" if entry.reply else "!", said),
    ]
    return AttemptFacts(started, ended, mx_ip=entry.address, phase=Phase.DOT, dialogue=lines)


def _vanished(journal: str, name: str) -> bool:
    """Whether neither the journal nor the process of a worker's name ("host:pid") is there any more."""
    pid = name.rpartition(":")[2]
    return not os.path.exists(journal) and not (pid.isdigit() and os.path.exists(f"/proc/{pid}"))
