"""The embedded PostgreSQL, for real: first start, sharing, kill -9 and recovery, refusal with the server's own words."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tradewind.core import paths, postgres_place
from tradewind.core.postgres_place import LONGEST_SOCKET_FOLDER, Account, Place

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="DATABASE_URL is set: no embedded server"
)


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that the server's account can reach: pytest's own is closed to others."""
    folder = tmp_path_factory.mktemp("postgres")
    for parent in (folder, *folder.parents):
        if not parent.stat().st_mode & 0o001:
            parent.chmod(0o711)
    return folder


def _python(home: Path, code: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={
            "PATH": os.environ["PATH"],
            "TRADEWIND_DATA": str(home / "data"),
            "TRADEWIND_POSTGRES_DURABLE": more.pop("durable", "0"),
            **more,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_kill_9_of_the_postmaster_loses_nothing(home: Path) -> None:
    done = _python(
        home,
        """
        import os, signal, time, psycopg
        from tradewind.core import postgres
        postgres.ensure_running()
        first = postgres.postmaster_pid()
        with psycopg.connect(postgres.database_url()) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        os.kill(first, signal.SIGKILL)
        postgres.ensure_running()
        assert postgres.postmaster_pid() != first
        with psycopg.connect(postgres.database_url()) as connection:
            print(connection.execute("SELECT count(*) FROM kept").fetchone()[0])
        second = postgres.postmaster_pid()
        postgres.leave()
        print(postgres.running(), second == postgres.postmaster_pid())
        """,
        durable="1",
    )
    assert done.stdout.split() == ["1000", "False", "False"], done.stderr


def test_the_last_one_out_stops_it(home: Path) -> None:
    done = _python(
        home,
        """
        import subprocess, sys
        from tradewind.core import postgres
        other = "from tradewind.core import postgres; postgres.ensure_running(); print('up', flush=True); input()"
        one, two = (subprocess.Popen([sys.executable, '-c', other], stdin=-1, stdout=-1, text=True) for _ in '12')
        assert one.stdout.readline() == two.stdout.readline() == 'up\\n'
        pid = postgres.postmaster_pid()
        one.communicate('go\\n')
        print(postgres.postmaster_pid() == pid)
        two.communicate('go\\n')
        print(postgres.running())
        """,
    )
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_a_stale_pid_file_of_another_process_is_no_obstacle(home: Path) -> None:
    code = "from tradewind.core import postgres; postgres.ensure_running(); print(postgres.running())"
    assert _python(home, code).stdout.strip() == "True"
    pid_file = home / "data" / "postgres" / "data" / "postmaster.pid"
    assert not pid_file.exists()
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        pid_file.write_text(f"{sleeper.pid}\n{pid_file.parent}\n")
        again = _python(home, code)
    finally:
        sleeper.send_signal(signal.SIGTERM)
        sleeper.wait()
    assert again.stdout.strip() == "True", again.stderr


def test_a_start_that_fails_says_why(home: Path) -> None:
    code = "from tradewind.core import postgres; postgres.ensure_running()"
    assert _python(home, code).returncode == 0
    (home / "data" / "postgres" / "data" / "postgresql.auto.conf").write_text("nonsense = 1\n")
    failed = _python(home, code)
    assert failed.returncode != 0
    assert "nonsense" in failed.stderr
    assert "Nothing was lost" in failed.stderr


def test_a_strange_password_is_said_at_once(home: Path) -> None:
    code = "from tradewind.core import postgres; postgres.ensure_running()"
    assert _python(home, code).returncode == 0
    (home / "data" / "postgres" / "password").write_text("another\n")
    failed = _python(home, code)
    assert failed.returncode != 0 and "does not know the password" in failed.stderr


def test_data_of_a_deleted_checkout_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the account cannot reach the data folder: a new one at the same place gets another database."""
    monkeypatch.setattr(postgres_place, "FALLBACK", tmp_path / "lib")
    monkeypatch.setattr(postgres_place, "_reaches", lambda account, path: False)
    control, account = paths.made(tmp_path / "control"), Account("nobody", 65534, 65534)
    first = postgres_place._base(control, account)
    (control / "location").unlink()
    assert postgres_place._base(control, account) == first, "decided by two processes at once, it is the same"
    shutil.rmtree(control)
    assert postgres_place._base(paths.made(control), account) != first


def test_secrets_are_private(home: Path) -> None:
    assert _python(home, "from tradewind.core import settings").returncode == 0
    for name in ("secret-key", "postgres/password"):
        assert (home / "data" / name).stat().st_mode & 0o077 == 0


def test_socket_addresses_are_short(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    place = Place(deep, deep, deep, Account("nobody", 65534, 65534))
    assert len(os.fsencode(place.sockets)) <= LONGEST_SOCKET_FOLDER
