"""What campaigns did in the last seven days, by mailbox provider. Each figure is as many as the messages behind its door."""

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Sum
from django.utils.translation import gettext as _

from tradewind.accounts.access import Access
from tradewind.core.statistics import Rate
from tradewind.insights import doors
from tradewind.insights.words import Step
from tradewind.senders import providers
from tradewind.web.charts import Chart, Series

DAYS = 7
SHOWN = 8
STEPS = (Step.ACCEPTED, Step.REFUSED, Step.BOUNCED, Step.OPENED_HUMAN, Step.CLICKED_HUMAN, Step.REPLIED)


@dataclass(frozen=True)
class Line:
    """What became of the mail to one provider, or to all; `doors`: by step, where the messages are."""

    name: str
    doors: dict[str, str]
    accepted: int = 0
    refused: int = 0
    bounced: int = 0
    opened_human: int = 0
    clicked_human: int = 0
    replied: int = 0

    @property
    def tried(self) -> int:
        return self.accepted + self.refused

    @property
    def opened(self) -> Rate | None:
        """None when more was opened than accepted: people read mail of the week before, too."""
        return Rate(self.opened_human, self.accepted) if self.opened_human <= self.accepted else None

    @property
    def taken(self) -> Rate:
        return Rate(self.accepted, self.tried)


@dataclass(frozen=True)
class Week:
    total: Line
    lines: list[Line]

    def chart(self) -> Chart:
        """Accepted and opened side by side for the providers with the most mail."""
        lines = self.lines[:SHOWN]
        series = [
            Series(
                str(step.label),
                [getattr(line, step.value) for line in lines],
                step=look,
                links=[line.doors[step.value] for line in lines],
            )
            for step, look in ((Step.ACCEPTED, "accepted"), (Step.OPENED_HUMAN, "seen"))
        ]
        height = f"{5 + 2.6 * len(lines):.1f}rem"
        return Chart("bars", [line.name for line in lines], series, horizontal=True, height=height)


def week(access: Access) -> Week | None:
    """Counts of the last 7 days; None when nothing happened in them."""
    rows = (
        doors.counted(access.workspace.pk, DAYS)
        .filter(step__in=STEPS)
        .values_list("provider", "step")
        .annotate(n=Sum("count"))
        .order_by()
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for provider, step, number in rows:
        counts[provider][step] = number
    base = access.url("campaigns:all_messages")
    lines = [
        Line(_name(provider), _doors(base, provider=provider), **steps) for provider, steps in counts.items()
    ]
    lines.sort(key=lambda line: (-line.tried, line.name))
    if not lines:
        return None
    total = {step.value: sum(getattr(line, step.value) for line in lines) for step in STEPS}
    return Week(Line("", _doors(base), **total), lines)


def _doors(base: str, **more: str) -> dict[str, str]:
    return {step.value: f"{base}?{urlencode({'step': step.value, **more, 'days': DAYS})}" for step in STEPS}


def _name(provider: str) -> str:
    known = providers.catalogue().get(provider)
    return known.name if known else _("Other")
