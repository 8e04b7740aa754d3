"""DMARC's walk up the tree (RFC 9989), and alignment. DNS answers are given as values."""

import pytest

from tradewind.core.dns import Answer, Status
from tradewind.senders import dmarc

ZONE = {
    "_dmarc.example.com": ["v=DMARC1; p=reject; aspf=s"],
    "_dmarc.own.example.org": ["v=DMARC1; p=none; psd=n"],
    "_dmarc.example.org": ["v=DMARC1; p=none"],
    "_dmarc.uk": ["v=DMARC1; p=none; psd=y"],
    "_dmarc.two.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
    "_dmarc.bad.example": ["v=DMARC1; p=maybe"],
}
asked: list[str] = []


def ask(name: str, kind: str) -> Answer:
    asked.append(name)
    if name.endswith("silent.test"):
        return Answer(name, kind, Status.ERROR)
    values = ZONE.get(name)
    return Answer(name, kind, Status.FOUND if values else Status.NXDOMAIN, tuple(values or ()))


@pytest.mark.parametrize(
    ("name", "policy", "organisation"),
    [
        ("example.com", "example.com", "example.com"),
        ("a.b.example.com", "example.com", "example.com"),
        ("x.own.example.org", "own.example.org", "own.example.org"),
        ("shop.co.uk", "uk", "co.uk"),
        ("nothing.example", None, "nothing.example"),
        ("two.example", None, "two.example"),
        ("bad.example", None, "bad.example"),
    ],
)
def test_the_walk(name: str, policy: str | None, organisation: str) -> None:
    walk = dmarc.walk(name, ask)
    assert (walk.policy.domain if walk.policy else None) == policy
    assert walk.organisation == organisation
    assert bool(walk.broken) == (name in ("two.example", "bad.example"))


def test_a_long_name_costs_eight_questions() -> None:
    asked.clear()
    dmarc.walk(".".join(str(n) for n in range(60)), ask)
    assert len(asked) == 8


def test_silence_is_not_absence() -> None:
    assert not dmarc.walk("silent.test", ask).known
    assert dmarc.walk("nothing.example", ask).known


def test_alignment() -> None:
    one, other = dmarc.walk("example.com", ask), dmarc.walk("bounces.example.com", ask)
    assert dmarc.aligned(one, other)
    assert not dmarc.aligned(one, other, strict=True)
    assert not dmarc.aligned(dmarc.walk("example.org", ask), dmarc.walk("own.example.org", ask))
