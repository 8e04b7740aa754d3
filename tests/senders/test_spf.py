"""SPF: reading, counting, judging, merging. DNS answers are given as values."""

import pytest

from tradewind.core.dns import Answer, Status
from tradewind.senders import spf
from tradewind.senders.spf import Verdict

ZONE = {
    ("a.example", "TXT"): ["unrelated", "v=spf1 ip4:192.0.2.0/24 include:b.example -all"],
    ("b.example", "TXT"): ["v=spf1 a:host.example/30 mx ip6:2001:db8::/32 ~all"],
    ("b.example", "MX"): ["10 mx.example"],
    ("host.example", "A"): ["198.51.100.4"],
    ("mx.example", "A"): ["203.0.113.7"],
    ("redirect.example", "TXT"): ["v=spf1 redirect=a.example"],
    ("several.example", "TXT"): ["v=spf1 -all", "V=SPF1 +all"],
    ("typo.example", "TXT"): ["v=spf1 ipv4:192.0.2.1 -all"],
    ("macro.example", "TXT"): ["v=spf1 exists:%{i}.x.example -all"],
    ("lost.example", "TXT"): ["v=spf1 include:nothing.example -all"],
    ("many.example", "TXT"): ["v=spf1 " + " ".join(f"include:c{n}.example" for n in range(11)) + " -all"],
    **{(f"c{n}.example", "TXT"): ["v=spf1 ?all"] for n in range(11)},
    ("void.example", "TXT"): ["v=spf1 a:x1.example a:x2.example a:x3.example +all"],
    ("loop.example", "TXT"): ["v=spf1 include:loop.example -all"],
    ("dumb.example", "TXT"): ["v=spf1 include:silent.example -all"],
}


def ask(name: str, kind: str) -> Answer:
    if name == "silent.example":
        return Answer(name, kind, Status.ERROR, why="No DNS server answered in time.")
    values = ZONE.get((name, kind))
    return Answer(name, kind, Status.FOUND if values else Status.NXDOMAIN, tuple(values or ()))


@pytest.mark.parametrize(
    ("domain", "address", "verdict", "problem"),
    [
        ("a.example", "192.0.2.77", Verdict.PASS, ""),
        ("a.example", "198.51.100.6", Verdict.PASS, ""),  # within host.example/30
        ("a.example", "203.0.113.7", Verdict.PASS, ""),
        ("a.example", "2001:db8::1", Verdict.PASS, ""),
        ("a.example", "198.51.100.9", Verdict.FAIL, ""),
        ("b.example", "198.51.100.9", Verdict.SOFTFAIL, ""),
        ("redirect.example", "192.0.2.1", Verdict.PASS, ""),
        ("nothing.example", "192.0.2.1", Verdict.NONE, ""),
        ("several.example", "192.0.2.1", Verdict.PERMERROR, "several"),
        ("typo.example", "192.0.2.1", Verdict.PERMERROR, "syntax ipv4:192.0.2.1"),
        ("lost.example", "192.0.2.1", Verdict.PERMERROR, "include nothing.example"),
        ("many.example", "192.0.2.1", Verdict.PERMERROR, "lookups"),
        ("loop.example", "192.0.2.1", Verdict.PERMERROR, "lookups"),
        ("void.example", "192.0.2.1", Verdict.PERMERROR, "voids"),
        ("dumb.example", "192.0.2.1", Verdict.UNKNOWN, "dns"),
        ("silent.example", "192.0.2.1", Verdict.UNKNOWN, "dns"),
        ("macro.example", "192.0.2.1", Verdict.UNKNOWN, "macro"),
    ],
)
def test_verdicts(domain: str, address: str, verdict: Verdict, problem: str) -> None:
    found, how = spf.evaluate(domain, address, ask)
    assert (found, how.problem) == (verdict, problem)


def test_counting_without_an_address() -> None:
    verdict, how = spf.evaluate("a.example", None, ask)
    assert (verdict, how.lookups) == (Verdict.FAIL, 3)  # include, a, mx
    assert how.record.startswith("v=spf1 ip4")


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 ip4:1.2.3 -all",
        "v=spf1 ip4:2001:db8::1",
        "v=spf1 include",
        "v=spf1 all:x y",
        "v=spf1 a/33",
        "v=spf1 a,mx",
    ],
)
def test_what_nobody_can_read(text: str) -> None:
    with pytest.raises(ValueError):
        spf.parse(text)


def test_unknown_modifiers_are_ignored() -> None:
    record = spf.parse("v=spf1 a mx/24 a:x.example/24//64 exp=why.example foo=bar -all")
    assert [term.name for term in record.terms] == ["a", "mx", "a", "all"]
    assert record.terms[2].prefix == (24, 64)


@pytest.mark.parametrize(
    ("existing", "merged"),
    [
        ("v=spf1 include:x.example -all", "v=spf1 include:x.example mx ip4:192.0.2.1 -all"),
        ("v=spf1 MX ~all", "v=spf1 MX ip4:192.0.2.1 ~all"),
        ("v=spf1 redirect=x.example", "v=spf1 mx ip4:192.0.2.1 redirect=x.example"),
        ("v=spf1", "v=spf1 mx ip4:192.0.2.1"),
        ("v=spf1 mx ip4:192.0.2.1 -all", "v=spf1 mx ip4:192.0.2.1 -all"),
    ],
)
def test_merging_takes_nothing_away(existing: str, merged: str) -> None:
    assert spf.merged(existing, ["mx", "ip4:192.0.2.1"]) == merged
