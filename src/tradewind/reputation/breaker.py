"""Circuit breakers, first form: hold a campaign whose list or welcome is so bad that going on would cost the domain its name.

A breaker asks for a sample and for certainty: the share must lie above the limit with 95 % confidence
(Wilson, one-sided), so three
bad addresses among the first ten stop nobody. A person may resume; then only what comes after counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from tradewind.core.statistics import at_least
from tradewind.ledger import origins
from tradewind.ledger.models import Origin
from tradewind.reputation.models import Trip
from tradewind.reputation.words import Gauge


@dataclass(frozen=True, slots=True)
class Limit:
    """`share`: hold above; `floor`: not before so many were tried; `least`: nor before so many failed."""

    share: float
    floor: int
    least: int


# Providers of sending services review accounts at 5 % unknown users and stop them at 10 %; Gmail asks
# to stay below 0.3 % complaints.
LIMITS: dict[Gauge, Limit] = {
    Gauge.BOUNCES: Limit(share=0.08, floor=50, least=5),
    Gauge.COMPLAINTS: Limit(share=0.003, floor=300, least=3),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a gauge shows for one origin, since it was last resumed."""

    origin_id: int
    gauge: Gauge
    tried: int
    failed: int
    tried_in_all: int
    failed_in_all: int

    @property
    def trips(self) -> bool:
        limit = LIMITS[self.gauge]
        if self.tried < limit.floor or self.failed < limit.least:
            return False
        return at_least(min(self.failed, self.tried), self.tried) > limit.share


_OPEN = """
SELECT s.origin_id, s.accepted + s.refused, s.gone, s.accepted, s.complained, b.tried, b.failed, c.tried, c.failed
FROM reputation_originstanding s
JOIN ledger_origin o ON o.id = s.origin_id
LEFT JOIN LATERAL (SELECT tried, failed FROM reputation_trip t WHERE t.origin_id = o.id AND t.gauge = 'bounces'
    ORDER BY t.id DESC LIMIT 1) b ON true
LEFT JOIN LATERAL (SELECT tried, failed FROM reputation_trip t WHERE t.origin_id = o.id AND t.gauge = 'complaints'
    ORDER BY t.id DESC LIMIT 1) c ON true
WHERE o.state = 'open' AND o.kind IN ('campaign', 'step')
    AND EXISTS (SELECT 1 FROM ledger_message m WHERE m.origin_id = o.id AND m.state IN ('queued', 'deferred'))
"""


def readings() -> Iterator[Reading]:
    """The gauges of all origins that still have something to send."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        rows = cursor.fetchall()
    for origin_id, tried, gone, accepted, complained, *base in rows:
        bounces, complaints = (base[0] or 0, base[1] or 0), (base[2] or 0, base[3] or 0)
        yield Reading(origin_id, Gauge.BOUNCES, tried - bounces[0], gone - bounces[1], tried, gone)
        yield Reading(
            origin_id,
            Gauge.COMPLAINTS,
            accepted - complaints[0],
            complained - complaints[1],
            accepted,
            complained,
        )


def check() -> list[int]:
    """Hold what must be held; the ids of the origins held by this call."""
    return [reading.origin_id for reading in readings() if reading.trips and _hold(reading)]


@transaction.atomic
def _hold(reading: Reading) -> bool:
    origin = Origin.objects.get(pk=reading.origin_id)
    with translation.override(settings.LANGUAGE_CODE):
        sentence = _sentence(reading)
    if not origins.hold(origin, sentence):
        return False
    Trip.objects.create(
        workspace_id=origin.workspace_id,
        origin=origin,
        gauge=reading.gauge,
        tried=reading.tried_in_all,
        failed=reading.failed_in_all,
        sentence=sentence,
    )
    return True


def _sentence(reading: Reading) -> str:
    numbers = {
        "failed": reading.failed,
        "tried": reading.tried,
        "share": f"{100 * reading.failed / reading.tried:.1f} %",
        "limit": f"{100 * LIMITS[reading.gauge].share:g} %",
    }
    if reading.gauge is Gauge.BOUNCES:
        return (
            _(
                "Stopped: %(failed)s of %(tried)s addresses do not exist (%(share)s; the limit is %(limit)s). "
                "Going on would harm your domain. Check where the list comes from, then resume."
            )
            % numbers
        )
    return (
        _(
            "Stopped: %(failed)s of %(tried)s readers reported the mail as spam (%(share)s; the limit is %(limit)s). "
            "Going on would harm your domain. Check whom you write to and what you promise, then resume."
        )
        % numbers
    )
