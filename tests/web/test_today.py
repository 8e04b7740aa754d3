"""The start page."""

from datetime import timedelta

from django.utils import timezone

from tests.cast import Cast, assert_private
from tests.web.furnish import WEEK, counted, furnish, origin_of
from tradewind.audience.models import Contact, Import
from tradewind.outreach.models import Campaign
from tradewind.senders.models import Channel, Lane, SendingDomain
from tradewind.web.today.needs import needs
from tradewind.web.today.steps import first_steps


def test_members_see_today(cast: Cast) -> None:
    assert_private(cast, cast.url("today:index"))
    assert_private(cast, cast.url("today:running"))


def test_a_new_workspace_shows_the_way(cast: Cast) -> None:
    page = cast.client(cast.alice).get(cast.url("today:index")).text
    assert "0 of 5 done" in page
    Contact.objects.create(
        workspace=cast.workspace, email="a@b.example", email_key="a@b.example", mail_domain="b.example"
    )
    Contact.objects.create(
        workspace=cast.elsewhere, email="a@b.example", email_key="a@b.example", mail_domain="b.example"
    )
    assert "1 of 5 done" in cast.client(cast.alice).get(cast.url("today:index")).text
    assert (
        "1 of 5 done" in cast.client(cast.charlie).get(cast.url("today:index", workspace=cast.elsewhere)).text
    )


def test_what_needs_a_person_stands_there_with_its_cause(cast: Cast) -> None:
    rows = Import.objects
    common = {"workspace": cast.workspace, "path": "x", "state": "done"}
    rows.create(**common, file_name="canton-fair.csv", rejected=7)
    rows.create(**common, file_name="clean.csv", rejected=0)
    old = rows.create(**common, file_name="long-ago.csv", rejected=3)
    rows.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=30))
    SendingDomain.objects.create(
        workspace=cast.workspace,
        name="lantern.example",
        return_path_host="b.lantern.example",
        tracking_host="c.lantern.example",
    )
    Campaign.objects.create(
        workspace=cast.workspace, name="Spring offer", state="held", state_reason="Gmail blocks us."
    )
    Campaign.objects.create(workspace=cast.elsewhere, name="Secret of others", state="held")
    page = cast.client(cast.alice).get(cast.url("today:index")).text
    assert "7 rows of canton-fair.csv were rejected" in page
    assert "clean.csv" not in page
    assert "long-ago.csv" not in page
    assert "lantern.example is not authenticated" in page
    assert "Gmail blocks us." in page
    assert "Secret of others" not in page
    assert page.index("Gmail blocks us.") < page.index("canton-fair.csv")


def test_every_next_step_leads_somewhere(cast: Cast) -> None:
    domain = origin_of(cast).domain
    channel = Channel.objects.get()
    channel.last_test = {
        "ok": False,
        "at": timezone.now().isoformat(),
        "sentence": "The server refused the password.",
    }
    channel.save(update_fields=["last_test"])
    Lane.objects.create(
        workspace=cast.workspace, domain=domain, channel=channel, provider="gmail", state="suspended"
    )
    for state in ("done", "failed"):
        Import.objects.create(workspace=cast.workspace, path="x", file_name="a.csv", state=state, rejected=1)
    Campaign.objects.create(workspace=cast.workspace, name="Spring offer", state="held")
    client, access = cast.client(cast.alice), cast.access()
    found = needs(access)
    assert {need.button for need in found} == {
        "See why",
        "See the records",
        "Look at it",
        "See the import",
        "See the rows",
        "See the lanes",
    }
    for url in [*(need.url for need in found), *(step.url for step in first_steps(access))]:
        assert client.get(url).status_code == 200, url
    assert "The server refused the password." in client.get(cast.url("today:index")).text


def test_a_campaign_on_its_way_is_asked_for_again_and_again(cast: Cast) -> None:
    url = cast.url("today:running")
    assert "hx-get" not in cast.client(cast.alice).get(url).text
    Campaign.objects.create(workspace=cast.workspace, name="Spring offer", state="planning")
    part = cast.client(cast.alice).get(url).text
    assert "Spring offer" in part
    assert 'hx-trigger="every 3s"' in part


def test_the_week_is_counted_by_provider_and_for_this_workspace_only(cast: Cast) -> None:
    origin = origin_of(cast)
    counted(origin, WEEK)
    counted(origin, {"gmail": {"accepted": 5000}}, ago=timedelta(days=8))
    page = cast.client(cast.alice).get(cast.url("today:index")).text
    assert "<b>1,658 of 1,760</b>" in page
    assert "98.3\xa0%" in page or "98.3 %" in page
    assert "Gmail" in page
    assert "Other" in page
    assert (
        "1,658" not in cast.client(cast.charlie).get(cast.url("today:index", workspace=cast.elsewhere)).text
    )


def test_a_running_campaign_shows_how_far_it_is(cast: Cast) -> None:
    furnish(cast)
    part = cast.client(cast.alice).get(cast.url("today:running")).text
    assert "1,760 of 2,160" in part
    assert "Gmail answers 5.7.26." in part
