"""What will happen: how many at which provider, at what pace, finished when.

The counts come from the ledger's gate (`ledger.planning.forecast`), which writes nothing. The pace comes from
the lanes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from tradewind.core import clock
from tradewind.ledger.words import Reason
from tradewind.senders.models import Channel, Lane


@dataclass(frozen=True, slots=True)
class ProviderForecast:
    """One provider's part: how many, at how many a second, from when to when (None: suspended without an
    end).
    """

    provider: str
    count: int
    rate_per_second: float
    starts_at: datetime
    ends_at: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the gate lets through now, what it does not, and when the last message will have been tried
    once.
    """

    people: int
    providers: tuple[ProviderForecast, ...]
    skipped: dict[Reason, int]
    starts_at: datetime
    finishes_at: datetime | None

    @property
    def skipped_total(self) -> int:
        return sum(self.skipped.values())

    @property
    def seconds(self) -> float | None:
        return (self.finishes_at - self.starts_at).total_seconds() if self.finishes_at else None


def paced(
    by_provider: dict[str, int], lanes: Iterable[Lane], channel: Channel, start: datetime
) -> list[ProviderForecast]:
    """Each provider's part with its times, largest first. A provider without a lane goes at the channel's
    own pace.
    """
    known = {lane.provider: lane for lane in lanes}
    ordered = sorted(by_provider.items(), key=lambda item: (-item[1], item[0]))
    return [_provider(name, count, known.get(name), channel, start) for name, count in ordered if count]


def finish(parts: Iterable[ProviderForecast], channel: Channel, start: datetime) -> datetime | None:
    """When the slowest provider is through, and not before the channel's own pace allows; None when one
    has no end.
    """
    parts = list(parts)
    ends = [part.ends_at for part in parts]
    if any(end is None for end in ends):
        return None
    total = sum(part.count for part in parts)
    through_channel = (
        start + timedelta(seconds=clock.wall(total / channel.rate_per_second))
        if channel.rate_per_second
        else start
    )
    return max([through_channel, *(end for end in ends if end is not None)])


def _provider(
    name: str, count: int, lane: Lane | None, channel: Channel, start: datetime
) -> ProviderForecast:
    if lane is None:
        rate = channel.rate_per_second or 100.0
        return ProviderForecast(name, count, rate, start, _after(start, count / rate))
    begins = max(start, lane.next_free_at) if lane.next_free_at else start
    until, rate = lane.state_until, lane.rate_per_second
    if lane.state == Lane.State.SUSPENDED:
        if until is None:
            return ProviderForecast(name, count, rate, begins, None, _("resting until somebody resumes it"))
        begins = max(begins, until)
        return ProviderForecast(
            name, count, rate, begins, _after(begins, _beyond_burst(lane, count) / rate), _("resting first")
        )
    if lane.slowed_rate and until and until > begins:
        return _slowed(name, count, lane, begins, until)
    return ProviderForecast(name, count, rate, begins, _after(begins, _beyond_burst(lane, count) / rate))


def _slowed(name: str, count: int, lane: Lane, begins: datetime, until: datetime) -> ProviderForecast:
    """Slowly until the slow-down ends, then at the usual pace."""
    slow = lane.slowed_rate or lane.rate_per_second
    meanwhile = clock.mail((until - begins).total_seconds()) * slow
    if meanwhile >= count:
        return ProviderForecast(name, count, slow, begins, _after(begins, count / slow), _("slowed down"))
    ends = _after(until, (count - meanwhile) / lane.rate_per_second)
    return ProviderForecast(name, count, slow, begins, ends, _("slowed down at first"))


def _beyond_burst(lane: Lane, count: int) -> int:
    """The burst goes at once; only what is beyond it is paced."""
    return max(0, count - lane.burst)


def _after(start: datetime, mail_seconds: float) -> datetime:
    return start + timedelta(seconds=clock.wall(mail_seconds))
