"""Lists: who is taken off one, and which may be deleted."""

import re
from collections.abc import Callable

import pytest

from tests.cast import Cast, assert_private
from tests.outreach.scene import make_campaign, make_list, subscribe
from tradewind.accounts.models import AuditEntry
from tradewind.audience import subscriptions
from tradewind.audience.models import Contact, Import, List, Subscription
from tradewind.ledger import origins
from tradewind.ledger.models import Message
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign
from tradewind.outreach.tasks import plan_campaign

State = Campaign.State


def page(cast: Cast, url: str) -> str:
    return re.sub(r"\s+", " ", cast.client(cast.bob).get(url).content.decode())


def delete(cast: Cast, list_: List) -> str:
    """What the next page says."""
    url = cast.url("audience:list_delete", list_.pk)
    answer = cast.client(cast.bob).post(url, follow=True)
    return re.sub(r"\s+", " ", answer.content.decode())


def test_members_of_a_list_are_shown_and_taken_off(cast: Cast) -> None:
    fair = make_list(cast.workspace, people=3)
    url = cast.url("audience:list", fair.pk)
    assert_private(cast, url)
    one = Contact.objects.order_by("pk")[0]
    assert page(cast, url).count('name="back" value="list"') == 3
    assert "Take off the list" not in cast.client(cast.dora).get(url).content.decode()
    removal = {"list": fair.pk, "back": "list"}
    answer = cast.client(cast.bob).post(cast.url("audience:remove", one.pk), removal, follow=True)
    said = answer.content.decode()
    assert answer.redirect_chain[-1][0] == url
    assert "was taken off" in said
    assert one.email not in said.split("Who is on it")[1]
    assert Subscription.objects.filter(list=fair).count() == 2
    assert AuditEntry.objects.filter(action="list.contact_removed").count() == 1
    # Nothing is noted as a wish: a later import may put them there again.
    assert subscriptions.subscribe(fair, [one.pk]) == 1


def test_from_the_contacts_page_one_goes_back_there(cast: Cast) -> None:
    fair = make_list(cast.workspace, people=1)
    one = Contact.objects.get()
    assert cast.url("audience:remove", one.pk) in page(cast, cast.url("audience:contact", one.pk))
    answer = cast.client(cast.bob).post(cast.url("audience:remove", one.pk), {"list": fair.pk})
    assert answer["Location"] == cast.url("audience:contact", one.pk)
    assert "On no list." in page(cast, cast.url("audience:contact", one.pk))


def test_who_has_left_stays_noted_as_having_left(cast: Cast) -> None:
    fair = make_list(cast.workspace, people=1)
    one = Contact.objects.get()
    subscriptions.unsubscribe(one.pk, list_ids=[fair.pk])
    cast.client(cast.bob).post(cast.url("audience:remove", one.pk), {"list": fair.pk})
    assert Subscription.objects.get().state == "unsubscribed"


def test_the_page_of_a_long_list_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.web.audience.pages.PER_PAGE", 2)
    url = cast.url("audience:list", make_list(cast.workspace, people=5).pk)
    seen: set[str] = set()
    for wanted in (2, 2, 1):
        found = page(cast, url)
        names = re.findall(r'tw-table-title" href="[^"]*/contacts/(\d+)/"', found)
        assert len(names) == wanted
        seen |= set(names)
        older = re.search(r'rel="next" href="([^"]+)"', found)
        url = cast.url("audience:list", List.objects.get().pk) + (older[1] if older else "")
    assert len(seen) == 5


def test_only_editors_of_this_workspace_change_lists(cast: Cast) -> None:
    ours, theirs = make_list(cast.workspace, people=1), make_list(cast.elsewhere, people=1)
    mine, other = Contact.objects.get(workspace=cast.workspace), Contact.objects.get(workspace=cast.elsewhere)
    for name, row, posted in (
        ("list_delete", ours.pk, {}),
        ("remove", mine.pk, {"list": ours.pk}),
    ):
        url = cast.url(f"audience:{name}", row)
        assert cast.client(cast.charlie).post(url, posted).status_code == 404
        assert cast.client(cast.dora).post(url, posted).status_code == 403
        assert cast.client(cast.bob).get(url).status_code == 405
    bob = cast.client(cast.bob)
    assert bob.post(cast.url("audience:list_delete", theirs.pk)).status_code == 404
    assert bob.post(cast.url("audience:remove", other.pk), {"list": ours.pk}).status_code == 404
    assert bob.post(cast.url("audience:remove", mine.pk), {"list": theirs.pk}).status_code == 404
    assert bob.post(cast.url("audience:remove", mine.pk), {"list": "x"}).status_code == 404
    assert Subscription.objects.count() == 2


def test_deleting_keeps_the_contacts(cast: Cast) -> None:
    fair = make_list(cast.workspace, people=2)
    before = page(cast, cast.url("audience:list", fair.pk))
    assert f'data-confirm-name="{fair.name}"' in before
    assert "was deleted. Its contacts are still here" in delete(cast, fair)
    assert not List.objects.exists()
    assert Contact.objects.count() == 2
    entry = AuditEntry.objects.get(action="list.deleted")
    assert entry.summary == fair.name
    empty = List.objects.create(workspace=cast.workspace, name="Empty")
    assert "data-confirm-name" not in page(cast, cast.url("audience:list", empty.pk))


def scheduled(campaign: Campaign) -> None:
    campaign.state = State.SCHEDULED
    campaign.save(update_fields=["state"])


def sending(campaign: Campaign) -> None:
    campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)


def paused(campaign: Campaign) -> None:
    sending(campaign)
    campaigns.pause(campaign)


@pytest.mark.parametrize("go", [scheduled, sending, paused])
@pytest.mark.parametrize("excluded", [False, True])
def test_a_list_that_a_campaign_needs_stays(
    cast: Cast, go: Callable[[Campaign], None], excluded: bool
) -> None:
    campaign = make_campaign(cast.workspace, people=2)
    fair = campaign.lists.get()
    if excluded:
        fair = make_list(cast.workspace, people=1, name="Competitors")
        campaign.excluded_lists.add(fair)
    go(campaign)
    said = delete(cast, fair)
    assert "The list was not deleted." in said
    assert f"The campaign “{campaign.name}”" in said
    assert cast.url("audience:list_delete", fair.pk) not in said
    assert fair.subscriptions.exists()
    assert not AuditEntry.objects.filter(action="list.deleted").exists()


def test_a_list_that_a_draft_leaves_out_stays(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=2)
    rivals = make_list(cast.workspace, people=1, name="Competitors")
    campaigns.set_audience(campaign, campaign.lists.all(), [rivals])
    assert "without it they would get that mail" in delete(cast, rivals)
    campaigns.set_audience(campaign, campaign.lists.all())
    assert "was deleted" in delete(cast, rivals)


def test_a_draft_says_that_it_loses_the_list(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=1)
    fair = campaign.lists.get()
    assert "1 draft loses it from its audience" in page(cast, cast.url("audience:list", fair.pk))
    delete(cast, fair)
    assert "no_audience" in {p.code for p in campaigns.check(campaign).problems}


def test_a_campaign_that_is_over_keeps_its_history(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=2)
    fair = campaign.lists.get()
    origin = campaigns.start(campaign)
    plan_campaign(campaign_id=campaign.pk)
    origins.cancel(origin, "")  # the campaign itself is not told yet: its state is read before it is judged
    assert "was deleted" in delete(cast, fair)
    assert Message.objects.filter(origin=origin).count() == 2
    origin.refresh_from_db()
    assert origin.list_ids == [fair.pk]
    for name in ("report", "messages"):
        assert cast.client(cast.bob).get(cast.url(f"campaigns:{name}", campaign.pk)).status_code == 200


def test_a_list_that_an_import_fills_stays(cast: Cast) -> None:
    fair = make_list(cast.workspace, people=1)
    running = Import.objects.create(
        workspace=cast.workspace, path="x", file_name="fair.csv", state="running", list=fair
    )
    assert "The import of fair.csv is filling this list" in delete(cast, fair)
    running.state = "done"
    running.save(update_fields=["state"])
    assert "was deleted" in delete(cast, fair)


def test_in_chinese(cast: Cast) -> None:
    fair = make_list(cast.workspace, people=1)
    subscribe(fair, "buyer.example")
    cast.bob.language = "zh-hans"
    cast.bob.save(update_fields=["language"])
    shown = page(cast, cast.url("audience:list", fair.pk))
    assert "移出名单" in shown
    assert "名单没有删除" not in shown
    assert "已删除名单" in delete(cast, fair)
