"""What several campaign pages need."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from tradewind.accounts.access import MemberRequest
from tradewind.outreach.models import Campaign
from tradewind.outreach.models import CampaignState as State

__all__ = ["State", "find", "framed", "sorry", "step_of", "to"]

RELATED = (
    "workspace",
    "template",
    "sender__domain",
    "sender__channel",
    "origin__domain",
    "origin__sender",
    "created_by",
)


def find(request: MemberRequest, pk: int) -> Campaign:
    """A campaign of this workspace, with what its pages show, or 404."""
    campaign = request.access.get(Campaign, pk=pk)
    return Campaign.objects.select_related(*RELATED).get(pk=campaign.pk)


def to(request: MemberRequest, name: str, campaign: Campaign) -> HttpResponse:
    return redirect(request.access.url(f"campaigns:{name}", campaign.pk))


def sorry(request: MemberRequest, error: Exception) -> None:
    """Say at the top of the next page what was not done and why."""
    messages.error(request, str(error))


def step_of(campaign: Campaign) -> str:
    """The page where a draft is taken up again: the first step that lacks something."""
    if not campaign.lists.exists():
        return "audience"
    return "check" if campaign.template_id and campaign.sender_id else "content"


def framed(html: str) -> HttpResponse:
    """A mail's HTML for a sandboxed frame: no script runs, nothing is sent anywhere, only pictures are loaded."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https: data:"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
