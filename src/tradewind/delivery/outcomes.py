"""From what happened on the wire to what the ledger stores: one outcome per try. Pure functions."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from tradewind.core import clock
from tradewind.delivery.compose import Composed
from tradewind.delivery.opening import NotOpened
from tradewind.delivery.replies.classify import classify, classify_error
from tradewind.delivery.replies.reactions import reaction
from tradewind.delivery.replies.words import Classification
from tradewind.delivery.retry import wait_seconds
from tradewind.delivery.routes import NoRoute
from tradewind.delivery.smtp.dialogue import NOTE, Line
from tradewind.delivery.smtp.errors import Phase
from tradewind.delivery.smtp.replies import Reply
from tradewind.delivery.smtp.values import Ending
from tradewind.delivery.smtp.values import Outcome as WireOutcome
from tradewind.ledger.door import AttemptFacts, Claimed, Outcome, OutcomeKind
from tradewind.ledger.words import Reason

NO_ANSWER = "no_answer_to_dot"
MAX_TEXT = 2000
_QUEUE_ID = re.compile(
    r"(?:queued as |queued \(|\bid=|message accepted for delivery as |queued mail for delivery )"
    r"[<(\[]?([A-Za-z0-9._@$+=/-]{1,120})",
    re.IGNORECASE,
)
_FIRST_WORDS = re.compile(
    r"(?:2\.\d\.\d )?ok[:,]?\s+(?=[a-z._-]*[0-9])([A-Za-z0-9._-]{6,120})", re.IGNORECASE
)
Chance = Callable[[], float]


def remote_id(reply: Reply) -> str:
    """The name under which the receiver queued the message, if its reply says one."""
    found = _QUEUE_ID.search(reply.text) or _FIRST_WORDS.match(reply.text)
    return found[1] if found else ""


def of_wire(
    claimed: Claimed,
    letter: Composed,
    composed_at: datetime,
    started_at: datetime,
    wire: WireOutcome,
    provider: str,
) -> tuple[Outcome, Classification | None]:
    """The ledger's outcome of a try that reached a server, and what its reply meant (None: taken or unknown)."""
    if wire.ending is Ending.ACCEPTED:
        return _taken(claimed, letter, composed_at, started_at, wire), None
    if wire.ending is Ending.UNKNOWN:
        return in_doubt(claimed, letter, composed_at, started_at, wire.host, wire.address, wire), None
    if wire.ending is Ending.REFUSED and wire.reply is not None:
        meaning = classify(wire.reply, phase=wire.phase, host=wire.host, provider=provider)
    else:
        assert wire.error is not None
        meaning = classify_error(wire.error, host=wire.host, provider=provider)
    facts = _facts(started_at, wire.dialogue, meaning, address=wire.address, tls=wire.tls)
    text = wire.reply.text if wire.reply else str(wire.error)
    return _not_taken(claimed, meaning, facts, wire.reply, text, wire.host), meaning


def _taken(
    claimed: Claimed, letter: Composed, composed_at: datetime, started_at: datetime, wire: WireOutcome
) -> Outcome:
    assert wire.reply is not None
    return Outcome(
        claimed.id,
        claimed.claimed_at,
        OutcomeKind.ACCEPTED,
        clock.now(),
        values=claimed.values,
        composed_at=composed_at,
        digest=letter.digest,
        reply_code=wire.reply.code,
        reply_status=wire.reply.enhanced or "",
        reply_text=wire.reply.text[:MAX_TEXT],
        mx_host=wire.host,
        remote_id=remote_id(wire.reply),
        attempt=_facts(started_at, wire.dialogue, None, address=wire.address, tls=wire.tls, phase=wire.phase),
    )


def in_doubt(
    claimed: Claimed,
    letter: Composed,
    composed_at: datetime,
    started_at: datetime,
    host: str,
    address: str,
    wire: WireOutcome | None = None,
) -> Outcome:
    """The final dot went out and no answer was read, because the session broke or we were stopped."""
    lines = wire.dialogue if wire else (Line(NOTE, 0, "the worker was stopped before an answer came"),)
    return Outcome(
        claimed.id,
        claimed.claimed_at,
        OutcomeKind.UNKNOWN,
        clock.now(),
        reason=NO_ANSWER,
        values=claimed.values,
        composed_at=composed_at,
        digest=letter.digest,
        reply_text=str(wire.error)[:MAX_TEXT] if wire else "",
        mx_host=host,
        attempt=_facts(
            started_at, lines, None, address=address, tls=wire.tls if wire else "", phase=Phase.DOT
        ),
    )


def of_closed_door(
    claimed: Claimed, door: NotOpened, started_at: datetime, provider: str
) -> tuple[Outcome, Classification]:
    """No session could be opened."""
    error = door.failure.error
    meaning = classify_error(error, host=door.endpoint.host, provider=provider)
    facts = _facts(started_at, door.dialogue, meaning, address=door.endpoint.address)
    return _not_taken(claimed, meaning, facts, error.reply, str(error), door.endpoint.host), meaning


def of_no_route(claimed: Claimed, route: NoRoute) -> tuple[Outcome, Classification]:
    """There is no server to talk to."""
    facts = _facts(clock.now(), (Line(NOTE, 0, route.text),), route.meaning)
    return _not_taken(claimed, route.meaning, facts, None, route.text, ""), route.meaning


def of_bad_template(claimed: Claimed, why: str) -> Outcome:
    """The message could not be composed for this contact."""
    now = clock.now()
    return Outcome(
        claimed.id,
        claimed.claimed_at,
        OutcomeKind.SKIPPED,
        now,
        Reason.CANNOT_COMPOSE,
        reply_text=why[:MAX_TEXT],
    )


def returned(claimed: Claimed) -> Outcome:
    """Not tried; it goes back as it was."""
    return Outcome(claimed.id, claimed.claimed_at, OutcomeKind.RETURNED, clock.now())


def overdue(claimed: Claimed) -> Outcome:
    """Its origin's time ran out while it was in hand: the ledger makes a deferral beyond the end an expiry."""
    return Outcome(
        claimed.id,
        claimed.claimed_at,
        OutcomeKind.DEFERRED,
        clock.now(),
        Reason.LIFETIME_OVER,
        claimed.expires_at,
    )


def _not_taken(
    claimed: Claimed, meaning: Classification, facts: AttemptFacts, reply: Reply | None, text: str, host: str
) -> Outcome:
    follows = reaction(meaning)
    now = clock.now()
    return Outcome(
        claimed.id,
        claimed.claimed_at,
        OutcomeKind.DEFERRED if follows.retry else OutcomeKind.REFUSED,
        now,
        reason=meaning.rule,
        due_at=due_again(meaning, claimed.attempts + 1, now) if follows.retry else None,
        values=None if follows.retry else claimed.values,
        reply_code=reply.code if reply else None,
        reply_status=(reply.enhanced or "") if reply else "",
        reply_text=text[:MAX_TEXT],
        mx_host=host,
        suppress=follows.suppress,
        attempt=facts,
    )


def due_again(
    meaning: Classification, attempts: int, now: datetime, chance: Chance = random.random
) -> datetime:
    """When to try again after `attempts` tries."""
    wait = wait_seconds(meaning.schedule, attempts, meaning.wait, chance)
    return now + timedelta(seconds=clock.wall(wait))


def _facts(
    started_at: datetime,
    dialogue: tuple[Line, ...],
    meaning: Classification | None,
    *,
    address: str = "",
    tls: str = "",
    phase: str = "",
) -> AttemptFacts:
    return AttemptFacts(
        started_at=started_at,
        finished_at=clock.now(),
        mx_ip=address,
        tls=tls,
        phase=str(meaning.where if meaning else phase),
        fault=meaning.fault if meaning else "",
        persistence=meaning.persistence if meaning else "",
        rule=meaning.rule if meaning else "",
        rule_version=meaning.rule_version if meaning else 0,
        dialogue=[(line.ms, line.direction, line.text) for line in dialogue],
    )
