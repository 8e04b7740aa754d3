"""Lab time and the agenda of what is still to happen in it.

The clock of the machine is left alone. One second of it counts as ``pace`` lab seconds wherever the lab
waits or measures a window: greylisting, rate windows, reading delays, late reports.
"""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable

Action = Callable[[], Awaitable[None]]
log = logging.getLogger("tradewind.lab")


class LabClock:
    """Lab seconds since the start of the process."""

    def __init__(self, pace: float) -> None:
        if pace <= 0:
            raise ValueError("pace must be above 0: it says how many lab seconds pass in one second")
        self.pace = pace
        self._start = time.monotonic()

    def now(self) -> float:
        """Lab seconds since the lab began."""
        return (time.monotonic() - self._start) * self.pace

    def wall(self, lab_seconds: float) -> float:
        """Real seconds that the given lab seconds take."""
        return lab_seconds / self.pace


class Agenda:
    """Actions with a due time, carried out by at most ``limit`` tasks at once."""

    def __init__(self, clock: LabClock, limit: int = 24) -> None:
        self.clock = clock
        self._limit = limit
        self._heap: list[tuple[float, int, float, Action]] = []
        self._order = itertools.count()
        self._running: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._hurry = False
        self.done = 0

    @property
    def pending(self) -> int:
        """How many actions are waiting or being carried out."""
        return len(self._heap) + len(self._running)

    def add(self, after: float, action: Action, at_least: float = 0.0) -> None:
        """Do ``action`` after so many lab seconds, and not before ``at_least`` real seconds even when in a
        hurry.
        """
        now = time.monotonic()
        earliest = now + at_least
        due = earliest if self._hurry else max(now + self.clock.wall(after), earliest)
        heapq.heappush(self._heap, (due, next(self._order), earliest, action))
        self._idle.clear()
        self._changed.set()

    async def run(self) -> None:
        """Carry out what is due, for ever."""
        while True:
            self._changed.clear()
            wait = self._start_due()
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                continue

    def _start_due(self) -> float | None:
        now = time.monotonic()
        while self._heap and len(self._running) < self._limit:
            if self._heap[0][0] > now:
                return self._heap[0][0] - now
            action = heapq.heappop(self._heap)[3]
            task = asyncio.ensure_future(self._carry_out(action))
            self._running.add(task)
            task.add_done_callback(self._finished)
        return None

    async def _carry_out(self, action: Action) -> None:
        try:
            await action()
        except Exception:
            # One person's failed action must not stop everybody else's; it is logged with its trace.
            log.exception("lab.action.failed")

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.done += 1
        self._changed.set()
        if not self._heap and not self._running:
            self._idle.set()

    async def finish(self, hurry: bool) -> int:
        """Wait until nothing remains; with ``hurry`` nobody waits for due times. Returns how many actions
        were left.
        """
        remaining = self.pending
        if hurry:
            self._begin_hurry()
        try:
            await self._idle.wait()
        finally:
            self._hurry = False
        return remaining

    def _begin_hurry(self) -> None:
        self._hurry = True
        now = time.monotonic()
        fresh: list[tuple[float, int, float, Action]] = []
        # Numbered anew in the order of their due times, so that what was to come first still does.
        for _, _, earliest, action in sorted(self._heap, key=lambda entry: entry[:2]):
            fresh.append((earliest if earliest > now else 0.0, next(self._order), earliest, action))
        heapq.heapify(fresh)
        self._heap = fresh
        self._changed.set()

    async def clear(self) -> None:
        """Forget what waits and cancel what runs."""
        self._heap.clear()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._heap.clear()
        self._idle.set()
