"""Events are read once each, in commit order, whatever the order of their ids."""

import psycopg
import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper

from tests.horizon import wait_for_horizon
from tests.ledger.scene import Scene
from tradewind.core import clock
from tradewind.core.databases import conninfo
from tradewind.ledger import projectors
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.projectors import Projector, Span, advance, catch_up, rebuild
from tradewind.ledger.words import EventType

SEEN: list[int] = []


def note(cursor: CursorWrapper, span: Span) -> None:
    cursor.execute(f"SELECT e.id FROM ledger_event e WHERE {span.where} ORDER BY e.xid, e.id", span.params)
    SEEN.extend(row[0] for row in cursor.fetchall())


NOTER = Projector("noter", note, lambda cursor: SEEN.clear())


@pytest.fixture(autouse=True)
def _clean() -> None:
    SEEN.clear()


def write(scene: Scene, count: int) -> None:
    """Events that may be projected at once."""
    write_only(scene, count)
    wait_for_horizon()


def write_only(scene: Scene, count: int) -> None:
    record([NewEvent(scene.workspace.pk, EventType.PAUSED, clock.now()) for _ in range(count)])


def test_each_event_is_read_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projectors, "BATCH", 4)
    write(scene, 10)
    assert catch_up([NOTER]) == 10
    assert catch_up([NOTER]) == 0
    write(scene, 1)
    assert catch_up([NOTER]) == 1
    assert len(SEEN) == len(set(SEEN)) == 11


def test_an_event_that_commits_late_is_not_missed(scene: Scene) -> None:
    with psycopg.connect(conninfo()) as slow:
        slow.execute(
            "INSERT INTO ledger_event (workspace_id, at, type) VALUES (%s, now(), 'held')",
            [scene.workspace.pk],
        )
        write_only(scene, 2)  # higher ids, committed first
        catch_up([NOTER])
        assert SEEN == []  # nothing above a running transaction is read
    wait_for_horizon()
    assert catch_up([NOTER]) == 3
    assert len(set(SEEN)) == 3


def test_a_failed_batch_leaves_the_checkpoint(scene: Scene) -> None:
    def fail(cursor: CursorWrapper, span: Span) -> None:
        raise RuntimeError("broken")

    write(scene, 2)
    with pytest.raises(RuntimeError):
        advance(Projector("noter", fail, NOTER.clear))
    assert catch_up([NOTER]) == 2


def test_rebuilding_reads_all_again(scene: Scene) -> None:
    write(scene, 3)
    catch_up([NOTER])
    rebuild(NOTER)
    assert SEEN == []
    assert catch_up([NOTER]) == 3


def test_every_month_has_its_partition(scene: Scene) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_make_partitions(5)")
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'ledger_event'::regclass")
        assert cursor.fetchone()[0] >= 7  # six months and the default
