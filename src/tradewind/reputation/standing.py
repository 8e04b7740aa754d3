"""Standing by provider over some days, with intervals."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum

from tradewind.core import clock
from tradewind.core.statistics import wilson
from tradewind.reputation.models import Standing

_COUNTS = ("accepted", "refused_recipient", "refused_us", "deferred", "bounced", "complained")


@dataclass(frozen=True, slots=True)
class Share:
    """Some of all, as a share with its 95 % interval."""

    hits: int
    of: int

    @property
    def share(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def low(self) -> float:
        return wilson(min(self.hits, self.of), self.of).low

    @property
    def high(self) -> float:
        return wilson(min(self.hits, self.of), self.of).high


@dataclass(frozen=True, slots=True)
class ProviderStanding:
    """Counts of events. Deferrals count tries, not messages: one message can wait several times."""

    provider: str
    accepted: int
    refused_recipient: int
    refused_us: int
    deferred: int
    bounced: int
    complained: int

    @property
    def tried(self) -> int:
        return self.accepted + self.refused_recipient + self.refused_us

    @property
    def welcome(self) -> Share:
        """Accepted, of what was not the recipient's fault: do they want mail from us?"""
        return Share(self.accepted, self.accepted + self.refused_us)

    @property
    def dead(self) -> Share:
        """Refused or bounced addresses, of all tried: is the list well kept?"""
        return Share(self.refused_recipient + self.bounced, self.tried)

    @property
    def complaints(self) -> Share:
        return Share(self.complained, self.accepted)


def by_provider(workspace_id: int, days: int = 30, domain_id: int | None = None) -> list[ProviderStanding]:
    """The last days, today included; the provider with most mail first."""
    rows = Standing.objects.filter(
        workspace_id=workspace_id, day__gt=clock.now().date() - timedelta(days=days)
    )
    if domain_id is not None:
        rows = rows.filter(domain_id=domain_id)
    sums = rows.order_by().values("provider").annotate(**{f"sum_{name}": Sum(name) for name in _COUNTS})
    found = [
        ProviderStanding(*row) for row in sums.values_list("provider", *(f"sum_{name}" for name in _COUNTS))
    ]
    return sorted(found, key=lambda standing: (-standing.tried, standing.provider))
