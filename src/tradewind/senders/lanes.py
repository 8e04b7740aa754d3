"""Lanes: the pace of one sending domain through one channel to one mailbox provider.

Permits are granted in SQL (`GRANT`). What slows or stops a lane, and why, stands in its row. Its end
needs nobody: the first grant after `state_until` opens the lane again.
"""

from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from typing import Any, LiteralString

from django.db import connection, transaction

from tradewind.core import clock
from tradewind.senders.models import Channel, Lane, SendingDomain
from tradewind.senders.providers import Provider, provider

# Grants up to `wanted` permits of lane `lane`, and says how many. Parameters: lane, wanted, now, pace.
GRANT: LiteralString = (files(__package__) / "sql" / "grant.sql").read_text(encoding="utf-8")

BURST = 100
RELAY_RATE = 100.0  # a relay keeps the providers' limits itself: towards it, only its own limits count
RELAY_MESSAGES_PER_CONNECTION = 100


def ensure(domain: SendingDomain, channel: Channel, providers: Iterable[str]) -> dict[str, int]:
    """The lanes of a domain and channel, made where they are missing: provider → lane id."""
    lanes = [_new_lane(domain, channel, provider(key)) for key in sorted(set(providers))]
    Lane.objects.bulk_create(lanes, ignore_conflicts=True)
    return dict(Lane.objects.filter(domain=domain, channel=channel).values_list("provider", "pk"))


def _new_lane(domain: SendingDomain, channel: Channel, at: Provider) -> Lane:
    relayed = channel.kind == Channel.Kind.RELAY
    rate = RELAY_RATE if relayed else at.rate_per_second
    rate = min(rate, channel.rate_per_second) if channel.rate_per_second else rate
    return Lane(
        workspace_id=domain.workspace_id,
        domain=domain,
        channel=channel,
        provider=at.key,
        rate_per_second=rate,
        burst=max(1, min(BURST, round(rate))),
        max_connections=channel.max_connections
        if relayed
        else min(channel.max_connections, at.max_connections),
        messages_per_connection=RELAY_MESSAGES_PER_CONNECTION if relayed else at.messages_per_connection,
    )


def grant(lane_id: int, wanted: int, now: datetime | None = None) -> int:
    """Take up to `wanted` permits; how many there were. A lane that is gone grants none."""
    parameters: dict[str, Any] = {
        "lane": lane_id,
        "wanted": wanted,
        "now": now or clock.now(),
        "pace": clock.pace(),
    }
    with connection.cursor() as cursor:
        cursor.execute(GRANT, parameters)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def suspend(lane_id: int, until: datetime | None, why: str) -> None:
    """Rest: nothing is sent until then (None: until somebody resumes it). A longer rest is never
    shortened."""
    with transaction.atomic():
        lane = Lane.objects.select_for_update().get(pk=lane_id)
        if lane.state == Lane.State.SUSPENDED and _ends_later(lane.state_until, until):
            return
        lane.state, lane.state_reason, lane.state_until = Lane.State.SUSPENDED, why, until
        lane.slowed_rate = None
        lane.save(update_fields=["state", "state_reason", "state_until", "slowed_rate"])


def slow(lane_id: int, until: datetime | None, why: str, rate_per_second: float = 1 / 60) -> None:
    """Go on at this pace until then. A lane that rests keeps resting; a slower pace is never made faster."""
    with transaction.atomic():
        lane = Lane.objects.select_for_update().get(pk=lane_id)
        if lane.state == Lane.State.SUSPENDED or rate_per_second >= lane.rate_per_second:
            return
        if lane.slowed_rate is not None:
            rate_per_second = min(rate_per_second, lane.slowed_rate)
            until = lane.state_until if _ends_later(lane.state_until, until) else until
        lane.slowed_rate, lane.state_reason, lane.state_until = rate_per_second, why, until
        lane.save(update_fields=["slowed_rate", "state_reason", "state_until"])


def resume(lane_id: int, why: str = "") -> None:
    """Open again at the full pace, at once."""
    Lane.objects.filter(pk=lane_id).update(
        state=Lane.State.OPEN, state_reason=why, state_until=None, slowed_rate=None, next_free_at=None
    )


def _ends_later(one: datetime | None, other: datetime | None) -> bool:
    """Whether `one` ends after `other`; None never ends."""
    return other is not None and (one is None or one > other)
