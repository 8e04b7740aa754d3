"""Chromium on a live server: `real` tests (they need Debian's chromium and the built front end, `make assets`).

    import pytest
    from tests.browser import Browser, browser as browser
    from tests.cast import Cast

    pytestmark = pytest.mark.real

    def test_page(browser: Browser, cast: Cast) -> None:
        page = browser.page(cast.alice)                       # a desktop; width=390 is a phone, dark=True the night
        browser.go(page, cast.url("campaigns:index"))          # fails on console errors and on answers of 500 and more
        page.get_by_role("button", name="New campaign").click()
        browser.assert_accessible(page)                        # axe: nothing serious, nothing critical

Alone, it takes a picture of a page:
`python -m tests.browser URL FILE.png [--width 390] [--dark] [--language zh-hans] [--cookie KEY]`
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import ConsoleMessage, Page, Playwright, Response, sync_playwright

from tradewind.accounts.models import User

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]
AXE = Path(__file__).parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"desktop": 1280, "phone": 390}


def launch(playwright: Playwright) -> Chromium:
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS, headless=True)


@dataclass
class Browser:
    """A Chromium and the address of the server it talks to."""

    chromium: Chromium
    address: str
    faults: list[str] = field(default_factory=list)

    def page(
        self, user: User | None = None, *, width: int = 1280, dark: bool = False, language: str = "en"
    ) -> Page:
        """A fresh window in which `user` is logged in (and reads `language`)."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme="dark" if dark else "light",
            locale="zh-CN" if language == "zh-hans" else "en-GB",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            has_touch=width < 600,
        )
        if user is not None:
            if user.language != language:
                user.language = language
                user.save(update_fields=["language"])
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.address}])
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("response", self._answered)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # A status of 400 or more is told by the response, where a test can expect it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            self.faults.append(f"{response.status} for {response.url}")

    def go(self, page: Page, path: str) -> None:
        """Open a page of ours and be sure that nothing went wrong on it."""
        page.goto(self.address + path)
        page.wait_for_load_state("load")
        self.assert_quiet()

    def assert_quiet(self) -> None:
        assert not self.faults, "\n".join(self.faults)

    def findings(self, page: Page) -> list[str]:
        """What axe calls serious or critical on this page: rule, help, and the first elements."""
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: "
            + " | ".join(node["html"][:160] for node in one["nodes"][:3])
            for one in result["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    def assert_accessible(self, page: Page) -> None:
        found = self.findings(page)
        assert not found, f"{page.url}\n" + "\n".join(found)

    def assert_fits(self, page: Page) -> None:
        """Nothing makes the page wider than the window."""
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{page.url} is {width} px wider than the window"


@pytest.fixture
def browser(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A Chromium at a live server, whose database the test sees."""
    monkeypatch.setenv(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
    )  # Playwright's loop runs in this thread; the ORM is used between its calls only
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield Browser(chromium, live_server.url)
        chromium.close()


def _picture(arguments: list[str]) -> None:
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m tests.browser")
    parser.add_argument("url")
    parser.add_argument("file")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--language", default="en")
    parser.add_argument("--cookie", default="", help="the session key of somebody who is logged in")
    chosen = parser.parse_args(arguments)
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        context = chromium.new_context(
            viewport={"width": chosen.width, "height": 900},
            color_scheme="dark" if chosen.dark else "light",
            locale="zh-CN" if chosen.language == "zh-hans" else "en-GB",
        )
        if chosen.cookie:
            context.add_cookies([{"name": "tradewind_session", "value": chosen.cookie, "url": chosen.url}])
        page = context.new_page()
        page.on("console", lambda message: print(f"{message.type}: {message.text}", file=sys.stderr))
        page.goto(chosen.url)
        page.wait_for_timeout(600)
        page.screenshot(path=chosen.file, full_page=True)
        chromium.close()


if __name__ == "__main__":
    _picture(sys.argv[1:])
