"""The database goes away, the process is killed: what was acknowledged is there."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tests.signals.scene import Scene, events, is_suppressed
from tests.signals.web import visit, visits, with_edge
from tradewind.core import clock
from tradewind.ledger import tokens
from tradewind.ledger.words import EventType
from tradewind.signals import judge, unsubscribing
from tradewind.signals.models import Hit

NO_DATABASE = "host=127.0.0.1 port=1 dbname=x connect_timeout=1"
ONE_CLICK = b"List-Unsubscribe=One-Click"


def test_without_a_database_a_wish_is_kept_and_carried_out_later(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    path = f"/u/{tokens.unsubscribe_token(message.pk)}"
    got = visit(tmp_path, path, "POST", database=NO_DATABASE, body=ONE_CLICK)
    assert (got.status, got.text) == (200, "Unsubscribed.\n")
    assert Hit.objects.count() == 0
    assert [file.stat().st_size > 0 for file in tmp_path.glob("hits-*.jsonl")] == [True]
    # Another process, with a database: takes the file over.
    visit(tmp_path, f"/t/o/{tokens.open_token(committed.message().pk)}.gif")
    assert Hit.objects.filter(kind="unsubscribe").count() == 1
    assert list(tmp_path.glob("hits-*.jsonl")) == []
    assert unsubscribing.apply_due() == 1
    assert is_suppressed(message.contact)  # type: ignore[arg-type]
    assert len(events(message, EventType.UNSUBSCRIBED)) == 1


def test_without_a_database_opens_are_kept_and_unknown_clicks_asked_to_wait(
    committed: Scene, tmp_path: Path
) -> None:
    message = committed.message()
    opened, clicked = visits(
        tmp_path,
        [
            {"path": f"/t/o/{tokens.open_token(message.pk)}.gif"},
            {"path": f"/t/c/{tokens.click_token(message.pk, committed.links[0].pk)}"},
        ],
        NO_DATABASE,
    )
    assert opened.status == 200
    assert clicked.status == 503
    visit(tmp_path, f"/t/o/{tokens.open_token(message.pk)}.gif")
    assert sorted(Hit.objects.values_list("kind", flat=True)) == ["click", "open", "open"]


def test_a_replay_stores_nothing_twice(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    visit(tmp_path, f"/t/o/{tokens.open_token(message.pk)}.gif", database=NO_DATABASE)
    (file,) = tmp_path.glob("hits-*.jsonl")
    lines = file.read_bytes()
    visit(tmp_path, "/t/o/" + tokens.open_token(message.pk) + ".gif")
    file.write_bytes(lines + b'{"torn": ')  # as if the process had died between commit and emptying the file
    visit(tmp_path, "/t/o/" + tokens.open_token(message.pk) + ".gif")
    assert Hit.objects.count() == 3
    assert list(tmp_path.glob("hits-*.jsonl")) == []


def test_when_neither_database_nor_disk_takes_it_a_wish_is_not_called_done(
    committed: Scene, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder should be")
    message = committed.message()
    path = f"/u/{tokens.unsubscribe_token(message.pk)}"
    machine = visit(blocked, path, "POST", database=NO_DATABASE, body=ONE_CLICK)
    person = visit(
        blocked,
        path,
        "POST",
        database=NO_DATABASE,
        body=b"confirm=1",
        content_type="application/x-www-form-urlencoded",
    )
    assert machine.status == person.status == 503
    assert "not unsubscribed yet" in person.text


def test_the_edge_survives_a_lost_connection(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    path = f"/t/c/{tokens.click_token(message.pk, committed.links[0].pk)}"

    async def work(edge: object) -> list[int]:
        from asgiref.sync import sync_to_async

        from tests.signals.web import ask

        statuses = [(await ask(edge, path)).status]  # type: ignore[arg-type]
        await sync_to_async(_terminate_others)()
        statuses.append((await ask(edge, path)).status)  # type: ignore[arg-type]
        return statuses

    assert with_edge(work, tmp_path) == [302, 302], "the second one leads to the remembered target"
    visit(tmp_path, f"/t/o/{tokens.open_token(message.pk)}.gif")
    assert Hit.objects.filter(kind="click").count() == 2


def _terminate_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'tradewind edge'"
        )


def test_a_wish_whose_process_died_before_acting_is_carried_out(committed: Scene) -> None:
    message = committed.message()
    Hit.objects.create(
        workspace_id=message.workspace_id,
        message=message,
        kind="unsubscribe",
        at=clock.now(),
        method="POST",
        ip="",
    )
    judge.judge_due()
    assert is_suppressed(message.contact)  # type: ignore[arg-type]
    judge.judge_due()
    assert len(events(message, EventType.UNSUBSCRIBED)) == 1


SERVER = """
import django, uvicorn, sys
django.setup()
from tradewind.signals.edge import Edge
from tests.signals.web import nothing
uvicorn.run(Edge(nothing), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="on")
"""


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """An edge in a process of its own, on the test database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = connection.settings_dict
    who = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    url = f"postgresql://{who}@/{database['NAME']}?host={quote(database['HOST'])}&port={database['PORT'] or 5432}"
    environment = os.environ | {"DATABASE_URL": url, "TRADEWIND_DATA": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)], env=environment, cwd=Path(__file__).parents[2]
    )
    try:
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)


def test_kill_9_loses_nothing_that_was_acknowledged(committed: Scene, tmp_path: Path) -> None:
    messages = [committed.message() for _ in range(30)]
    acknowledged = 0
    with running(tmp_path) as (process, base):
        for number, message in enumerate(messages):
            if number == 20:
                process.send_signal(signal.SIGKILL)
            try:
                with urllib.request.urlopen(
                    f"{base}/t/o/{tokens.open_token(message.pk)}.gif", timeout=10
                ) as answer:
                    acknowledged += answer.status == 200
            except (urllib.error.URLError, ConnectionError):
                break
    assert acknowledged >= 20
    assert Hit.objects.count() >= acknowledged


def test_a_stopped_edge_stores_what_it_has(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    with running(tmp_path) as (process, base):
        path = f"{base}/u/{tokens.unsubscribe_token(message.pk)}"
        with urllib.request.urlopen(path, data=ONE_CLICK, timeout=10) as answer:
            assert answer.status == 200
        process.terminate()
        assert process.wait(20) in (0, -signal.SIGTERM)
    assert is_suppressed(message.contact)  # type: ignore[arg-type]
