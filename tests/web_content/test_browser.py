"""The editor in Chromium: what one types is saved, checked and shown without a button."""

import os
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.browser import browser as browser
from tests.cast import Cast
from tradewind.audience.models import Contact
from tradewind.content import starting, versions
from tradewind.content.models import Template
from tradewind.senders import domains
from tradewind.senders.models import Channel, Sender

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("TEST_PICTURES", "")  # a folder: every page is photographed into it


def look(browser: Browser, page: object, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)  # type: ignore[attr-defined]


@pytest.fixture
def template(cast: Cast) -> Template:
    Contact.objects.create(
        workspace=cast.workspace,
        email="jo@buyer.example",
        email_key="jo@buyer.example",
        mail_domain="buyer.example",
        first_name="Jo",
        custom={"size": "L", "fair no": "7"},
    )
    starting.from_starter(cast.workspace, "case.zh", cast.alice)
    return starting.from_starter(cast.workspace, "introduction.en", cast.alice)


def test_the_editor_saves_finds_and_shows(browser: Browser, cast: Cast, template: Template) -> None:
    page = browser.page(cast.bob)
    browser.go(page, cast.url("content:edit", template.pk))
    assert page.frame_locator("#mail-frame").get_by_text("Hello Anna").is_visible()
    source = page.locator("textarea.tw-code")
    with page.expect_response(
        lambda r: r.request.method == "POST" and r.url.endswith(f"/content/{template.pk}/")
    ):
        source.fill(template.mjml.replace("Hello {{ first_name", "Good day {{ firstname"))
    finding = page.get_by_text("There is no merge field “firstname”.")
    finding.wait_for()
    page.get_by_text("must be mended before this can be sent").wait_for()
    page.frame_locator("#mail-frame").get_by_text("Good day there").wait_for()
    template.refresh_from_db()
    assert "firstname" in template.mjml
    page.locator(".tw-goto").first.click()
    chosen = page.evaluate(
        "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
    )
    assert "firstname" in chosen
    look(browser, page, "editor-findings")
    with page.expect_response(lambda r: r.request.method == "POST"):
        source.fill(template.mjml.replace("firstname", "first_name"))
    finding.wait_for(state="hidden")
    page.get_by_label("As this contact sees it").fill("jo@buyer.example")
    page.get_by_label("As this contact sees it").press("Tab")
    page.frame_locator("#mail-frame").get_by_text("Good day Jo").wait_for()
    page.get_by_text("Insert a merge field").click()
    page.get_by_label("Subject", exact=True).focus()
    with page.expect_response(lambda r: r.request.method == "POST"):
        page.get_by_role("button", name="custom.size").click()
    template.refresh_from_db()
    assert "{{ custom.size }}" in template.subject
    browser.assert_quiet()
    browser.assert_accessible(page)
    look(browser, page, "editor")


def test_a_conflict_is_told_and_loses_nothing(browser: Browser, cast: Cast, template: Template) -> None:
    page = browser.page(cast.bob)
    browser.go(page, cast.url("content:edit", template.pk))
    template.subject = "Changed by Alice"
    template.save(update_fields=["subject", "updated_at"])
    page.get_by_label("Subject", exact=True).fill("Changed by Bob")
    page.get_by_text("Somebody else has changed this template").wait_for()
    assert page.get_by_label("Subject", exact=True).input_value() == "Changed by Bob"
    template.refresh_from_db()
    assert template.subject == "Changed by Alice"
    page.get_by_label("Save mine over it").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state("load")
    template.refresh_from_db()
    assert template.subject == "Changed by Bob"


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("en", 1280, False), ("zh-hans", 1280, False), ("zh-hans", 390, False), ("en", 390, True)],
)
def test_pages_fit_and_can_be_used_by_all(
    browser: Browser, cast: Cast, template: Template, language: str, width: int, dark: bool
) -> None:
    versions.freeze(template)
    domain = domains.add_domain(cast.workspace, "lantern.example")
    channel = Channel.objects.create(workspace=cast.workspace, name="Relay", host="relay.example")
    Sender.objects.create(
        workspace=cast.workspace, name="Li", email="li@lantern.example", domain=domain, channel=channel
    )
    page = browser.page(cast.alice, language=language, width=width, dark=dark)
    for name, args in [
        ("content:index", []),
        ("content:new", []),
        ("content:edit", [template.pk]),
        ("content:versions", [template.pk]),
        ("content:test", [template.pk]),
    ]:
        browser.go(page, cast.url(name, *args))
        browser.assert_fits(page)
        browser.assert_accessible(page)
        look(browser, page, f"{name.replace(':', '-')}-{language}-{width}{'-dark' if dark else ''}")
