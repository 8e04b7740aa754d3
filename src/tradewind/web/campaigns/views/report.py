"""One campaign after its start: while it runs, and what became of it."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from tradewind.accounts.access import MemberRequest, member
from tradewind.insights import decisions, diagnosis, progress
from tradewind.insights import funnel as funnels
from tradewind.insights.funnel import Funnel
from tradewind.insights.links import links
from tradewind.insights.reach import reach
from tradewind.insights.refusals import refusals
from tradewind.ledger.models import Origin
from tradewind.ledger.words import Reason
from tradewind.outreach.campaigns import LIVE
from tradewind.outreach.models import Campaign
from tradewind.web.campaigns import figures, meaning, sentences
from tradewind.web.campaigns.views.common import State, find, step_of, to


@require_GET
@member()
def show(request: MemberRequest, pk: int) -> HttpResponse:
    campaign = find(request, pk)
    if campaign.state == State.DRAFT:
        return to(request, step_of(campaign), campaign)
    if campaign.origin is None:
        return render(
            request, "campaigns/scheduled.html", {"campaign": campaign, "lists": campaign.lists.all()}
        )
    context = _live(request, campaign, campaign.origin)
    context |= _report(request, campaign, campaign.origin, context["funnel"])
    return render(request, "campaigns/report.html", context)


@require_GET
@member()
def live(request: MemberRequest, pk: int) -> HttpResponse:
    """The upper part of the page, asked for every second while the campaign runs; the whole page when its
    state has changed.
    """
    campaign = find(request, pk)
    if campaign.origin is None or campaign.state != request.GET.get("state"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "campaigns/_live.html", _live(request, campaign, campaign.origin))


def _live(request: MemberRequest, campaign: Campaign, origin: Origin) -> dict[str, Any]:
    now = progress.progress(origin)
    is_live = campaign.state in LIVE
    estimate = None if is_live else _while_unchanged("reach", now.funnel, origin, lambda: reach(origin.pk))
    return {
        "campaign": campaign,
        "origin": origin,
        "progress": now,
        "funnel": now.funnel,
        "bars": figures.funnel_bars(request.access, campaign, now.funnel, estimate),
        "beside": figures.beside(request.access, campaign, now.funnel),
        "lead": sentences.lead(campaign, now, estimate),
        "reach": estimate,
        "is_live": is_live,
        "decisions": decisions.decisions(origin, live=is_live),
    }


T = TypeVar("T")
KEPT_SECONDS = 600


def _while_unchanged(what: str, counts: Funnel, origin: Origin, compute: Callable[[], T]) -> T:
    """The answer of `compute`, again only when a count of this origin has changed, or after ten minutes: on a large campaign
    it takes longer than a page may."""
    state = hashlib.sha256(repr((get_language(), sorted(counts.as_dict().items()))).encode()).hexdigest()[:24]
    key = f"campaign-{what}-{origin.pk}-{origin.version_id}-{state}"
    found: T | None = cache.get(key)
    if found is None:
        found = compute()
        cache.set(key, found, KEPT_SECONDS)
    return found


def _report(request: MemberRequest, campaign: Campaign, origin: Origin, counts: Funnel) -> dict[str, Any]:
    parts = funnels.by_provider(origin.pk)
    estimate = _while_unchanged("reach", counts, origin, lambda: reach(origin.pk))
    skipped = [(Reason(reason), n) for reason, n in funnels.skipped(origin.pk).items()]
    found = _while_unchanged("findings", counts, origin, lambda: diagnosis.diagnose(origin))
    return {
        "reach": estimate,
        "findings": [(finding, figures.finding_urls(request.access, campaign, finding)) for finding in found],
        "providers": figures.provider_cards(request.access, campaign, parts, estimate),
        "skipped": skipped,
        "refusals": [
            (cause, meaning.of_cause(cause), _names(cause.providers)) for cause in refusals(origin.pk)
        ],
        "sending": figures.so_far(funnels.over_time(origin.pk, figures.SENDING), figures.SENDING),
        "reading": figures.so_far(funnels.over_time(origin.pk, figures.READING), figures.READING),
        "links": links(origin),
    }


def _names(providers: tuple[str, ...]) -> str:
    return ", ".join(sentences.provider_name(key) for key in providers)
