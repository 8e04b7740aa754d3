"""The only writer of `Campaign.state`. The letters are the edges drawn in docs/campaigns.md.

Before it starts, a campaign decides its state itself. From the start on its origin in the ledger does,
because the gate reads that one;
`follow` copies it, so there is one truth, and the campaign's pages show it within a second.

Functions raise `CampaignError`, whose text is for the person who asked, when the campaign's state does not
allow the change.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from tradewind.accounts.models import User, Workspace
from tradewind.audience.models import List
from tradewind.content import versions
from tradewind.content.models import Template
from tradewind.core import clock
from tradewind.ledger import origins
from tradewind.ledger.models import Origin
from tradewind.ledger.words import OriginKind
from tradewind.outreach import check as checks
from tradewind.outreach.check import CheckReport
from tradewind.outreach.models import Campaign
from tradewind.outreach.models import CampaignState as State
from tradewind.senders.models import Sender

log = structlog.get_logger(__name__)

LIVE = frozenset({State.PLANNING, State.SENDING, State.PAUSED, State.HELD})
"""Started and not over: the origin's state is the truth."""

MAX_LIFETIME_HOURS = 14 * 24
"""Longer than any server keeps trying (RFC 5321 4.5.4.1 speaks of 4 to 5 days); a mistyped number should
not keep a campaign open for years.
"""


class CampaignError(Exception):
    """The campaign does not allow this now; the text says why and what to do."""


class CampaignBlocked(CampaignError):
    """The check found something that blocks sending; `report` says what."""

    def __init__(self, report: CheckReport) -> None:
        super().__init__(" ".join(problem.sentence for problem in report.blocks))
        self.report = report


# --- the draft ---------------------------------------------------------------------------------


def create(workspace: Workspace, name: str, by: User | None = None) -> Campaign:
    """(a) A new draft. It takes the workspace's only sender, if there is just one to take."""
    only = list(Sender.objects.filter(workspace=workspace)[:2])
    return Campaign.objects.create(
        workspace=workspace, name=_clean_name(name), created_by=by, sender=only[0] if len(only) == 1 else None
    )


def duplicate(campaign: Campaign, by: User | None = None) -> Campaign:
    """(a) A draft with the same audience, content and sender, whatever became of the first."""
    with transaction.atomic():
        copy = Campaign.objects.create(
            workspace=campaign.workspace,
            name=_("%(name)s (copy)") % {"name": campaign.name},
            sender=campaign.sender,
            template=campaign.template,
            lifetime_hours=campaign.lifetime_hours,
            created_by=by,
        )
        copy.lists.set(campaign.lists.all())
        copy.excluded_lists.set(campaign.excluded_lists.all())
    return copy


def rename(campaign: Campaign, name: str) -> None:
    """A new name, in any state; the messages do not carry it."""
    campaign.name = _clean_name(name)
    campaign.save(update_fields=["name", "updated_at"])


def set_audience(campaign: Campaign, lists: Iterable[List], excluded: Iterable[List] = ()) -> None:
    """Who gets it. The lists must be of the campaign's workspace."""
    lists, excluded = list(lists), list(excluded)
    for chosen in (*lists, *excluded):
        _must_be_ours(campaign, chosen)
    with _draft(campaign):
        campaign.lists.set(lists)
        campaign.excluded_lists.set(excluded)
        campaign.save(update_fields=["updated_at"])


def set_content(campaign: Campaign, template: Template | None, sender: Sender | None) -> None:
    """What they get, and from whom."""
    for chosen in (template, sender):
        if chosen is not None:
            _must_be_ours(campaign, chosen)
    with _draft(campaign):
        campaign.template, campaign.sender = template, sender
        campaign.save(update_fields=["template", "sender", "updated_at"])


def set_lifetime(campaign: Campaign, hours: int) -> None:
    """How long a message may wait for its provider before it expires, in hours of mail time."""
    if not 1 <= hours <= MAX_LIFETIME_HOURS:
        raise CampaignError(
            _("The lifetime must be between 1 and %(most)s hours.") % {"most": MAX_LIFETIME_HOURS}
        )
    with _draft(campaign):
        campaign.lifetime_hours = hours
        campaign.save(update_fields=["lifetime_hours", "updated_at"])


def delete(campaign: Campaign) -> None:
    """(b) A draft can go; what was sent is history and stays."""
    with _draft(campaign):
        campaign.delete()


def check(campaign: Campaign) -> CheckReport:
    """What will happen and what is wrong; changes nothing."""
    return checks.check(campaign)


# --- start -------------------------------------------------------------------------------------


def schedule(campaign: Campaign, at: datetime) -> None:
    """(c) Start by itself at `at`. What blocks now is said now; the check is made again at that time."""
    if at <= clock.now():
        raise CampaignError(_("That time has passed. Choose a later one, or send now."))
    with _locked(campaign, State.DRAFT, State.SCHEDULED):
        _must_pass(campaign)
        _move(campaign, State.SCHEDULED, scheduled_at=at)


def unschedule(campaign: Campaign) -> None:
    """(d) Back to a draft that can be changed."""
    with _locked(campaign, State.SCHEDULED):
        _move(campaign, State.DRAFT, scheduled_at=None)


def start(campaign: Campaign) -> Origin:
    """(e) Freeze the content, open the origin, and have it planned by a job: all in one transaction, so
    none without the others.
    """
    from tradewind.outreach.tasks import defer_plan

    with _locked(campaign, State.DRAFT, State.SCHEDULED):
        _must_pass(campaign)
        assert campaign.template is not None
        assert campaign.sender is not None
        origin = origins.open_origin(
            workspace=campaign.workspace,
            kind=OriginKind.CAMPAIGN,
            name=campaign.name,
            sender=campaign.sender,
            version=versions.freeze(campaign.template),
            list_ids=sorted(campaign.lists.values_list("pk", flat=True)),
            expires_at=clock.after(campaign.lifetime_hours * 3600),
        )
        _move(campaign, State.PLANNING, origin=origin, started_at=clock.now())
        defer_plan(campaign.pk)
    log.info("campaign_started", campaign=campaign.pk, origin=origin.pk)
    return origin


def start_due() -> list[int]:
    """(e) Start what was scheduled for a time that has come; (f) what is blocked by then becomes a draft
    again that says why.
    """
    due = Campaign.objects.filter(state=State.SCHEDULED, scheduled_at__lte=clock.now()).order_by(
        "scheduled_at", "pk"
    )
    started = []
    for campaign in due.select_related("workspace", "template", "sender"):
        try:
            start(campaign)
            started.append(campaign.pk)
        except CampaignBlocked as blocked:
            _give_back(campaign, blocked)
        except CampaignError:
            continue  # somebody was quicker: taken back, or started by another process
    return started


def _give_back(campaign: Campaign, blocked: CampaignBlocked) -> None:
    language = campaign.created_by.language if campaign.created_by else None
    with _locked(campaign, State.SCHEDULED), override(language):
        why = " ".join(str(problem.sentence) for problem in checks.check(campaign).blocks) or str(blocked)
        _move(campaign, State.DRAFT, scheduled_at=None, state_reason=why)
    log.warning("campaign_not_started", campaign=campaign.pk, why=str(blocked))


# --- while it runs -----------------------------------------------------------------------------


def pause(campaign: Campaign, why: str = "") -> None:
    """(h) Nothing more is claimed; what is on the wire is finished."""
    with _live(campaign, State.PLANNING, State.SENDING, State.HELD) as origin:
        origins.pause(origin, why)


def resume(campaign: Campaign) -> None:
    """(i) Go on after a pause, or after the program held it."""
    with _live(campaign, State.PAUSED, State.HELD) as origin:
        origins.resume(origin)


def cancel(campaign: Campaign, why: str = "") -> int:
    """(k) End it for good: how many messages will not be sent because of this."""
    with _live(campaign, *LIVE) as origin:
        return origins.cancel(origin, why)


FOLLOW = """
UPDATE outreach_campaign c
SET state = o.state, state_reason = o.state_reason, updated_at = now(),
    finished_at = CASE WHEN o.state IN ('finished', 'cancelled') THEN o.state_changed_at END
FROM (
    SELECT id, state_reason, state_changed_at,
        CASE state
            WHEN 'open' THEN CASE WHEN planned_at IS NULL THEN 'planning' ELSE 'sending' END
            WHEN 'closed' THEN 'finished'
            ELSE state
        END AS state
    FROM ledger_origin
) o
WHERE o.id = c.origin_id AND c.state IN ('planning', 'sending', 'paused', 'held')
    AND (c.state, c.state_reason) IS DISTINCT FROM (o.state, o.state_reason)
    AND (%(only)s::bigint[] IS NULL OR c.id = ANY (%(only)s))
RETURNING c.id
"""


def follow(campaign_ids: Sequence[int] | None = None) -> list[int]:
    """(g to l) Copy the state of each origin to its campaign: the ids of the campaigns that changed."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"only": list(campaign_ids) if campaign_ids is not None else None})
        return [pk for (pk,) in cursor.fetchall()]


def sweep() -> None:
    """Once a second, before the projectors: start what is due, close what is finished, copy what changed."""
    start_due()
    origins.sweep()
    follow()


# --- helpers -----------------------------------------------------------------------------------


@contextmanager
def _locked(campaign: Campaign, *states: State) -> Iterator[Origin | None]:
    """A transaction that holds the campaign's row, re-read, in one of `states`; gives its origin, if it
    has one yet.
    """
    with transaction.atomic():
        fresh = (
            Campaign.objects.select_for_update(of=("self",))
            .filter(pk=campaign.pk)
            .select_related("origin")
            .first()
        )
        if fresh is None:
            raise CampaignError(_("This campaign was deleted in the meantime."))
        campaign.state, campaign.origin = fresh.state, fresh.origin
        if fresh.state not in states:
            raise CampaignError(
                _("The campaign is in the state “%(state)s”, which does not allow this. Nothing was changed.")
                % {"state": State(fresh.state).label}
            )
        yield fresh.origin


@contextmanager
def _live(campaign: Campaign, *states: State) -> Iterator[Origin]:
    """The same for a campaign that was started; its state is read from the origin first, and again when
    the change is made.
    """
    follow([campaign.pk])
    with _locked(campaign, *states) as origin:
        assert origin is not None, "a started campaign has an origin"
        yield origin
        follow([campaign.pk])
    campaign.refresh_from_db()


def _draft(campaign: Campaign) -> AbstractContextManager[Origin | None]:
    return _locked(campaign, State.DRAFT)


def _move(campaign: Campaign, state: State, **fields: Any) -> None:
    fields = {"state_reason": "", **fields, "state": state}
    for name, value in fields.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=[*fields, "updated_at"])


def _must_pass(campaign: Campaign) -> None:
    report = checks.check(campaign)
    if not report.can_start:
        raise CampaignBlocked(report)


def _must_be_ours(campaign: Campaign, chosen: List | Template | Sender) -> None:
    if chosen.workspace_id != campaign.workspace_id:
        raise CampaignError(_("“%(what)s” belongs to another workspace.") % {"what": chosen})


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise CampaignError(_("Give the campaign a name."))
    if len(name) > 200:
        raise CampaignError(_("The name is too long: 200 characters at most."))
    return name
