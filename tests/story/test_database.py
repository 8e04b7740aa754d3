"""PostgreSQL goes down in the middle of a campaign and comes back: an installation of its own, with its own server."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.processes import listening, wait_until
from tests.story.conftest import World, accepted, environment

pytestmark = pytest.mark.real
PEOPLE = 500


class Installation:
    """`tradewind run` in a data folder, with the embedded database."""

    def __init__(self, world: World, data: Path) -> None:
        self.world, self.data, self.log = world, data, data / "run.log"
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("TRADEWIND_", "DATABASE_URL"))}
        self.postgres = Path(tempfile.mkdtemp(prefix="tradewind-story-"))
        self.postgres.chmod(0o755)  # as root, the server runs as another account
        self.environment = kept | environment(world)
        self.environment |= {"TRADEWIND_DATA": str(data), "TRADEWIND_WORKERS": "2"}
        self.environment |= {
            "TRADEWIND_POSTGRES_FOLDER": str(self.postgres),
            "TRADEWIND_POSTGRES_DURABLE": "1",
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.log.open("ab") as log:
            group = subprocess.Popen(
                [sys.executable, "-m", "tradewind", "run"],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(lambda: listening(self.world.web_port) or group.poll() is not None, 90, "the pages")
            yield
        except BaseException:
            print(self.log.read_text("utf-8", "replace")[-6000:])
            raise
        finally:
            group.send_signal(signal.SIGTERM)
            try:
                group.wait(60)
            except subprocess.TimeoutExpired:
                group.kill()
                group.wait(10)
            shutil.rmtree(self.postgres, ignore_errors=True)

    def elsewhere(self, what: str) -> str:
        command = [
            sys.executable,
            "-m",
            "tests.story.elsewhere",
            json.dumps(self.world.lab.info),
            str(PEOPLE),
            what,
        ]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def standing(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.elsewhere("states").splitlines()[-1])
        return known

    def closed(self, seconds: float = 60.0) -> dict[str, Any]:
        """How it stands once the campaign is closed, or after that time."""
        deadline = time.monotonic() + seconds
        while (known := self.standing())["origin"] != "closed" and time.monotonic() < deadline:
            time.sleep(1)
        assert known["origin"] == "closed", known
        return known

    def came_back(self, times: int) -> Callable[[], bool]:
        """To wait for: the database was started again so often."""
        return lambda: self.log.read_text("utf-8").count("was started again") == times

    def crash_database(self) -> None:
        """As `pg_ctl stop -m immediate` does: no farewell, recovery from the log at the next start."""
        files = list(self.postgres.rglob("postmaster.pid"))
        assert len(files) == 1
        os.kill(int(files[0].read_text("utf-8").split("\n")[0]), signal.SIGQUIT)


def test_postgresql_crashes_twice_in_a_campaign(world: World, tmp_path: Path) -> None:
    lab = world.lab
    lab.habits("*", restore=True)
    lab.reset()
    lab.habits("*", slow=0.03)
    installation = Installation(world, tmp_path)
    with installation.running():
        installation.elsewhere("start")
        for crash in (1, 2):
            wait_until(accepted(lab, 120 * crash), 90, f"{120 * crash} sent")
            installation.crash_database()
            wait_until(installation.came_back(crash), 60, "started again")
        wait_until(lambda: lab.books()["accepted"] + lab.books()["refused"] >= PEOPLE, 120, "all sent")
        standing = installation.closed()
    books = lab.books()
    assert books["duplicates"] == 0
    assert standing["states"] == {"accepted": PEOPLE}, (standing, books)
    assert (books["accepted"], standing["attempts"]) == (PEOPLE, PEOPLE)
