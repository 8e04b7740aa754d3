"""The page of the description in a real browser: it shows every operation, and asks and breaks nothing."""

import os
import shutil
from typing import Any

import pytest

from tradewind.api.app import api

pytestmark = pytest.mark.real


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_the_operations(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    problems: list[str] = []
    asked: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: problems.append(str(e)))
        page.on("request", lambda r: asked.append(r.url))
        page.goto(f"{live_server.url}/api/v1/docs")
        page.wait_for_selector(".opblock-tag")
        tags = page.locator(".opblock-tag").count()
        page.locator(".opblock-tag").first.click()
        page.wait_for_selector(".opblock-summary")
        browser.close()
    groups = {
        o["tags"][0] for methods in api.get_openapi_schema()["paths"].values() for o in methods.values()
    }
    assert tags == len(groups)
    assert problems == []
    assert all(url.startswith((live_server.url, "data:", "blob:")) for url in asked), asked
