"""From an empty installation to an answered campaign, on the pages, as a person would: once in English, once in Chinese."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import Browser, launch
from tests.real.walk import (
    ASKS,
    CHINESE,
    DOMAIN,
    ENGLISH,
    GONE,
    LEAVES,
    MAIL_HOST,
    NOT_ADDRESSES,
    Walk,
    Words,
    address_book,
    installation,
    settle_people,
)

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[ENGLISH, CHINESE], ids=lambda words: words.language)
def walk(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Iterator[Walk]:
    words: Words = request.param
    with installation(tmp_path) as (lab, address), sync_playwright() as playwright:
        chromium = launch(playwright)
        yield Walk(Browser(chromium, address), lab, words, tmp_path)
        chromium.close()


def test_from_nothing_to_an_answer(walk: Walk) -> None:
    begin(walk)
    prove_the_domain(walk)
    make_a_way_out(walk)
    import_the_buyers(walk)
    write_the_mail(walk)
    prepare_and_send(walk)
    watch_it_go(walk)
    look_at_one_message(walk)
    look_at_the_person(walk)
    a_reader_leaves(walk)


def begin(walk: Walk) -> None:
    walk.go("/")
    walk.see(walk.words.welcome)
    walk.good_for_all()
    walk.fill(
        name="Lin Wei", email=f"lin@{DOMAIN}", password="a kind wind from Ningbo", workspace="Ningbo Lantern"
    )
    walk.page.locator("[name=country]").select_option("CN")
    walk.page.locator("select[name=language]").select_option(walk.words.language)
    walk.submit()
    walk.see(walk.words.next_steps)
    walk.good_for_all()
    walk.page.locator(".tw-who").click()
    walk.follow(walk.page.locator("form[action$='/logout/'] button"))
    walk.go("/")
    walk.fill(login=f"lin@{DOMAIN}", password="a kind wind from Ningbo")
    walk.good_for_all()
    walk.submit()
    walk.see(walk.words.next_steps)


def prove_the_domain(walk: Walk) -> None:
    """The records as the page shows them go into the laboratory's DNS, and the page finds them there."""
    walk.open("/senders/domains/")
    walk.good_for_all()
    walk.open("/senders/domains/new/")
    walk.fill(name=DOMAIN)
    walk.submit()
    walk.see(walk.words.publish)
    walk.good_for_all()
    cards = walk.page.locator("#records section.card")
    assert cards.count() >= 5
    records = []
    for index in range(cards.count()):
        kind, name, value = cards.nth(index).locator("dd code").all_inner_texts()[:3]
        records.append({"type": kind, "name": name, "data": value})
    walk.lab.publish(records)
    walk.lab.publish(
        [
            {"name": DOMAIN, "type": "MX", "data": f"10 {MAIL_HOST}."},
            {"name": MAIL_HOST, "type": "A", "data": "127.0.0.1"},
            {"name": "1.0.0.127.in-addr.arpa", "type": "PTR", "data": f"{MAIL_HOST}."},
        ]
    )
    walk.page.locator("form[action$='/check/'] button").click()
    walk.see(walk.words.domain_good)
    walk.good_for_all()


def make_a_way_out(walk: Walk) -> None:
    walk.open("/senders/channels/")
    walk.open("/senders/channels/new/")
    walk.fill(name="Direct")
    walk.page.locator("[name=kind][value=direct]").check()
    walk.fill(port=str(walk.lab.smtp_port), ehlo_name=MAIL_HOST)
    walk.page.locator("[name=security]").select_option("opportunistic")
    walk.submit()
    if not walk.page.locator("form[action$='/test/']").count():
        walk.follow(walk.page.locator("a.tw-table-title").first)
    walk.page.locator("form[action$='/test/'] button").click()
    walk.see(walk.words.channel_works)
    walk.good_for_all()
    walk.open("/senders/senders/")
    walk.open("/senders/senders/new/")
    walk.fill(name="Lin Wei", email=f"lin.wei@{DOMAIN}")
    walk.submit()
    walk.see(f"lin.wei@{DOMAIN}")


def import_the_buyers(walk: Walk) -> None:
    walk.open("/audience/")
    walk.open("/audience/imports/")
    walk.open("/audience/imports/new/")
    walk.page.locator("input[type=file]").set_input_files(address_book(walk.words, walk.folder))
    walk.follow(walk.page.locator("form[enctype] .btn-primary"))
    walk.see(walk.words.file_checked)
    walk.good_for_all()
    walk.page.locator("[name=list]").select_option("new")
    walk.fill(new_list="Canton Fair", source="Canton Fair, autumn 2026")
    walk.page.locator("[name=basis][value=card_at_fair]").check()
    walk.page.locator("[name=attested]").check()
    walk.submit()
    walk.see(walk.words.imported)
    walk.good_for_all()
    with walk.page.expect_download() as download:
        walk.page.locator("a.btn[href$='/rejected.csv']").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 4  # the headings, two that are no addresses, one that stands there twice
    for address in NOT_ADDRESSES:
        row = next(row for row in rows if address in row)
        assert any(cell and cell != address and len(cell) > 8 for cell in row[-2:]), "the reason is missing"


def write_the_mail(walk: Walk) -> None:
    walk.open("/content/")
    walk.open("/content/new/")
    walk.good_for_all()
    walk.follow(
        walk.page.locator(
            f"form:has([name=starter][value='{walk.words.starter}']) button[type=submit], "
            f"form:has([name=starter][value='{walk.words.starter}']) button"
        ).first
    )
    frame = walk.page.frame_locator("#mail-frame")
    walk.page.locator("#preview-contact").fill(ASKS)
    walk.page.locator("#preview-contact").press("Tab")
    expect(frame.get_by_text("Anna").first).to_be_visible()
    wide = walk.page.locator("#mail-frame").bounding_box()
    walk.page.locator("[data-width=phone]").click()
    walk.page.wait_for_timeout(300)
    narrow = walk.page.locator("#mail-frame").bounding_box()
    assert wide and narrow and narrow["width"] < min(400, wide["width"])
    walk.good_for_all()


def prepare_and_send(walk: Walk) -> None:
    give_the_address(walk)
    settle_people(walk.lab)
    walk.open("/campaigns/")
    walk.open("/campaigns/new/")
    walk.fill(name="Autumn lanterns")
    walk.submit()
    walk.page.locator("[name=lists]").first.check()
    expect(walk.page.locator("#count strong")).to_have_text("8")
    walk.good_for_all()
    walk.submit()
    walk.page.locator("[name=sender]").select_option(index=1)
    walk.page.locator("[name=template]").first.check()
    expect(walk.page.locator("#preview iframe")).to_be_visible()
    walk.good_for_all()
    walk.submit()
    walk.see(walk.words.check_good)
    walk.see(walk.words.send)
    walk.good_for_all()
    walk.follow(walk.page.locator("main a.btn-success"))
    walk.good_for_all()
    walk.follow(walk.page.get_by_role("button", name=walk.words.send))


def give_the_address(walk: Walk) -> None:
    """The foot of every mail: without a postal address nothing may be sent."""
    walk.open("/settings/workspace/")
    walk.fill(postal_address="88 Harbour Road, Beilun, Ningbo 315800, China")
    walk.submit()
    walk.good_for_all()


def watch_it_go(walk: Walk) -> None:
    """The page follows the campaign without being loaded anew, to its end."""
    walk.see(walk.words.live)
    walk.see(walk.words.finished)
    walk.see(walk.words.accepted)
    walk.lab.finish()
    replied = walk.page.locator("li[data-step=replied] .cm-funnel-value a")
    for _attempt in range(40):
        if replied.inner_text().strip() == "1" and opened(walk) == 3:
            break
        walk.page.wait_for_timeout(500)
        walk.page.reload()
    assert replied.inner_text().strip() == "1"
    assert opened(walk) == 3
    walk.good_for_all()


def opened(walk: Walk) -> int:
    text = walk.page.locator("li[data-step=seen] .cm-funnel-value a").first.inner_text()
    return int(re.sub(r"\D", "", text) or 0)


def look_at_one_message(walk: Walk) -> None:
    """A number is a door: from the refused to the one refused; from the answers to the message's whole way."""
    report = walk.page.url
    walk.follow(walk.page.locator(".tw-figure[data-step=refused] a"))
    walk.see(GONE)
    walk.good_for_all()
    walk.page.goto(report)
    walk.follow(walk.page.locator("li[data-step=replied] .cm-funnel-value a"))
    walk.follow(walk.page.locator("a.tw-table-title").first)
    walk.see(walk.words.answered)
    walk.see("RCPT TO:<anna.berg@lumen-shop.de>")
    expect(walk.page.locator("[data-step=good]", has_text=walk.words.signature)).to_be_visible()
    why = walk.page.locator(".cm-station details:not(.cm-dialogue)").first
    why.locator("summary").click()
    expect(why.locator("li").first).to_be_visible()  # the reasons why it was a person
    walk.good_for_all()


def look_at_the_person(walk: Walk) -> None:
    walk.follow(walk.page.locator("main a[href*='/audience/contacts/']").first)
    walk.see(ASKS)
    walk.see(walk.words.may_write)
    walk.good_for_all()


def a_reader_leaves(walk: Walk) -> None:
    """The link of the mail, in a stranger's browser; afterwards their page says that nothing more goes to them."""
    walk.open("/campaigns/")
    walk.follow(walk.page.locator("a.tw-table-title").first)
    walk.follow(walk.page.locator("li[data-step=accepted] .cm-funnel-value a").first)
    walk.follow(walk.page.locator("tr", has_text=LEAVES).locator("a.tw-table-title"))
    contact = walk.page.locator("main a[href*='/audience/contacts/']").first.get_attribute("href")
    headers = walk.page.locator("#tab-headers").text_content() or ""
    found = re.search(r"<http://[^/>]+(/u/[^>]+)>", headers.replace("\n ", ""))
    assert found, headers
    stranger = walk.browser.page(language=walk.words.language, width=390)
    walk.browser.go(stranger, found.group(1))
    expect(stranger.get_by_text(walk.words.leave)).to_be_visible()
    walk.browser.assert_accessible(stranger)
    stranger.locator("[name=confirm]").click()
    expect(stranger.get_by_text(walk.words.left)).to_be_visible()
    walk.go(contact or "")
    walk.see(walk.words.may_not_write)
    walk.good_for_all()
