"""The pages of the audience in Chromium: accessible, fitting, quiet; an import by mouse."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.audience.files import csv_of, imported, list_of, uploaded
from tests.browser import Browser
from tests.browser import browser as browser
from tests.cast import Cast
from tradewind.audience import contacts, importing, subscriptions, suppression
from tradewind.audience.models import Contact, Import, SuppressionKind, SuppressionReason

pytestmark = pytest.mark.real

PICTURES = os.environ.get("PICTURES", "")
LOOKS = [
    ("desktop", 1280, False, "en"),
    ("phone", 390, False, "zh-hans"),
    ("dark", 1280, True, "zh-hans"),
    ("dark-phone", 390, True, "en"),
]
HEADINGS = ["邮箱", "姓名", "公司", "国家", "职位", "Incoterm"]


def furnish(cast: Cast) -> dict[str, int]:
    """An audience with something of everything; keys of the rows by name."""
    rows = [
        [
            f"buyer{i}@shop{i % 9}.example",
            f"Buyer Number{i}",
            f"Shop {i % 9} Trading Company Limited",
            "德国",
            "Purchasing manager",
            "FOB",
        ]
        for i in range(60)
    ]
    rows += [
        ["li.na@lantern.example", "李娜", "宁波灯具有限公司", "中国", "外贸经理", ""],
        ["bad", "", "", "", "", ""],
        rows[0],
    ]
    done = imported(cast, csv_of(HEADINGS, *rows), language="zh-hans")
    waiting = uploaded(
        cast, csv_of(HEADINGS, *rows[:30], ["no.at", "", "", "", "", ""]), name="广交会名片.csv"
    )
    gone = Contact.objects.get(email_key="buyer3@shop3.example")
    subscriptions.unsubscribe(gone.pk)
    suppression.suppress(
        cast.workspace.pk,
        "rival.example",
        SuppressionReason.MANUAL,
        SuppressionKind.DOMAIN,
        note="A rival",
    )
    shown = Contact.objects.get(email_key="li.na@lantern.example")
    contacts.update(
        shown, {"notes": "Met at stand 8.1A.\nWants samples.", "phone": "+86 574 5550104", "language": "zh"}
    )
    entry = suppression.standing(cast.workspace.pk, gone.email_key)
    assert entry is not None
    assert shown.company_id is not None
    return {
        "contact": shown.pk,
        "gone": gone.pk,
        "company": shown.company_id,
        "list": list_of(cast).pk,
        "import": done.pk,
        "import_map": waiting.pk,
        "suppression_release": entry.pk,
    }


@pytest.mark.parametrize(("look", "width", "dark", "language"), LOOKS, ids=[look[0] for look in LOOKS])
def test_pages_are_accessible_and_fit(
    browser: Browser, cast: Cast, look: str, width: int, dark: bool, language: str
) -> None:
    page = browser.page(cast.alice, width=width, dark=dark, language=language)
    plain = (
        "contacts",
        "companies",
        "lists",
        "imports",
        "suppression",
        "contact_new",
        "import_new",
        "suppression_add",
    )
    addresses = [(f"empty-{name}", cast.url(f"audience:{name}")) for name in plain]
    keys: dict[str, int] = {}
    for stage in ("empty", "full"):
        if stage == "full":
            keys = furnish(cast)
            addresses = [(name, cast.url(f"audience:{name}")) for name in plain[:5]]
            addresses += [
                (name, cast.url(f"audience:{name.replace('gone', 'contact')}", pk))
                for name, pk in keys.items()
            ]
            addresses += [("contact_edit", cast.url("audience:contact_edit", keys["contact"]))]
        for name, url in addresses:
            browser.go(page, url)
            page.wait_for_load_state("networkidle")
            if PICTURES:
                page.screenshot(path=str(Path(PICTURES) / f"{look}-{name}.png"), full_page=True)
            browser.assert_fits(page)
            browser.assert_accessible(page)


def test_an_import_by_mouse(browser: Browser, cast: Cast) -> None:
    page = browser.page(cast.bob)
    browser.go(page, cast.url("audience:contacts"))
    page.get_by_role("link", name="Import a file").click()
    page.get_by_role("button", name="Try the sample").click()
    expect(page.get_by_text("8 rows: 2 will be rejected, 1 are doubles.")).to_be_visible()
    page.get_by_label("Where “Notes” goes").select_option("")
    expect(page.locator("#preview")).not_to_contain_text("LED catalogue")
    page.get_by_label("Where do these addresses come from?").fill("Canton Fair")
    page.get_by_label("They gave us their card at a fair or a meeting.").check()
    page.get_by_role("button", name="Import", exact=True).click()
    assert page.get_by_label("Where do these addresses come from?").input_value() == "Canton Fair"
    page.get_by_label("I confirm that this is true").check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
    importing.run(Import.objects.get().pk)
    expect(page.get_by_text("5 new contacts from 8 rows.")).to_be_visible(timeout=10_000)
    page.get_by_role("link", name="See the contacts").click()
    page.get_by_role("link", name="Anna Schmidt").click()
    expect(page.get_by_text("Will get the next mail.")).to_be_visible()
    page.get_by_role("button", name="They want no more mail").click()
    page.get_by_role("button", name="No more mail", exact=True).click()
    expect(page.get_by_text("Will not get the next mail.")).to_be_visible()
    browser.assert_quiet()
