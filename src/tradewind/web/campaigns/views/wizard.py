"""The wizard: Audience → Content → Check → Send. Each step is a page of its own that saves what was
chosen, also while one chooses.
"""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.content import preview as previews
from tradewind.content.models import Template
from tradewind.insights.history import Expected, expected_refusals
from tradewind.ledger.words import Reason
from tradewind.outreach import audience as audiences
from tradewind.outreach import campaigns
from tradewind.outreach.campaigns import CampaignError
from tradewind.outreach.check import CheckReport, Place, Problem
from tradewind.outreach.forecast import ProviderForecast
from tradewind.outreach.models import Campaign
from tradewind.outreach.tasks import defer_look_up
from tradewind.web.campaigns import sentences
from tradewind.web.campaigns.forms import AudienceForm, ContentForm, SendForm
from tradewind.web.campaigns.places import link
from tradewind.web.campaigns.views.common import State, find, framed, sorry, to

STEPS = ("audience", "content", "check", "send")


def _is_auto(request: HttpRequest) -> bool:
    """A draft that saves itself while somebody chooses, as opposed to the button "Next"."""
    return request.headers.get("HX-Request") == "true"


def _draft(request: MemberRequest, pk: int) -> tuple[Campaign, HttpResponse | None]:
    """The campaign, and where to go instead when it is no draft any more."""
    campaign = find(request, pk)
    return campaign, None if campaign.state == State.DRAFT else to(request, "report", campaign)


def _save(
    request: MemberRequest, campaign: Campaign, form: Form, save: Callable[[], None], after: str, part: str
) -> HttpResponse | None:
    """Save what was chosen and go on; None when the form has to be shown again."""
    if not form.is_valid():
        return None
    try:
        save()
    except CampaignError as error:
        sorry(request, error)
        return to(request, "report", campaign)
    if _is_auto(request):
        return render(request, part, _context(request, campaign, "", form=form))
    return to(request, after, campaign)


def _context(request: MemberRequest, campaign: Campaign, step: str, **more: object) -> dict[str, object]:
    chosen = audiences.of(campaign)
    count = chosen.count() if chosen.list_ids else 0
    return {
        "campaign": campaign,
        "step": step,
        "steps": sentences.steps(request, campaign, step),
        "count": count,
        **more,
    }


@member(Permission.EDIT_CAMPAIGNS)
def audience(request: MemberRequest, pk: int) -> HttpResponse:
    campaign, elsewhere = _draft(request, pk)
    if elsewhere:
        return elsewhere
    form = AudienceForm(request.access, campaign, request.POST if request.method == "POST" else None)
    if request.method == "POST":

        def save() -> None:
            campaigns.set_audience(campaign, form.cleaned_data["lists"], form.cleaned_data["excluded"])

        done = _save(request, campaign, form, save, "content", "campaigns/_audience_count.html")
        if done:
            return done
    lists = sentences.list_choices(request.access, campaign, form)
    return render(
        request, "campaigns/audience.html", _context(request, campaign, "audience", form=form, lists=lists)
    )


@member(Permission.EDIT_CAMPAIGNS)
def content(request: MemberRequest, pk: int) -> HttpResponse:
    campaign, elsewhere = _draft(request, pk)
    if elsewhere:
        return elsewhere
    form = ContentForm(request.access, campaign, request.POST if request.method == "POST" else None)
    if request.method == "POST":

        def save() -> None:
            campaigns.set_content(campaign, form.cleaned_data["template"], form.cleaned_data["sender"])

        done = _save(request, campaign, form, save, "check", "campaigns/_preview.html")
        if done:
            return done
    templates = list(
        request.access.rows(Template).filter(archived_at=None).order_by("-updated_at", "-pk")[:100]
    )
    return render(
        request,
        "campaigns/content.html",
        _context(request, campaign, "content", form=form, templates=templates),
    )


@require_GET
@member()
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The mail as a first reader would see it, for a sandboxed frame."""
    campaign = find(request, pk)
    if campaign.template is None:
        return HttpResponse("")
    rendered = _first_look(campaign)
    html = rendered.html if rendered else _("This template cannot be shown yet. The check says why.")
    return framed(html)


@member()
def check(request: MemberRequest, pk: int) -> HttpResponse:
    campaign, elsewhere = _draft(request, pk)
    if elsewhere:
        return elsewhere
    report = campaigns.check(campaign)
    if not report.domains.complete:
        defer_look_up(campaign.pk)
    context = _context(request, campaign, "check", **check_context(request, campaign, report))
    name = "campaigns/_check.html" if _is_auto(request) else "campaigns/check.html"
    return render(request, name, context)


def check_context(request: MemberRequest, campaign: Campaign, report: CheckReport) -> dict[str, object]:
    """What the check page shows on both sides."""
    outlook = report.outlook
    counts = {part.provider: part.count for part in outlook.providers} if outlook else {}
    expected = expected_refusals(campaign.workspace_id, counts)
    problems = [
        (level, [(p, place_url(request, campaign, p)) for p in found])
        for level, found in sentences.by_level(report)
    ]
    return {
        "report": report,
        "problems": problems,
        "outlook": outlook,
        "providers": [_part(part, expected[part.provider]) for part in outlook.providers] if outlook else [],
        "skipped": [(Reason(reason), n) for reason, n in outlook.skipped.items()] if outlook else [],
        "lead": sentences.check_lead(report),
        "expected_sentence": sentences.expected(expected),
        "look": _first_look(campaign),
    }


def _part(part: ProviderForecast, expected: Expected) -> dict[str, object]:
    return {"part": part, "name": sentences.provider_name(part.provider), "expected": expected}


def place_url(request: MemberRequest, campaign: Campaign, problem: Problem) -> str:
    """Where this problem is mended."""
    match problem.place:
        case Place.AUDIENCE | Place.CONTENT:
            return request.access.url(f"campaigns:{problem.place}", campaign.pk)
        case Place.TEMPLATE | Place.DOMAIN if problem.target:
            return link(request.access, problem.place, problem.target)
        case Place.SENDER | Place.CHANNEL | Place.DOMAIN:
            return link(request.access, "senders")
        case Place.WORKSPACE:
            return link(request.access, "workspace")
        case _:
            return ""


@member(Permission.SEND)
def send(request: MemberRequest, pk: int) -> HttpResponse:
    campaign, elsewhere = _draft(request, pk)
    if elsewhere:
        return elsewhere
    report = campaigns.check(campaign)
    if not report.can_start or not report.domains.complete:
        return to(request, "check", campaign)
    form = SendForm(
        request.POST or None, initial={"lifetime_hours": campaign.lifetime_hours, "when": SendForm.NOW}
    )
    if request.method == "POST" and form.is_valid():
        done = _launch(request, campaign, form)
        if done:
            return done
    context = _context(request, campaign, "send", form=form, **check_context(request, campaign, report))
    return render(request, "campaigns/send.html", context)


def _launch(request: MemberRequest, campaign: Campaign, form: SendForm) -> HttpResponse | None:
    """Start or schedule; None when the form has to be shown again with a reason."""
    try:
        campaigns.set_lifetime(campaign, form.cleaned_data["lifetime_hours"])
        at = form.at_time
        if at is None:
            campaigns.start(campaign)
            request.access.audit("campaign.started", campaign, campaign.name)
        else:
            campaigns.schedule(campaign, at)
            request.access.audit("campaign.scheduled", campaign, campaign.name, at=at.isoformat())
            messages.success(request, _("Scheduled. It starts by itself; until then you can take it back."))
    except campaigns.CampaignBlocked:
        return redirect(request.access.url("campaigns:check", campaign.pk))
    except CampaignError as error:
        form.add_error(None, str(error))
        return None
    return to(request, "report", campaign)


def _first_look(campaign: Campaign) -> previews.Rendered | None:
    """The mail as the first reader of the audience would see it; None when the template does not compile."""
    if campaign.template is None:
        return None
    reader = audiences.first_reader(campaign)
    values = previews.sample_values(reader, campaign.workspace, campaign.sender)
    try:
        return previews.render(campaign.template, values)
    except previews.CannotPreview:
        return None
