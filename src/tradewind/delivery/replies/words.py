"""The four fields of a classification, and what follows from it."""

from dataclasses import dataclass
from enum import StrEnum

from tradewind.delivery.smtp.errors import Phase


class Fault(StrEnum):
    """Who has to change something."""

    RECIPIENT = "recipient"
    CONTENT = "content"
    IDENTITY = "identity"
    REPUTATION = "reputation"
    RATE = "rate"
    RECEIVER = "receiver"
    NETWORK = "network"
    OURS = "ours"


class Persistence(StrEnum):
    """How long it will stay so."""

    RETRY = "retry"  # the same way, later
    OTHER_PATH = "other_path"  # another server of theirs, or another channel of ours
    STOP = "stop"  # never again this message
    NEVER = "never"  # never again anything to this address


class Rest(StrEnum):
    """What a lane does after a reply."""

    SLOW = "slow"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class LaneRest:
    """Rest of a lane: for `minutes` of mail time, once the rule matched `after` times within an hour.

    `per_minute` is the pace while slowed.
    """

    kind: Rest
    minutes: float
    per_minute: float = 1.0
    after: int = 1


@dataclass(frozen=True, slots=True)
class Classification:
    """What a reply means. `sentence` is a key of `sentences.SENTENCES`, `wait` a stated wait in seconds."""

    where: Phase
    fault: Fault
    persistence: Persistence
    rule: str
    rule_version: int
    sentence: str
    schedule: str = "usual"
    wait: float | None = None
    lane: LaneRest | None = None
    source: str = ""

    @property
    def suppresses(self) -> bool:
        """True only if the address itself is at fault, for good. Nothing else may touch a contact."""
        return self.fault is Fault.RECIPIENT and self.persistence is Persistence.NEVER
