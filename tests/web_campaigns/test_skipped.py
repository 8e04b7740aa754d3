"""Before sending: the people behind "skipped, by reason"."""

import re

import pytest

from tests.cast import Cast, assert_private
from tests.outreach.scene import know, make_campaign, subscribe
from tradewind.audience import suppression
from tradewind.audience.models import Contact, SuppressionReason
from tradewind.audience.words import SuppressionKind
from tradewind.ledger.words import Reason
from tradewind.outreach import audience, campaigns
from tradewind.outreach.models import Campaign
from tradewind.outreach.tasks import plan_campaign


@pytest.fixture
def draft(cast: Cast) -> Campaign:
    """Six people; of three the address is suppressed, of one the domain."""
    campaign = make_campaign(cast.workspace, people=5)
    contact = subscribe(campaign.lists.get(), "rival.example")
    suppression.suppress(
        cast.workspace.pk, contact.mail_domain, SuppressionReason.MANUAL, kind=SuppressionKind.DOMAIN
    )
    for one in Contact.objects.filter(mail_domain="buyer.example").order_by("pk")[:3]:
        suppression.suppress(cast.workspace.pk, one.email_key, SuppressionReason.COMPLAINED)
    know("rival.example")
    return campaign


def rows(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'tw-table-title" href="[^"]*/contacts/(\d+)/"', page)]


def test_each_number_of_the_check_opens_its_people(cast: Cast, draft: Campaign) -> None:
    client = cast.client(cast.dora)
    check = client.get(cast.url("campaigns:check", draft.pk)).content.decode()
    base = cast.url("campaigns:skipped", draft.pk)
    said = dict(re.findall(rf'href="{base}\?reason=(\w+)">(\d+)</a>', check))
    assert said == {"suppressed_address": "3", "suppressed_domain": "1"}
    for reason, number in said.items():
        page = client.get(base, {"reason": reason}).content.decode()
        assert len(rows(page)) == int(number)
        assert str(Reason(reason).sentence) in page
    assert f'href="{base}">4</a>' in check
    assert len(rows(client.get(base).content.decode())) == 4


def test_they_are_paged(cast: Cast, draft: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.web.campaigns.views.skipped.PER_PAGE", 2)
    base, seen, query = cast.url("campaigns:skipped", draft.pk), list[int](), "?reason=suppressed_address"
    for wanted in (2, 1):
        page = cast.client(cast.bob).get(base + query).content.decode()
        assert "3 people would not get" in page
        found = rows(page)
        assert len(found) == wanted
        seen += found
        following = re.search(r'rel="next" href="([^"]+)"', page)
        query = following[1].replace("&amp;", "&") if following else ""
    assert not query
    assert len(set(seen)) == 3


def test_who_may_see_them(cast: Cast, draft: Campaign) -> None:
    assert_private(cast, cast.url("campaigns:skipped", draft.pk))
    theirs = make_campaign(cast.elsewhere, name="Theirs")
    assert cast.client(cast.alice).get(cast.url("campaigns:skipped", theirs.pk)).status_code == 404
    page = cast.client(cast.alice).get(cast.url("campaigns:skipped", draft.pk, reason="nonsense"))
    assert page.status_code == 200


def test_after_the_start_it_leads_to_the_messages(cast: Cast, draft: Campaign) -> None:
    before = audience.skipped_count(draft)
    campaigns.start(draft)
    plan_campaign(campaign_id=draft.pk)
    url = cast.url("campaigns:skipped", draft.pk, reason="suppressed_address")
    answer = cast.client(cast.bob).get(url)
    wanted = cast.url("campaigns:messages", draft.pk) + "?step=skipped&reason=suppressed_address"
    assert (answer.status_code, answer["Location"]) == (302, wanted)
    draft.refresh_from_db()
    assert draft.origin is not None
    assert draft.origin.messages.filter(state="skipped").count() == before == 4


def test_in_chinese(cast: Cast, draft: Campaign) -> None:
    cast.bob.language = "zh-hans"
    cast.bob.save(update_fields=["language"])
    page = cast.client(cast.bob).get(cast.url("campaigns:skipped", draft.pk)).content.decode()
    assert "有 4 人不会收到这封邮件" in page
