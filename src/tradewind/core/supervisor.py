"""One process group: starts the parts of an installation, keeps them alive, and stops them in order.

A part that ends is started again, after a pause that doubles while it keeps failing. On SIGTERM or Ctrl-C the
parts of the first stage (those that hold mail in their hands) are asked to finish, then the second, then the
last; the embedded database goes after all of them, with the process that started it. If this process is
killed with -9, the kernel ends the parts (Linux).
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import structlog

from tradewind.core.children import end_with_parent

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 60.0
"""Seconds after which a part counts as healthy and its pause begins anew."""

LINE_LIMIT = 1 << 20


class Stage(IntEnum):
    """When a part is asked to stop."""

    FIRST = 1
    SECOND = 2
    LAST = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One child process. `patience`: seconds it gets to end by itself."""

    name: str
    command: tuple[str, ...]
    stage: Stage
    patience: float = 35.0


@dataclass(slots=True)
class _Life:
    """The process that a part has now, and how it has fared."""

    process: asyncio.subprocess.Process | None = None
    began: float = 0.0
    pause: float = FIRST_PAUSE
    starts: int = 0


@dataclass
class Supervisor:
    """Runs `before` to its end, then all parts until told to stop. `tend` is called every second and may say
    what it mended."""

    parts: Sequence[Part]
    before: tuple[str, ...] | None = None
    tend: Callable[[], str | None] = lambda: None
    out: Callable[[str], None] = field(default=lambda line: print(line, flush=True))
    _lives: dict[str, _Life] = field(default_factory=dict, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _hurry: bool = field(default=False, init=False)

    def run(self, *, ready: tuple[str, int] | None = None, greeting: str = "") -> int:
        """Returns the exit code: 0 after a stop that was asked for, that of `before` when it failed."""
        return asyncio.run(self._run(ready, greeting))

    async def _run(self, ready: tuple[str, int] | None, greeting: str) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop_asked)
        if self.before is not None and (code := await self._run_before(self.before)):
            return code
        keepers = [asyncio.create_task(self._keep(part)) for part in self.parts]
        helpers = [asyncio.create_task(self._tend())]
        if ready is not None:
            helpers.append(asyncio.create_task(self._greet(ready, greeting)))
        await self._stopping.wait()
        await self._stop_all()
        for task in (*keepers, *helpers):
            task.cancel()
        await asyncio.gather(*keepers, *helpers, return_exceptions=True)
        return 0

    def _stop_asked(self) -> None:
        self._hurry = self._stopping.is_set()
        self._stopping.set()

    async def _run_before(self, command: tuple[str, ...]) -> int:
        process = await self._spawn(command)
        await asyncio.gather(self._forward("start", process), process.wait())
        return process.returncode or 0

    async def _keep(self, part: Part) -> None:
        life = self._lives.setdefault(part.name, _Life())
        while not self._stopping.is_set():
            life.process = await self._spawn(part.command)
            life.began, life.starts = time.monotonic(), life.starts + 1
            await self._forward(part.name, life.process)
            code = await life.process.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - life.began > STEADY:
                life.pause = FIRST_PAUSE
            self._say(part.name, f"ended ({_ending(code)}); starting it again in {life.pause:g} s")
            await asyncio.sleep(life.pause)
            life.pause = min(life.pause * 2, LONGEST_PAUSE)

    async def _spawn(self, command: tuple[str, ...]) -> asyncio.subprocess.Process:
        parent = os.getpid()
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Its own session: Ctrl-C in the terminal reaches us alone, and we stop the parts in order.
            start_new_session=True,
            preexec_fn=lambda: end_with_parent(parent),
            env={**os.environ, "PYTHONUNBUFFERED": "1", "TRADEWIND_SUPERVISED": "1"},
            limit=LINE_LIMIT,
        )

    async def _forward(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line longer than LINE_LIMIT: its rest follows as lines
                continue
            if not line:
                return
            self._say(name, line.decode("utf-8", "replace").rstrip("\n"))

    def _say(self, name: str, line: str) -> None:
        self.out(f"{name:<9} | {line}")

    async def _tend(self) -> None:
        while not self._stopping.is_set():
            await asyncio.sleep(1)
            try:
                # Not in a thread: the kernel ties a child's life to the thread that started it.
                mended = self.tend()
            except Exception as error:
                mended = str(error)
            if mended:
                self._say("database", mended)

    async def _greet(self, ready: tuple[str, int], greeting: str) -> None:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(*ready)
                writer.close()
                self._say("ready", greeting)
                return
            await asyncio.sleep(0.1)

    async def _stop_all(self) -> None:
        for stage in Stage:
            group = [part for part in self.parts if part.stage is stage]
            await asyncio.gather(*(self._stop(part) for part in group))

    async def _stop(self, part: Part) -> None:
        life = self._lives.get(part.name)
        process = life.process if life is not None else None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        deadline = time.monotonic() + part.patience
        while time.monotonic() < deadline and not self._hurry:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.2)
                return
        else:
            self._say(part.name, "does not end by itself; killed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def alive(self) -> dict[str, int]:
        """Process id of each part that lives now."""
        return {
            name: life.process.pid
            for name, life in self._lives.items()
            if life.process is not None and life.process.returncode is None
        }


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
