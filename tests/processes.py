"""Tradewind's own processes, run for real on the database of the tests.

with Processes("worker", "inbound", TRADEWIND_PACE="240") as running: ...
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from django.db import connection


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    """Fails when `true()` has not become so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s: {what or true}")


def listening(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def database_url() -> str:
    """The test database, as a DATABASE_URL."""
    database = connection.settings_dict
    login = quote(str(database["USER"])) + (
        f":{quote(str(database['PASSWORD']))}" if database["PASSWORD"] else ""
    )
    parts = {"host": database["HOST"], "port": database["PORT"]} | database["OPTIONS"]
    query = urlencode({key: str(value) for key, value in parts.items() if value})
    return f"postgresql://{login}@/{quote(str(database['NAME']))}?{query}"


class Processes:
    """Commands of `tradewind`, started together, ended together; their output is in `log`."""

    def __init__(self, *commands: str, data: Path, **environment: str) -> None:
        self.commands = commands
        self.log = data / "processes.log"
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "TRADEWIND_DATA": str(data),
            **environment,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tradewind", *command.split()],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.running[command] = process
        return process

    def stop(self, command: str, how: int = signal.SIGTERM) -> None:
        process = self.running.pop(command)
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def __enter__(self) -> Self:
        for command in self.commands:
            self.start(command)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for command in list(self.running):
            self.stop(command)
        if problem is not None and self.log.exists():
            print(self.log.read_text("utf-8", "replace")[-8000:])
