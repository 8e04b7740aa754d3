"""How a provider treats its clients: limits, greylisting, random deferrals, and what a test has ordered it
to do.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tradewind.lab.clock import LabClock
from tradewind.lab.dice import Dice
from tradewind.lab.providers import Provider, ProviderError, changed, format_reply

STAGES = ("connect", "mail", "rcpt", "data")


@dataclass
class Orders:
    """What a test wants of a provider, beside changed figures."""

    reply: str = ""
    """Answer this, 4xx or 5xx, at ``stage``."""
    stage: str = "rcpt"
    drop_after_dot: str = ""
    """filed: take the letter and close without a reply; lost: close without taking it."""
    share: float = 1.0
    """Of recipients (at connect: of connections) for which reply or drop holds."""
    times: int = -1
    """So often at most; -1 for ever."""
    down: bool = False
    """Nobody listens at its addresses."""
    slow: float = 0.0
    """Real seconds before each reply."""
    limits: bool = True
    """False: no limits of rate and connections, no greylisting, no random deferrals."""


_ORDER_NAMES = {item.name for item in fields(Orders)}


def orders_from(values: Mapping[str, Any]) -> Orders:
    """Orders from JSON values. Raises ProviderError for values that make no sense."""
    orders = Orders()
    for name, value in values.items():
        wanted = type(getattr(orders, name))
        value = float(value) if wanted is float and isinstance(value, int) else value
        if not isinstance(value, wanted):
            raise ProviderError(f"{name} must be of type {wanted.__name__}")
        setattr(orders, name, value)
    if orders.stage not in STAGES or orders.drop_after_dot not in ("", "filed", "lost"):
        raise ProviderError(f"stage is one of {', '.join(STAGES)}; drop_after_dot is filed or lost")
    orders.reply = format_reply(orders.reply) if orders.reply else ""
    return orders


@dataclass
class Desk:
    """One provider at work: its figures now, its orders, and what it remembers of its clients."""

    original: Provider
    clock: LabClock
    dice: Dice
    provider: Provider = field(init=False)
    orders: Orders = field(default_factory=Orders)
    connections: Counter[str] = field(default_factory=Counter)
    _windows: dict[str, tuple[int, int]] = field(default_factory=dict)
    _grey: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _deferred: dict[tuple[str, str], int] = field(default_factory=dict)
    connected: int = 0
    """Connections so far."""

    def __post_init__(self) -> None:
        self.provider = self.original

    def change(self, values: Mapping[str, Any]) -> None:
        """Change figures and orders. Raises ProviderError and changes nothing when something is wrong."""
        orders = {name: value for name, value in values.items() if name in _ORDER_NAMES}
        figures = {name: value for name, value in values.items() if name not in _ORDER_NAMES}
        provider = changed(self.provider, figures)
        fresh = orders_from({**{n: getattr(self.orders, n) for n in _ORDER_NAMES if n != "reply"}, **orders})
        fresh.reply = fresh.reply or ("" if "reply" in orders else self.orders.reply)
        self.provider, self.orders = provider, fresh

    def restore(self) -> None:
        """Back to providers.toml, with empty memory. Open connections stay counted."""
        self.provider, self.orders = self.original, Orders()
        self.forget()

    def forget(self) -> None:
        """Lose the memory of clients."""
        self._windows.clear()
        self._grey.clear()
        self._deferred.clear()

    def ordered(self, stage: str, *about: object) -> str:
        """The reply that a test has ordered for this stage, or nothing."""
        orders = self.orders
        if not orders.reply or orders.stage != stage or not self._counts(*about):
            return ""
        return orders.reply

    def ordered_drop(self, *about: object) -> str:
        """filed or lost when the connection is to be dropped after the final dot, else nothing."""
        return self.orders.drop_after_dot if self.orders.drop_after_dot and self._counts(*about) else ""

    def _counts(self, *about: object) -> bool:
        orders = self.orders
        if orders.times == 0 or not self.dice.chance(orders.share, "order", *about):
            return False
        orders.times -= orders.times > 0
        return True

    def arrive(self, ip: str) -> bool:
        """Count a connection; False when this client has too many."""
        self.connections[ip] += 1
        self.connected += 1
        return not self.orders.limits or self.connections[ip] <= self.provider.max_connections

    def leave(self, ip: str) -> None:
        """A connection has ended."""
        self.connections[ip] -= 1
        if self.connections[ip] <= 0:
            del self.connections[ip]

    def session_full(self, messages: int) -> bool:
        """True when one connection has carried as many messages as it may."""
        return self.orders.limits and messages >= self.provider.messages_per_connection

    def too_fast(self, ip: str) -> bool:
        """Count one message of this client in the present lab minute; True when there are too many."""
        minute = int(self.clock.now() // 60)
        window, count = self._windows.get(ip, (minute, 0))
        count = count + 1 if window == minute else 1
        self._windows[ip] = (minute, count)
        return self.orders.limits and count > self.provider.rate_per_minute

    def greylisted(self, ip: str, sender: str, recipient: str) -> bool:
        """True while this triple is too young. Seen long enough ago, it is known for ever."""
        if not self.provider.greylist or not self.orders.limits:
            return False
        key = (ip.rpartition(".")[0], sender, recipient)
        now = self.clock.now()
        return now - self._grey.setdefault(key, now) < self.provider.greylist

    def deferred(self, sender: str, recipient: str) -> bool:
        """True for the first attempt of a few recipients: trouble that passes."""
        if not self.orders.limits or (recipient, sender) in self._deferred:
            return False
        self._deferred[recipient, sender] = 1
        return self.dice.chance(self.provider.deferral_share, "deferral", recipient)
