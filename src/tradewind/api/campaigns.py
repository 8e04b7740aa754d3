"""Campaigns: drafted, checked, started, stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.contacts import ContactOut
from tradewind.api.fields import Id, Ids, In, Name, Reason, Time, all_of, one_of
from tradewind.api.pages import Page, Paging, page, page_by_id
from tradewind.api.problems import Problem, conflict
from tradewind.api.routes import Noun
from tradewind.audience.models import List
from tradewind.content.findings import Level
from tradewind.content.models import Template
from tradewind.ledger.words import Reason as Skip
from tradewind.outreach import audience as audiences
from tradewind.outreach import campaigns as rules
from tradewind.outreach.campaigns import CampaignBlocked, CampaignError
from tradewind.outreach.check import CheckReport, Place
from tradewind.outreach.models import Campaign, CampaignState
from tradewind.senders.models import Sender

router = Noun("Campaigns")
EDIT, SEND = Permission.EDIT_CAMPAIGNS, Permission.SEND


class CampaignRow(Schema):
    id: int
    name: str = Field(examples=["Spring lanterns"])
    state: CampaignState
    state_reason: str
    scheduled_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CampaignOut(CampaignRow):
    sender_id: int | None
    template_id: int | None
    version_id: int | None = Field(description="What is sent; null before the start.")
    lists: list[int]
    excluded_lists: list[int]
    lifetime_hours: int


class CampaignPatch(In):
    name: Name = Field("", examples=["Spring lanterns"])
    lifetime_hours: int = Field(
        72, ge=1, le=rules.MAX_LIFETIME_HOURS, description="After that an undelivered message expires."
    )


class AudienceIn(In):
    """Who gets it: all subscribed contacts of some lists, without those of others."""

    lists: Ids = Field(examples=[[3]])
    excluded_lists: Ids = []


class ContentIn(In):
    """What they get, and from whom."""

    template: Id | None
    sender: Id | None


class CampaignIn(CampaignPatch):
    name: Name = Field(examples=["Spring lanterns"])
    audience: AudienceIn | None = None
    content: ContentIn | None = None


class ScheduleIn(In):
    at: Time = Field(examples=["2026-05-04T09:00:00+08:00"])


class ProblemFound(Schema):
    level: Level
    code: str = Field(examples=["domain_unauthenticated"])
    sentence: str
    evidence: list[str]
    place: Place | None = Field(description="Where it is mended.")
    target: int | None = Field(description="The id there.")


class ProviderPart(Schema):
    provider: str = Field(examples=["gmail"])
    count: int
    rate_per_second: float
    starts_at: datetime
    ends_at: datetime | None
    note: str


class SkippedPart(Schema):
    reason: Skip
    sentence: str
    count: int


class SkippedContact(Schema):
    contact: ContactOut
    reason: Skip
    sentence: str


class CampaignCheckOut(Schema):
    can_start: bool
    people: int = Field(description="Who will get it, as far as is known now.")
    audience: int
    domains_known: int = Field(description="Mail domains of the audience that have been looked up.")
    domains_total: int
    problems: list[ProblemFound]
    providers: list[ProviderPart]
    skipped: list[SkippedPart]
    finishes_at: datetime | None


class CancelledOut(Schema):
    campaign: CampaignOut
    skipped: int = Field(description="Messages that will not be sent because of this.")


@router.reads("/campaigns", Page[CampaignRow])
def list_campaigns(
    request: ApiRequest, response: HttpResponse, paging: Query[Paging], state: CampaignState | None = None
) -> Any:
    """List campaigns, newest first."""
    rows = request.auth.rows(Campaign)
    return page(request, response, rows.filter(state=state) if state else rows, paging)


@router.writes("POST", "/campaigns", CampaignOut, permission=EDIT, status=201)
def create_campaign(request: ApiRequest, response: HttpResponse, payload: CampaignIn) -> Any:
    """Make a draft. Audience and content can come with it, or later."""
    with _sorry():
        campaign = rules.create(request.auth.workspace, payload.name)
        if "lifetime_hours" in payload.model_fields_set:
            rules.set_lifetime(campaign, payload.lifetime_hours)
    if payload.audience is not None:
        _set_audience(request, campaign, payload.audience)
    if payload.content is not None:
        _set_content(request, campaign, payload.content)
    request.auth.audit("campaign.created", campaign, campaign.name)
    return shown(campaign)


@router.reads("/campaigns/{int:campaign_id}", CampaignOut)
def get_campaign(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Show a campaign."""
    return shown(find(request, campaign_id))


@router.writes("PATCH", "/campaigns/{int:campaign_id}", CampaignOut, permission=EDIT)
def change_campaign(
    request: ApiRequest, response: HttpResponse, campaign_id: Id, payload: CampaignPatch
) -> Any:
    """Rename a campaign, or change how long its messages may wait."""
    campaign = find(request, campaign_id)
    with _sorry():
        if "name" in payload.model_fields_set:
            rules.rename(campaign, payload.name)
        if "lifetime_hours" in payload.model_fields_set:
            rules.set_lifetime(campaign, payload.lifetime_hours)
    request.auth.audit("campaign.changed", campaign, campaign.name)
    return shown(campaign)


@router.writes("DELETE", "/campaigns/{int:campaign_id}", permission=EDIT)
def delete_campaign(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Delete a draft. What was sent stays."""
    campaign = find(request, campaign_id)
    request.auth.audit("campaign.deleted", campaign, campaign.name)
    with _sorry():
        rules.delete(campaign)


@router.writes("PUT", "/campaigns/{int:campaign_id}/audience", CampaignOut, permission=EDIT)
def set_audience(request: ApiRequest, response: HttpResponse, campaign_id: Id, payload: AudienceIn) -> Any:
    """Say who gets it."""
    campaign = find(request, campaign_id)
    _set_audience(request, campaign, payload)
    request.auth.audit(
        "campaign.audience_set", campaign, campaign.name, lists=payload.lists, excluded=payload.excluded_lists
    )
    return shown(campaign)


@router.writes("PUT", "/campaigns/{int:campaign_id}/content", CampaignOut, permission=EDIT)
def set_content(request: ApiRequest, response: HttpResponse, campaign_id: Id, payload: ContentIn) -> Any:
    """Say what they get, and from whom."""
    campaign = find(request, campaign_id)
    _set_content(request, campaign, payload)
    request.auth.audit(
        "campaign.content_set", campaign, campaign.name, template=payload.template, sender=payload.sender
    )
    return shown(campaign)


@router.reads("/campaigns/{int:campaign_id}/check", CampaignCheckOut)
def check_campaign(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Say what will happen, and what is wrong. Changes nothing.

    While `domains_known` is less than `domains_total`, their mail servers are being looked up: ask again."""
    campaign = find(request, campaign_id)
    report = rules.check(campaign)
    if not report.domains.complete:
        from tradewind.outreach.tasks import defer_look_up

        defer_look_up(campaign.pk)
    return _report(report)


@router.reads("/campaigns/{int:campaign_id}/check/skipped", Page[SkippedContact])
def list_contacts_to_skip(
    request: ApiRequest,
    response: HttpResponse,
    campaign_id: Id,
    paging: Query[Paging],
    reason: Skip | None = None,
) -> Any:
    """List the contacts behind `skipped` of the check, oldest first.

    409 (`started`) once it was started: `/campaigns/{id}/messages?step=skipped` are those who really were."""
    campaign = find(request, campaign_id)
    if campaign.origin_id is not None:
        raise conflict(
            _("This campaign has started. Its messages with the step “skipped” say who was left out."),
            "started",
        )
    return page_by_id(
        request,
        response,
        lambda after, size: audiences.skipped(campaign, reason, after, size),
        paging,
        lambda one: {"contact": one.contact, "reason": one.reason, "sentence": str(one.reason.sentence)},
        lambda one: one.contact.pk,
    )


@router.writes("POST", "/campaigns/{int:campaign_id}/schedule", CampaignOut, permission=SEND)
def schedule_campaign(
    request: ApiRequest, response: HttpResponse, campaign_id: Id, payload: ScheduleIn
) -> Any:
    """Start by itself at a time."""
    at = payload.at
    return _act(
        request, campaign_id, "campaign.scheduled", lambda c: rules.schedule(c, at), at=at.isoformat()
    )


@router.writes("POST", "/campaigns/{int:campaign_id}/unschedule", CampaignOut, permission=SEND)
def unschedule_campaign(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Make a scheduled campaign a draft again."""
    return _act(request, campaign_id, "campaign.unscheduled", rules.unschedule)


@router.writes("POST", "/campaigns/{int:campaign_id}/start", CampaignOut, permission=SEND)
def start_campaign(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Start sending.

    409 with the reasons in `errors` when the check finds something that blocks it. Send an Idempotency-Key."""
    return _act(request, campaign_id, "campaign.started", rules.start)


@router.writes("POST", "/campaigns/{int:campaign_id}/pause", CampaignOut, permission=SEND)
def pause_campaign(
    request: ApiRequest, response: HttpResponse, campaign_id: Id, payload: Reason | None = None
) -> Any:
    """Stop for now. What is on its way at this instant is finished."""
    return _act(request, campaign_id, "campaign.paused", lambda c: rules.pause(c, _why(request, payload)))


@router.writes("POST", "/campaigns/{int:campaign_id}/resume", CampaignOut, permission=SEND)
def resume_campaign(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Go on after a pause, or after the program held it."""
    return _act(request, campaign_id, "campaign.resumed", rules.resume)


@router.writes("POST", "/campaigns/{int:campaign_id}/cancel", CancelledOut, permission=SEND)
def cancel_campaign(
    request: ApiRequest, response: HttpResponse, campaign_id: Id, payload: Reason | None = None
) -> Any:
    """End a campaign for good."""
    skipped = 0

    def cancel(campaign: Campaign) -> None:
        nonlocal skipped
        skipped = rules.cancel(campaign, _why(request, payload))

    return {"campaign": _act(request, campaign_id, "campaign.cancelled", cancel), "skipped": skipped}


@router.writes("POST", "/campaigns/{int:campaign_id}/duplicate", CampaignOut, permission=EDIT, status=201)
def duplicate_campaign(request: ApiRequest, response: HttpResponse, campaign_id: Id) -> Any:
    """Make a draft with the same audience, content and sender."""
    campaign = find(request, campaign_id)
    copy = rules.duplicate(campaign)
    request.auth.audit("campaign.created", copy, copy.name, duplicate_of=campaign.pk)
    return shown(copy)


def find(request: ApiRequest, campaign_id: int) -> Campaign:
    """A campaign of this workspace with its present state, or Http404."""
    campaign = request.auth.get(Campaign, pk=campaign_id)
    if rules.follow([campaign.pk]):
        campaign.refresh_from_db()
    return campaign


def shown(campaign: Campaign) -> dict[str, Any]:
    found = {name: getattr(campaign, name) for name in CampaignRow.model_fields}
    names = ("sender_id", "template_id", "lifetime_hours")
    return (
        found
        | {name: getattr(campaign, name) for name in names}
        | {
            "version_id": campaign.origin.version_id if campaign.origin else None,
            "lists": sorted(campaign.lists.values_list("pk", flat=True)),
            "excluded_lists": sorted(campaign.excluded_lists.values_list("pk", flat=True)),
        }
    )


def _act(
    request: ApiRequest, pk: int, action: str, change: Callable[[Campaign], object], **data: Any
) -> dict[str, Any]:
    campaign = find(request, pk)
    with _sorry():
        change(campaign)
    request.auth.audit(action, campaign, campaign.name, **data)
    return shown(campaign)


def _why(request: ApiRequest, payload: Reason | None) -> str:
    """What people read beside the campaign: the reason given, or the name of the key."""
    given = payload.why.strip() if payload else ""
    return given or str(request.auth.api_key or request.auth.user or "")


def _set_audience(request: ApiRequest, campaign: Campaign, payload: AudienceIn) -> None:
    lists = all_of(request.auth, List, payload.lists, "lists")
    excluded = all_of(request.auth, List, payload.excluded_lists, "excluded_lists")
    with _sorry():
        rules.set_audience(campaign, lists, excluded)


def _set_content(request: ApiRequest, campaign: Campaign, payload: ContentIn) -> None:
    template = one_of(request.auth, Template, payload.template, "template")
    sender = one_of(request.auth, Sender, payload.sender, "sender")
    with _sorry():
        rules.set_content(campaign, template, sender)


def _report(report: CheckReport) -> dict[str, Any]:
    outlook = report.outlook
    skipped = outlook.skipped if outlook else {}
    return {
        "can_start": report.can_start,
        "people": report.people,
        "audience": report.audience_count,
        "domains_known": report.domains.known,
        "domains_total": report.domains.total,
        "problems": report.problems,
        "providers": outlook.providers if outlook else [],
        "skipped": [{"reason": why, "sentence": str(why.sentence), "count": n} for why, n in skipped.items()],
        "finishes_at": outlook.finishes_at if outlook else None,
    }


@contextmanager
def _sorry() -> Iterator[None]:
    """What the campaign does not allow, as a problem."""
    try:
        yield
    except CampaignBlocked as error:
        detail = _("The check found what blocks sending; “errors” says what. Nothing was sent.")
        blocks = [
            {
                "where": f"{p.place}:{p.target}" if p.target else str(p.place or ""),
                "code": p.code,
                "detail": str(p.sentence),
            }
            for p in error.report.blocks
        ]
        raise Problem(409, "campaign_blocked", detail, blocks) from error
    except CampaignError as error:
        raise Problem(409, "campaign_state", str(error)) from error
