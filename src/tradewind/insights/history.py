"""What is usual here: the workspace's own past, as the measure for a new campaign."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.db.models import Sum

from tradewind.core import clock
from tradewind.core.statistics import Rate
from tradewind.insights.models import Rollup
from tradewind.insights.words import Step
from tradewind.ledger.words import OriginKind

PAST = timedelta(days=180)
ENOUGH = 50
"""Fewer tries than this at a provider say next to nothing about the next one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How many of `of` will probably be refused or bounce; None everywhere when there is no past to tell
    from.
    """

    of: int
    likely: int | None = None
    low: int | None = None
    high: int | None = None
    from_tries: int = 0


def expected_refusals(workspace_id: int, by_provider: Mapping[str, int]) -> dict[str, Expected]:
    """Per provider, from what it refused or took back within the last 180 days."""
    past = _by_provider(workspace_id)
    found = {}
    for provider, count in by_provider.items():
        steps = past.get(provider, {})
        bad = steps.get(Step.REFUSED, 0) + steps.get(Step.BOUNCED, 0)
        tries = steps.get(Step.REFUSED, 0) + steps.get(Step.ACCEPTED, 0)
        found[provider] = (
            _scaled(count, Rate(bad, tries)) if tries >= ENOUGH else Expected(count, from_tries=tries)
        )
    return found


def usual(workspace_id: int, *, but: int | None = None) -> dict[Step, int]:
    """Steps of all campaigns of the last 180 days together, without origin `but`."""
    rows = Rollup.objects.filter(
        workspace=workspace_id,
        minute__gte=clock.now() - PAST,
        origin__kind__in=(OriginKind.CAMPAIGN, OriginKind.STEP),
    ).exclude(origin=but)
    return {Step(step): n for step, n in rows.values_list("step").annotate(n=Sum("count")).order_by()}


def _by_provider(workspace_id: int) -> dict[str, dict[str, int]]:
    rows = Rollup.objects.filter(
        workspace=workspace_id,
        minute__gte=clock.now() - PAST,
        step__in=(Step.ACCEPTED, Step.REFUSED, Step.BOUNCED),
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for provider, step, n in rows.values_list("provider", "step").annotate(n=Sum("count")).order_by():
        found[provider][step] = n
    return found


def _scaled(count: int, rate: Rate) -> Expected:
    interval = rate.interval
    return Expected(
        of=count,
        likely=round(count * (rate.value or 0.0)),
        low=int(count * interval.low),
        high=min(count, ceil(count * interval.high)),
        from_tries=rate.of,
    )
