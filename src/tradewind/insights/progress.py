"""How far a running origin is: counts, speed, and when it will be through."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Sum

from tradewind.core import clock
from tradewind.insights.funnel import Funnel, funnel
from tradewind.insights.models import Rollup
from tradewind.insights.words import Step
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.words import MessageState

SETTLED = (Step.ACCEPTED, Step.REFUSED, Step.EXPIRED, Step.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Progress:
    """`per_second` is over the last whole minute or what there is of it; `ends_at` is None when nothing
    moves.
    """

    funnel: Funnel
    per_second: float
    ends_at: datetime | None
    last_retry_at: datetime | None

    @property
    def total(self) -> int:
        return self.funnel.planned

    @property
    def done(self) -> int:
        return self.funnel.done

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def progress(origin: Origin) -> Progress:
    counts = funnel(origin.pk)
    speed = _speed(origin)
    fresh = counts.queued + counts.claimed
    ends_at = clock.now() + timedelta(seconds=fresh / speed) if fresh and speed else None
    retry = Message.objects.filter(origin=origin, state=MessageState.DEFERRED).aggregate(last=Max("due_at"))[
        "last"
    ]
    if ends_at and retry:
        ends_at = max(ends_at, retry)
    return Progress(counts, speed, ends_at or (retry if not fresh else None), retry)


def _speed(origin: Origin) -> float:
    """Messages settled per real second, from the counts of this minute and the one before."""
    now = clock.now()
    since = (now - timedelta(minutes=1)).replace(second=0, microsecond=0)
    began = origin.planned_at or origin.created_at
    rows = Rollup.objects.filter(origin=origin, minute__gte=since, step__in=SETTLED)
    count = rows.aggregate(n=Sum("count"))["n"] or 0
    seconds = (now - max(since, began)).total_seconds()
    return count / seconds if seconds > 0.5 else 0.0
