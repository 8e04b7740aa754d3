"""What replies do to lanes, campaigns and domains: counted here, decided by `replies.reactions`, written by
the packages that own them."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from tradewind.core import clock
from tradewind.delivery.replies.reactions import reaction
from tradewind.delivery.replies.words import Classification, LaneRest, Rest
from tradewind.ledger import origins
from tradewind.ledger.door import Claimed
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Origin
from tradewind.ledger.words import EventType, OriginState
from tradewind.senders import lanes
from tradewind.senders.providers import OTHER

log = structlog.get_logger()
WINDOW = 3600.0
"""Mail seconds in which equal replies are counted together."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The message and the reply that caused something."""

    claimed: Claimed
    meaning: Classification
    text: str


class Guard:
    """Counts replies of one worker and acts when a row of them is long enough."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int, str], deque[float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def notice(self, claimed: Claimed, meaning: Classification, text: str, *, relayed: bool = False) -> None:
        """A message was not taken. Returns at once; consequences are written in the background."""
        follows, cause = reaction(meaning), Cause(claimed, meaning, text)
        # Small servers share the lane "other": one that blocks us says nothing about the rest.
        rest = follows.lane if relayed or claimed.provider != OTHER else None
        if rest is not None and self._reached("lane", claimed.lane_id, meaning.rule, rest.after):
            self._act(partial(rest_lane, cause, rest))
        if follows.hold_after and self._reached("hold", claimed.origin_id, "", follows.hold_after):
            self._act(partial(hold_campaign, cause))
        if follows.stop_after and self._reached("stop", claimed.origin_id, "", follows.stop_after):
            self._act(partial(stop_domain, cause))

    async def finish(self) -> None:
        """Wait for what was begun."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _reached(self, what: str, whom: int, rule: str, count: int) -> bool:
        now = clock.mail(time.monotonic())
        seen = self._seen.setdefault((what, whom, rule), deque(maxlen=max(count, 1)))
        seen.append(now)
        if len(seen) < count or now - seen[0] > WINDOW:
            return False
        seen.clear()
        return True

    def _act(self, write: Callable[[], None]) -> None:
        task = asyncio.create_task(self._write(write))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, write: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(_in_own_connection, write)
        except Exception:
            # The reply comes again with the next message; the engine must not stop for it.
            log.exception("worker.reaction_failed")


def _in_own_connection(write: Callable[[], None]) -> None:
    try:
        write()
    finally:
        connection.close()


@transaction.atomic
def rest_lane(cause: Cause, rest: LaneRest) -> None:
    """Slow or suspend the lane of the message, and say so in an event."""
    until, lane_id = clock.after(rest.minutes * 60), cause.claimed.lane_id
    if rest.kind is Rest.SUSPEND:
        lanes.suspend(lane_id, until, cause.text)
        event = EventType.LANE_SUSPENDED
    else:
        lanes.slow(lane_id, until, cause.text, rest.per_minute / 60)
        event = EventType.LANE_SLOWED
    _record(cause, event, {"lane": lane_id, "until": until.isoformat(), "per_minute": rest.per_minute})
    log.info(
        f"lane.{rest.kind}", lane=lane_id, until=until.isoformat(), rule=cause.meaning.rule, reply=cause.text
    )


def hold_campaign(cause: Cause) -> None:
    """Hold the origin: its content is refused again and again."""
    why = _("Held: several servers refuse the content. The last one said: %(reply)s") % {"reply": cause.text}
    _hold(Origin.objects.get(pk=cause.claimed.origin_id), why)


@transaction.atomic
def stop_domain(cause: Cause) -> None:
    """Hold every running origin of the sending domain until its authentication is mended."""
    origin = Origin.objects.get(pk=cause.claimed.origin_id)
    why = _(
        "Held: providers cannot verify the sending domain. Check its DNS records. The reply was: %(reply)s"
    )
    why = why % {"reply": cause.text}
    for running in Origin.objects.filter(domain=origin.domain, state=OriginState.OPEN):
        _hold(running, why)
    _record(cause, EventType.DOMAIN_STOPPED, {"domain": origin.domain.pk})


def _hold(origin: Origin, why: str) -> None:
    if origins.hold(origin, why):
        log.warning("origin.held", origin=origin.pk, say=why)


def _record(cause: Cause, event: EventType, data: dict[str, object]) -> None:
    facts = {"reply": cause.text, "rule": cause.meaning.rule, "provider": cause.claimed.provider, **data}
    who = cause.claimed
    record([NewEvent(who.workspace_id, event, clock.now(), who.origin_id, who.id, None, facts)])
