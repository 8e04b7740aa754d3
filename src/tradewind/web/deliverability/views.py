"""How we stand with the mailbox providers, and the lanes towards them."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.core import clock
from tradewind.reputation.models import Trip
from tradewind.reputation.standing import ProviderStanding, by_provider
from tradewind.senders import lanes as lane_room
from tradewind.senders.models import Lane, SendingDomain
from tradewind.senders.providers import catalogue

DAYS = (7, 30, 90)
LONGEST_REST = 30 * 24


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane as people see it: a rest or a slow pace that is over is none."""

    lane: Lane
    provider: str
    state: str  # open, slowed, suspended
    resting: bool
    rate_per_minute: float


@member()
def standing(request: MemberRequest) -> HttpResponse:
    """Figures by provider for some days and one domain or all."""
    days = _chosen_days(request.GET.get("days", ""))
    domains = list(request.access.rows(SendingDomain).order_by("name"))
    domain = next((one for one in domains if str(one.pk) == request.GET.get("domain")), None)
    found = by_provider(request.access.workspace.pk, days, domain.pk if domain else None)
    context = {
        "rows": [(one, provider_name(one.provider)) for one in found],
        "total": _total(found),
        "worst": _worst(found),
        "days": days,
        "choices": DAYS,
        "domains": domains,
        "domain": domain,
        "trips": request.access.rows(Trip).select_related("origin").order_by("-pk")[:5],
    }
    return render(request, "deliverability/standing.html", context)


def provider_name(key: str) -> str:
    """As people know it; "other" are all that nobody has heard of."""
    known = catalogue().get(key)
    return known.name if known else (_("Other mail servers") if key == "other" else key)


def _chosen_days(text: str) -> int:
    return int(text) if text in {str(days) for days in DAYS} else 30


def _total(found: list[ProviderStanding]) -> ProviderStanding | None:
    if not found:
        return None
    return ProviderStanding(
        "",
        sum(one.accepted for one in found),
        sum(one.refused_recipient for one in found),
        sum(one.refused_us for one in found),
        sum(one.deferred for one in found),
        sum(one.bounced for one in found),
        sum(one.complained for one in found),
    )


def _worst(found: list[ProviderStanding]) -> str:
    """The provider that surely refuses more than 2 % because of us, if there is one."""
    unwelcome = [one for one in found if one.welcome.of and 1 - one.welcome.high > 0.02]
    worst = min(unwelcome, key=lambda one: one.welcome.high, default=None)
    return provider_name(worst.provider) if worst else ""


@member()
def lanes(request: MemberRequest) -> HttpResponse:
    """Lanes that rest or go slowly first, then the others by name."""
    found = request.access.rows(Lane).select_related("domain", "channel")
    rows = sorted(map(_row, found), key=lambda row: (row.state == "open", row.lane.domain.name, row.provider))
    context = {
        "rows": rows,
        "resting": sum(row.state == "suspended" for row in rows),
        "slow": sum(row.state == "slowed" for row in rows),
    }
    return render(request, "deliverability/lanes.html", context)


def _row(lane: Lane) -> LaneRow:
    in_force = lane.state_until is None or lane.state_until > clock.now()
    suspended = lane.state == Lane.State.SUSPENDED and in_force
    slowed = lane.slowed_rate is not None and lane.state_until is not None and in_force and not suspended
    rate = lane.slowed_rate if slowed and lane.slowed_rate is not None else lane.rate_per_second
    state = "suspended" if suspended else "slowed" if slowed else "open"
    return LaneRow(lane, provider_name(lane.provider), state, suspended or slowed, rate * 60)


@require_POST
@member(Permission.MANAGE_SENDERS)
def suspend(request: MemberRequest, pk: int) -> HttpResponse:
    """Rest by hand, for some hours or until somebody resumes."""
    lane = request.access.get(Lane, pk=pk)
    hours = _hours(request.POST.get("hours", ""))
    until = clock.now() + timedelta(hours=hours) if hours else None
    why = _("Suspended by %(user)s.") % {"user": request.user}
    lane_room.suspend(lane.pk, until, why)
    request.access.audit("lane.suspended", lane, f"{lane.domain.name} → {lane.provider}", hours=hours)
    messages.success(
        request, _("Nothing is sent to %(provider)s for now.") % {"provider": provider_name(lane.provider)}
    )
    return redirect(request.access.url("deliverability:lanes"))


def _hours(text: str) -> int:
    return min(int(text), LONGEST_REST) if text.isascii() and text.isdigit() and len(text) < 6 else 0


@require_POST
@member(Permission.MANAGE_SENDERS)
def resume(request: MemberRequest, pk: int) -> HttpResponse:
    """At the full pace again."""
    lane = request.access.get(Lane, pk=pk)
    lane_room.resume(lane.pk, _("Resumed by %(user)s.") % {"user": request.user})
    request.access.audit("lane.resumed", lane, f"{lane.domain.name} → {lane.provider}")
    messages.success(
        request, _("Mail goes to %(provider)s again.") % {"provider": provider_name(lane.provider)}
    )
    return redirect(request.access.url("deliverability:lanes"))
