"""Counts of the steps of one origin: in all, by provider, over time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Sum

from tradewind.core.statistics import Rate
from tradewind.insights.models import Rollup
from tradewind.insights.words import Step
from tradewind.ledger.models import Message
from tradewind.ledger.words import MessageState


@dataclass(frozen=True, slots=True)
class Funnel:
    """Messages by step, each counted once. planned = skipped + accepted + refused + expired + unknown +
    waiting.

    `queued`, `deferred`, `claimed` are read from the ledger now; everything else is as far as the projector
    is (a second behind).
    """

    planned: int = 0
    skipped: int = 0
    accepted: int = 0
    refused: int = 0
    expired: int = 0
    unknown: int = 0
    bounced: int = 0
    inbox: int = 0
    opened_human: int = 0
    opened_machine: int = 0
    opened_only_machine: int = 0
    opened_unsure: int = 0
    clicked_human: int = 0
    clicked_machine: int = 0
    clicked_only_machine: int = 0
    clicked_unsure: int = 0
    replied: int = 0
    auto_replied: int = 0
    unsubscribed: int = 0
    complained: int = 0
    queued: int = 0
    deferred: int = 0
    claimed: int = 0

    @property
    def waiting(self) -> int:
        return self.queued + self.deferred + self.claimed

    @property
    def tried(self) -> int:
        """Those that were meant to leave: all but the skipped."""
        return self.planned - self.skipped

    @property
    def done(self) -> int:
        return self.skipped + self.accepted + self.refused + self.expired + self.unknown

    @property
    def delivered(self) -> int:
        """Accepted and not taken back."""
        return self.accepted - self.bounced

    def of(self, step: Step) -> int:
        return int(getattr(self, step.value))

    def rate(self, step: Step, base: Step = Step.ACCEPTED) -> Rate:
        return Rate(self.of(step), self.of(base))

    def share_of_delivered(self, step: Step) -> Rate:
        return Rate(min(self.of(step), self.delivered), self.delivered)

    def as_dict(self) -> dict[str, int]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class ProviderFunnel:
    provider: str
    funnel: Funnel


@dataclass(frozen=True, slots=True)
class Timeline:
    """Counts per stretch of `seconds`, oldest first; stretches without anything are there, with zeros."""

    seconds: int
    starts: tuple[datetime, ...]
    series: dict[Step, tuple[int, ...]] = field(default_factory=dict)


OVER_TIME = (
    Step.ACCEPTED,
    Step.REFUSED,
    Step.OPENED_HUMAN,
    Step.OPENED_ONLY_MACHINE,
    Step.CLICKED_HUMAN,
    Step.REPLIED,
)
STRETCHES = (60, 300, 900, 3600, 6 * 3600, 24 * 3600)
MOST_POINTS = 96


def funnel(origin_id: int) -> Funnel:
    """All steps of one origin."""
    counts: dict[str, int] = dict(
        Rollup.objects.filter(origin=origin_id).values_list("step").annotate(n=Sum("count")).order_by()
    )
    return Funnel(**counts, **_waiting(origin_id))


def by_provider(origin_id: int) -> list[ProviderFunnel]:
    """The same per mailbox provider, the one with most messages first."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    rows = (
        Rollup.objects.filter(origin=origin_id)
        .values_list("provider", "step")
        .annotate(n=Sum("count"))
        .order_by()
    )
    for provider, step, n in rows:
        counts[provider][step] = n
    waiting = _waiting_by_provider(origin_id)
    found = [
        ProviderFunnel(name, Funnel(**counts.get(name, {}), **waiting.get(name, {})))
        for name in {*counts, *waiting}
    ]
    return sorted(found, key=lambda part: (-part.funnel.planned, part.provider))


def skipped(origin_id: int) -> dict[str, int]:
    """How many were skipped, by reason (a `ledger.words.Reason`), most first."""
    rows = (
        Rollup.objects.filter(origin=origin_id, step=Step.SKIPPED)
        .values_list("reason")
        .annotate(n=Sum("count"))
        .order_by("-n", "reason")
    )
    return dict(rows)


def over_time(origin_id: int, steps: Iterable[Step] = OVER_TIME) -> Timeline:
    """First times per stretch of time; the stretch is chosen so that there are at most `MOST_POINTS` of
    them.
    """
    wanted = tuple(steps)
    rows = Rollup.objects.filter(origin=origin_id, step__in=wanted)
    ends = rows.aggregate(first=Min("minute"), last=Max("minute"))
    if ends["first"] is None:
        return Timeline(60, (), dict.fromkeys(wanted, ()))
    seconds = _stretch((ends["last"] - ends["first"]).total_seconds())
    begin = _floor(ends["first"], seconds)
    length = int((ends["last"] - begin).total_seconds() // seconds) + 1
    series = {step: [0] * length for step in wanted}
    for step, minute, n in rows.values_list("step", "minute").annotate(n=Sum("count")).order_by():
        series[Step(step)][int((minute - begin).total_seconds() // seconds)] += n
    starts = tuple(begin + timedelta(seconds=seconds * index) for index in range(length))
    return Timeline(seconds, starts, {step: tuple(values) for step, values in series.items()})


def _stretch(total_seconds: float) -> int:
    return next((s for s in STRETCHES if total_seconds / s < MOST_POINTS), STRETCHES[-1])


def _floor(at: datetime, seconds: int) -> datetime:
    stamp = int(at.timestamp())
    return at - timedelta(seconds=stamp % seconds)


def _waiting(origin_id: int) -> dict[str, int]:
    states = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.CLAIMED)
    rows = (
        Message.objects.filter(origin=origin_id, state__in=states)
        .values_list("state")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return dict(rows)


def _waiting_by_provider(origin_id: int) -> dict[str, dict[str, int]]:
    states = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.CLAIMED)
    rows = Message.objects.filter(origin=origin_id, state__in=states).values_list("provider", "state")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for provider, state, n in rows.annotate(n=Count("pk")).order_by():
        found[provider][state] = n
    return found


def funnels_of(origin_ids: Iterable[int]) -> dict[int, Funnel]:
    """The funnels of several origins at once, for lists; `waiting` is what is planned and not done."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Rollup.objects.filter(origin__in=list(origin_ids)).values_list("origin", "step")
    for origin_id, step, n in rows.annotate(n=Sum("count")).order_by():
        counts[origin_id][step] = n
    return {origin_id: _with_rest(Funnel(**steps)) for origin_id, steps in counts.items()}


def _with_rest(counted: Funnel) -> Funnel:
    return replace(counted, queued=max(0, counted.planned - counted.done))
