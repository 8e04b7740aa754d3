"""Jobs of this room. Each can be run twice, or be killed and run again, without harm."""

import structlog
from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from tradewind.core.jobs import RETRIES, task
from tradewind.ledger import planning
from tradewind.ledger.query import Query
from tradewind.ledger.words import OriginState
from tradewind.outreach import audience, campaigns
from tradewind.outreach.models import Campaign
from tradewind.senders import mail_domains

log = structlog.get_logger(__name__)


@task(retry=RETRIES, name="outreach.plan_campaign")
def plan_campaign(*, campaign_id: int) -> None:
    """One row per person. The ledger plans in batches and knows what it has: after a kill it goes on where
    it was.
    """
    campaign = Campaign.objects.select_related("origin").get(pk=campaign_id)
    origin = campaign.origin
    if (
        origin is None
        or origin.planned_at is not None
        or origin.state in (OriginState.CANCELLED, OriginState.CLOSED)
    ):
        return
    query = audience.of(campaign).query()
    look_up(query)
    planned = planning.plan(origin, query)
    campaigns.follow([campaign.pk])
    log.info("campaign_planned", campaign=campaign.pk, queued=planned.queued, skipped=planned.skipped)


@task(retry=RETRIES, name="outreach.look_up_domains")
def look_up_domains(*, campaign_id: int) -> None:
    """Find out who runs the mailboxes of an audience, so that the check can say what goes where."""
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is not None:
        look_up(audience.of(campaign).query())


def look_up(query: Query) -> None:
    """Ask DNS for every mail domain of an audience that is not known yet, `audience.BATCH` at a time."""
    for names in audience.mail_domains(query):
        missing = list(mail_domains.missing(names))
        if missing:
            mail_domains.resolve(missing)


def defer_plan(campaign_id: int) -> None:
    """Plan this campaign soon; asking twice is one job."""
    _once(f"plan-{campaign_id}", plan_campaign, campaign_id)


def defer_look_up(campaign_id: int) -> None:
    """Look up its mail domains soon; asking twice is one job."""
    _once(f"look-up-{campaign_id}", look_up_domains, campaign_id)


def _once(lock: str, job: Task[..., None, ...], campaign_id: int) -> None:
    try:
        with (
            transaction.atomic()
        ):  # a savepoint: the refused second job must not take the caller's transaction with it
            job.configure(lock=lock, queueing_lock=lock).defer(campaign_id=campaign_id)
    except AlreadyEnqueued:
        return
