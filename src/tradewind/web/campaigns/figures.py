"""Figures of the report as the templates draw them: each with its bar, its door and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradewind.accounts.access import Access
from tradewind.core.statistics import Rate
from tradewind.insights.diagnosis import Finding
from tradewind.insights.funnel import Funnel, ProviderFunnel, Timeline
from tradewind.insights.reach import METHOD, ProviderReach, Reach
from tradewind.insights.words import Step
from tradewind.outreach.models import Campaign
from tradewind.web.campaigns import sentences
from tradewind.web.campaigns.places import link
from tradewind.web.charts import Chart, Series


def door_url(access: Access, campaign: Campaign, **filters: object) -> str:
    """The list of messages behind a figure."""
    query = urlencode({key: str(value) for key, value in filters.items() if value not in (None, "")})
    return access.url("campaigns:messages", campaign.pk) + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Bar:
    """One of the six steps. Widths are percent of the longest bar; `more` is drawn hatched behind `width`."""

    step: str
    label: str
    value: str
    url: str
    info: str
    width: str
    more: str = ""
    more_label: str = ""
    more_url: str = ""
    more_info: str = ""
    note: str = ""


def funnel_bars(access: Access, campaign: Campaign, counts: Funnel, reach: Reach | None) -> list[Bar]:
    """Planned, accepted, inbox, seen, clicked, replied: people and machines apart."""
    whole = max(counts.planned, 1)

    def url(step: Step) -> str:
        return door_url(access, campaign, step=step.value)

    def plain(name: str, step: Step, note: str = "") -> Bar:
        return Bar(
            name,
            str(step.label),
            _num(counts.of(step)),
            url(step),
            str(step.info),
            _width(counts.of(step), whole),
            note=note,
        )

    def peopled(name: str, step: Step, only: Step, base: Rate) -> Bar:
        machines = counts.of(only)
        label = _("%(n)s by machines only") % {"n": _num(machines)} if machines else ""
        return Bar(
            name,
            str(step.label),
            _num(counts.of(step)),
            url(step),
            str(step.info),
            _width(counts.of(step), whole),
            more=_width(machines, whole) if machines else "",
            more_label=label,
            more_url=url(only),
            more_info=str(only.info),
            note=rate(base),
        )

    return [
        plain(
            "planned",
            Step.PLANNED,
            _("%(n)s skipped") % {"n": _num(counts.skipped)} if counts.skipped else "",
        ),
        plain("accepted", Step.ACCEPTED, rate(Rate(counts.accepted, counts.tried))),
        _inbox(access, campaign, counts, reach),
        peopled(
            "seen", Step.OPENED_HUMAN, Step.OPENED_ONLY_MACHINE, counts.share_of_delivered(Step.OPENED_HUMAN)
        ),
        peopled(
            "clicked",
            Step.CLICKED_HUMAN,
            Step.CLICKED_ONLY_MACHINE,
            counts.share_of_delivered(Step.CLICKED_HUMAN),
        ),
        plain("replied", Step.REPLIED, rate(counts.share_of_delivered(Step.REPLIED))),
    ]


def _inbox(access: Access, campaign: Campaign, counts: Funnel, reach: Reach | None) -> Bar:
    """What is proven as a bar; what is estimated beyond it hatched; in words when nothing can be estimated."""
    whole, url = max(counts.planned, 1), door_url(access, campaign, step=Step.INBOX.value)
    label, width = _("In the inbox"), _width(counts.inbox, whole)
    proven = _("at least %(n)s") % {"n": _num(counts.inbox)} if counts.inbox else "–"
    if reach is None or reach.estimate is None:
        why = str(reach.why_not.sentence) if reach and reach.why_not else ""
        return Bar(
            "inbox",
            label,
            proven,
            url,
            f"{Step.INBOX.info} {why}".strip(),
            width,
            note=why and _("not measurable yet"),
        )
    facts = {"proven": _num(reach.proven), "method": METHOD, "measured": _num(reach.measured)}
    info = (
        _(
            "Proven: %(proven)s. Estimated with the method “%(method)s” over the %(measured)s messages of providers "
            "where it can be measured."
        )
        % facts
    )
    value = _("about %(n)s") % {"n": _num(reach.estimate)}
    note = _("%(low)s to %(high)s") % {"low": _num(reach.low or 0), "high": _num(reach.high or 0)}
    return Bar(
        "inbox",
        label,
        value,
        url,
        info,
        width,
        more=_width(max(0, reach.estimate - counts.inbox), whole),
        note=note,
    )


def rate(share: Rate) -> str:
    """A share in percent; with its interval where few were counted."""
    if share.value is None:
        return ""
    text = _percent(share.value)
    if not share.is_small:
        return text
    low, high = share.interval.low, share.interval.high
    return _("%(rate)s (%(low)s to %(high)s)") % {"rate": text, "low": _percent(low), "high": _percent(high)}


@dataclass(frozen=True, slots=True)
class Side:
    """A figure beside the way: what did not go on, or came back."""

    step: str
    label: Promise
    count: int
    url: str
    info: Promise


BESIDE = (
    Step.SKIPPED,
    Step.REFUSED,
    Step.BOUNCED,
    Step.EXPIRED,
    Step.UNKNOWN,
    Step.UNSUBSCRIBED,
    Step.COMPLAINED,
    Step.AUTO_REPLIED,
)


def beside(access: Access, campaign: Campaign, counts: Funnel) -> list[Side]:
    return [
        Side(step.value, step.label, counts.of(step), door_url(access, campaign, step=step.value), step.info)
        for step in BESIDE
    ]


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """One of the small multiples: the same bars on the same scale (percent of what was meant to leave)."""

    name: str
    key: str
    funnel: Funnel
    bars: list[Bar]
    reach: ProviderReach | None
    url: str


CARD_STEPS: tuple[tuple[str, Step, Promise], ...] = (
    ("accepted", Step.ACCEPTED, gettext_lazy("Accepted")),
    ("seen", Step.OPENED_HUMAN, gettext_lazy("Opened")),
    ("clicked", Step.CLICKED_HUMAN, gettext_lazy("Clicked")),
    ("replied", Step.REPLIED, gettext_lazy("Replied")),
    ("refused", Step.REFUSED, gettext_lazy("Refused")),
    ("bounced", Step.BOUNCED, gettext_lazy("Bounced")),
)
"""Of people: machines are in the funnel above."""


def provider_cards(
    access: Access, campaign: Campaign, parts: Sequence[ProviderFunnel], reach: Reach
) -> list[ProviderCard]:
    reached = {part.provider: part for part in reach.providers}
    return [_card(access, campaign, part, reached.get(part.provider)) for part in parts if part.funnel.tried]


def _card(
    access: Access, campaign: Campaign, part: ProviderFunnel, reach: ProviderReach | None
) -> ProviderCard:
    whole = max(part.funnel.tried, 1)
    bars = [
        Bar(
            name,
            str(label),
            _num(part.funnel.of(step)),
            door_url(access, campaign, step=step.value, provider=part.provider),
            str(step.info),
            _width(part.funnel.of(step), whole),
            note=_percent(part.funnel.of(step) / whole),
        )
        for name, step, label in CARD_STEPS
    ]
    url = door_url(access, campaign, provider=part.provider)
    return ProviderCard(sentences.provider_name(part.provider), part.provider, part.funnel, bars, reach, url)


SHORT: dict[Step, Promise] = {
    Step.ACCEPTED: gettext_lazy("Accepted"),
    Step.REFUSED: gettext_lazy("Refused"),
    Step.OPENED_HUMAN: gettext_lazy("Opened"),
    Step.OPENED_ONLY_MACHINE: gettext_lazy("Machines only"),
    Step.CLICKED_HUMAN: gettext_lazy("Clicked"),
    Step.REPLIED: gettext_lazy("Replied"),
}
COLOURS = {
    Step.ACCEPTED: "accepted",
    Step.REFUSED: "refused",
    Step.OPENED_HUMAN: "seen",
    Step.OPENED_ONLY_MACHINE: "machine",
    Step.CLICKED_HUMAN: "clicked",
    Step.REPLIED: "replied",
}


SENDING = (Step.ACCEPTED, Step.REFUSED)
READING = (Step.OPENED_HUMAN, Step.OPENED_ONLY_MACHINE, Step.CLICKED_HUMAN, Step.REPLIED)


def so_far(data: Timeline, steps: Sequence[Step]) -> Chart | None:
    """How many had come to each step by when; steps that never happened are left out. None when there is nothing to draw."""
    shown = [step for step in steps if any(data.series.get(step, ()))]
    if not shown:
        return None
    first, last = _ends(data, shown)
    series = [
        Series(str(SHORT[step]), list(accumulate(data.series[step]))[first:last], COLOURS[step])
        for step in shown
    ]
    return Chart("line", list(data.starts)[first:last], series, x_is_time=True, height="15rem")


def _ends(data: Timeline, steps: Sequence[Step]) -> tuple[int, int]:
    """The stretch in which something happened, with one quiet point on each side."""
    busy = [i for i in range(len(data.starts)) if any(data.series[step][i] for step in steps)]
    return max(0, busy[0] - 1), busy[-1] + 2


def finding_urls(access: Access, campaign: Campaign, finding: Finding) -> dict[str, str]:
    """Where the evidence of a finding is seen, and where its next step is done."""
    place = link(access, finding.place, finding.target) if finding.place and finding.target else ""
    return {"door": door_url(access, campaign, **finding.door) if finding.door else "", "place": place}


def _num(value: int) -> str:
    return f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{number_format(100 * share, decimal_pos=0 if share in (0, 1) else 1)} %"


def _width(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%"
