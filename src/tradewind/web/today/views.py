"""Today: is the mail reaching the buyers, and what to do next."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from tradewind.accounts.access import Access, MemberRequest, member
from tradewind.insights.progress import Progress, progress
from tradewind.outreach.models import Campaign, CampaignState
from tradewind.web.today.needs import needs
from tradewind.web.today.steps import first_steps
from tradewind.web.today.week import week

ON_ITS_WAY = (CampaignState.PLANNING, CampaignState.SENDING, CampaignState.PAUSED, CampaignState.HELD)


@dataclass(frozen=True)
class Running:
    campaign: Campaign
    progress: Progress | None  # None until it is planned


@member()
def index(request: MemberRequest) -> HttpResponse:
    access = request.access
    request.session["workspace"] = access.workspace.slug
    steps = first_steps(access)
    context = {
        "needs": needs(access),
        "steps": steps,
        "next_step": next((step for step in steps if not step.done), None),
        "done": sum(step.done for step in steps),
        "week": week(access),
        "running": _running(access),
        "scheduled": access.rows(Campaign).filter(state=CampaignState.SCHEDULED).order_by("scheduled_at")[:5],
    }
    return render(request, "today/index.html", context)


@member()
def running(request: MemberRequest) -> HttpResponse:
    """The part with the running campaigns, fetched again every few seconds while there are some."""
    return render(request, "today/_running.html", {"running": _running(request.access)})


def _running(access: Access) -> list[Running]:
    campaigns = (
        access.rows(Campaign).filter(state__in=ON_ITS_WAY).select_related("origin").order_by("-id")[:10]
    )
    return [Running(one, progress(one.origin) if one.origin else None) for one in campaigns]
