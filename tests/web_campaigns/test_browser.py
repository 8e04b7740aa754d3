"""The campaign pages in Chromium: by axe, on desktop and phone, light and dark, in both languages; the wizard by mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser import Browser
from tests.browser import browser as browser
from tests.cast import Cast
from tests.outreach.scene import make_campaign
from tests.web_campaigns.scene import finished, started
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign

pytestmark = pytest.mark.real

LOOKS = [
    ("desktop", 1280, False, "en"),
    ("phone", 390, False, "zh-hans"),
    ("dark", 1280, True, "zh-hans"),
    ("dark-phone", 390, True, "en"),
]


@pytest.mark.parametrize(("look", "width", "dark", "language"), LOOKS, ids=[look[0] for look in LOOKS])
def test_pages_are_accessible_and_fit(
    browser: Browser, cast: Cast, look: str, width: int, dark: bool, language: str
) -> None:
    done, stage = finished(cast)
    draft = make_campaign(cast.workspace, name="Autumn offer")
    running, _ = started(cast, name="Running")
    empty = campaigns.create(cast.workspace, "Empty")
    page = browser.page(cast.alice, width=width, dark=dark, language=language)
    for name, args in (
        ("index", ()),
        ("new", ()),
        ("audience", (draft.pk,)),
        ("content", (draft.pk,)),
        ("check", (draft.pk,)),
        ("check", (empty.pk,)),
        ("send", (draft.pk,)),
        ("report", (running.pk,)),
        ("report", (done.pk,)),
        ("messages", (done.pk,)),
        ("all_messages", ()),
        ("skipped", (draft.pk,)),
        ("message", (stage.messages[0].pk,)),
        ("message", (stage.messages[2].pk,)),
    ):
        browser.go(page, cast.url(f"campaigns:{name}", *args))
        browser.assert_accessible(page)
        browser.assert_fits(page)


def test_the_wizard_by_mouse(browser: Browser, cast: Cast) -> None:
    ready = make_campaign(cast.workspace, people=3, name="Other")
    (list_,) = ready.lists.all()
    page = browser.page(cast.bob)
    browser.go(page, cast.url("campaigns:new"))
    page.get_by_role("textbox", name="Name", exact=True).fill("Hannover fair")
    page.get_by_role("button", name="Next: audience").click()
    page.get_by_role("group", name="Send to").get_by_text(list_.name).click()
    expect(page.locator("#count strong")).to_have_text("3")  # saved and counted while one chooses
    page.get_by_role("button", name="Next: content").click()
    page.get_by_role("group", name="Template").get_by_text("Other").first.click()
    expect(page.locator("#preview iframe")).to_be_visible()
    page.get_by_role("button", name="Next: check").click()
    page.get_by_role("link", name="Send to 3 people").click()
    page.get_by_role("button", name="Send to 3 people").click()
    expect(page.locator("#live")).to_be_visible()
    campaign = Campaign.objects.get(name="Hannover fair")
    assert campaign.state == Campaign.State.PLANNING
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by Bob Wang.")).to_be_visible()
