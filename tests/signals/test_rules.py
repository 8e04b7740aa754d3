"""Verdicts, from hits alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signals.scene import CHROME, GOOGLE
from tradewind.signals import rules
from tradewind.signals.rules import Facts, HitFact
from tradewind.signals.words import HitKind, Sign, Verdict, sentences

OPEN, CLICK, PAGE, POST = HitKind.OPEN, HitKind.CLICK, HitKind.UNSUBSCRIBE_PAGE, HitKind.UNSUBSCRIBE
BROWSER = {"accept-language": "de"}


def hit(number: int, kind: HitKind, at: float, **more: object) -> HitFact:
    link = more.pop("link", 1 if kind is CLICK else None)
    values = {"method": "GET", "ip": "198.51.100.7", "agent": CHROME, "headers": BROWSER, "link": link} | more
    return HitFact(id=number, kind=kind, at=at, **values)  # type: ignore[arg-type]


def verdicts(*hits: HitFact, accepted: float | None = 0.0, links: int = 4) -> list[rules.Judgement]:
    return rules.judge(Facts(accepted, links, hits))


def signs(judgement: rules.Judgement) -> set[Sign]:
    return {reason.sign for reason in judgement.reasons}


def test_a_reader_who_opens_and_clicks_is_a_person() -> None:
    opened, clicked = verdicts(hit(1, OPEN, 1500), hit(2, CLICK, 1540))
    assert opened.verdict is Verdict.PERSON
    assert opened.shows_inbox is True
    assert clicked.verdict is Verdict.PERSON
    assert Sign.CLICK_FOLLOWED in signs(opened)


def test_a_scanner_that_follows_every_link_at_once_is_a_machine() -> None:
    found = verdicts(*(hit(n, CLICK, 2 + n / 2, link=n) for n in range(1, 5)), hit(9, PAGE, 4.5))
    assert {judgement.verdict for judgement in found} == {Verdict.MACHINE}
    assert {judgement.shows_inbox for judgement in found} == {False}
    assert Sign.EVERY_LINK in signs(found[0])
    assert Sign.UNSUBSCRIBE_PAGE_TOO in signs(found[0])


def test_one_link_and_the_unsubscribe_page_within_two_seconds_is_a_machine() -> None:
    quick = verdicts(hit(1, CLICK, 200), hit(2, PAGE, 200.4))
    assert {judgement.verdict for judgement in quick} == {Verdict.MACHINE}
    slow = verdicts(hit(1, CLICK, 200), hit(2, PAGE, 203))
    assert Verdict.MACHINE not in {judgement.verdict for judgement in slow}


def test_a_scanner_that_comes_late_is_seen_by_its_burst() -> None:
    found = verdicts(*(hit(n, CLICK, 900 + n, link=n) for n in range(1, 5)))
    assert all(judgement.verdict.is_machine for judgement in found)


def test_apple_loads_everything_so_it_shows_the_inbox_and_no_person() -> None:
    (judgement,) = verdicts(hit(1, OPEN, 90, agent="Mozilla/5.0", headers={}))
    assert judgement.verdict is Verdict.MACHINE
    assert judgement.shows_inbox is True


def test_an_apple_load_stays_a_machine_when_a_person_clicks_later() -> None:
    proxy, click = verdicts(hit(1, OPEN, 90, agent="Mozilla/5.0", headers={}), hit(2, CLICK, 4000))
    assert proxy.verdict is Verdict.MACHINE
    assert click.verdict.is_people


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(20, Verdict.LIKELY_MACHINE), (600, Verdict.UNKNOWN), (5400, Verdict.LIKELY_PERSON)],
)
def test_the_gmail_proxy_hides_the_reader_and_time_tells_a_little(seconds: float, verdict: Verdict) -> None:
    (judgement,) = verdicts(hit(1, OPEN, seconds, agent=GOOGLE, headers={}))
    assert judgement.verdict is verdict
    assert judgement.shows_inbox is True


def test_a_click_makes_the_proxied_open_a_persons() -> None:
    opened, _ = verdicts(hit(1, OPEN, 600, agent=GOOGLE, headers={}), hit(2, CLICK, 660))
    assert opened.verdict.is_people


@pytest.mark.parametrize(
    "more",
    [
        {"method": "HEAD"},
        {"headers": {"purpose": "prefetch"}},
        {"headers": {"sec-purpose": "prefetch;prerender"}},
        {"agent": "python-requests/2.32"},
        {"agent": "Mozilla/5.0 (compatible; SomeBot/2.1; +http://x.example)"},
        {"agent": "BarracudaCentral/1.0", "headers": {}},
        {"neighbours": 8, "at": 8},
    ],
    ids=str,
)
def test_one_strong_sign_suffices_for_a_click(more: dict[str, object]) -> None:
    at = float(more.pop("at", 700))  # type: ignore[arg-type]
    (judgement,) = verdicts(hit(1, CLICK, at, **more))
    assert judgement.verdict.is_machine


def test_an_open_from_the_network_of_safe_links_may_be_a_person_but_a_click_is_not() -> None:
    opened, clicked = verdicts(hit(1, OPEN, 900, ip="40.107.3.4"), hit(2, CLICK, 20, ip="40.107.3.4"))
    assert opened.verdict.is_people
    assert clicked.verdict.is_machine


def test_before_acceptance_nobody_can_have_read_it() -> None:
    (judgement,) = verdicts(hit(1, OPEN, -0.5))
    assert judgement.verdict.is_machine
    assert judgement.shows_inbox is False


def test_a_person_who_unsubscribes_by_the_page_looked_at_it() -> None:
    (page,) = verdicts(hit(1, PAGE, 15), hit(2, POST, 25, method="POST"))
    assert page.verdict.is_people


def test_a_phone_of_cubot_is_no_robot() -> None:
    agent = CHROME.replace("Windows NT 10.0; Win64; x64", "Linux; Android 14; CUBOT KINGKONG")
    (judgement,) = verdicts(hit(1, CLICK, 1200, agent=agent))
    assert judgement.verdict.is_people


def test_without_a_time_of_acceptance_the_verdict_is_careful() -> None:
    (judgement,) = verdicts(hit(1, OPEN, 50, agent="Foo/1", headers={}), accepted=None)
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.shows_inbox is None


def test_reasons_read_as_sentences() -> None:
    (judgement,) = verdicts(hit(1, CLICK, 3))
    stored = [reason.stored() for reason in judgement.reasons]
    assert sentences(stored)[0] == "It came 3 seconds after the mail was accepted, faster than people read."


KINDS = st.sampled_from([OPEN, CLICK, PAGE, POST])
HITS = st.builds(
    HitFact,
    id=st.integers(1, 10**6),
    kind=KINDS,
    link=st.none() | st.integers(1, 5),
    at=st.floats(-1e6, 1e6),
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    ip=st.text(max_size=45) | st.ip_addresses().map(str),
    agent=st.text(max_size=60) | st.sampled_from([CHROME, GOOGLE, "Mozilla/5.0"]),
    headers=st.dictionaries(st.sampled_from(["purpose", "accept-language"]), st.text(max_size=20)),
    neighbours=st.integers(1, 600),
)


@given(st.lists(HITS, max_size=12), st.none() | st.floats(-1e6, 1e6), st.integers(0, 6))
def test_every_hit_gets_a_verdict_with_readable_reasons(
    hits: list[HitFact], accepted: float | None, links: int
) -> None:
    judged = rules.judge(Facts(accepted, links, tuple(hits)))
    assert [one.hit for one in judged] == [one.id for one in hits if one.kind is not POST]
    for one in judged:
        assert len(sentences([reason.stored() for reason in one.reasons])) == len(one.reasons)
