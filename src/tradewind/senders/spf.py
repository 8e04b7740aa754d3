"""SPF (RFC 7208): reading a record, counting its look-ups, and asking whether an address may send.

Macros beyond plain names are not expanded: a term with one is taken as "may match" and the verdict is
UNKNOWN.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from tradewind.core.dns import Answer, Status, mail_exchangers

Ask = Callable[[str, str], Answer]
Address = IPv4Address | IPv6Address

MAX_LOOKUPS = 10  # RFC 7208 §4.6.4
MAX_VOID = 2

_TERM = re.compile(
    r"(?P<sign>[+\-~?]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[^\s/]+))?(?:/(?P<four>\d+))?(?://(?P<six>\d+))?",
    re.I,
)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9._-]*)=(?P<value>\S*)", re.I)


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"  # no record
    PERMERROR = "permerror"  # the record cannot be used
    UNKNOWN = "unknown"  # DNS did not answer, or we cannot tell


_SIGNS = {
    "+": Verdict.PASS,
    "": Verdict.PASS,
    "-": Verdict.FAIL,
    "~": Verdict.SOFTFAIL,
    "?": Verdict.NEUTRAL,
}


@dataclass(frozen=True, slots=True)
class Term:
    sign: str
    name: str
    value: str
    prefix: tuple[int | None, int | None]  # IPv4, IPv6

    @property
    def counts(self) -> bool:
        """Whether it costs a look-up."""
        return self.name in ("include", "a", "mx", "ptr", "exists", "redirect")


@dataclass(frozen=True, slots=True)
class Record:
    terms: tuple[Term, ...]
    redirect: str = ""


@dataclass
class Evaluation:
    """The result of `evaluate`, with what it cost."""

    ask: Ask
    lookups: int = 0
    voids: int = 0
    problem: str = ""  # "syntax: ...", "lookups", "voids", "several", "dns"
    record: str = ""
    seen: list[str] = field(default_factory=list)


class _Stop(Exception):
    def __init__(self, verdict: Verdict, problem: str) -> None:
        super().__init__(problem)
        self.verdict, self.problem = verdict, problem


def is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def parse(text: str) -> Record:
    """The record; raises ValueError with the term that cannot be read."""
    terms, redirect = [], ""
    for word in text.split()[1:]:
        modifier, found = _MODIFIER.fullmatch(word), _TERM.fullmatch(word)
        if modifier and not found:
            if modifier["name"].lower() == "redirect":
                redirect = modifier["value"]
            continue
        if not found:
            raise ValueError(word)
        terms.append(_term(found, word))
    return Record(tuple(terms), redirect)


def _term(found: re.Match[str], word: str) -> Term:
    name, value = found["name"].lower(), found["value"] or ""
    four, six = (int(found[size]) if found[size] else None for size in ("four", "six"))
    if name in ("ip4", "ip6"):
        return Term(found["sign"], name, _network(value, four, int(name[2]), word), (None, None))
    sized = four is not None or six is not None
    if (
        (name in ("include", "exists") and not value)
        or (sized and name not in ("a", "mx"))
        or (name == "all" and value)
    ):
        raise ValueError(word)
    if (four or 0) > 32 or (six or 0) > 128:
        raise ValueError(word)
    return Term(found["sign"], name, value, (four, six))


def _network(value: str, size: int | None, version: int, word: str) -> str:
    try:
        network = ip_network(value if size is None else f"{value}/{size}", strict=False)
    except ValueError:
        raise ValueError(word) from None
    if network.version != version:
        raise ValueError(word)
    return str(network)


def evaluate(domain: str, address: str | None, ask: Ask) -> tuple[Verdict, Evaluation]:
    """Whether `address` may send for `domain`. With address None nothing matches but "all": for counting
    look-ups."""
    state = Evaluation(ask)
    try:
        verdict = _check(state, domain, ip_address(address) if address else None, depth=0)
    except _Stop as stop:
        state.problem = stop.problem
        return stop.verdict, state
    return verdict, state


def _record_of(state: Evaluation, domain: str) -> str | None:
    answer = state.ask(domain, "TXT")
    if not answer.known:
        raise _Stop(Verdict.UNKNOWN, "dns")
    records = [value for value in answer.values if is_spf(value)]
    if len(records) > 1:
        state.seen = records
        raise _Stop(Verdict.PERMERROR, "several")
    return records[0] if records else None


def _check(state: Evaluation, domain: str, address: Address | None, depth: int) -> Verdict:
    text = _record_of(state, domain)
    if text is None:
        if depth:
            raise _Stop(Verdict.PERMERROR, f"include {domain}")
        return Verdict.NONE
    if depth == 0:
        state.record = text
    try:
        record = parse(text)
    except ValueError as error:
        raise _Stop(Verdict.PERMERROR, f"syntax {error}") from None
    for term in record.terms:
        if _matches(state, term, domain, address, depth):
            return _SIGNS[term.sign]
    if record.redirect and not any(term.name == "all" for term in record.terms):
        _count(state)
        return _check(state, record.redirect, address, depth + 1)
    return Verdict.NEUTRAL


def _count(state: Evaluation) -> None:
    state.lookups += 1
    if state.lookups > MAX_LOOKUPS:
        raise _Stop(Verdict.PERMERROR, "lookups")


def _matches(state: Evaluation, term: Term, domain: str, address: Address | None, depth: int) -> bool:
    if term.counts:
        _count(state)
    if "%" in term.value:
        if address is None:
            return False
        raise _Stop(Verdict.UNKNOWN, "macro")
    if term.name == "all":
        return True
    if term.name == "include":
        return _check(state, term.value, address, depth + 1) is Verdict.PASS
    if address is None or term.name == "ptr":  # RFC 7208 §5.5: do not use
        return False
    if term.name in ("ip4", "ip6"):
        return address in ip_network(term.value)
    return _host_matches(state, term, term.value or domain, address)


def _host_matches(state: Evaluation, term: Term, host: str, address: Address) -> bool:
    if term.name == "exists":
        return bool(_ask(state, host, "A").values)
    hosts = [host]
    if term.name == "mx":
        hosts = [mx.host for mx in mail_exchangers(_ask(state, host, "MX"))][:MAX_LOOKUPS]
    kind = "A" if address.version == 4 else "AAAA"
    size = term.prefix[0 if address.version == 4 else 1]
    for name in hosts:
        for value in _ask(state, name, kind).values if name else ():
            network = ip_network(
                f"{value}/{size if size is not None else address.max_prefixlen}", strict=False
            )
            if address in network:
                return True
    return False


def _ask(state: Evaluation, name: str, kind: str) -> Answer:
    answer = state.ask(name, kind)
    if not answer.known:
        raise _Stop(Verdict.UNKNOWN, "dns")
    if answer.status is not Status.FOUND:
        state.voids += 1
        if state.voids > MAX_VOID:
            raise _Stop(Verdict.PERMERROR, "voids")
    return answer


def merged(existing: str, mechanisms: list[str]) -> str:
    """An existing record with our mechanisms added before its end; nothing is taken away."""
    words = existing.split()
    present = {word.lower().lstrip("+") for word in words}
    added = [mechanism for mechanism in mechanisms if mechanism.lower() not in present]
    ends = [
        n
        for n, w in enumerate(words)
        if w.lower().lstrip("+-~?") == "all" or w.lower().startswith("redirect=")
    ]
    at = ends[0] if ends else len(words)
    return " ".join([*words[:at], *added, *words[at:]])
