"""The life of a campaign: what each edge allows, what it refuses, and that nothing is half done."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.cast import Cast
from tests.insights.scene import make_sender
from tests.outreach.scene import make_campaign, make_list, make_template
from tradewind.core import clock
from tradewind.ledger import origins, planning
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.words import OriginState
from tradewind.outreach import audience, campaigns
from tradewind.outreach.campaigns import CampaignBlocked, CampaignError
from tradewind.outreach.models import Campaign
from tradewind.outreach.projectors import BEFORE
from tradewind.outreach.tasks import plan_campaign
from tradewind.senders.models import SendingDomain

State = Campaign.State


def jobs() -> int:
    """Planning jobs of the campaigns of this test; browser tests leave theirs in the table."""
    mine = list(Campaign.objects.values_list("pk", flat=True))
    return ProcrastinateJob.objects.filter(
        task_name="outreach.plan_campaign", args__campaign_id__in=mine
    ).count()


def sweep() -> None:
    for chore in BEFORE:
        chore()


def test_a_draft_takes_the_only_sender(cast: Cast) -> None:
    sender = make_sender(cast.workspace)
    assert campaigns.create(cast.workspace, "  One \n two ").sender == sender
    assert Campaign.objects.get().name == "One two"
    with pytest.raises(CampaignError, match="name"):
        campaigns.create(cast.workspace, "   ")


def test_what_belongs_to_others_cannot_be_chosen(cast: Cast) -> None:
    campaign = campaigns.create(cast.workspace, "Mine")
    theirs = make_list(cast.elsewhere)
    with pytest.raises(CampaignError, match="another workspace"):
        campaigns.set_audience(campaign, [theirs])
    with pytest.raises(CampaignError, match="another workspace"):
        campaigns.set_content(campaign, make_template(cast.elsewhere), None)
    assert not campaign.lists.exists()


def test_start_freezes_opens_and_defers_in_one_transaction(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    origin = campaigns.start(campaign)
    assert (campaign.state, campaign.origin) == (State.PLANNING, origin)
    assert origin.version.template == campaign.template
    assert origin.list_ids == sorted(campaign.lists.values_list("pk", flat=True))
    assert jobs() == 1
    assert campaign.started_at is not None
    ends = campaign.started_at + timedelta(hours=campaign.lifetime_hours)
    assert abs((origin.expires_at - ends).total_seconds()) < 5


def test_a_rolled_back_start_leaves_nothing(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    with transaction.atomic():
        campaigns.start(campaign)
        transaction.set_rollback(True)
    assert Campaign.objects.get().state == State.DRAFT
    assert (Origin.objects.count(), jobs()) == (0, 0)


def test_a_campaign_starts_once(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    twin = Campaign.objects.get(pk=campaign.pk)
    campaigns.start(campaign)
    with pytest.raises(CampaignError, match="Being planned"):
        campaigns.start(twin)
    assert Origin.objects.count() == 1


def test_planning_then_following_then_finishing(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=4)
    campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert campaign.state == State.SENDING
    assert Message.objects.filter(origin=campaign.origin, state="queued").count() == 4
    plan_campaign(campaign_id=campaign.pk)  # handed out twice: nothing doubles
    assert Message.objects.filter(origin=campaign.origin).count() == 4
    Message.objects.update(state="accepted")
    sweep()
    campaign.refresh_from_db()
    assert campaign.state == State.FINISHED
    assert campaign.finished_at is not None


def test_planning_that_was_killed_goes_on_where_it_was(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies in the middle of planning: what is written stays, the next run adds the rest, nobody twice."""
    monkeypatch.setattr(planning, "BATCH", 3)
    campaign = make_campaign(cast.workspace, people=10)
    origin = campaigns.start(campaign)
    real, calls = transaction.atomic, 0

    class Killed(BaseException):
        """What kill -9 is to a process: nothing catches it."""

    def dying(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Killed
        return real(*args)

    monkeypatch.setattr(transaction, "atomic", dying)
    with pytest.raises(Killed):
        planning.plan(origin, audience.of(campaign).query())
    monkeypatch.setattr(transaction, "atomic", real)
    assert Message.objects.count() == 6
    sweep()
    campaign.refresh_from_db()
    assert campaign.state == State.PLANNING  # not claimed and not closed while planning is incomplete
    plan_campaign(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert campaign.state == State.SENDING
    assert Message.objects.filter(origin=campaign.origin).values("contact").distinct().count() == 10
    assert Message.objects.count() == 10


def test_pause_resume_cancel(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=3)
    campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    campaigns.pause(campaign, "Alice")
    assert (campaign.state, campaign.state_reason) == (State.PAUSED, "Alice")
    assert Origin.objects.get().state == OriginState.PAUSED
    with pytest.raises(CampaignError, match="Paused"):
        campaigns.pause(campaign)
    campaigns.resume(campaign)
    assert (campaign.state, campaign.state_reason) == (State.SENDING, "")
    assert campaigns.cancel(campaign) == 3
    assert campaign.state == State.CANCELLED
    assert set(Message.objects.values_list("state", "reason")) == {("skipped", "campaign_cancelled")}
    with pytest.raises(CampaignError):
        campaigns.resume(campaign)


def test_cancelled_while_planning_is_not_planned_any_more(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    campaigns.start(campaign)
    campaigns.cancel(campaign)
    plan_campaign(campaign_id=campaign.pk)
    assert Message.objects.count() == 0


def test_a_hold_of_the_program_shows_with_its_reason(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    origin = campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    origins.hold(origin, "Outlook refuses: content")
    campaigns.follow()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.state_reason) == (State.HELD, "Outlook refuses: content")
    campaigns.resume(campaign)
    assert campaign.state == State.SENDING


def test_a_stale_page_cannot_pause_what_is_over(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    origin = campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    Message.objects.update(state="accepted")
    origins.sweep()  # nobody has followed yet
    assert origin.pk
    with pytest.raises(CampaignError, match="Finished"):
        campaigns.pause(campaign)


def test_schedule_and_take_back(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    with pytest.raises(CampaignError, match="passed"):
        campaigns.schedule(campaign, clock.now() - timedelta(minutes=1))
    campaigns.schedule(campaign, clock.now() + timedelta(hours=1))
    assert campaign.state == State.SCHEDULED
    with pytest.raises(CampaignError):
        campaigns.set_content(campaign, None, None)
    sweep()
    assert jobs() == 0
    campaigns.unschedule(campaign)
    assert (campaign.state, campaign.scheduled_at) == (State.DRAFT, None)


def test_the_sweep_starts_what_is_due(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    campaigns.schedule(campaign, clock.now() + timedelta(hours=1))
    Campaign.objects.update(scheduled_at=clock.now() - timedelta(seconds=1))
    sweep()
    campaign.refresh_from_db()
    assert campaign.state == State.PLANNING
    assert jobs() == 1


def test_due_and_blocked_becomes_a_draft_that_says_why(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    campaigns.schedule(campaign, clock.now() + timedelta(hours=1))
    Campaign.objects.update(scheduled_at=clock.now() - timedelta(seconds=1))
    SendingDomain.objects.update(state=SendingDomain.State.FAILING)
    sweep()
    campaign.refresh_from_db()
    assert campaign.state == State.DRAFT
    assert "not authenticated" in campaign.state_reason
    assert Origin.objects.count() == 0


def test_one_campaign_that_fails_to_start_does_not_keep_the_others(cast: Cast) -> None:
    bad, good = make_campaign(cast.workspace, name="Bad"), make_campaign(cast.workspace, name="Good")
    for campaign in (bad, good):
        campaigns.schedule(campaign, clock.now() + timedelta(hours=1))
    Campaign.objects.update(scheduled_at=clock.now() - timedelta(seconds=1))
    bad.lists.clear()
    sweep()
    assert dict(Campaign.objects.values_list("name", "state")) == {"Bad": "draft", "Good": "planning"}


def test_a_blocked_campaign_does_not_start(cast: Cast) -> None:
    campaign = campaigns.create(cast.workspace, "Empty")
    with pytest.raises(CampaignBlocked) as caught:
        campaigns.start(campaign)
    assert {problem.code for problem in caught.value.report.blocks} >= {"no_audience", "no_template"}
    assert campaign.state == State.DRAFT


def test_duplicate_and_delete(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    campaigns.start(campaign)
    copy = campaigns.duplicate(campaign, cast.bob)
    assert (copy.state, copy.origin, copy.template, list(copy.lists.all())) == (
        State.DRAFT,
        None,
        campaign.template,
        list(campaign.lists.all()),
    )
    with pytest.raises(CampaignError):
        campaigns.delete(campaign)
    campaigns.delete(copy)
    assert Campaign.objects.get() == campaign


@pytest.mark.parametrize("hours", [0, -1, 10_000])
def test_lifetime_has_bounds(cast: Cast, hours: int) -> None:
    with pytest.raises(CampaignError):
        campaigns.set_lifetime(campaigns.create(cast.workspace, "x"), hours)
