"""What became of a campaign: its funnel in all, by provider, over time; refusals, links, findings."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Schema

from tradewind.api.auth import ApiRequest
from tradewind.api.campaigns import CampaignRow, find
from tradewind.api.fields import Id
from tradewind.api.problems import conflict
from tradewind.api.routes import Noun
from tradewind.insights import diagnosis, funnel, links, progress, reach, refusals
from tradewind.insights.diagnosis import Weight
from tradewind.insights.reach import WhyNot
from tradewind.insights.words import Fault, Step
from tradewind.ledger.models import Origin
from tradewind.outreach.models import Campaign

router = Noun("Reports")


class FunnelOut(Schema):
    """Messages by step, each counted once. planned = skipped + accepted + refused + expired + unknown + waiting.

    `bounced` were accepted first. Opens and clicks are of people (`_human`), of machines, or unclear (`_unsure`)."""

    planned: int
    skipped: int
    accepted: int
    refused: int
    expired: int
    unknown: int
    bounced: int
    inbox: int
    opened_human: int
    opened_machine: int
    opened_only_machine: int
    opened_unsure: int
    clicked_human: int
    clicked_machine: int
    clicked_only_machine: int
    clicked_unsure: int
    replied: int
    auto_replied: int
    unsubscribed: int
    complained: int
    queued: int
    deferred: int
    claimed: int
    waiting: int
    delivered: int = Field(description="Accepted and not taken back.")


class ReachOut(Schema):
    """How many accepted messages are in the inbox: proven, and (where it can be defended) estimated."""

    method: str
    accepted: int
    proven: int
    measured: int
    estimate: int | None
    low: int | None
    high: int | None
    why_not: WhyNot | None


class AdviceOut(Schema):
    code: str
    weight: Weight
    cause: str
    evidence: str
    next_step: str
    door: dict[str, Any] = Field(
        description="Filters of `/campaigns/{id}/messages` that show the messages behind it."
    )


class SkippedCountOut(Schema):
    reason: str
    sentence: str
    count: int


class ReportOut(Schema):
    campaign: CampaignRow
    funnel: FunnelOut
    skipped: list[SkippedCountOut]
    reach: ReachOut
    per_second: float
    ends_at: datetime | None
    findings: list[AdviceOut]


class ProviderOut(Schema):
    provider: str = Field(examples=["gmail"])
    funnel: FunnelOut


class ProvidersOut(Schema):
    items: list[ProviderOut]


class CauseOut(Schema):
    step: Step
    rule: str
    code: int | None = Field(examples=[550])
    status: str = Field(examples=["5.1.1"])
    fault: Fault
    persistence: str
    suppressed: bool
    count: int
    words: str = Field(description="The server's own, of one of these messages.")
    providers: list[str]
    sentence: str
    next_step: str


class CausesOut(Schema):
    items: list[CauseOut]


class TimelineOut(Schema):
    seconds: int = Field(description="Length of each stretch.")
    starts: list[datetime]
    series: dict[Step, list[int]]


class FollowedLinkOut(Schema):
    link_id: int
    url: str
    label: str
    human: int
    only_machine: int


class LinksOut(Schema):
    items: list[FollowedLinkOut]


@router.reads("/campaigns/{int:campaign_id}/report", ReportOut)
def get_report(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Show the funnel, the reach and what the figures say.

    Behind each figure of the funnel is the list `/campaigns/{id}/messages?step=<name>`. 409 before the start."""
    campaign = find(request, campaign_id)
    origin = _origin(campaign)
    now = progress.progress(origin)
    skipped = funnel.skipped(origin.pk)
    return {
        "campaign": campaign,
        "funnel": now.funnel,
        "skipped": [
            {"reason": why, "sentence": diagnosis.reason_sentence(why), "count": n}
            for why, n in skipped.items()
        ],
        "reach": reach.reach(origin.pk),
        "per_second": now.per_second,
        "ends_at": now.ends_at,
        "findings": diagnosis.diagnose(origin),
    }


@router.reads("/campaigns/{int:campaign_id}/report/providers", ProvidersOut)
def get_report_by_provider(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Show the funnel of each mailbox provider, the largest first."""
    return {"items": funnel.by_provider(_origin(find(request, campaign_id)).pk)}


@router.reads("/campaigns/{int:campaign_id}/report/refusals", CausesOut)
def get_report_of_refusals(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Show why messages were refused or came back, the most frequent cause first."""
    found = refusals.refusals(_origin(find(request, campaign_id)).pk)
    return {"items": [_cause(cause) for cause in found]}


@router.reads("/campaigns/{int:campaign_id}/report/timeline", TimelineOut)
def get_report_over_time(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Show when messages were accepted, refused, opened, clicked and answered."""
    return funnel.over_time(_origin(find(request, campaign_id)).pk)


@router.reads("/campaigns/{int:campaign_id}/report/links", LinksOut)
def get_report_of_links(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Show which links were followed, by people and by machines only."""
    found = links.links(_origin(find(request, campaign_id)))
    return {
        "items": [
            {"link_id": one.link.pk, "url": one.link.url, "label": one.link.label}
            | {"human": one.human, "only_machine": one.only_machine}
            for one in found
        ]
    }


def _origin(campaign: Campaign) -> Origin:
    if campaign.origin is None:
        raise conflict(_("This campaign has not started, so there is nothing to report yet."), "not_started")
    return campaign.origin


def _cause(cause: refusals.Cause) -> dict[str, Any]:
    names = [name for name in CauseOut.model_fields if name not in ("sentence", "next_step")]
    found = {name: getattr(cause, name) for name in names}
    return found | {"sentence": str(cause.sentence), "next_step": str(cause.next_step)}
