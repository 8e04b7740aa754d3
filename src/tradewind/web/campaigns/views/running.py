"""The buttons of a scheduled or running campaign."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.outreach import campaigns
from tradewind.outreach.campaigns import CampaignError
from tradewind.outreach.models import Campaign
from tradewind.web.campaigns.views.common import find, sorry, to


def _act(
    request: MemberRequest, pk: int, action: str, change: Callable[[Campaign], str], back: str = "report"
) -> HttpResponse:
    """Do it, note it, say it; or say why it was not done."""
    campaign = find(request, pk)
    try:
        said = change(campaign)
    except CampaignError as error:
        sorry(request, error)
        return to(request, "report", campaign)
    request.access.audit(action, campaign, campaign.name)
    messages.success(request, said)
    return to(request, back, campaign)


@require_POST
@member(Permission.SEND)
def unschedule(request: MemberRequest, pk: int) -> HttpResponse:
    def change(campaign: Campaign) -> str:
        campaigns.unschedule(campaign)
        return _("Taken back: this is a draft again.")

    return _act(request, pk, "campaign.unscheduled", change, "check")


@require_POST
@member(Permission.SEND)
def pause(request: MemberRequest, pk: int) -> HttpResponse:
    def change(campaign: Campaign) -> str:
        campaigns.pause(campaign, str(request.user))
        return _("Paused. What is on its way right now is finished; nothing more leaves.")

    return _act(request, pk, "campaign.paused", change)


@require_POST
@member(Permission.SEND)
def resume(request: MemberRequest, pk: int) -> HttpResponse:
    def change(campaign: Campaign) -> str:
        campaigns.resume(campaign)
        return _("Resumed.")

    return _act(request, pk, "campaign.resumed", change)


@require_POST
@member(Permission.SEND)
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    def change(campaign: Campaign) -> str:
        skipped = campaigns.cancel(campaign, str(request.user))
        return ngettext(
            "Cancelled: %(n)s message will not be sent.",
            "Cancelled: %(n)s messages will not be sent.",
            skipped,
        ) % {"n": skipped}

    return _act(request, pk, "campaign.cancelled", change)
