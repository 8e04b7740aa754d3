"""Sending one message, step by step. Nothing here is repeated by itself: each call is one try."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tradewind.core import clock
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.delivery.compose import Composed, Composer
from tradewind.delivery.desk import Desk
from tradewind.delivery.journal import Journal
from tradewind.delivery.opening import NotOpened
from tradewind.delivery.outcomes import in_doubt, of_bad_template, of_closed_door, of_wire, overdue, returned
from tradewind.delivery.replies.words import Classification
from tradewind.delivery.routes import RELAY, Route
from tradewind.delivery.smtp.errors import SmtpError
from tradewind.delivery.smtp.replies import Reply
from tradewind.delivery.smtp.session import Session
from tradewind.delivery.smtp.values import Ending
from tradewind.ledger.door import BriefChannel, Claimed, Outcome

Report = Callable[[Claimed, Outcome], None]
Notice = Callable[[Claimed, Classification, str, bool], None]


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed message on its way to a server."""

    claimed: Claimed
    composer: Composer
    channel: BriefChannel

    @property
    def channel_id(self) -> int:
        return self.channel.id

    @property
    def domain(self) -> str:
        """The recipient's mail domain."""
        return self.claimed.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Letter:
    """A job, composed."""

    job: Job
    composed: Composed
    composed_at: datetime


@dataclass(frozen=True, slots=True)
class Tools:
    """What the steps work with. `report` takes each outcome, `notice` each refusal."""

    desk: Desk
    journal: Journal
    report: Report
    notice: Notice


class DotMarker:
    """Writes the journal around the final dot of one message."""

    __slots__ = ("_address", "_host", "_journal", "_letter", "dotted")

    def __init__(self, journal: Journal, letter: Letter, session: Session) -> None:
        self._journal, self._letter = journal, letter
        self.dotted = False
        self._host, self._address = session.endpoint.host, session.endpoint.address

    def before_dot(self) -> None:
        letter = self._letter
        self._journal.dot(
            letter.job.claimed.id, letter.composed_at, letter.composed.digest, self._host, self._address
        )
        self.dotted = True

    def after_reply(self, reply: Reply) -> None:
        self._journal.replied(self._letter.job.claimed.id, reply)


def compose(job: Job, tools: Tools) -> Letter | None:
    """The message of a job; None, and its outcome reported, if it is not to be sent now."""
    if give_up(job.claimed, tools):
        return None
    now = clock.now()
    try:
        return Letter(
            job, job.composer.compose(job.claimed.id, job.claimed.email, job.claimed.values, now), now
        )
    except CannotCompose as error:
        tools.report(job.claimed, of_bad_template(job.claimed, str(error)))
        return None


def give_up(claimed: Claimed, tools: Tools) -> bool:
    """True, and reported, if its campaign was paused or its time is over."""
    if not tools.desk.may_send(claimed):
        tools.report(claimed, returned(claimed))
    elif tools.desk.overdue(claimed):
        tools.report(claimed, overdue(claimed))
    else:
        return False
    return True


async def send(session: Session, letter: Letter, ahead: Letter | None, route: Route, tools: Tools) -> bool:
    """One try of one letter over an open session. False: the session had died before, nothing was tried.

    Steps: hand it over; remember what the server said; report the outcome; tell the guard of a refusal.
    """
    started_at, claimed = clock.now(), letter.job.claimed
    marker = DotMarker(tools.journal, letter, session)
    next_envelope = ahead.composed.envelope if ahead else None
    try:
        wire = await session.send(letter.composed.envelope, letter.composed.message, marker, next_envelope)
    except asyncio.CancelledError:
        # Cut off at the end of draining: after the dot nobody knows, before it the message is still ours.
        endpoint = session.endpoint
        doubt = in_doubt(
            claimed, letter.composed, letter.composed_at, started_at, endpoint.host, endpoint.address
        )
        tools.report(claimed, doubt if marker.dotted else returned(claimed))
        raise
    if wire.stale:
        return False
    if wire.ending is Ending.UNSENT and type(wire.error) is SmtpError:
        tools.report(claimed, returned(claimed))  # our journal failed, not the server
        return True
    outcome, meaning = of_wire(claimed, letter.composed, letter.composed_at, started_at, wire, route.provider)
    tools.report(claimed, outcome)
    if meaning is not None:
        tools.notice(claimed, meaning, _quoted(outcome), route.provider == RELAY)
    return True


def report_closed_door(
    jobs: list[Job], failed: NotOpened, started_at: datetime, route: Route, tools: Tools
) -> None:
    """No server of the route took us: one failed try for each of these jobs, one notice for all."""
    for n, job in enumerate(jobs):
        outcome, meaning = of_closed_door(job.claimed, failed, started_at, route.provider)
        tools.report(job.claimed, outcome)
        if n == 0:
            tools.notice(job.claimed, meaning, _quoted(outcome), route.provider == RELAY)


def _quoted(outcome: Outcome) -> str:
    """The reply in the server's own words."""
    code = f"{outcome.reply_code} " if outcome.reply_code else ""
    return f"{code}{outcome.reply_text}"[:500]
