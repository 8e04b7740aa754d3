"""The base of the web in Chromium: pages by axe, on desktop and phone, light and dark, in both languages; habits."""

import os
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Page, expect

from tests.browser import Browser
from tests.browser import browser as browser
from tests.cast import PASSWORD, Cast
from tests.web.furnish import furnish
from tradewind.accounts.models import Invitation
from tradewind.accounts.roles import Role

pytestmark = pytest.mark.real

PAGES = [
    "today:index",
    "settings:workspace",
    "settings:people",
    "settings:keys",
    "settings:audit",
    "settings:profile",
]
LOOKS = [
    ("desktop", 1280, False, "en"),
    ("phone", 390, False, "zh-hans"),
    ("dark", 1280, True, "zh-hans"),
    ("dark-phone", 390, True, "en"),
]
PICTURES = os.environ.get("TEST_PICTURES", "")


@pytest.mark.parametrize(("look", "width", "dark", "language"), LOOKS, ids=[look[0] for look in LOOKS])
def test_pages_are_accessible_and_fit(
    browser: Browser, cast: Cast, look: str, width: int, dark: bool, language: str
) -> None:
    furnish(cast)
    page = browser.page(cast.alice, width=width, dark=dark, language=language)
    for name in PAGES:
        browser.go(page, cast.url(name))
        browser.assert_accessible(page)
        browser.assert_fits(page)
        if PICTURES:
            page.wait_for_timeout(500)
            page.screenshot(
                path=Path(PICTURES) / f"{name.replace(':', '-')}-{look}.png", full_page=width < 600
            )


@pytest.mark.parametrize(("look", "width", "dark", "language"), LOOKS, ids=[look[0] for look in LOOKS])
def test_ways_in_are_accessible(
    browser: Browser, cast: Cast, look: str, width: int, dark: bool, language: str
) -> None:
    token = Invitation.invite(cast.workspace, "eve@lantern.example", Role.SALES, cast.alice).token
    page = browser.page(width=width, dark=dark, language=language)
    for name, path in [
        ("login", "/accounts/login/"),
        ("reset", "/accounts/password/reset/"),
        ("join", f"/join/{token}/"),
        ("404", "/nowhere/"),
    ]:
        browser.go(page, path)
        browser.assert_accessible(page)
        browser.assert_fits(page)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{look}.png", full_page=True)


def test_the_first_run(browser: Browser, db: None) -> None:
    page = browser.page()
    browser.go(page, "/")
    browser.assert_accessible(page)
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Shanghai")
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "start.png", full_page=True)
    page.get_by_label("Your name").fill("Alice Chen")
    page.get_by_label("E-mail address").fill("alice@lantern.example")
    page.get_by_label("Password").fill("a lantern in the harbour")
    page.get_by_label("Workspace").fill("Ningbo Lantern")
    page.get_by_label("Country").select_option("CN")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    expect(page.get_by_text("0 of 5 done")).to_be_visible()


def log_in(page: Page, cast: Cast) -> None:
    page.get_by_label("E-mail address").fill(cast.alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def test_a_second_factor_is_set_up_and_asked_for(browser: Browser, cast: Cast) -> None:
    page = browser.page()
    browser.go(page, "/accounts/login/?next=/accounts/2fa/totp/activate/")
    log_in(page, cast)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    browser.assert_accessible(page)
    secret = page.locator("#authenticator_secret").input_value()
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    page.locator("#id_code").fill(code)
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url("**/recovery-codes/**")
    stored = Authenticator.objects.get(user=cast.alice, type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in stored
    assert stored.startswith("tw1.")
    browser.go(page, "/accounts/2fa/recovery-codes/")
    recovery = page.locator("#recovery_codes").input_value().split()[0]
    browser.go(page, "/accounts/2fa/")
    browser.assert_accessible(page)
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "mfa.png", full_page=True)

    page = browser.page()
    browser.go(page, "/accounts/login/")
    log_in(page, cast)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-Factor Authentication")
    browser.assert_accessible(page)
    page.locator("#id_code").fill("000000")
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    page.locator("#id_code").fill(recovery)
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def test_a_passkey_is_made_and_logs_in(browser: Browser, cast: Cast) -> None:
    page = browser.page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send(
        "WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}}
    )
    browser.address = browser.address.replace("127.0.0.1", "localhost")
    browser.go(page, "/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.get_by_label("E-mail address").fill(cast.alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    browser.assert_accessible(page)
    page.get_by_role("textbox", name="Name").fill("My laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/**")
    browser.go(page, "/accounts/logout/")
    page.get_by_role("button", name="Log out").click()
    browser.go(page, "/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    browser.assert_quiet()


def test_the_keyboard(browser: Browser, cast: Cast) -> None:
    page = browser.page(cast.alice)
    browser.go(page, cast.url("settings:audit"))
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Workspace")


def test_removing_somebody_asks_first(browser: Browser, cast: Cast) -> None:
    page = browser.page(cast.alice)
    browser.go(page, cast.url("settings:people"))
    row = page.get_by_role("row", name="Bob Wang")
    row.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Cancel").click()
    assert cast.workspace.members.filter(pk=cast.bob.pk).exists()
    row.get_by_role("button", name="Remove").click()
    page.locator("#tw-confirm").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("can no longer open this workspace")).to_be_visible()
    assert not cast.workspace.members.filter(pk=cast.bob.pk).exists()
    browser.assert_quiet()


def test_what_was_typed_survives_a_log_out(browser: Browser, cast: Cast) -> None:
    page = browser.page(cast.alice)
    browser.go(page, cast.url("settings:workspace"))
    page.get_by_label("Company name").fill("Lantern International")
    page.wait_for_timeout(500)
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    page.goto(browser.address + "/accounts/login/?next=" + cast.url("settings:workspace"))
    page.get_by_label("E-mail address").fill(cast.alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_label("Company name")).to_have_value("Lantern International")
    expect(page.get_by_text("did not save")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("did not save")).not_to_be_visible()
    cast.workspace.refresh_from_db()
    assert cast.workspace.company_name == "Lantern International"


def test_a_phone_has_the_menu_behind_a_button(browser: Browser, cast: Cast) -> None:
    page = browser.page(cast.alice, width=390)
    browser.go(page, cast.url("today:index"))
    expect(page.get_by_role("link", name="Campaigns")).not_to_be_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workspace")


def test_light_and_dark_as_chosen(browser: Browser, cast: Cast) -> None:
    page = browser.page(cast.alice)
    browser.go(page, cast.url("settings:profile"))
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_language_switches_where_one_stands(browser: Browser, cast: Cast) -> None:
    page = browser.page(cast.alice)
    browser.go(page, cast.url("settings:profile"))
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert page.url.endswith(cast.url("settings:profile"))
