"""DMARC (RFC 9989): which policy is in force for a domain, and whether two names belong together.

The organisational domain is found by walking up the DNS tree, no longer by a list of public suffixes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tradewind.core.dns import Answer
from tradewind.senders.dkim import tags

Ask = Callable[[str, str], Answer]

MAX_LABELS = 8  # RFC 9989 §4.10: a longer name is shortened to seven labels after the first question
POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Policy:
    """The record found at `_dmarc.<domain>`."""

    domain: str
    record: str
    tags: dict[str, str]

    @property
    def p(self) -> str:
        return self.tags.get("p", "").lower()

    @property
    def strict_spf(self) -> bool:
        return self.tags.get("aspf", "r").lower() == "s"


@dataclass(frozen=True, slots=True)
class Walk:
    """All policies on the way up from a name, the nearest first. `known` is False when DNS did not answer
    somewhere."""

    name: str
    policies: tuple[Policy, ...]
    known: bool
    # records that look like DMARC and cannot be used, with several at one name among them
    broken: tuple[str, ...] = ()

    @property
    def policy(self) -> Policy | None:
        return self.policies[0] if self.policies else None

    @property
    def organisation(self) -> str:
        """The organisational domain: what psd= says, else the highest name with a record, else the name
        itself."""
        for policy in self.policies:
            psd = policy.tags.get("psd", "u").lower()
            if psd == "n":
                return policy.domain
            if psd == "y" and policy.domain != self.name:
                below = self.name.removesuffix(f".{policy.domain}").rpartition(".")[2]
                return f"{below}.{policy.domain}"
        return self.policies[-1].domain if self.policies else self.name


def walk(name: str, ask: Ask) -> Walk:
    """Ask for the policy of `name` and of every name above it, at most eight questions."""
    policies: list[Policy] = []
    broken: list[str] = []
    known = True
    for domain in _names(name):
        answer = ask(f"_dmarc.{domain}", "TXT")
        known = known and answer.known
        records = [value for value in answer.values if value.replace(" ", "").lower().startswith("v=dmarc1")]
        read = tags(records[0]) if len(records) == 1 else None
        if read is None or read.get("p", "none").lower() not in POLICIES:
            broken += records
            continue
        policies.append(Policy(domain, records[0], read))
        if read.get("psd", "").lower() in ("n", "y"):
            break
    return Walk(name, tuple(policies), known, tuple(broken))


def _names(name: str) -> list[str]:
    labels = name.split(".")
    names = [name]
    labels = labels[1:] if len(labels) < MAX_LABELS else labels[-(MAX_LABELS - 1) :]
    while labels:
        names.append(".".join(labels))
        labels = labels[1:]
    return names


def aligned(one: Walk, other: Walk, *, strict: bool = False) -> bool:
    """Whether both names belong to one organisation (relaxed), or are the same (strict)."""
    if one.name == other.name:
        return True
    return not strict and one.organisation == other.organisation
