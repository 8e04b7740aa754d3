"""A laboratory for tests and scripts, in a process of its own, met only from outside. Standard library."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_START_SECONDS = 30.0


class LabError(Exception):
    """The lab did not start, or refused a request; the text is its own."""


class LabProcess:
    """A running lab on free ports; use it as a context manager."""

    def __init__(
        self,
        *,
        seed: int = 7,
        pace: float = 240.0,
        inbound_port: int = 2526,
        web_port: int = 0,
        state: Path | None = None,
        people: Path | None = None,
        behaviour: Path | None = None,
        dns_port: int = 0,
        smtp_port: int = 0,
        http_port: int = 0,
        imap_port: int = 0,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lab-") if state is None else None
        self.state = Path(self._folder.name) if self._folder else Path(state or "")
        options: dict[str, object] = {
            "--seed": seed,
            "--pace": pace,
            "--inbound-port": inbound_port,
            "--web-port": web_port,
            "--dns-port": dns_port,
            "--smtp-port": smtp_port,
            "--http-port": http_port,
            "--imap-port": imap_port,
            "--state": self.state,
        }
        options |= {"--people": people} if people else {}
        options |= {"--behaviour": behaviour} if behaviour else {}
        self._command = [sys.executable, "-m", "tradewind.lab"]
        self._command += [str(word) for pair in options.items() for word in pair]
        self._process: subprocess.Popen[bytes] | None = None
        self.info: dict[str, Any] = {}

    def start(self) -> Self:
        """Start and wait until it is ready. Raises LabError with what the lab wrote when it fails."""
        source = str(Path(__file__).parents[2])
        path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH", "")) if part)
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "lab.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONPATH": path}
            )
        timer = threading.Timer(_START_SECONDS, self._process.kill)
        timer.start()
        try:
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self._process.wait(10)
            raise LabError(
                "the laboratory did not start: " + (self.state / "lab.log").read_text("utf-8", "replace")
            )
        self.info = json.loads(line)
        return self

    def stop(self) -> None:
        """End the process; its own temporary folder goes too."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        if self._folder is not None:
            self._folder.cleanup()

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def dns_address(self) -> tuple[str, int]:
        """Host and port of the name server."""
        return "127.0.0.1", int(self.info["dns_port"])

    @property
    def smtp_port(self) -> int:
        """The port on which every MX host listens."""
        return int(self.info["smtp_port"])

    @property
    def imap_port(self) -> int:
        """Port of the IMAP server on 127.0.0.1."""
        return int(self.info["imap_port"])

    @property
    def http_url(self) -> str:
        """Base of the control interface and the pages, without a slash at the end."""
        return str(self.info["http"])

    def call(self, method: str, path: str, body: object = None, timeout: float = 300.0) -> Any:
        """One request to the control interface; the JSON of its answer. Raises LabError with its reason."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "text/csv" if isinstance(body, bytes) else "application/json"
        url = self.http_url + path
        headers = {"Content-Type": kind}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - the lab itself
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
                return json.loads(answer.read())
        except urllib.error.HTTPError as problem:
            raise LabError(f"{method} {path}: {problem.read().decode('utf-8', 'replace')}") from problem

    def publish(self, records: Iterable[Mapping[str, object]]) -> None:
        """Publish DNS records: mappings with name, type, data and perhaps ttl."""
        self.call("PUT", "/dns/records", [dict(record) for record in records])

    def withdraw(self, records: Iterable[Mapping[str, object]]) -> None:
        """Withdraw DNS records: mappings with name, type and perhaps data."""
        self.call("DELETE", "/dns/records", [dict(record) for record in records])

    def dns_mode(self, zone: str, mode: str) -> None:
        """Make a zone answer ok, servfail, refused or timeout."""
        self.call("POST", "/control/dns", {"zone": zone, "mode": mode})

    def people(self, addresses: Iterable[str]) -> None:
        """Make homes for the domains of these addresses."""
        self.call("POST", "/people", list(addresses))

    def person(self, address: str, **traits: object) -> dict[str, Any]:
        """Lay down traits of one address; what is known of it."""
        known: dict[str, Any] = self.call("PUT", "/people/" + urllib.parse.quote(address, safe="@"), traits)
        return known

    def habits(self, provider: str, **changes: object) -> None:
        """Change habits of a provider, or of all with ``*``."""
        self.call("POST", "/control/habits", {"provider": provider, **changes})

    def books(self) -> dict[str, Any]:
        """The totals."""
        totals: dict[str, Any] = self.call("GET", "/books")
        return totals

    def rows(self, **filters: str) -> list[dict[str, Any]]:
        """The rows of the books, by recipient or provider if wanted."""
        query = urllib.parse.urlencode(filters)
        with urllib.request.urlopen(f"{self.http_url}/books/messages?{query}", timeout=60) as answer:  # noqa: S310
            return [json.loads(line) for line in answer.read().splitlines()]

    def failures(self) -> list[dict[str, Any]]:
        """What people and machines could not do."""
        failed: list[dict[str, Any]] = self.call("GET", "/books/failures")
        return failed

    def finish(self, wait: bool = False) -> None:
        """Let everything that is still to happen happen: now, or with ``wait`` at the lab's pace."""
        self.call("POST", "/control/finish", {"wait": wait}, timeout=3600)

    def reset(self) -> None:
        """Empty books, boxes and memories."""
        self.call("POST", "/control/reset", {})
