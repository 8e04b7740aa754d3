"""The check before sending: what will happen, and what is wrong. Nothing here changes the campaign."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradewind.content import lint
from tradewind.content.findings import Level
from tradewind.core import clock
from tradewind.ledger import planning
from tradewind.ledger.query import Query
from tradewind.outreach import audience, forecast
from tradewind.outreach.audience import DomainsKnown
from tradewind.outreach.forecast import Outlook
from tradewind.outreach.models import Campaign
from tradewind.senders import lanes
from tradewind.senders.models import Lane, Sender, SendingDomain


class Place(StrEnum):
    """Where a problem is mended; the pages know the address of each."""

    AUDIENCE = "audience"
    CONTENT = "content"
    TEMPLATE = "template"
    SENDER = "sender"
    DOMAIN = "domain"
    CHANNEL = "channel"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable code, a sentence, what we saw, and where to mend it."""

    level: Level
    code: str
    sentence: str
    evidence: tuple[str, ...] = ()
    advice: str = ""
    place: Place | None = None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    problems: tuple[Problem, ...]
    domains: DomainsKnown
    outlook: Outlook | None  # None while an audience, a sender or the mail domains are missing
    audience_count: int = 0

    @property
    def blocks(self) -> tuple[Problem, ...]:
        return self._of(Level.BLOCKS)

    @property
    def mends(self) -> tuple[Problem, ...]:
        return self._of(Level.MEND)

    @property
    def notes(self) -> tuple[Problem, ...]:
        return self._of(Level.NOTE)

    @property
    def can_start(self) -> bool:
        return not self.blocks

    @property
    def people(self) -> int:
        return self.outlook.people if self.outlook else self.audience_count

    def _of(self, level: Level) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level is level)


@dataclass(slots=True)
class _Gathering:
    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        level: Level,
        code: str,
        sentence: str,
        *evidence: str,
        place: Place | None = None,
        target: int | None = None,
    ) -> None:
        self.problems.append(Problem(level, code, sentence, evidence, "", place, target))


def check(campaign: Campaign) -> CheckReport:
    """Everything that a person should know before this campaign starts, worst first."""
    found = _Gathering()
    chosen = audience.of(campaign)
    query = chosen.query()
    count = chosen.count() if chosen.list_ids else 0
    _check_audience(found, bool(chosen.list_ids), count)
    _check_content(found, campaign)
    _check_sender(found, campaign)
    _check_workspace(found, campaign)
    domains = audience.domains_known(query) if count else DomainsKnown(0, 0)
    outlook = _outlook(campaign, query) if count and campaign.sender and domains.complete else None
    if outlook is not None:
        _check_outlook(found, outlook, count)
    order = list(Level)
    return CheckReport(
        tuple(sorted(found.problems, key=lambda p: order.index(p.level))), domains, outlook, count
    )


def _check_audience(found: _Gathering, chosen: bool, count: int) -> None:
    if not chosen:
        found.add(
            Level.BLOCKS,
            "no_audience",
            _("No list is chosen, so nobody would get this mail."),
            place=Place.AUDIENCE,
        )
    elif not count:
        found.add(
            Level.BLOCKS,
            "empty_audience",
            _("The chosen lists have no subscribed contacts."),
            place=Place.AUDIENCE,
        )


def _check_content(found: _Gathering, campaign: Campaign) -> None:
    if campaign.template is None:
        found.add(Level.BLOCKS, "no_template", _("No template is chosen."), place=Place.CONTENT)
        return
    for finding in lint.findings(campaign.template):
        problem = Problem(
            finding.level,
            finding.code,
            str(finding.sentence),
            (str(finding.where),) if finding.where else (),
            str(finding.mend),
            Place.TEMPLATE,
            campaign.template_id,
        )
        found.problems.append(problem)


def _check_sender(found: _Gathering, campaign: Campaign) -> None:
    sender = campaign.sender
    if sender is None:
        _no_sender(found, campaign)
        return
    _check_domain(found, sender.domain)
    test = sender.channel.last_test
    if not test:
        found.add(
            Level.NOTE,
            "channel_untested",
            _("The channel “%(name)s” was never tested.") % {"name": sender.channel.name},
            place=Place.CHANNEL,
            target=sender.channel_id,
        )
    elif not test.get("ok"):
        found.add(
            Level.MEND,
            "channel_test_failed",
            _("The last test of the channel “%(name)s” failed.") % {"name": sender.channel.name},
            str(test.get("sentence", "")),
            place=Place.CHANNEL,
            target=sender.channel_id,
        )


def _no_sender(found: _Gathering, campaign: Campaign) -> None:
    if Sender.objects.filter(workspace=campaign.workspace_id).exists():
        found.add(Level.BLOCKS, "no_sender", _("No sender is chosen."), place=Place.CONTENT)
        return
    found.add(
        Level.BLOCKS,
        "no_channel",
        _("There is no sender yet: it needs a domain of yours and a channel through which its mail leaves."),
        place=Place.SENDER,
    )


def _check_domain(found: _Gathering, domain: SendingDomain) -> None:
    if domain.state == SendingDomain.State.AUTHENTICATED:
        return
    if domain.state == SendingDomain.State.UNKNOWN and domain.authenticated_at:
        found.add(
            Level.NOTE,
            "domain_unknown",
            _("DNS did not answer when %(domain)s was checked last; it was authenticated before.")
            % {"domain": domain.name},
            place=Place.DOMAIN,
            target=domain.pk,
        )
        return
    found.add(
        Level.BLOCKS,
        "domain_unauthenticated",
        _(
            "%(domain)s is not authenticated, so providers would refuse the mail or put it into the "
            "spam folder."
        )
        % {"domain": domain.name},
        *_missing_records(domain),
        place=Place.DOMAIN,
        target=domain.pk,
    )


def _missing_records(domain: SendingDomain) -> list[str]:
    """What the last check missed, one line per record; empty when it was never checked."""
    lines = []
    for result in domain.checks:
        if result.get("state") in ("missing", "wrong"):
            what = result.get("expected") or result.get("why") or ""
            lines.append(f"{str(result.get('code', '')).upper()}: {what}".strip())
    return lines


def _check_workspace(found: _Gathering, campaign: Campaign) -> None:
    if not campaign.workspace.postal_address.strip():
        found.add(
            Level.BLOCKS,
            "no_postal_address",
            _(
                "The workspace has no postal address. The law of most countries wants one at the foot "
                "of every mailing."
            ),
            place=Place.WORKSPACE,
        )


def _outlook(campaign: Campaign, query: Query) -> Outlook:
    sender = campaign.sender
    assert sender is not None
    list_ids = sorted(campaign.lists.values_list("pk", flat=True))
    counts = planning.forecast(campaign.workspace_id, query, list_ids)
    start = (
        campaign.scheduled_at
        if campaign.scheduled_at and campaign.scheduled_at > clock.now()
        else clock.now()
    )
    lane_ids = lanes.ensure(sender.domain, sender.channel, sorted(counts.by_provider))
    parts = forecast.paced(
        counts.by_provider, Lane.objects.filter(pk__in=lane_ids.values()), sender.channel, start
    )
    return Outlook(
        people=sum(counts.by_provider.values()),
        providers=tuple(parts),
        skipped={reason: n for reason, n in counts.skipped.items() if n},
        starts_at=start,
        finishes_at=forecast.finish(parts, sender.channel, start),
    )


def _check_outlook(found: _Gathering, outlook: Outlook, count: int) -> None:
    if not outlook.people:
        found.add(
            Level.BLOCKS,
            "nobody_left",
            _("Every contact of this audience would be skipped."),
            place=Place.AUDIENCE,
        )
    elif outlook.skipped_total > count * 0.2:
        found.add(
            Level.MEND,
            "many_skipped",
            ngettext(
                "%(skipped)s of %(count)s contact would be skipped. Is this the right list?",
                "%(skipped)s of %(count)s contacts would be skipped. Is this the right list?",
                count,
            )
            % {"skipped": outlook.skipped_total, "count": count},
            *(f"{n} × {reason.sentence}" for reason, n in outlook.skipped.items()),
            place=Place.AUDIENCE,
        )
