"""Couriers: each holds one connection to a site (a relay, or the mail servers that some domains share) and
carries the jobs that wait there, one after the other."""

import asyncio
from collections import deque
from datetime import datetime

from tradewind.core import clock
from tradewind.delivery.gates import Gate
from tradewind.delivery.opening import NotOpened, open_route
from tradewind.delivery.outcomes import returned
from tradewind.delivery.routes import Route
from tradewind.delivery.send import Job, Letter, Tools, compose, give_up, report_closed_door, send
from tradewind.delivery.smtp.session import Session

IDLE = 1.5
"""Seconds that a courier keeps a connection without work."""

KNOCKS = 3
"""So often a courier waits for a place again when the server says that there are too many of us."""


class Site:
    """The jobs for one set of servers, and the couriers that carry them."""

    def __init__(self, route: Route, tools: Tools, gate: Gate) -> None:
        self.route = route
        self._tools = tools
        self._gate = gate
        self._jobs: deque[Job] = deque()
        self._arrived = asyncio.Event()
        self._couriers: set[asyncio.Task[None]] = set()
        self._connected = 0
        self._idle = 0
        self._dismissed = 0
        self._at_gate: set[asyncio.Task[None]] = set()
        self._limit = route.max_connections
        self._stopping = False

    @property
    def resting(self) -> bool:
        """True when there is neither work nor a courier."""
        return not self._jobs and not self._couriers

    def put(self, job: Job, route: Route) -> None:
        """Carry this job. `route` is what the DNS says now."""
        self.route = route
        self._jobs.append(job)
        self._arrived.set()
        self._hire_if_needed()

    def _hire_if_needed(self) -> None:
        """One more courier; not while one waits for a place, since others would only wait behind it."""
        if len(self._couriers) < self._limit and len(self._jobs) > self._idle and not self._at_gate:
            self._hire()

    def _hire(self) -> None:
        task = asyncio.create_task(self._carry())
        self._couriers.add(task)
        task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._couriers.discard(task)
        if not self._couriers and not self._stopping:
            self._limit = self.route.max_connections
            if self._jobs:
                self._hire()

    async def stop(self, hurry: asyncio.Event, within: float) -> None:
        """Finish what is in flight, give the rest back. What is still in flight `within` seconds after
        `hurry` was set is cut off."""
        self._stopping = True
        self._give_back()
        self._arrived.set()
        for task in self._at_gate:
            task.cancel()
        while self._couriers and not hurry.is_set():
            await asyncio.wait(self._couriers, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
        if self._couriers:
            _, slow = await asyncio.wait(self._couriers, timeout=within)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        self._give_back()

    def _give_back(self) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            self._tools.report(job.claimed, returned(job.claimed))

    async def _carry(self) -> None:
        """One courier's life: open, send letter after letter, close when there is nothing left."""
        session: Session | None = None
        letter: Letter | None = None
        try:
            while (letter := letter or await self._next_letter()) is not None:
                if session is None or not session.usable or session.messages >= self._per_connection:
                    if session is not None:
                        await self._close(session)
                    session = await self._open(letter.job)
                    if session is None:
                        return
                letter = await self._send(session, letter)
        finally:
            if session is not None:
                await self._close(session)

    @property
    def _per_connection(self) -> int:
        return self.route.messages_per_connection

    async def _send(self, session: Session, letter: Letter) -> Letter | None:
        """Send it; the letter to send next, if it was announced already or this one was not tried."""
        if give_up(letter.job.claimed, self._tools):
            session.close()  # its commands may have been announced
            return None
        ahead = None
        if session.capabilities.pipelining and session.messages + 1 < self._per_connection:
            ahead = self._ready_letter()
        try:
            tried = await send(session, letter, ahead, self.route, self._tools)
        except asyncio.CancelledError:
            if ahead is not None:
                self._jobs.appendleft(ahead.job)
            raise
        if not tried:
            if ahead is not None:
                self._jobs.appendleft(ahead.job)
            return letter
        return ahead

    async def _open(self, job: Job) -> Session | None:
        """A session; or None, with the jobs reported or left to couriers that have one."""
        try:
            opened, started_at = await self._knock()
        except asyncio.CancelledError:
            self._jobs.appendleft(job)
            raise
        if isinstance(opened, Session):
            return opened
        self._jobs.appendleft(job)
        if self._connected:
            # They take some of us, but no more: carry on with as many as they took.
            self._limit = self._connected
            self._arrived.set()
        else:
            self._report_all(opened, started_at)
        return None

    async def _knock(self) -> tuple[Session | NotOpened, datetime]:
        """Wait for a place at the gate and open a session. "Too many of you" (421 at the door, RFC 5321 3.8)
        is no answer to our letters as long as others of ours are inside: then we come again after one has left."""
        knocks = 0
        while True:
            await self._enter()
            started_at = clock.now()
            opened: Session | NotOpened | None = None
            crowded = False
            try:
                opened = await open_route(self.route)
                crowded = isinstance(opened, NotOpened) and _too_many(opened) and self._gate.refused()
            finally:
                if not isinstance(opened, Session):
                    self._gate.leave()
            knocks += 1
            if isinstance(opened, Session):
                self._connected += 1
                self._gate.welcomed()
                return opened, started_at
            if not crowded or knocks == KNOCKS:
                return opened, started_at

    async def _enter(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_gate.add(task)
        try:
            await self._gate.enter()
        finally:
            self._at_gate.discard(task)
        if not self._stopping:
            self._hire_if_needed()

    def _report_all(self, failed: NotOpened, started_at: datetime) -> None:
        jobs = list(self._jobs)
        self._jobs.clear()
        report_closed_door(jobs, failed, started_at, self.route, self._tools)

    async def _close(self, session: Session) -> None:
        self._connected -= 1
        try:
            await session.quit()
        finally:
            self._gate.leave()

    def _ready_letter(self) -> Letter | None:
        """The next letter, without waiting."""
        while self._jobs and not self._stopping:
            letter = compose(self._jobs.popleft(), self._tools)
            if letter is not None:
                return letter
        return None

    async def _next_letter(self) -> Letter | None:
        """The next letter, waiting a moment for one; None when there is no more work."""
        while not self._stopping:
            letter = self._ready_letter()
            if letter is not None:
                return letter
            if not await self._rest():
                return None
        return None

    async def _rest(self) -> bool:
        """Keep the connection for a moment. False: no work came, or the place is wanted by others."""
        if self._gate.crowded:
            return False
        self._arrived.clear()
        self._idle += 1
        self._gate.rest(self._dismiss)
        try:
            async with asyncio.timeout(IDLE):
                await self._arrived.wait()
        except TimeoutError:
            return False
        finally:
            self._idle -= 1
            self._gate.wake(self._dismiss)
        if self._dismissed:
            self._dismissed -= 1
            return False
        return True

    def _dismiss(self) -> None:
        """One of the couriers that rest leaves."""
        self._dismissed += 1
        self._arrived.set()


def _too_many(failed: NotOpened) -> bool:
    """Whether the server closed the door on this connection only."""
    reply = failed.failure.error.reply
    return reply is not None and reply.code == 421
