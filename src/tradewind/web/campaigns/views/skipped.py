"""Who would be skipped, before anything is sent: the people behind the numbers of the check."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradewind.accounts.access import MemberRequest, member
from tradewind.insights.words import Step
from tradewind.ledger.words import Reason
from tradewind.outreach import audience
from tradewind.web.campaigns.views.common import find
from tradewind.web.campaigns.views.doors import PER_PAGE, as_number, as_word


@require_GET
@member()
def skipped(request: MemberRequest, pk: int) -> HttpResponse:
    """Asked for after the start, it leads to the messages that were really skipped."""
    campaign = find(request, pk)
    reason: Reason | None = as_word(Reason, request.GET.get("reason"))
    narrowed = {"reason": reason.value} if reason else {}
    if campaign.origin is not None:
        query = urlencode({"step": Step.SKIPPED.value, **narrowed})
        return redirect(f"{request.access.url('campaigns:messages', pk)}?{query}")
    after = as_number(request.GET.get("after"), 2**62) or 0
    rows = audience.skipped(campaign, reason, after, PER_PAGE + 1)
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    context = {
        "campaign": campaign,
        "reason": reason,
        "what": reason.sentence if reason else _("Everybody who would be skipped"),
        "rows": rows,
        "total": audience.skipped_count(campaign, reason),
        "next": urlencode({**narrowed, "after": rows[-1].contact.pk}) if more else "",
        "first": urlencode(narrowed),
        "after": after,
    }
    return render(request, "campaigns/skipped.html", context)
