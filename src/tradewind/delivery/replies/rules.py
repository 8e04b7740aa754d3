"""The reply rules: read from `rules.toml`, checked, and matched in order. First match wins."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tradewind.delivery.replies.words import Fault, LaneRest, Persistence, Rest

AS_SAID = "as_said"
"""Persistence that follows the reply code: 4xx is tried again, 5xx is not."""


class RuleError(ValueError):
    """`rules.toml` has a mistake; the text says in which rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions (all that are given must hold) and meaning. An empty condition always holds.

    `texts` are lower-case fragments of which one must occur. `statuses` are enhanced codes without their
    class ("7.26"), or ranges ("7.500-7.699"), so that one rule serves 4.7.26 and 5.7.26.
    """

    id: str
    fault: Fault
    persistence: Persistence | None
    sentence: str
    providers: frozenset[str] = frozenset()
    codes: frozenset[int] = frozenset()
    code_class: int = 0
    statuses: frozenset[str] = frozenset()
    status_ranges: tuple[tuple[int, int, int], ...] = ()
    texts: tuple[str, ...] = ()
    phases: frozenset[str] = frozenset()
    schedule: str = "usual"
    wait: float | None = None
    lane: LaneRest | None = None
    source: str = ""

    def matches(self, code: int, status: str, text: str, provider: str, phase: str) -> bool:
        """`text` in lower case, `status` such as "7.26" or empty."""
        return (
            (not self.providers or provider in self.providers)
            and (not self.codes or code in self.codes)
            and (not self.code_class or code // 100 == self.code_class)
            and (not self.phases or phase in self.phases)
            and (not (self.statuses or self.status_ranges) or self._has_status(status))
            and (not self.texts or any(fragment in text for fragment in self.texts))
        )

    def _has_status(self, status: str) -> bool:
        if status in self.statuses:
            return True
        subject, _, detail = status.partition(".")
        if not detail.isdigit() or not subject.isdigit():
            return False
        return any(s == int(subject) and low <= int(detail) <= high for s, low, high in self.status_ranges)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules in their order, and the version that is stored with each classification."""

    version: int
    rules: tuple[Rule, ...]


@cache
def rule_book() -> RuleBook:
    """The rules that come with the program. Raises `RuleError`."""
    return read(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))


def read(source: str) -> RuleBook:
    """Rules from TOML text. Raises `RuleError`."""
    table = tomllib.loads(source)
    rules = tuple(_rule(entry) for entry in table["rule"])
    if len({rule.id for rule in rules}) != len(rules):
        raise RuleError("two reply rules have the same id")
    return RuleBook(int(table["version"]), rules)


def _rule(entry: dict[str, Any]) -> Rule:
    entry = dict(entry)
    name = entry.get("id", "?")
    try:
        persistence = entry.pop("persistence")
        statuses = [str(item) for item in entry.pop("statuses", ())]
        lane = entry.pop("lane", None)
        return Rule(
            fault=Fault(entry.pop("fault")),
            persistence=None if persistence == AS_SAID else Persistence(persistence),
            statuses=frozenset(item for item in statuses if "-" not in item),
            status_ranges=tuple(_range(item) for item in statuses if "-" in item),
            texts=tuple(_fragment(text) for text in entry.pop("texts", ())),
            lane=_lane(lane) if lane else None,
            providers=frozenset(entry.pop("providers", ())),
            codes=frozenset(entry.pop("codes", ())),
            phases=frozenset(entry.pop("phases", ())),
            **entry,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RuleError(f"reply rule {name}: {error}") from error


def _fragment(text: str) -> str:
    if text != text.lower() or len(text) < 3:
        raise ValueError(f"fragment {text!r} must be lower-case and at least 3 characters")
    return text


def _range(text: str) -> tuple[int, int, int]:
    low, _, high = text.partition("-")
    subject, _, first = low.partition(".")
    return int(subject), int(first), int(high.partition(".")[2])


def _lane(entry: dict[str, Any]) -> LaneRest:
    return LaneRest(kind=Rest(entry.pop("kind")), **entry)
