"""How many sessions may be open at once. Providers count what comes from one address of ours, whatever the domains
behind their servers; so all sites of a provider share one gate, and a session without work counts as well.

A gate learns: told that there are too many of us, it lets in as many as they took; each time that many have been
welcomed, one more, up to what the catalogue allows.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress

from tradewind.delivery.routes import RELAY, Route
from tradewind.ledger.door import BriefChannel
from tradewind.senders.providers import OTHER

MOST_GATES = 5000
Dismiss = Callable[[], None]


class Gate:
    """Places for sessions, given in the order of asking. `within`: a wider gate whose place is needed too."""

    def __init__(self, most: int, within: "Gate | None" = None) -> None:
        self.limit = self._most = max(1, most)
        self.open = 0
        self._within = within
        self._welcomes = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._resting: list[Dismiss] = []

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for a place: then nobody keeps one without work."""
        return bool(self._waiting) or (self._within is not None and self._within.crowded)

    @property
    def quiet(self) -> bool:
        return not self.open and not self._waiting

    def resize(self, most: int) -> None:
        """What the catalogue and the channel allow now."""
        if max(1, most) != self._most:
            self.limit = self._most = max(1, most)
            self._let_in()

    async def enter(self) -> None:
        """Returns with a place, which is given back by `leave`. When it is cancelled, without."""
        if self.open < self.limit and not self._waiting:
            self.open += 1
        else:
            await self._queue()
        if self._within is not None:
            try:
                await self._within.enter()
            except asyncio.CancelledError:
                self._free()
                raise

    def leave(self) -> None:
        """Give the place back, after the session was closed."""
        self._free()
        if self._within is not None:
            self._within.leave()

    def refused(self) -> bool:
        """They say that there are too many of us; called by one who has a place and got no session. True if
        others of ours are inside: then one waits until one of them leaves."""
        self.limit, self._welcomes = max(1, self.open - 1), 0
        return self.open > 1

    def welcomed(self) -> None:
        """They took one more."""
        self._welcomes += 1
        if self.limit < self._most and self._welcomes > self.limit:
            self.limit, self._welcomes = self.limit + 1, 0
            self._let_in()

    def rest(self, dismiss: Dismiss) -> None:
        """A session without work: `dismiss` is called when its place is wanted."""
        self._resting.append(dismiss)
        if self._within is not None:
            self._within.rest(dismiss)

    def wake(self, dismiss: Dismiss) -> None:
        """It has work again, or is gone."""
        with suppress(ValueError):
            self._resting.remove(dismiss)
        if self._within is not None:
            self._within.wake(dismiss)

    async def _queue(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._resting:
            self._resting.pop(0)()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:
                self._free()  # the place was ours already
            raise

    def _free(self) -> None:
        self.open -= 1
        self._let_in()

    def _let_in(self) -> None:
        for turn in list(self._waiting):
            if self.open >= self.limit:
                return
            if not turn.done():
                self._waiting.remove(turn)
                self.open += 1
                turn.set_result(None)


class Gates:
    """The gates of one worker."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Gate] = {}

    def of(self, channel: BriefChannel, route: Route) -> Gate:
        """The gate before the servers of a route.

        A relay is counted by itself, a known provider over all its servers. Of the others, each is somebody
        else's: an own small gate by its address (one machine often serves many domains), and all of them
        together within what the channel may.
        """
        if route.provider == RELAY:
            return self._gate((channel.id, route.site), route.max_connections)
        if route.provider != OTHER:
            return self._gate((channel.id, route.provider), route.max_connections)
        everybody = self._gate((channel.id, OTHER), channel.max_connections)
        address = min(endpoint.address for endpoint in route.endpoints)
        return self._gate((channel.id, address), route.max_connections, everybody)

    def _gate(self, key: Hashable, most: int, within: Gate | None = None) -> Gate:
        gate = self._known.get(key)
        if gate is None:
            if len(self._known) > MOST_GATES:
                self._known = {k: known for k, known in self._known.items() if not known.quiet}
            gate = self._known[key] = Gate(most, within)
        gate.resize(most)
        return gate
