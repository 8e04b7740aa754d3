"""A person at a Tradewind whose internet is the laboratory: what they click, what they see, in both languages."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, Page, expect

from tests.browser import Browser
from tests.processes import Processes, free_port, listening, wait_until
from tradewind.lab.testing import LabProcess

DOMAIN = "ningbo-lantern.example"
MAIL_HOST = f"mail.{DOMAIN}"
PACE = 240.0
PATIENCE = 20_000  # ms; the machine may be busy

READER: dict[str, object] = {
    "state": "ok",
    "folder": "inbox",
    "opens": True,
    "images": True,
    "clicks": True,
    "auto_reply": False,
    "prefetch": False,
    "scanned": False,
    "ending": "nothing",
}
QUIET: dict[str, object] = {"state": "ok", "opens": False, "auto_reply": False, "prefetch": False}
ASKS = "anna.berg@lumen-shop.de"
GONE = "left.company@gmail.com"
LEAVES = "li.wei@163.com"
BUYERS: dict[str, Mapping[str, object]] = {
    ASKS: {**READER, "ending": "reply", "reply_kind": "price"},
    LEAVES: QUIET,
    GONE: {"state": "unknown"},
    "pierre.martin@orange.fr": READER,
    "john.smith@outlook.com": QUIET,
    "maria.garcia@yahoo.com": QUIET,
    "kenji.sato@tokyo-garden.co.jp": READER,
    "olga.petrova@yandex.ru": QUIET,
}
NOT_ADDRESSES = ("no-at-sign.example.com", "two@@example.com")


@dataclass(frozen=True)
class Words:
    """What a person reads on the way, in one language."""

    language: str
    headings: str
    encoding: str  # of their CSV file
    welcome: str
    next_steps: str
    publish: str
    domain_good: str
    channel_works: str
    file_checked: str
    imported: str
    template_ready: str
    starter: str
    check_good: str
    send: str
    live: str
    finished: str
    accepted: str
    answered: str
    signature: str
    may_write: str
    may_not_write: str
    leave: str
    left: str


ENGLISH = Words(
    language="en",
    headings="Email,First name,Last name,Company,Country",
    encoding="utf-8",
    welcome="Two minutes and you can begin",
    next_steps="Five steps lead to the first campaign",
    publish="Publish these records",
    domain_good="Providers can see that mail from this domain is yours.",
    channel_works="It works",
    file_checked="2 will be rejected",
    imported="8 new contacts from 11 rows",
    template_ready="ready to be sent",
    starter="introduction.en",
    check_good="Nothing is wrong",
    send="Send to 8 people",
    live="a second",
    finished="Finished",
    accepted="7 of 8 were accepted.",
    answered="Answered by a person.",
    signature="is valid",
    may_write="Will get the next mail.",
    may_not_write="Will not get the next mail.",
    leave="No more mails from Ningbo Lantern",
    left="Done. You are unsubscribed.",
)
CHINESE = Words(
    language="zh-hans",
    headings="邮箱,名,姓,公司,国家",
    encoding="gbk",
    welcome="两分钟即可开始",
    next_steps="完成五步即可发出第一次群发",
    publish="添加这些记录",
    domain_good="邮箱服务商可以确认这个域名的邮件来自您",
    channel_works="可以使用",
    file_checked="2 行无法导入",
    imported="11 行中新增 8 位联系人",
    template_ready="可以发送了",
    starter="introduction.zh",
    check_good="没有问题",
    send="发送给 8 人",
    live="封/秒",
    finished="已完成",
    accepted="已接收 7 封，共发送 8 封。",
    answered="客户本人已回复。",
    signature="有效",
    may_write="会收到下一封邮件",
    may_not_write="不会收到下一封邮件",
    leave="不再接收 Ningbo Lantern",
    left="已完成，您已退订。",
)


def address_book(words: Words, folder: Path) -> Path:
    """A CSV file as people have them: two rows are no addresses, one stands there twice."""
    lines = [words.headings]
    for address in (*BUYERS, *NOT_ADDRESSES, ASKS):
        first, _dot, last = address.partition("@")[0].partition(".")
        lines.append(f"{address},{first.title()},{last.title()},{first.title()} Trading,DE")
    path = folder / "buyers.csv"
    path.write_bytes("\r\n".join(lines).encode(words.encoding))
    return path


@dataclass
class Walk:
    """The person, their browser, and the ground they walk on."""

    browser: Browser
    lab: LabProcess
    words: Words
    folder: Path
    page: Page = field(init=False)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page = self.browser.page(language=self.words.language)
        self.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)

    def go(self, path: str) -> None:
        self.browser.go(self.page, path)

    def follow(self, link: Locator) -> None:
        """Click, and be sure that the page it leads to is whole."""
        with self.page.expect_navigation(wait_until="load"):
            link.click()
        self.browser.assert_quiet()

    def open(self, part: str) -> None:
        """Follow the first link whose address ends like this (a piece of a regular expression)."""
        links = self.page.locator("main a[href], nav a[href]")
        for index in range(links.count()):
            if re.search(part + r"$", links.nth(index).get_attribute("href") or ""):
                self.follow(links.nth(index))
                return
        raise AssertionError(f"no link to {part} on {self.page.url}")

    def submit(self) -> None:
        """The page's one main button."""
        self.follow(self.page.locator("main .btn-primary, .gate .btn-primary, form .btn-primary").last)

    def see(self, text: str) -> Locator:
        """Fails unless a person sees this text on the page."""
        found = self.page.get_by_text(text).locator("visible=true").first
        expect(found).to_be_visible()
        return found

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"main [name={name}], form [name={name}]").first.fill(value)

    def good_for_all(self) -> None:
        """Nothing serious for axe, by day and by night, and nothing wider than the window."""
        self.browser.assert_fits(self.page)
        self.browser.assert_accessible(self.page)
        self.switch("dark")
        self.browser.assert_accessible(self.page)
        self.switch("light")
        self.browser.assert_quiet()

    def switch(self, scheme: Literal["light", "dark"]) -> None:
        self.page.emulate_media(color_scheme=scheme)
        expect(self.page.locator("html")).to_have_attribute("data-bs-theme", scheme)


@contextmanager
def installation(folder: Path) -> Iterator[tuple[LabProcess, str]]:
    """A laboratory, and all of Tradewind's processes in it: the laboratory, and the address of the pages."""
    web_port, inbound_port = free_port(), free_port()
    with LabProcess(pace=PACE, inbound_port=inbound_port, web_port=web_port) as lab:
        host, port = lab.dns_address
        settings = {
            "TRADEWIND_LANGUAGE": "en",
            "TRADEWIND_PACE": str(PACE),
            "TRADEWIND_URL": f"http://127.0.0.1:{web_port}",
            "TRADEWIND_WEB_PORT": str(web_port),
            "TRADEWIND_ALLOWED_HOSTS": "*",
            "TRADEWIND_DNS": f"{host}:{port}",
            "TRADEWIND_ALLOW_LOOPBACK_MX": "1",
            "TRADEWIND_TRACKING_SCHEME": "http",
            "TRADEWIND_TRACKING_PORT": str(web_port),
            "TRADEWIND_MAIL_HOST": MAIL_HOST,
            "TRADEWIND_SENDING_ADDRESSES": "127.0.0.1",
            "TRADEWIND_INBOUND_PORT": str(inbound_port),
        }
        with Processes("web", "worker", "jobs", "project", "inbound", data=folder, **settings):
            wait_until(lambda: listening(web_port) and listening(inbound_port), 40, "web and inbound")
            yield lab, f"http://127.0.0.1:{web_port}"


def settle_people(lab: LabProcess) -> None:
    """Who our buyers are in the laboratory; their servers take their time, so that one can watch."""
    lab.habits("*", slow=0.25)
    lab.people(BUYERS)
    for address, traits in BUYERS.items():
        lab.person(address, **traits)
