"""The stage of the demonstration: an own data folder, the laboratory, and Tradewind as `tradewind run` starts it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tradewind.cli.common import end_on_sigterm, fail
from tradewind.cli.words import gettext as _
from tradewind.lab.testing import LabProcess

DOMAIN = "ningbo-lantern.example"
START_SECONDS = 90.0
WEB_PORT = 8000


@dataclass(frozen=True, slots=True)
class Stage:
    people: int
    pace: float
    seed: int


def play(stage: Stage, *, once: bool) -> int:
    """Set the stage, tell the story; with `once` to its end and returned as exit code, else until Ctrl-C."""
    end_on_sigterm()
    folder = _folder()
    web_port, inbound_port = _free_port(WEB_PORT), _free_port(0)
    lab = LabProcess(
        seed=stage.seed,
        pace=stage.pace,
        inbound_port=inbound_port,
        web_port=web_port,
        state=folder / "lab",
        people=_address_book(folder, stage),
    )
    with lab:
        environment = _environment(folder, lab, stage, web_port, inbound_port)
        with _tradewind(environment, folder):
            print(_("The laboratory and Tradewind are running."), flush=True)
            code = _act(environment, lab, folder, once=once)
            return code if once or code else _until_interrupted()


def _act(environment: dict[str, str], lab: LabProcess, folder: Path, *, once: bool) -> int:
    """The story itself, in a process that has the settings of the demonstration's installation."""
    command = [
        sys.executable,
        "-m",
        "tradewind.cli.demo.acts",
        json.dumps(lab.info),
        str(folder / "buyers.csv"),
    ]
    return subprocess.run([*command, *(["--once"] if once else [])], env=environment, check=False).returncode


def _folder() -> Path:
    """An empty data folder of the demonstration's own; what an earlier one left there goes."""
    from tradewind.core import paths

    folder = paths.data_folder() / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    return paths.made(folder)


def _address_book(folder: Path, stage: Stage) -> Path:
    from tradewind.cli.demo.people import write

    path = folder / "buyers.csv"
    write(path, stage.people, stage.seed)
    return path


def _free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(
    folder: Path, lab: LabProcess, stage: Stage, web_port: int, inbound_port: int
) -> dict[str, str]:
    """The settings of an installation whose internet is the laboratory."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRADEWIND_", "DATABASE_URL"))
    }
    host, port = lab.dns_address
    return kept | {
        "TRADEWIND_DATA": str(folder),
        "TRADEWIND_POSTGRES_DURABLE": "0",
        "TRADEWIND_LANGUAGE": os.environ.get("TRADEWIND_LANGUAGE", "en"),
        "TRADEWIND_LOG_LEVEL": "warning",
        "TRADEWIND_PACE": str(stage.pace),
        "TRADEWIND_URL": f"http://127.0.0.1:{web_port}",
        "TRADEWIND_WEB_PORT": str(web_port),
        "TRADEWIND_ALLOWED_HOSTS": "*",
        "TRADEWIND_DNS": f"{host}:{port}",
        "TRADEWIND_ALLOW_LOOPBACK_MX": "1",
        "TRADEWIND_TRACKING_SCHEME": "http",
        "TRADEWIND_TRACKING_PORT": str(web_port),
        "TRADEWIND_MAIL_HOST": f"mail.{DOMAIN}",
        "TRADEWIND_SENDING_ADDRESSES": "127.0.0.1",
        "TRADEWIND_INBOUND_PORT": str(inbound_port),
        "TRADEWIND_WORKERS": "1",
    }


@contextmanager
def _tradewind(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Tradewind in a process group of its own, ready."""
    with (folder / "tradewind.log").open("ab") as log:
        group = subprocess.Popen(
            [sys.executable, "-m", "tradewind", "run"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_for_web(group, environment, folder)
        yield
    finally:
        group.send_signal(signal.SIGTERM)
        try:
            group.wait(60)
        except subprocess.TimeoutExpired:
            group.kill()
            group.wait(10)


def _wait_for_web(group: subprocess.Popen[bytes], environment: dict[str, str], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if group.poll() is not None:
            break
        try:
            urllib.request.urlopen(environment["TRADEWIND_URL"] + "/accounts/login/", timeout=5).close()  # noqa: S310
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    lines = (folder / "tradewind.log").read_text("utf-8", "replace").splitlines()[-30:]
    fail(_("Tradewind did not start. Its last lines:") + "\n" + "\n".join(lines))


def _until_interrupted() -> int:
    try:
        signal.pause()
    except KeyboardInterrupt:
        print(flush=True)
    return 0
