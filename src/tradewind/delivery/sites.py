"""Couriers: each holds one connection to a site (a relay, or the mail servers that some domains share) and
carries the jobs that wait there, one after the other."""

import asyncio
from collections import deque
from datetime import datetime

from tradewind.core import clock
from tradewind.delivery.opening import NotOpened, open_route
from tradewind.delivery.outcomes import returned
from tradewind.delivery.routes import Route
from tradewind.delivery.send import Job, Letter, Tools, compose, give_up, report_closed_door, send
from tradewind.delivery.smtp.session import Session

IDLE = 1.5
"""Seconds that a courier keeps a connection without work."""


class Site:
    """The jobs for one set of servers, and the couriers that carry them."""

    def __init__(self, route: Route, tools: Tools) -> None:
        self.route = route
        self._tools = tools
        self._jobs: deque[Job] = deque()
        self._arrived = asyncio.Event()
        self._couriers: set[asyncio.Task[None]] = set()
        self._connected = 0
        self._idle = 0
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
        if len(self._couriers) < self._limit and len(self._jobs) > self._idle:
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
        started_at = clock.now()
        try:
            opened = await open_route(self.route)
        except asyncio.CancelledError:
            self._jobs.appendleft(job)
            raise
        if isinstance(opened, Session):
            self._connected += 1
            return opened
        self._jobs.appendleft(job)
        if self._connected:
            # They take some of us, but no more: carry on with as many as they took.
            self._limit = self._connected
            self._arrived.set()
        else:
            self._report_all(opened, started_at)
        return None

    def _report_all(self, failed: NotOpened, started_at: datetime) -> None:
        jobs = list(self._jobs)
        self._jobs.clear()
        report_closed_door(jobs, failed, started_at, self.route, self._tools)

    async def _close(self, session: Session) -> None:
        self._connected -= 1
        await session.quit()

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
            self._arrived.clear()
            self._idle += 1
            try:
                async with asyncio.timeout(IDLE):
                    await self._arrived.wait()
            except TimeoutError:
                return None
            finally:
                self._idle -= 1
        return None
