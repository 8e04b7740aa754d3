"""Campaigns in every stage of their life, for the tests of pages."""

from tests.cast import Cast
from tests.insights.scene import Stage
from tests.outreach.scene import make_campaign
from tradewind.core import clock
from tradewind.ledger import origins
from tradewind.ledger.models import Attempt, Message
from tradewind.ledger.words import EventType
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign
from tradewind.outreach.models import CampaignState as State
from tradewind.outreach.tasks import plan_campaign

DIALOGUE = [
    [0, "<", "220 mx.buyer.example"],
    [3, ">", "RCPT TO:<x@buyer.example>"],
    [9, "<", "550 5.1.1 no such <b>user</b>"],
]


def started(cast: Cast, people: int = 4, name: str = "Spring lanterns") -> tuple[Campaign, Stage]:
    """A campaign being sent, and a stage on which its messages live on."""
    campaign = make_campaign(cast.workspace, people=people, name=name)
    origin = campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    stage = Stage(cast.workspace, origin, origin.version.links.order_by("position")[0])
    stage.messages = list(Message.objects.filter(origin=origin).order_by("pk"))
    stage.project()
    return campaign, stage


def finished(cast: Cast) -> tuple[Campaign, Stage]:
    """Four messages: read and clicked and answered by a person, loaded by a machine, refused, bounced."""
    campaign, stage = started(cast)
    person, machine, gone, late = stage.messages
    for message in (person, machine, late):
        stage.happens(message, EventType.ACCEPTED, 1)
    stage.opens(person, 30, "person", hit=1)
    stage.clicks(person, 31, "likely_person", hit=2)
    stage.happens(person, EventType.REPLIED, 60)
    stage.opens(machine, 2, "machine", hit=3)
    stage.happens(
        gone, EventType.REFUSED, 1, reason="user_unknown", rule="user_unknown", fault="recipient", code=550,
        status="5.1.1", text="5.1.1 no such <b>user</b>",
    )  # fmt: skip
    stage.happens(
        late,
        EventType.BOUNCED,
        90,
        rule="mailbox_full",
        status="4.2.2",
        text="mailbox full",
        fault="recipient",
    )
    stage.project()
    Attempt.objects.create(
        workspace=cast.workspace, message=gone, number=1, outcome="refused", started_at=clock.now(), finished_at=clock.now(),
        mx_host="mx.buyer.example", mx_ip="127.0.0.9", tls="TLSv1.3", reply_code=550, reply_text="no such <b>user</b>",
        dialogue=DIALOGUE,
    )  # fmt: skip
    origins.sweep()
    campaigns.follow()
    campaign.refresh_from_db()
    assert campaign.state == State.FINISHED
    return campaign, stage
