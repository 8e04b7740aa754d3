"""What is done about a reply: the one place where a classification becomes consequences."""

from dataclasses import dataclass

from tradewind.delivery.replies.words import Classification, Fault, LaneRest, Persistence, Rest


@dataclass(frozen=True, slots=True)
class Reaction:
    """Consequences for the message, the address, the lane, the campaign and the domain.

    `hold_after` and `stop_after` count matches within an hour; 0 means never. One odd refusal must not stop
    a campaign, a row of them must.
    """

    retry: bool
    suppress: bool = False
    lane: LaneRest | None = None
    hold_after: int = 0
    stop_after: int = 0


_LANE_BY_FAULT = {
    Fault.RATE: LaneRest(Rest.SLOW, minutes=30, per_minute=10, after=2),
    Fault.REPUTATION: LaneRest(Rest.SUSPEND, minutes=60, after=3),
    Fault.OURS: LaneRest(Rest.SUSPEND, minutes=10, after=1),
    Fault.IDENTITY: LaneRest(Rest.SUSPEND, minutes=60, after=3),
}

HOLD_AFTER = 5
STOP_AFTER = 3


def reaction(meaning: Classification) -> Reaction:
    """What follows from `meaning`. Only a permanent fault of the recipient ever suppresses an address."""
    return Reaction(
        retry=meaning.persistence in (Persistence.RETRY, Persistence.OTHER_PATH),
        suppress=meaning.suppresses,
        lane=meaning.lane or _LANE_BY_FAULT.get(meaning.fault),
        hold_after=HOLD_AFTER if meaning.fault is Fault.CONTENT else 0,
        stop_after=STOP_AFTER if meaning.fault is Fault.IDENTITY else 0,
    )
