"""The list of campaigns, and what can be done with one as a whole."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.core.statistics import Rate
from tradewind.insights.funnel import Funnel, funnels_of
from tradewind.insights.words import Step
from tradewind.outreach import campaigns
from tradewind.outreach.campaigns import CampaignError
from tradewind.outreach.models import Campaign
from tradewind.outreach.models import CampaignState as State
from tradewind.web.campaigns.forms import NameForm
from tradewind.web.campaigns.views.common import RELATED, find, sorry, to

PER_PAGE = 25
TABS: dict[str, tuple[State, ...]] = {
    "": (),
    "running": (State.PLANNING, State.SENDING, State.PAUSED, State.HELD),
    "drafts": (State.DRAFT, State.SCHEDULED),
    "done": (State.FINISHED, State.CANCELLED),
}


@dataclass(frozen=True, slots=True)
class Row:
    campaign: Campaign
    funnel: Funnel | None

    @property
    def opened(self) -> Rate | None:
        return self.funnel.share_of_delivered(Step.OPENED_HUMAN) if self.funnel else None


@member()
def index(request: MemberRequest) -> HttpResponse:
    tab = request.GET.get("show", "")
    rows = request.access.rows(Campaign).select_related(*RELATED).order_by("-pk")
    if TABS.get(tab):
        rows = rows.filter(state__in=TABS[tab])
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    figures = funnels_of([c.origin_id for c in page.object_list if c.origin_id])
    found = [Row(c, figures.get(c.origin_id) if c.origin_id else None) for c in page.object_list]
    context = {"rows": found, "page": page, "tab": tab, "any": bool(found) or rows.exists()}
    return render(request, "campaigns/list.html", context)


@member(Permission.EDIT_CAMPAIGNS)
def new(request: MemberRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = campaigns.create(request.access.workspace, form.cleaned_data["name"], request.user)
        request.access.audit("campaign.created", campaign, campaign.name)
        return to(request, "audience", campaign)
    return render(request, "campaigns/new.html", {"form": form})


@require_POST
@member(Permission.EDIT_CAMPAIGNS)
def rename(request: MemberRequest, pk: int) -> HttpResponse:
    campaign = find(request, pk)
    try:
        campaigns.rename(campaign, request.POST.get("name", ""))
    except CampaignError as error:
        sorry(request, error)
    return to(request, "report", campaign)


@require_POST
@member(Permission.EDIT_CAMPAIGNS)
def duplicate(request: MemberRequest, pk: int) -> HttpResponse:
    copy = campaigns.duplicate(find(request, pk), request.user)
    request.access.audit("campaign.created", copy, copy.name, duplicate_of=pk)
    messages.success(request, _("This is a copy. Change what should be different, then check and send it."))
    return to(request, "audience", copy)


@require_POST
@member(Permission.EDIT_CAMPAIGNS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    campaign = find(request, pk)
    name = campaign.name
    try:
        campaigns.delete(campaign)
    except CampaignError as error:
        sorry(request, error)
        return to(request, "report", campaign)
    request.access.audit("campaign.deleted", None, name, campaign=pk)
    messages.success(
        request, _("The draft “%(name)s” was deleted. Its template and lists are untouched.") % {"name": name}
    )
    return redirect(request.access.url("campaigns:index"))
