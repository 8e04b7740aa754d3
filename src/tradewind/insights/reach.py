"""Effective reach: how many of the accepted messages are in the inbox. A declared method, or "not measurable
yet".

What nobody can see from outside is in which folder an accepted message lies. Two things can be said about it:

**Proven** (a lower bound, no estimate): messages with evidence that only the inbox gives: pictures loaded by
people or by a mail
service that loads them for the inbox only, a person's click, a reply, a complaint, an unsubscription. Most
readers leave no evidence,
so the truth lies above.

**Estimate** (method "usual readers", version 0): readers who left such evidence in at least `LEAST_SHOWN` of
at least `LEAST_PAST` earlier
messages are expected to do so again, each with the share p of their own past. Their inbox share is q = seen
now ÷ Σp, at most 1, with a
95 % interval from the spread of what each of them does by chance and of how well p is known. It is taken over
to all accepted messages of
that provider, because a provider files by sender and mail more than by reader; where it is wrong (somebody's
personal filter), it errs by the
difference between usual readers and the others, which this method cannot see and therefore says.

No estimate is given with fewer than `LEAST_READERS` such readers at a provider, or before they had
`PATIENCE_HOURS` to react.
See docs/effective-reach.md.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import sqrt

from django.db import connection
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.core import clock
from tradewind.core.statistics import Z95
from tradewind.insights.models import Rollup
from tradewind.insights.sql import statement
from tradewind.insights.words import Step

METHOD = "usual-readers/0"
LEAST_PAST, LEAST_SHOWN, LEAST_READERS = 3, 2, 20
PATIENCE_HOURS = 24
MOST_ASKED = 20_000


class WhyNot(StrEnum):
    """Why there is no estimate."""

    NOTHING_ACCEPTED = "nothing_accepted"
    TOO_EARLY = "too_early"
    NO_PAST = "no_past"

    @property
    def sentence(self) -> Promise:
        return WHY_NOT[self]


WHY_NOT: dict[WhyNot, Promise] = {
    WhyNot.NOTHING_ACCEPTED: _("Nothing was accepted yet."),
    WhyNot.TOO_EARLY: _("Too early: readers get 24 hours after the last message was accepted."),
    WhyNot.NO_PAST: _(
        "Not measurable yet: fewer than 20 readers here have opened earlier campaigns often enough to "
        "be compared with. It comes with the next campaigns."
    ),
}


@dataclass(frozen=True, slots=True)
class Share:
    """The estimated share in the inbox, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ProviderReach:
    """`estimate`, `low`, `high` are messages, None where nothing can be defended; `why_not` then says why."""

    provider: str
    accepted: int
    proven: int
    readers: int
    estimate: int | None
    low: int | None
    high: int | None
    why_not: WhyNot | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Of one origin. The estimate is over the `measured` messages only (of providers that have one), never
    stretched to the rest.
    """

    method: str
    at: datetime
    accepted: int
    proven: int
    measured: int
    estimate: int | None
    low: int | None
    high: int | None
    why_not: WhyNot | None
    providers: tuple[ProviderReach, ...]


def reach(origin_id: int) -> Reach:
    """What can be said now about the reach of this origin."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("reach"),
            {"origin": origin_id, "most": MOST_ASKED, "least_past": LEAST_PAST, "least_shown": LEAST_SHOWN},
        )
        rows = cursor.fetchall()
    early = _too_early(origin_id)
    parts = tuple(_provider(*row, early=early) for row in rows)
    return _sum(parts, early)


def usual_readers(seen: int, expected: float, spread: float, doubt: float) -> Share:
    """q = seen ÷ Σp and its interval. `spread` is Σp(1−p), `doubt` is the variance of Σp from the short past
    of each reader.

    By the delta method: Var q = q²·(Var seen ÷ seen² + doubt ÷ expected²), with Var seen = Σ pq(1−pq) bounded
    below by one reader, so that a
    full house does not pretend to certainty.
    """
    q = seen / expected
    sum_p_squared = max(0.0, expected - spread)
    chance = max(1.0, q * expected - q * q * sum_p_squared)
    error = Z95 * sqrt(chance / expected**2 + q * q * doubt / expected**2)
    return Share(min(1.0, q), max(0.0, min(1.0, q) - error), min(1.0, q + error))


def _provider(
    provider: str,
    accepted: int,
    proven: int,
    readers: int,
    seen: int,
    expected: float,
    spread: float,
    doubt: float,
    *,
    early: bool,
) -> ProviderReach:
    why = WhyNot.TOO_EARLY if early else WhyNot.NO_PAST if readers < LEAST_READERS else None
    if why is not None:
        return ProviderReach(provider, accepted, proven, readers, None, None, None, why)
    share = usual_readers(seen, expected, spread, doubt)
    value, low, high = (max(proven, round(accepted * part)) for part in (share.value, share.low, share.high))
    return ProviderReach(provider, accepted, proven, readers, value, low, high, None)


def _sum(parts: tuple[ProviderReach, ...], early: bool) -> Reach:
    accepted, proven = sum(p.accepted for p in parts), sum(p.proven for p in parts)
    measured = [p for p in parts if p.estimate is not None]
    if not measured:
        why = WhyNot.NOTHING_ACCEPTED if not accepted else WhyNot.TOO_EARLY if early else WhyNot.NO_PAST
        return Reach(METHOD, clock.now(), accepted, proven, 0, None, None, None, why, parts)
    estimate = sum(p.estimate or 0 for p in measured)
    # Providers err independently: the half-widths add as squares.
    below = sqrt(sum(((p.estimate or 0) - (p.low or 0)) ** 2 for p in measured))
    above = sqrt(sum(((p.high or 0) - (p.estimate or 0)) ** 2 for p in measured))
    floor, total = sum(p.proven for p in measured), sum(p.accepted for p in measured)
    low, high = max(floor, round(estimate - below)), min(total, round(estimate + above))
    return Reach(METHOD, clock.now(), accepted, proven, total, estimate, low, high, None, parts)


def _too_early(origin_id: int) -> bool:
    last = Rollup.objects.filter(origin=origin_id, step=Step.ACCEPTED).aggregate(last=Max("minute"))["last"]
    return last is not None and clock.mail((clock.now() - last).total_seconds()) < PATIENCE_HOURS * 3600
