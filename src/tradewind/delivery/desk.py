"""What every step of sending needs to know: which origins may send, and how to compose for each of them."""

import time
from collections import OrderedDict
from dataclasses import dataclass

from django.conf import settings

from tradewind.core import clock
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.delivery.compose import Composer
from tradewind.ledger import door
from tradewind.ledger.door import Claimed, OriginBrief, Pool

BRIEF_AGE = 20.0
"""Seconds after which an origin's channel and keys are read again."""

KEPT = 60
"""Compiled origins that are kept."""


def tracking_base(host: str) -> str:
    """Where the links in mails of a domain lead; `host` is its tracking host."""
    if settings.TRACKING_URL:
        return str(settings.TRACKING_URL).rstrip("/")
    port = f":{settings.TRACKING_PORT}" if settings.TRACKING_PORT else ""
    return f"{settings.TRACKING_SCHEME}://{host}{port}"


@dataclass(slots=True)
class Counter:
    """One origin, compiled; or why it cannot be."""

    brief: OriginBrief
    composer: Composer | None
    problem: str
    read_at: float


class Desk:
    """Origins of the messages in hand."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._counters: OrderedDict[int, Counter] = OrderedDict()
        self.open: set[int] = set()

    async def prepare(self, messages: list[Claimed]) -> None:
        """Read and compile what these messages need. Raises psycopg errors when the database is away."""
        fresh = time.monotonic() - BRIEF_AGE
        wanted = {m.origin_id for m in messages}
        stale = [n for n in wanted if n not in self._counters or self._counters[n].read_at < fresh]
        if stale:
            for origin_id, brief in (await door.origin_briefs(self._pool, stale)).items():
                self._keep(origin_id, brief)
        self.open |= wanted  # they were open when they were claimed, a moment ago

    async def look(self) -> None:
        """Which origins may send at this instant."""
        self.open = await door.open_origins(self._pool)

    def counter(self, origin_id: int) -> Counter | None:
        return self._counters.get(origin_id)

    def may_send(self, claimed: Claimed) -> bool:
        """Whether the origin is open, by the last look."""
        return claimed.origin_id in self.open

    def overdue(self, claimed: Claimed) -> bool:
        return claimed.expires_at <= clock.now()

    def _keep(self, origin_id: int, brief: OriginBrief) -> None:
        known = self._counters.pop(origin_id, None)
        if known is not None and known.brief == brief:
            known.read_at = time.monotonic()
            self._counters[origin_id] = known
            return
        composer, problem = None, ""
        try:
            composer = Composer(brief, tracking_base(brief.tracking_host))
        except CannotCompose as error:
            problem = str(error)
        self._counters[origin_id] = Counter(brief, composer, problem, time.monotonic())
        while len(self._counters) > KEPT:
            self._counters.popitem(last=False)
