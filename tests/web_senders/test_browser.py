"""Domains, channels and senders in Chromium, in both languages, on a phone, in the dark."""

import os
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.browser import browser as browser
from tests.cast import Cast
from tests.senders.conftest import lab as lab
from tests.senders.conftest import lab_process as lab_process
from tradewind.lab.testing import LabProcess
from tradewind.senders import channels, checks, domains
from tradewind.senders.models import Channel, Sender

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("TEST_PICTURES", "")  # a folder: every page is photographed into it


def look(page: object, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)  # type: ignore[attr-defined]


def test_from_nothing_to_an_authenticated_domain(browser: Browser, cast: Cast, lab: LabProcess) -> None:
    page = browser.page(cast.alice)
    browser.go(page, cast.url("senders:domains"))
    look(page, "senders-empty")
    page.get_by_role("link", name="Add a domain").first.click()
    page.get_by_label("Domain").fill("browser-lantern.example")
    page.get_by_role("button", name="Show me the records").click()
    page.get_by_text("Publish these records").wait_for()
    page.get_by_role("button", name="Check now").click()
    page.get_by_text("4 records are missing").wait_for()
    look(page, "senders-missing")
    domain = cast.workspace.sending_domains.get()
    lab.publish({"name": r.name, "type": r.type, "data": r.value} for r in domains.records(domain))
    page.get_by_role("button", name="Check now").click()
    page.get_by_text("Providers can see that mail from this domain is yours").wait_for()
    browser.assert_quiet()
    browser.assert_accessible(page)


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("en", 1280, False), ("zh-hans", 1280, False), ("zh-hans", 390, False), ("en", 390, True)],
)
def test_pages_fit_and_can_be_used_by_all(
    browser: Browser, cast: Cast, lab: LabProcess, language: str, width: int, dark: bool
) -> None:
    domain = domains.add_domain(cast.workspace, f"fits-{language}-{width}.example")
    lab.publish([{"name": f"_dmarc.{domain.name}", "type": "TXT", "data": "v=DMARC1; p=reject"}])
    checks.check(domain)
    channel = Channel.objects.create(
        workspace=cast.workspace,
        name="Direct",
        kind=Channel.Kind.DIRECT,
        port=lab.smtp_port,
        security="opportunistic",
    )
    channels.test(channel, "qq.com")
    down = Channel.objects.create(workspace=cast.workspace, name="Relay", host="127.0.0.1", port=9)
    channels.test(down)
    sender = Sender.objects.create(
        workspace=cast.workspace, name="Li Wei", email=f"li@{domain.name}", domain=domain, channel=channel
    )
    page = browser.page(cast.alice, language=language, width=width, dark=dark)
    for name, args in [
        ("senders:domains", []),
        ("senders:domain_new", []),
        ("senders:domain", [domain.pk]),
        ("senders:channels", []),
        ("senders:channel_new", []),
        ("senders:channel", [channel.pk]),
        ("senders:senders", []),
        ("senders:sender", [sender.pk]),
    ]:
        browser.go(page, cast.url(name, *args))
        browser.assert_fits(page)
        browser.assert_accessible(page)
        look(page, f"{name.replace(':', '-')}-{language}-{width}{'-dark' if dark else ''}")
