"""People and machines behind the boxes: what they do, and that they do the same each time."""

import ipaddress
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.lab.exporter import DOMAIN, Exporter, Hit, records
from tradewind.lab import behaviour, providers
from tradewind.lab.dice import Dice
from tradewind.lab.internet import Internet
from tradewind.lab.people import BoxState, Ending, People, TraitError, read_csv, traits_from
from tradewind.lab.testing import LabProcess
from tradewind.lab.zones import Zones

QUIET: dict[str, Any] = {
    "state": "ok",
    "folder": "inbox",
    "opens": False,
    "clicks": False,
    "ending": "nothing",
    "auto_reply": False,
    "prefetch": False,
    "scanned": False,
}


def deliver(exporter: Exporter, address: str, **traits: object) -> dict[str, Any]:
    exporter.lab.habits("*", limits=False)
    exporter.lab.person(address, **{**QUIET, **traits})
    number, (code, text) = exporter.send(address)
    assert code == 250, text
    exporter.lab.finish()
    row = exporter.row(address, number)
    assert exporter.lab.failures() == []
    return row


def paths(hits: list[Hit], start: str) -> list[str]:
    return [path for _, path, *_ in hits if path.startswith(start)]


def test_a_reader_opens_and_clicks_from_an_address_of_her_own(exporter: Exporter) -> None:
    row = deliver(exporter, "anna@web.de", opens=True, images=True, clicks=True)
    assert (row["opened_human"], row["clicked_human"], row["opened_machine"]) == (True, True, False)
    home = exporter.lab.person("anna@web.de")["person_address"]
    assert {hit[2] for hit in exporter.web.hits} == {home}
    assert home.startswith("127.60.")
    assert paths(exporter.web.hits, "/t/o/")
    assert paths(exporter.web.hits, "/t/c/")
    assert not paths(exporter.web.hits, "/u/")
    assert all("Mozilla/5.0 (" in hit[3] for hit in exporter.web.hits)


def test_a_reader_without_images_leaves_no_open(exporter: Exporter) -> None:
    row = deliver(exporter, "anna@web.de", opens=True, images=False)
    assert (row["read"], row["opened_human"]) == (True, False)
    assert exporter.web.hits == []


@pytest.mark.parametrize(
    ("address", "agent"),
    [
        ("li@icloud.com", "Mozilla/5.0"),
        ("li@gmail.com", "GoogleImageProxy"),
        ("li@yahoo.com", "YahooMailProxy"),
    ],
)
def test_proxies_load_images_only_and_hide_the_reader(exporter: Exporter, address: str, agent: str) -> None:
    row = deliver(exporter, address, prefetch=True, opens=True, images=True)
    assert row["opened_machine"]
    assert len(exporter.web.hits) == 1 or address == "li@gmail.com"
    assert all(hit[2].startswith("127.61.") and agent in hit[3] for hit in exporter.web.hits)
    assert not paths(exporter.web.hits, "/t/c/")


def test_a_scanner_follows_every_link_and_never_posts(exporter: Exporter) -> None:
    exporter.lab.call("POST", "/people", ["ceo@gatefirm.test"])
    row = deliver(exporter, "ceo@gatefirm.test", scanned=True)
    assert (row["clicked_machine"], row["clicked_human"], row["unsubscribed"]) == (True, False, "")
    assert len(paths(exporter.web.hits, "/t/c/")) == 2
    assert len(paths(exporter.web.hits, "/u/")) == 1
    assert {hit[0] for hit in exporter.web.hits} == {"GET"}
    assert all(hit[2].startswith("127.62.") for hit in exporter.web.hits)


def test_one_click_and_page(exporter: Exporter) -> None:
    row = deliver(exporter, "anna@gmail.com", opens=True, ending="unsubscribe", way="one-click")
    assert row["unsubscribed"] == "one-click"
    posts = [hit for hit in exporter.web.hits if hit[0] == "POST"]
    assert [hit[4] for hit in posts] == ["List-Unsubscribe=One-Click"]
    exporter.web.hits.clear()
    row = deliver(exporter, "bert@web.de", opens=True, ending="unsubscribe", way="page")
    assert row["unsubscribed"] == "page"
    assert [(hit[0], hit[4]) for hit in exporter.web.hits if hit[1].startswith("/u/")][-1] == (
        "POST",
        "sure=yes",
    )
    assert exporter.lab.books()["unsubscribed"] == 2


def test_unsubscribing_by_mail(exporter: Exporter) -> None:
    row = deliver(exporter, "anna@icloud.com", opens=True, ending="unsubscribe", way="mailto")
    assert row["unsubscribed"] == "mailto"
    _, recipients, message = exporter.inbound.got[0]
    assert recipients[0].startswith("u+")
    assert message["Subject"] == "unsubscribe"


def test_late_report(exporter: Exporter) -> None:
    row = deliver(exporter, "gone@web.de", state="late")
    assert (row["accepted"], row["late_dsn_sent"], row["folder"]) == (1, True, "")
    sender, recipients, message = exporter.inbound.got[0]
    assert (sender, recipients) == ("", [row["return_path"]])
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    _, status, head = message.iter_parts()
    _, about = status.iter_parts()
    assert about["Final-Recipient"] == "rfc822; gone@web.de"
    assert about["Action"] == "failed"
    assert f"<{row['message_id']}>" in str(head)
    totals = exporter.lab.books()
    assert (totals["accepted"], totals["bounced"]) == (1, 1)


@pytest.mark.parametrize(("domain", "whole"), [("yahoo.com", True), ("hotmail.com", False)])
def test_complaints(exporter: Exporter, domain: str, whole: bool) -> None:
    row = deliver(exporter, f"cross@{domain}", opens=True, ending="complain")
    assert row["complaint_sent"]
    _, recipients, message = exporter.inbound.got[0]
    assert recipients == [f"fbl@bounce.{DOMAIN}"]
    assert message.get_param("report-type") == "feedback-report"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts[1] == "message/feedback-report"
    assert parts[2] == ("message/rfc822" if whole else "text/rfc822-headers")
    text = message.as_string()
    assert f"<{row['message_id']}>" in text
    assert (f"cross@{domain}" in text) is whole
    assert "Feedback-Type: abuse" in text


def test_providers_without_a_feedback_loop_tell_nobody(exporter: Exporter) -> None:
    row = deliver(exporter, "cross@gmail.com", opens=True, ending="complain")
    assert (row["pressed_spam"], row["complaint_sent"], exporter.inbound.got) == (True, False, [])
    standing = exporter.lab.call("GET", "/control/reputations")
    assert [entry["complaints"] for entry in standing if entry["provider"] == "gmail"] == [1]


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "您好"), ("de", "Katalog"), ("es", "catálogo"), ("en", "catalogue")]
)
def test_replies_in_the_persons_language(exporter: Exporter, language: str, words: str) -> None:
    row = deliver(
        exporter, "buyer@web.de", opens=True, ending="reply", reply_kind="interested", language=language
    )
    assert row["replied"]
    sender, recipients, message = exporter.inbound.got[0]
    assert (sender, recipients) == ("buyer@web.de", [f"mei@{DOMAIN}"])
    assert message["In-Reply-To"] == f"<{row['message_id']}>"
    assert message["Auto-Submitted"] is None
    content = message.get_content()
    assert words in content
    assert "> Hello," in content


def test_out_of_office(exporter: Exporter) -> None:
    row = deliver(exporter, "away@qq.com", auto_reply=True)
    assert row["auto_replied"]
    _, recipients, message = exporter.inbound.got[0]
    assert recipients == [row["return_path"]]
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["In-Reply-To"] == f"<{row['message_id']}>"


def test_a_server_that_is_busy_is_tried_again(exporter: Exporter) -> None:
    exporter.inbound.refuse_first = 1
    row = deliver(exporter, "gone@web.de", state="late")
    assert row["late_dsn_sent"]
    assert len(exporter.inbound.got) == 1


def test_nobody_reads_the_spam_folder(exporter: Exporter) -> None:
    row = deliver(exporter, "li@icloud.com", folder="spam", opens=None, prefetch=True, auto_reply=True)
    assert (row["folder"], row["opened_machine"], row["auto_replied"]) == ("spam", False, False)
    assert exporter.web.hits == []


def test_people_go_nowhere_but_to_loopback(exporter: Exporter) -> None:
    exporter.lab.publish([{"name": f"links.{DOMAIN}", "type": "A", "data": "192.0.2.1"}])
    exporter.lab.person("anna@web.de", **{**QUIET, "opens": True, "images": True})
    exporter.lab.habits("*", limits=False)
    exporter.send("anna@web.de")
    exporter.lab.finish()
    assert ["loopback" in failure["reason"] for failure in exporter.lab.failures()] == [True]
    assert exporter.web.hits == []


def test_waiting_takes_lab_time(exporter: Exporter) -> None:
    exporter.lab.habits("*", limits=False)
    exporter.lab.person("gone@web.de", **{**QUIET, "state": "late"})
    exporter.send("gone@web.de")
    started = time.monotonic()
    exporter.lab.finish(wait=True)
    assert exporter.lab.books()["bounced"] == 1
    assert time.monotonic() - started < 3600 / 2000 + 1


# -- decided, without a process ------------------------------------------------------------------------


def people(seed: int) -> People:
    return People(Dice(seed), behaviour.load(), lambda: 0.0)


def test_same_seed_same_stories() -> None:
    catalogue = providers.load()
    gmail = catalogue["gmail"]
    addresses = [f"p{i}@gmail.com" for i in range(400)]

    def stories(seed: int, order: list[str]) -> dict[str, object]:
        crowd = people(seed)
        return {a: (crowd.state(a, gmail), crowd.story(a, gmail, 1, "inbox", False)) for a in order}

    assert stories(7, addresses) == stories(7, addresses[::-1])
    assert stories(7, addresses) != stories(8, addresses)


def test_shares_are_as_written_and_everything_ends_within_three_hours() -> None:
    catalogue = providers.load()
    crowd, yahoo = people(7), catalogue["yahoo"]
    count = 20_000
    stories = [crowd.story(f"p{i}@yahoo.com", yahoo, 1, "inbox", False) for i in range(count)]
    opened = [story for story in stories if story.opened is not None]
    assert len(opened) / count == pytest.approx(0.36, abs=0.02)
    assert sum(story.clicks > 0 for story in opened) / count == pytest.approx(0.05, abs=0.01)
    endings = Counter(story.ending for story in opened)
    assert endings[Ending.REPLY] / count == pytest.approx(0.02, abs=0.005)
    assert endings[Ending.COMPLAIN] / count == pytest.approx(0.003, abs=0.002)
    assert endings[Ending.UNSUBSCRIBE] / count == pytest.approx(0.008, abs=0.003)
    assert max((story.opened or 0) + story.ending_after + story.click_after for story in opened) < 3 * 3600
    states = Counter(crowd.state(f"p{i}@yahoo.com", yahoo) for i in range(count))
    assert states[BoxState.UNKNOWN] / count == pytest.approx(yahoo.unknown_share, abs=0.004)


def test_every_person_has_a_loopback_address() -> None:
    internet = Internet(Zones(), Dice(7), providers.load())
    homes = {internet.person_address(f"p{i}@x.test") for i in range(20_000)}
    assert len(homes) > 15_000
    assert all(ipaddress.ip_address(home) in ipaddress.ip_network("127.60.0.0/16") for home in homes)


def test_company_domains_find_the_same_host_each_time() -> None:
    domains = [f"firm{i}.test" for i in range(300)]

    def homes(order: list[str]) -> dict[str, str]:
        internet = Internet(Zones(), Dice(7), providers.load())
        internet.add_domains(order)
        return {place.domain: place.provider for place in internet.places() if place.domain in domains}

    first = homes(domains)
    assert first == homes(domains[::-1])
    assert {"workspace", "m365", "mimecast", "barracuda", "selfrun", "hoster"} <= set(first.values())


def test_traits_are_checked() -> None:
    assert traits_from({"state": "full"}).state is BoxState.FULL
    for wrong in ({"mood": "good"}, {"opens": "yes"}, {"state": "asleep"}, {"way": "carrier pigeon"}):
        with pytest.raises(TraitError):
            traits_from(wrong)


def test_a_population_file(tmp_path: Path) -> None:
    text = "\ufeffName,Email,Country\nAnna,anna@firma.de,DE\nno address,,\nBo,bo@firma.de,\n"
    assert [row["email"] for row in read_csv(text)] == ["anna@firma.de", "bo@firma.de"]
    file = tmp_path / "people.csv"
    file.write_text(text, "utf-8")
    with LabProcess(state=tmp_path / "state", people=file) as lab:
        assert lab.person("anna@firma.de")["laid_down"]["country"] == "de"
        assert lab.call("POST", "/people", b"email\nx@neu.test\ny@firma.de\n") == {
            "people": 2,
            "new_domains": 1,
        }
        lab.publish(records())


def test_some_full_boxes_are_emptied_after_the_first_knock() -> None:
    now = 0.0
    crowd = People(Dice(7), behaviour.load(), lambda: now)
    gmail = providers.load()["gmail"]
    full = [f"p{i}@gmail.com" for i in range(9000)]
    full = [a for a in full if crowd.state(a, gmail, knock=False) is BoxState.FULL]
    now = 10_000.0
    assert all(crowd.state(address, gmail) is BoxState.FULL for address in full)
    now += 3600.0
    freed = sum(crowd.state(address, gmail) is BoxState.OK for address in full)
    assert 0.3 < freed / len(full) < 0.9
