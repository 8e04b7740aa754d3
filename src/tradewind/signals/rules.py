"""From a message's hits to verdicts: pure, no clock, no database. Change a rule, raise VERSION, and
stored hits can be judged again.

Two questions are answered for each hit, apart from each other: *was it a person* and *does it show that
the mail is in the inbox*.
A privacy proxy is no person and good evidence of the inbox; a gateway's scanner is neither. Signs are
weighed: above zero for a
machine, below for a person; the sum decides (see docs/tracking.md for the reasons behind each).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind.signals.agents import is_browser, is_mail_program, old_browser
from tradewind.signals.networks import catalogue
from tradewind.signals.words import HitKind, Sign, Verdict

VERSION = 1

BURST_SECONDS = 10.0
NEIGHBOUR_SECONDS = 60.0
PROXY_AT_ONCE = 60.0
PROXY_LATE = 1800.0
UNHURRIED = 300.0
TWO_PAGES = 2.0
FOLLOW_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class HitFact:
    """One request as the rules see it; times in mail seconds since any fixed instant."""

    id: int
    kind: HitKind
    link: int | None
    at: float
    method: str
    ip: str
    agent: str
    headers: dict[str, str] = field(default_factory=dict)
    neighbours: int = (
        1  # recipients whose mails this address fetched within a minute of this hit, this one included
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """One message: when it was accepted (mail seconds on the same scale; None: not known) and how many links it has."""

    accepted: float | None
    links: int
    hits: tuple[HitFact, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    sign: Sign
    weight: float
    facts: dict[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {"sign": self.sign.value, "weight": self.weight, **self.facts}


@dataclass(frozen=True, slots=True)
class Judgement:
    hit: int
    verdict: Verdict
    shows_inbox: bool | None
    reasons: tuple[Reason, ...]


def judge(facts: Facts) -> list[Judgement]:
    """A judgement for each open, click and look at the unsubscribe page, in the order of `facts.hits`."""
    return [_judge_one(hit, facts) for hit in facts.hits if hit.kind is not HitKind.UNSUBSCRIBE]


def _judge_one(hit: HitFact, facts: Facts) -> Judgement:
    reasons = tuple(reason for rule in RULES for reason in rule(hit, facts))
    verdict = _weigh(sum(reason.weight for reason in reasons))
    return Judgement(hit.id, verdict, _shows_inbox(verdict, {reason.sign for reason in reasons}), reasons)


def _weigh(score: float) -> Verdict:
    if score >= 4:
        return Verdict.MACHINE
    if score >= 2:
        return Verdict.LIKELY_MACHINE
    if score > -1:
        return Verdict.UNKNOWN
    if score > -3:
        return Verdict.LIKELY_PERSON
    return Verdict.PERSON


_INBOX_LOADS = frozenset(
    {Sign.APPLE_PRIVACY, Sign.PREFETCH_AGENT, Sign.MAIL_PROXY, Sign.PROXY_AT_ONCE, Sign.PROXY_LATE}
)


def _shows_inbox(verdict: Verdict, signs: set[Sign]) -> bool | None:
    """Proxies are not known to load mail that was filed as spam; people mostly act in the inbox; scanners work before it."""
    if Sign.BEFORE_ACCEPTANCE in signs:
        return False
    if signs & _INBOX_LOADS or verdict.is_people:
        return True
    return False if verdict.is_machine else None


# --- Rules: each yields the reasons it sees. ------------------------------------------------------------------------


def _request(hit: HitFact, facts: Facts) -> Iterator[Reason]:
    """How it asked. HEAD is never a reader; prefetching browsers and proxies say so in a header."""
    if hit.method not in ("GET", "POST"):
        yield Reason(Sign.HEAD_REQUEST, 5)
    purposes = (hit.headers.get(name, "") for name in ("purpose", "sec-purpose", "x-moz", "x-purpose"))
    if any("prefetch" in value.lower() or "preview" in value.lower() for value in purposes):
        yield Reason(Sign.PREFETCH_HEADER, 5)


def _proxies(hit: HitFact, facts: Facts) -> Iterator[Reason]:
    """Picture loads of mail services. Apple's say nothing about a reader; Gmail's and the like mostly happen at opening."""
    if hit.kind is not HitKind.OPEN:
        return
    if catalogue().is_prefetcher(hit.agent):
        yield Reason(Sign.PREFETCH_AGENT, 4)
        return
    proxy = catalogue().proxy(hit.agent)
    if proxy is None:
        return
    if proxy.always_ahead:
        yield Reason(Sign.APPLE_PRIVACY, 4)
        return
    yield Reason(Sign.MAIL_PROXY, 0, {"name": proxy.name})
    waited = _since_acceptance(hit, facts)
    if waited is not None and waited < PROXY_AT_ONCE:
        yield Reason(Sign.PROXY_AT_ONCE, 3, {"seconds": round(max(waited, 0))})
    elif waited is not None and waited >= PROXY_LATE:
        yield Reason(Sign.PROXY_LATE, -1, {"minutes": round(waited / 60)})


def _who(hit: HitFact, facts: Facts) -> Iterator[Reason]:
    """What the address and the agent say."""
    scanner = catalogue().scanner(hit.ip, hit.agent)
    if scanner and not (scanner.clicks_only and hit.kind is HitKind.OPEN):
        yield Reason(Sign.SCANNER_NETWORK, 4 if scanner.certain else 3, {"name": scanner.name})
    if _hides_reader(hit):
        return
    agent = hit.agent.strip()
    program = catalogue().program(agent)
    if not agent:
        yield Reason(Sign.NO_AGENT, 2)
    elif program:
        yield Reason(Sign.BOT_AGENT, 4, {"agent": program})
    elif old := old_browser(agent):
        yield Reason(Sign.OLD_BROWSER, 2, {"agent": old})
    elif is_browser(agent) or (hit.kind is HitKind.OPEN and is_mail_program(agent)):
        yield Reason(Sign.BROWSER, -0.5)
    else:
        yield Reason(Sign.ODD_AGENT, 1)
    if hit.headers.get("accept-language"):
        yield Reason(Sign.LANGUAGE, -0.5)


def _timing(hit: HitFact, facts: Facts) -> Iterator[Reason]:
    """Seconds since the receiving server took the mail. Machines at gateways act before or at once; readers later."""
    waited = _since_acceptance(hit, facts)
    if waited is None or _hides_reader(hit):
        return
    if waited < 0:
        yield Reason(Sign.BEFORE_ACCEPTANCE, 4)
    elif waited < (10 if hit.kind is not HitKind.OPEN else 4):
        yield Reason(Sign.AT_ONCE, 3, {"seconds": round(waited)})
    elif waited < 30 and hit.kind is not HitKind.OPEN:
        yield Reason(Sign.AT_ONCE, 1, {"seconds": round(waited)})
    elif waited >= UNHURRIED:
        yield Reason(Sign.UNHURRIED, -1, {"minutes": round(waited / 60)})


def _company(hit: HitFact, facts: Facts) -> Iterator[Reason]:
    """What else was fetched in the same moment: people follow one link and read; scanners follow them all."""
    if hit.kind is HitKind.OPEN:
        return
    near = [other for other in facts.hits if abs(other.at - hit.at) <= BURST_SECONDS]
    links = {other.link for other in near if other.kind is HitKind.CLICK and other.link is not None}
    if len(links) >= 2:
        times = [other.at for other in near if other.kind is HitKind.CLICK]
        seconds = round(max(times) - min(times), 1)
        yield Reason(Sign.BURST, 3 if len(links) >= 3 else 2, {"links": len(links), "seconds": seconds})
        if len(links) == facts.links >= 3:
            yield Reason(Sign.EVERY_LINK, 1.5, {"links": len(links), "all": facts.links})
    pages = [other.at for other in near if other.kind is HitKind.UNSUBSCRIBE_PAGE]
    sent = any(other.kind is HitKind.UNSUBSCRIBE for other in facts.hits)
    if links and pages and not sent:
        gap = min(abs(page - other.at) for page in pages for other in near if other.kind is HitKind.CLICK)
        # Nobody looks at two pages within two seconds.
        yield Reason(Sign.UNSUBSCRIBE_PAGE_TOO, 5 if gap <= TWO_PAGES else 2, {"seconds": round(gap, 1)})


def _neighbours(hit: HitFact, facts: Facts) -> Iterator[Reason]:
    """One address over many recipients within a minute. An office behind one address reads slower than that."""
    if _hides_reader(hit) or hit.neighbours < 5:
        return
    weight = 4 if hit.kind is not HitKind.OPEN or hit.neighbours >= 20 else 1.5
    yield Reason(Sign.MANY_RECIPIENTS, weight, {"messages": hit.neighbours})


def _later(hit: HitFact, facts: Facts) -> Iterator[Reason]:
    """What came before and after confirms: an open that leads to a click, a browser that comes back, a form that is sent."""
    if hit.kind is HitKind.UNSUBSCRIBE_PAGE and _sent_form(hit, facts):
        yield Reason(Sign.FORM_SENT, -4)
    # Pictures loaded ahead say nothing of a reader, whoever clicks later.
    proxy = catalogue().proxy(hit.agent) if hit.kind is HitKind.OPEN else None
    if catalogue().is_prefetcher(hit.agent) or (proxy and proxy.always_ahead):
        return
    clicks = [other for other in facts.hits if other.kind is HitKind.CLICK and _looks_human(other, facts)]
    if hit.kind is HitKind.OPEN and any(1 <= other.at - hit.at <= FOLLOW_SECONDS for other in clicks):
        yield Reason(Sign.CLICK_FOLLOWED, -3)
    if hit.kind is HitKind.CLICK and any(_opened_before(other, hit) for other in facts.hits):
        yield Reason(Sign.OPENED_BEFORE, -1)
    if any(_came_back(other, hit) for other in facts.hits):
        yield Reason(Sign.SAME_BROWSER_AGAIN, -1)


RULES: Sequence[Callable[[HitFact, Facts], Iterator[Reason]]] = (
    _request,
    _proxies,
    _who,
    _timing,
    _company,
    _neighbours,
    _later,
)

# --- Helpers --------------------------------------------------------------------------------------------------------


def _since_acceptance(hit: HitFact, facts: Facts) -> float | None:
    return None if facts.accepted is None else hit.at - facts.accepted


def _hides_reader(hit: HitFact) -> bool:
    """A mail service's proxy stands between: its address, agent and haste are not the reader's."""
    if hit.kind is not HitKind.OPEN:
        return False
    return catalogue().proxy(hit.agent) is not None or catalogue().is_prefetcher(hit.agent)


_FIRST_LOOK = (_request, _who, _timing, _company, _neighbours)


def _looks_human(hit: HitFact, facts: Facts) -> bool:
    """By itself, without what came before and after (else two hits would confirm each other for ever)."""
    return sum(reason.weight for rule in _FIRST_LOOK for reason in rule(hit, facts)) <= -0.5


def _sent_form(hit: HitFact, facts: Facts) -> bool:
    return any(
        other.kind is HitKind.UNSUBSCRIBE and other.ip == hit.ip and 0 < other.at - hit.at <= FOLLOW_SECONDS
        for other in facts.hits
    )


def _opened_before(other: HitFact, hit: HitFact) -> bool:
    """A picture load of a reader (not one made ahead) at least two seconds before the click."""
    if other.kind is not HitKind.OPEN or not hit.at - other.at >= 2:
        return False
    proxy = catalogue().proxy(other.agent)
    return not catalogue().is_prefetcher(other.agent) and not (proxy and proxy.always_ahead)


def _came_back(other: HitFact, hit: HitFact) -> bool:
    same = other.id != hit.id and other.ip == hit.ip and other.agent == hit.agent and not _hides_reader(hit)
    return same and abs(other.at - hit.at) > NEIGHBOUR_SECONDS
