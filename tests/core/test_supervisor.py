"""The supervisor with real child processes: restart, order of stopping, and no child left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="relies on Linux' PR_SET_PDEATHSIG")

PROGRAM = """
import sys
from tradewind.core.supervisor import Part, Stage, Supervisor

child = "import signal, sys, time, os, pathlib\\n" \\
    "def end(*_): pathlib.Path('order').open('a').write(sys.argv[1] + '\\\\n'); sys.exit()\\n" \\
    "signal.signal(signal.SIGTERM, end)\\n" \\
    "pathlib.Path(sys.argv[1]).open('a').write(str(os.getpid()) + '\\\\n')\\n" \\
    "print('hello from', sys.argv[1], flush=True)\\n" \\
    "time.sleep(60)\\n"
deaf = child.replace('end)', 'signal.SIG_IGN)')

def part(name, stage, code=child, patience=10.0):
    return Part(name, (sys.executable, '-c', code, name), stage, patience)

parts = [part('web', Stage.LAST), part('worker', Stage.FIRST), part('jobs', Stage.SECOND)]
if 'deaf' in sys.argv:
    parts.append(part('deaf', Stage.FIRST, deaf, 0.5))
before = (sys.executable, '-c', 'import sys; print("first of all"); sys.exit(%d)' % ('bad' in sys.argv))
sys.exit(Supervisor(parts, before=before).run())
"""


def _until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _pids(folder: Path, name: str) -> list[int]:
    file = folder / name
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def _dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., subprocess.Popen[str]]:
    def started(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), *words],
            cwd=tmp_path,
            stdout=(tmp_path / "out").open("w"),
            stderr=subprocess.STDOUT,
            text=True,
        )

        def end() -> None:
            if process.poll() is None:
                process.kill()
            process.wait()

        request.addfinalizer(end)
        return process

    return started


def test_a_crashed_child_is_started_again(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    supervisor = start()
    _until(lambda: len(_pids(tmp_path, "worker")) == 1)
    os.kill(_pids(tmp_path, "worker")[0], signal.SIGKILL)
    _until(lambda: len(_pids(tmp_path, "worker")) == 2)
    assert len(_pids(tmp_path, "web")) == 1
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(15) == 0
    said = (tmp_path / "out").read_text()
    assert "killed by SIGKILL" in said
    assert "worker    | hello from worker" in said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stops_in_order(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], how: signal.Signals
) -> None:
    supervisor = start()
    _until(lambda: all(_pids(tmp_path, name) for name in ("worker", "jobs", "web")))
    supervisor.send_signal(how)
    assert supervisor.wait(15) == 0
    assert (tmp_path / "order").read_text().split() == ["worker", "jobs", "web"]
    assert all(_dead(pid) for name in ("worker", "jobs", "web") for pid in _pids(tmp_path, name))


def test_a_deaf_child_is_killed(tmp_path: Path, start: Callable[..., subprocess.Popen[str]]) -> None:
    supervisor = start("deaf")
    _until(lambda: all(_pids(tmp_path, name) for name in ("worker", "jobs", "web", "deaf")))
    supervisor.terminate()
    assert supervisor.wait(15) == 0
    assert "deaf      | does not end by itself; killed" in (tmp_path / "out").read_text()
    assert (tmp_path / "order").read_text().split() == ["worker", "jobs", "web"]


def test_children_die_with_a_killed_supervisor(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    supervisor = start()
    _until(lambda: all(_pids(tmp_path, name) for name in ("worker", "jobs", "web")))
    supervisor.kill()
    _until(lambda: all(_dead(pid) for name in ("worker", "jobs", "web") for pid in _pids(tmp_path, name)))


def test_nothing_starts_when_the_first_step_fails(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    assert start("bad").wait(15) == 1
    assert not _pids(tmp_path, "web")
