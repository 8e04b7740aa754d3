"""The pictures of the README, taken anew: `make screenshots` (or `python -m tools.screenshots report check` for some).

Starts the demonstration as anybody would, waits until its campaign is finished and read, and walks through its pages
in Debian's Chromium.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as Slow

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
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
DESKTOP, PHONE = 1280, 390
START_SECONDS = 120.0
SENDING_SECONDS = 240.0
READING_SECONDS = 240.0
LARGEST = 300 * 1024


class Trouble(Exception):
    """Why there are no pictures."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The running demonstration: where it is, and how to get in."""

    address: str  # http://127.0.0.1:8000
    workspace: str  # /w/ningbo-lantern/
    campaign: str  # campaigns/1/
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: `walk` leads the page to what is to be seen."""

    name: str
    walk: Callable[[Page, Demo], None]
    height: int = 1100
    width: int = DESKTOP
    dark: bool = False
    language: str = "en"


@contextmanager
def demonstration(people: int, pace: int) -> Iterator[Demo]:
    """`tradewind demo` in a process of its own; ended with everything it started."""
    environment = os.environ | {
        "TRADEWIND_DATA": str(ROOT / "var" / "screenshots"),
        "TRADEWIND_LANGUAGE": "en",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "tradewind", "demo", "--people", str(people), "--pace", str(pace)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield _invitation(process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _invitation(process: subprocess.Popen[str]) -> Demo:
    """What the demonstration prints: its address and a log-in."""
    assert process.stdout is not None
    said, deadline = "", time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        if not line:
            break
        said += line
        place = re.search(r"(http://[\w.:]+)(/w/[\w-]+/)(campaigns/\d+/)", said)
        login = re.search(r"(\S+@\S+)[ ]+(\S+)", said)
        if place and login:
            return Demo(*place.groups(), *login.groups())
    raise Trouble("The demonstration did not begin. It said:\n" + said)


def window(chromium: Browser, demo: Demo, picture: Picture) -> Page:
    """A fresh window of the right size, logged in."""
    context = chromium.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.dark else "light",
        locale="en-GB",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        has_touch=picture.width == PHONE,
    )
    page = context.new_page()
    page.goto(f"{demo.address}/accounts/login/")
    page.fill("[name=login]", demo.email)
    page.fill("[name=password]", demo.password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{demo.workspace}")
    return page


def go(page: Page, demo: Demo, path: str) -> None:
    page.goto(demo.address + demo.workspace + path)
    page.wait_for_load_state("load")


def report(page: Page, demo: Demo) -> None:
    go(page, demo, demo.campaign)


def trace(page: Page, demo: Demo) -> None:
    """The message of somebody who opened it, clicked and answered: that has the most to tell."""
    go(page, demo, demo.campaign + "messages/?step=replied")
    rows = page.locator("tr:has([data-step=seen]):has([data-step=clicked])")
    (rows if rows.count() else page.locator("main tr:has(a)")).first.locator("a.tw-table-title").click()
    page.wait_for_load_state("load")


def contact(page: Page, demo: Demo) -> None:
    trace(page, demo)
    page.locator(f"main a[href*='{demo.workspace}audience/contacts/']").first.click()
    page.wait_for_load_state("load")


def editor(page: Page, demo: Demo) -> None:
    """A template from a starter, with a subject that shouts."""
    go(page, demo, "content/new/")
    page.locator("form:has([name=starter][value='case.en']) button").first.click()
    page.wait_for_load_state("load")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[name=subject]").fill("FREE SAMPLES for {{ company }}!!!")
    page.locator(".tw-findings li").first.wait_for()


def check(page: Page, demo: Demo) -> None:
    """A second campaign, made on the pages as far as the check."""
    editor(page, demo)
    go(page, demo, "campaigns/new/")
    page.locator("main form input[type=text]").first.fill("After the fair: samples for November")
    _next(page)
    page.locator("input[name=lists]").first.check()
    _next(page)
    page.locator("input[name=template]").first.check()
    page.locator("select[name=sender]").select_option(index=1)
    _next(page)
    page.wait_for_url("**/check/")


def _next(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.locator("main .btn-primary").last.click()
    page.wait_for_load_state("load")


def page_at(path: str) -> Callable[[Page, Demo], None]:
    return lambda page, demo: go(page, demo, path)


PICTURES = [
    Picture("report", report, height=1240),
    Picture("trace", trace, height=1300),
    Picture("check", check, height=1000),
    Picture("editor", editor, height=1000),
    Picture("contact", contact, height=1000),
    Picture("import", page_at("audience/imports/1/"), height=900),
    Picture("domain", page_at("senders/domains/1/"), height=1000),
    Picture("deliverability", page_at("deliverability/"), height=1000),
    Picture("report-dark", report, height=1240, dark=True),
    Picture("report-phone", report, height=1400, width=PHONE),
    Picture("today-zh", page_at(""), height=1000, language="zh-Hans"),
]


def wait_until_read(page: Page, demo: Demo) -> None:
    """Until the campaign is finished (its page follows it by itself) and the readers of the laboratory have calmed
    down."""
    go(page, demo, demo.campaign)
    try:
        page.wait_for_selector("#live:not([hx-get])", state="attached", timeout=SENDING_SECONDS * 1000)
    except Slow:
        raise Trouble("The campaign of the demonstration was not finished in time.") from None
    deadline, before = time.monotonic() + READING_SECONDS, ""
    while time.monotonic() < deadline:
        time.sleep(15)
        go(page, demo, demo.campaign)
        now = page.locator("li[data-step=replied]").first.inner_text()
        if now == before:
            return
        before = now


def speak(page: Page, demo: Demo, language: str) -> None:
    """Switch the language at the foot of the page, if it is another one."""
    spoken = page.locator("html").get_attribute("lang")
    if spoken != language:
        page.locator("footer form button, .tw-foot form button").first.click()
        page.wait_for_load_state("load")


def take(chromium: Browser, demo: Demo, picture: Picture) -> str:
    """Takes one picture; a sentence when something is wrong with it."""
    page = window(chromium, demo, picture)
    speak(page, demo, picture.language)
    picture.walk(page, demo)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1200)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(path=file)
    page.context.close()
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}  {size // 1024} KiB", flush=True)
    if too_wide > 0:
        return f"{picture.name}: the page is {too_wide} px wider than the window"
    return f"{picture.name}: {size} bytes are too many" if size > LARGEST else ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these pictures")
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--pace", type=int, default=120)
    chosen = parser.parse_args(arguments)
    wanted = [one for one in PICTURES if not chosen.names or one.name in chosen.names]
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demonstration(chosen.people, chosen.pace) as demo, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        wait_until_read(window(chromium, demo, PICTURES[0]), demo)
        troubles = [trouble for one in wanted if (trouble := take(chromium, demo, one))]
        chromium.close()
    print("\n".join(troubles), file=sys.stderr)
    return 1 if troubles else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        sys.exit(str(trouble))
