"""What the campaign pages say in words: the main sentence of each page, steps, and rows of lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from tradewind.accounts.access import Access, MemberRequest
from tradewind.audience.models import List, SubscriptionState
from tradewind.content.findings import Level
from tradewind.core import clock
from tradewind.insights.decisions import provider_name as provider_name
from tradewind.insights.diagnosis import reason_sentence as reason_sentence
from tradewind.insights.doors import Door
from tradewind.insights.funnel import Funnel
from tradewind.insights.history import Expected
from tradewind.insights.progress import Progress
from tradewind.insights.reach import Reach
from tradewind.insights.words import Step
from tradewind.ledger.models import Message
from tradewind.ledger.words import MessageState
from tradewind.outreach.check import CheckReport, Problem
from tradewind.outreach.models import Campaign
from tradewind.outreach.models import CampaignState as State
from tradewind.web.campaigns.forms import AudienceForm

STEP_NAMES: dict[str, Promise] = {
    "audience": pgettext_lazy("wizard", "Audience"),
    "content": gettext_lazy("Content"),
    "check": gettext_lazy("Check"),
    "send": gettext_lazy("Send"),
}


@dataclass(frozen=True, slots=True)
class WizardStep:
    name: str
    label: Promise
    url: str
    is_here: bool
    is_done: bool


def steps(request: MemberRequest, campaign: Campaign, here: str) -> list[WizardStep]:
    """The bar of the wizard; a step is done when it holds a choice."""
    done = {"audience": campaign.lists.exists(), "content": bool(campaign.template_id and campaign.sender_id)}
    return [
        WizardStep(
            name,
            label,
            request.access.url(f"campaigns:{name}", campaign.pk),
            name == here,
            done.get(name, False),
        )
        for name, label in STEP_NAMES.items()
    ]


@dataclass(frozen=True, slots=True)
class ListChoice:
    list: List
    subscribed: int
    chosen: bool
    excluded: bool


def list_choices(access: Access, campaign: Campaign, form: AudienceForm) -> list[ListChoice]:
    """All lists with how many are subscribed, and what is ticked."""
    from django.db.models import Count, Q

    active = Count("subscriptions", filter=Q(subscriptions__state=SubscriptionState.SUBSCRIBED))
    rows = access.rows(List).annotate(subscribed=active).order_by("name")
    ticked = {
        name: {str(getattr(v, "pk", v)) for v in form[name].value() or ()} for name in ("lists", "excluded")
    }
    return [
        ListChoice(row, row.subscribed, str(row.pk) in ticked["lists"], str(row.pk) in ticked["excluded"])
        for row in rows
    ]


# --- check ------------------------------------------------------------------------------------------------------


def by_level(report: CheckReport) -> list[tuple[Level, list[Problem]]]:
    """Problems under their level, worst first; empty levels are left out."""
    groups = [(level, [p for p in report.problems if p.level is level]) for level in Level]
    return [(level, found) for level, found in groups if found]


def check_lead(report: CheckReport) -> str:
    """The one sentence at the top of the check page."""
    blocks = len(report.blocks)
    if blocks:
        return ngettext(
            "%(n)s thing has to be mended before this can be sent.",
            "%(n)s things have to be mended before this can be sent.",
            blocks,
        ) % {"n": blocks}
    if not report.domains.complete or report.outlook is None:
        return _("Looking up who runs these mailboxes, so that we know what goes where.")
    people = ngettext("%(n)s person gets this mail", "%(n)s people get this mail", report.people) % {
        "n": number(report.people)
    }
    end = report.outlook.finishes_at
    if end is None:
        return _("%(people)s; a provider where we are resting has no end in sight.") % {"people": people}
    return _("%(people)s; started now it is through at about %(time)s.") % {
        "people": people,
        "time": moment(end),
    }


def expected(by_provider: Mapping[str, Expected]) -> str:
    """How many will probably be refused, or that nobody can know yet."""
    known = [e for e in by_provider.values() if e.likely is not None]
    if not known:
        return _(
            "How many will be refused is not known yet: there is no earlier sending to these providers to tell from."
        )
    values = {
        name: number(sum(getattr(e, name) or 0 for e in known)) for name in ("likely", "low", "high", "of")
    }
    said = _(
        "About %(likely)s of %(of)s will be refused or bounce (%(low)s to %(high)s), from what these providers did in "
        "the last 180 days."
    )
    rest = sum(e.of for e in by_provider.values()) - sum(e.of for e in known)
    if rest:
        said += " " + _("For the other %(rest)s it is not known yet.")
    return said % {**values, "rest": number(rest)}


# --- report -----------------------------------------------------------------------------------------------------


def lead(campaign: Campaign, progress: Progress, reach: Reach | None) -> str:
    """The main sentence of a campaign that was started."""
    counts = progress.funnel
    match campaign.state:
        case State.PLANNING:
            return _("Being planned: %(n)s people so far.") % {"n": number(counts.planned)}
        case State.PAUSED:
            return _("Paused. %(done)s; %(waiting)s are waiting.") % _parts(counts)
        case State.HELD:
            return _("Held by the program. %(done)s; %(waiting)s are waiting.") % _parts(counts)
        case State.SENDING:
            return _running(progress)
    return " ".join(part for part in (_accepted(counts), _reach(reach)) if part)


def _parts(counts: Funnel) -> dict[str, str]:
    return {"done": _accepted(counts).rstrip(".。"), "waiting": number(counts.waiting)}


def _accepted(counts: Funnel) -> str:
    return _("%(accepted)s of %(tried)s were accepted.") % {
        "accepted": number(counts.accepted),
        "tried": number(counts.tried),
    }


def _running(progress: Progress) -> str:
    counts = progress.funnel
    begun = _("%(done)s of %(total)s done, %(accepted)s accepted.") % {
        "done": number(progress.done),
        "total": number(progress.total),
        "accepted": number(counts.accepted),
    }
    if progress.ends_at is None:
        return begun
    return (
        begun + " " + _("At this pace it is through at about %(time)s.") % {"time": moment(progress.ends_at)}
    )


def _reach(reach: Reach | None) -> str:
    if reach is None:
        return ""
    if reach.estimate is None and not reach.proven:
        return _("How many are in the inbox is not measurable yet.")
    if reach.estimate is None:
        return _("At least %(proven)s are in the inbox; how many in all is not measurable yet.") % {
            "proven": number(reach.proven)
        }
    values = {
        "estimate": number(reach.estimate),
        "low": number(reach.low or 0),
        "high": number(reach.high or 0),
        "measured": number(reach.measured),
        "proven": number(reach.proven),
    }
    if reach.measured == reach.accepted:
        return _("About %(estimate)s (%(low)s to %(high)s) are in the inbox.") % values
    return (
        _(
            "Of the %(measured)s that can be measured about %(estimate)s (%(low)s to %(high)s) are in the inbox."
        )
        % values
    )


# --- rows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageRow:
    message: Message
    name: str
    company: str
    provider: str
    why: str
    campaign: str = ""


def message_row(message: Message) -> MessageRow:
    contact = message.contact
    why = reason_sentence(message.reason) if message.reason else ""
    if (
        message.state in (MessageState.REFUSED, MessageState.BOUNCED, MessageState.DEFERRED)
        and message.reply_text
    ):
        why = message.reply_text
    return MessageRow(
        message,
        contact.full_name if contact else "",
        contact.company.name if contact and contact.company else "",
        provider_name(message.provider),
        why,
        campaign_name(message),
    )


def campaign_name(message: Message) -> str:
    """The campaign's name now; that of the origin is the one it was started under."""
    campaign = getattr(message.origin, "campaign", None)
    return campaign.name if campaign else message.origin.name


def windows(chosen: int | None) -> list[tuple[int, str]]:
    """The stretches of time to choose from, with the one that is asked for."""
    return [(days, last_days(days)) for days in sorted({7, 30, 90} | ({chosen} if chosen else set()))]


def last_days(days: int) -> str:
    return ngettext("last %(n)s day", "last %(n)s days", days) % {"n": days}


def export_row(message: Message) -> list[str]:
    """The cells of one message in the CSV file; times are ISO 8601 in the zone of the viewer."""
    row, engaged = message_row(message), getattr(message, "engagement", None)
    times = [
        message.accepted_at,
        *(getattr(engaged, f"{s}_at", None) for s in ("opened_human", "clicked_human", "replied")),
    ]
    reply = " ".join(
        str(part) for part in (message.reply_code, message.reply_status, message.reply_text) if part
    )
    why = reason_sentence(message.reason) if message.reason else ""
    cells = [
        message.email,
        row.name,
        row.company,
        row.provider,
        str(MessageState(message.state).label),
        why,
        reply,
    ]
    return [*cells, *(timezone.localtime(at).isoformat(timespec="seconds") if at else "" for at in times)]


def door(door: Door) -> str:
    """In words, which messages are shown."""
    parts = []
    if door.step:
        parts.append(str(Step(door.step).label))
    if door.state:
        parts.append(str(MessageState(door.state).label))
    if door.waiting:
        parts.append(_("Waiting"))
    if door.provider:
        parts.append(provider_name(door.provider))
    if door.reason:
        parts.append(reason_sentence(door.reason))
    if door.code:
        parts.append(str(door.code))
    if door.link:
        parts.append(_("followed this link"))
    if door.days:
        parts.append(last_days(door.days))
    return " · ".join(parts) or _("All messages")


# --- words for numbers and times --------------------------------------------------------------------------------


def number(value: int) -> str:
    """In groups of three, as everywhere (Django's formats for Chinese would make groups of four)."""
    return f"{value:,}"


def moment(at: datetime) -> str:
    """A time of today as hours and minutes, another as a day too, in the viewer's zone."""
    local = timezone.localtime(at)
    if local.date() == timezone.localtime(clock.now()).date():
        return formats.time_format(local, "H:i")
    day = formats.date_format(local, "MONTH_DAY_FORMAT")
    return f"{day} {local:%H:%M}"
