"""A killed worker loses only what was in flight; the journal says what became of the rest."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.delivery.sink import Sink, sinking
from tests.delivery.test_worker import aim, campaign, done, relay, working
from tests.ledger.scene import Scene, states, through_door
from tradewind.core.databases import conninfo
from tradewind.delivery.journal import Abandoned, Entry, Journal, read
from tradewind.delivery.recovery import outcome_of, recover_dead
from tradewind.delivery.smtp.replies import Reply
from tradewind.ledger import door
from tradewind.ledger.door import Claimed, Outcome, OutcomeKind
from tradewind.ledger.models import Message
from tradewind.ledger.models import Worker as WorkerRow

__all__ = ["relay"]
NOW = datetime.now(UTC)


def claimed(number: int) -> Claimed:
    values = {"first_name": "王\n"}
    return Claimed(
        number, 1, 2, 3, f"c{number}@b.test", "gmail", 4, 5, 0, NOW + timedelta(days=1), NOW, values
    )


def surely(entry: Entry, *, same_boot: bool = True) -> Outcome:
    outcome = outcome_of(entry, same_boot)
    assert outcome is not None
    return outcome


def test_what_is_written_is_read(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path)
    journal.claimed([claimed(1), claimed(2), claimed(3), claimed(4)])
    for n in (1, 2, 3):
        journal.dot(n, NOW, b"\x01" * 32, "mx.b.test", "192.0.2.1")
    journal.replied(1, Reply(250, ("ok queued as A77",)))
    journal.replied(2, Reply(550, ("5.1.1 user unknown", "really")))
    journal.replied(4, Reply(250, ("never marked",)))
    journal.settled([4])
    entries = read(journal.path).entries
    assert set(entries) == {1, 2, 3} and entries[1].values == {"first_name": "王\n"}
    kinds = {n: surely(entry).kind for n, entry in entries.items()}
    assert kinds == {1: OutcomeKind.ACCEPTED, 2: OutcomeKind.REFUSED, 3: OutcomeKind.UNKNOWN}
    assert surely(entries[1]).remote_id == "A77" and surely(entries[2]).suppress
    assert outcome_of(entries[3], same_boot=False) is None
    assert surely(entries[1], same_boot=False).kind is OutcomeKind.ACCEPTED
    journal.close(remove=True)


def test_a_probe_makes_room_when_all_is_settled(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path)
    first = journal.path.read_bytes()
    journal.claimed([claimed(n) for n in range(1, 200)])
    journal.settled(range(1, 199))
    full = journal.path.stat().st_size
    assert journal.probe() and journal.path.stat().st_size > full, "one is still open"
    journal.settled([199])
    assert journal.probe() and journal.path.stat().st_size < 2000
    assert journal.path.read_bytes().startswith(first)
    journal.claimed([claimed(300)])
    assert set(read(journal.path).entries) == {300} and read(journal.path).boot
    journal.close(remove=True)


def test_never_on_its_way_goes_back(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path)
    journal.claimed([claimed(1)])
    assert outcome_of(read(journal.path).entries[1]) is None
    journal.close(remove=True)


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_torn_end_is_left_out(tmp_path: Path, cut: int) -> None:
    journal = Journal.create(tmp_path)
    journal.claimed([claimed(1)])
    whole = journal.path.stat().st_size
    journal.dot(1, NOW, b"\x01" * 32, "mx", "192.0.2.1")
    size = journal.path.stat().st_size
    os.truncate(journal.path, size - cut)
    entry = read(journal.path).entries[1]
    assert entry.composed_at is None and size - cut > whole
    journal.close(remove=True)


def test_a_living_workers_journal_cannot_be_taken(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path)
    assert Abandoned.take(journal.path) is None
    journal.close(remove=False)
    taken = Abandoned.take(journal.path)
    assert taken is not None and Abandoned.take(journal.path) is None
    taken.close(remove=True)
    assert Abandoned.take(journal.path) is None


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path)
    journal.claimed([claimed(1)])
    size = journal.path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30, before[1]))
    try:
        with pytest.raises(OSError, match=r"File too large|No space"):
            journal.dot(1, NOW, b"\x01" * 32, "mx", "192.0.2.1")
        assert not journal.probe()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert journal.path.stat().st_size == size and journal.probe()
    journal.dot(1, NOW, b"\x01" * 32, "mx", "192.0.2.1")
    assert read(journal.path).entries[1].host == "mx"
    journal.close(remove=True)


def test_it_is_written_anew_when_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.delivery.journal.LARGEST", 20_000)
    journal = Journal.create(tmp_path)
    journal.claimed([claimed(0)])
    journal.dot(0, NOW, b"\x02" * 32, "mx", "192.0.2.1")
    for n in range(1, 400):
        journal.claimed([claimed(n)])
        journal.settled([n])
    assert journal.path.stat().st_size < 21_000
    entries = read(journal.path).entries
    assert set(entries) == {0} and entries[0].digest == b"\x02" * 32
    assert Abandoned.take(journal.path) is None, "the new file is locked too"
    journal.close(remove=True)


WORKER = """
import asyncio, sys
from pathlib import Path
import django; django.setup()
from psycopg_pool import AsyncConnectionPool
from tradewind.delivery.routes import Router
from tradewind.delivery.worker import Worker
async def main():
    async with AsyncConnectionPool(sys.argv[1], min_size=1, max_size=4, open=False) as pool:
        print("up", flush=True)
        await Worker(pool, Path(sys.argv[2]), router=Router(allow_loopback=True)).run()
asyncio.run(main())
"""


def test_kill_minus_nine_in_the_middle(relay: Scene, tmp_path: Path) -> None:
    """After a kill and a new worker: nothing twice, nothing lost, unknown only what was in flight."""
    origin = campaign(relay, 120, rate=300.0)

    async def main() -> Sink:
        async with sinking() as sink:
            sink.dot_delay = 0.03
            await asyncio.to_thread(aim, relay, sink.port)
            for _ in range(3):
                process = subprocess.Popen(  # noqa: ASYNC220
                    [sys.executable, "-c", WORKER, conninfo(), str(tmp_path)], stdout=subprocess.PIPE
                )
                before = sink.accepted.total()
                deadline = time.monotonic() + 20
                while sink.accepted.total() < min(before + 15, 119) and time.monotonic() < deadline:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                process.kill()
                await asyncio.to_thread(process.wait)
            await working(tmp_path, done(origin))
            return sink

    sink = asyncio.run(main())
    found = states(origin)
    assert set(found) <= {"accepted", "unknown"} and sum(found.values()) == 120
    assert set(sink.accepted.values()) == {1}, "sent twice"
    assert found.get("unknown", 0) <= 3 * 4, "more in doubt than there were connections"
    recorded = set(Message.objects.filter(origin=origin, state="accepted").values_list("email", flat=True))
    doubtful = set(Message.objects.filter(origin=origin, state="unknown").values_list("email", flat=True))
    assert recorded <= set(sink.accepted) and set(sink.accepted) - recorded <= doubtful
    assert not WorkerRow.objects.filter(stopped_at__isnull=True).exists()
    assert not list(tmp_path.iterdir())


def test_after_a_restart_of_the_machine_nothing_is_sent_again(relay: Scene, tmp_path: Path) -> None:
    """The end of the journal may be missing then: what is not known to be settled waits for `reap`."""
    origin = campaign(relay, 3)
    journal = Journal.create(tmp_path)

    async def claim(pool: door.Pool) -> tuple[int, list[Claimed]]:
        worker = await door.register_worker(pool, "host:1", "host", str(journal.path))
        return worker, await door.claim(pool, worker, 10)

    worker, messages = through_door(claim)
    journal.claimed(messages)
    journal.dot(messages[0].id, NOW, b"\x01" * 32, "mx", "192.0.2.1")
    journal.replied(messages[0].id, Reply(250, ("ok",)))
    journal.close(remove=False)
    lines = journal.path.read_text().splitlines()
    lines[0] = json.dumps(["H", "another boot"])
    journal.path.write_text("\n".join(lines) + "\n")
    assert through_door(lambda pool: recover_dead(pool, "host")) == 0
    assert states(origin) == {"accepted": 1, "claimed": 2}
    WorkerRow.objects.filter(pk=worker).update(seen_at=NOW - timedelta(hours=1))
    through_door(door.reap)
    assert states(origin) == {"accepted": 1, "unknown": 2}
