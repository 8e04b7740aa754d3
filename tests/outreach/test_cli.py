"""The command line: the same rules as the pages, plain values out."""

import json

import pytest

from tests.cast import Cast
from tests.insights.scene import Stage
from tests.outreach.scene import make_campaign
from tradewind.cli import campaigns as cli
from tradewind.ledger import tokens
from tradewind.ledger.models import Message
from tradewind.ledger.words import EventType
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign
from tradewind.outreach.tasks import plan_campaign


def test_create_check_report(cast: Cast) -> None:
    ready = make_campaign(cast.workspace, people=3)
    (list_,) = ready.lists.all()
    assert ready.sender is not None
    pk = cli.created(
        "From a script", cast.workspace.slug, [list_.name], [], "Spring lanterns", ready.sender.email
    )
    campaign = Campaign.objects.get(pk=pk)
    found, can_start = cli.checked(campaign)
    assert can_start
    assert found["providers"] == {"gmail": 3}
    origin = campaigns.start(campaign)
    plan_campaign(campaign_id=pk)
    campaign.refresh_from_db()
    stage = Stage(cast.workspace, origin, origin.version.links.order_by("position")[0])
    stage.happens(Message.objects.filter(origin=origin).order_by("pk")[0], EventType.ACCEPTED, 1)
    stage.project()
    report = cli.reported(campaign)
    assert (report["funnel"]["planned"], report["funnel"]["accepted"]) == (3, 1)
    json.dumps(report)
    newest = cli.listed()[0]
    assert (newest["id"], newest["accepted"]) == (pk, 1)


def test_names_that_do_not_exist_end_with_a_sentence(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.created("x", cast.workspace.slug, ["No such list"], [], "", "")
    assert "No such list" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.created("x", "nowhere", [], [], "", "")
    assert not Campaign.objects.exists()


def test_trace_by_number_message_id_and_address(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    campaign = make_campaign(cast.workspace, people=1)
    campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    message = Message.objects.get()
    for name in (
        str(message.pk),
        f"<{tokens.id_token(message.pk)}@ningbo-lantern.example>",
        message.email.upper(),
    ):
        found = json.loads(cli.traced(name, as_json=True))
        assert (found["id"], found["moments"][0]["kind"]) == (message.pk, "queued")
    assert "Message-ID:" in cli.traced(message.email, as_json=False)
    with pytest.raises(SystemExit):
        cli.traced("nobody@nowhere.example", as_json=False)
