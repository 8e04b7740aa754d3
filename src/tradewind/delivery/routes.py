"""Where a message goes: through a relay, or to the mail servers of the recipient's domain (RFC 5321 5, RFC 7505)."""

import asyncio
import random
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from tradewind.core import dns, env
from tradewind.delivery.replies.rules import rule_book
from tradewind.delivery.replies.words import Classification, Fault, Persistence
from tradewind.delivery.smtp.commands import UnsafeCommandError, ascii_domain
from tradewind.delivery.smtp.errors import Phase
from tradewind.delivery.smtp.values import Credentials, Endpoint, SessionOptions, Timeouts, TlsMode
from tradewind.ledger.door import BriefChannel
from tradewind.senders.providers import OTHER, of_mx, provider

ALLOW_LOOPBACK_MX = env.flag(
    "TRADEWIND_ALLOW_LOOPBACK_MX",
    False,
    "Laboratory and tests only: mail servers of recipients may be on this machine.",
    group="Laboratory",
)
RELAY = "relay"
"""The key that stands for a relay of ours where the reply rules ask for a provider."""

AT_A_SMALL_SERVER = 2
"""Sessions at once with a server of which nothing is known."""

MAX_HOSTS = 5
MAX_ADDRESSES = 8
_SHORTEST_TTL, _LONGEST_TTL = 60, 3600
_CACHE_SIZE = 20_000


@dataclass(frozen=True, slots=True)
class Route:
    """Servers to try in order, and how to talk to them. `site` names the set of servers: connections are
    counted and reused by it. `provider` is who runs them, for the reply rules and the limits."""

    site: str
    provider: str
    endpoints: tuple[Endpoint, ...]
    options: SessionOptions
    max_connections: int
    messages_per_connection: int


@dataclass(frozen=True, slots=True)
class NoRoute:
    """There is no server to talk to; `meaning` says why and for how long."""

    meaning: Classification
    text: str


def options_of(
    channel: BriefChannel, *, tls_required: bool = False, times: Timeouts | None = None
) -> SessionOptions:
    """How a channel's sessions are opened."""
    modes = {"starttls": TlsMode.STARTTLS, "tls": TlsMode.IMPLICIT, "opportunistic": TlsMode.OPPORTUNISTIC}
    mode = modes.get(channel.security, TlsMode.NONE)
    if tls_required and mode in (TlsMode.OPPORTUNISTIC, TlsMode.NONE):
        mode = TlsMode.STARTTLS
    relay = channel.kind == RELAY
    return SessionOptions(
        ehlo_name=channel.ehlo_name or socket.getfqdn(),
        tls=mode,
        # Towards strangers' MX, certificates prove nothing without MTA-STS or DANE (RFC 7435).
        verify=relay and channel.verify_certificate,
        credentials=Credentials(channel.username, channel.password) if relay and channel.username else None,
        source_address=channel.source_ip or None,
        timeouts=times or Timeouts(),
    )


class Router:
    """Finds routes and remembers what the DNS said, as long as it said. One per worker."""

    def __init__(self, *, allow_loopback: bool | None = None, shuffle: bool = True) -> None:
        self._allow_loopback = ALLOW_LOOPBACK_MX if allow_loopback is None else allow_loopback
        self._shuffle = shuffle
        self._known: dict[tuple[str, str], tuple[float, dns.Answer]] = {}

    async def route(self, channel: BriefChannel, domain: str) -> Route | NoRoute:
        """The way to mailboxes of `domain` through `channel`."""
        if channel.kind == RELAY:
            return await self._relay(channel)
        return await self._direct(channel, domain)

    async def _relay(self, channel: BriefChannel) -> Route | NoRoute:
        addresses = await self._relay_addresses(channel.host)
        if not addresses:
            text = f"The relay {channel.host} is not found in the DNS."
            return _no_route("relay_unknown", Fault.OURS, Persistence.RETRY, "no_server", text)
        endpoints = tuple(
            Endpoint(channel.host, address, channel.port) for address in addresses[:MAX_ADDRESSES]
        )
        site = f"relay {channel.host}:{channel.port}"
        return Route(site, RELAY, endpoints, options_of(channel), channel.max_connections, 1000)

    async def _relay_addresses(self, host: str) -> list[str]:
        if _is_address(host):
            return [host]
        found = await self._addresses(host)
        if found:
            return found
        try:  # names that only this machine knows, such as localhost
            infos = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            return []
        return list(dict.fromkeys(str(info[4][0]) for info in infos))

    async def _direct(self, channel: BriefChannel, domain: str) -> Route | NoRoute:
        try:
            domain = ascii_domain(domain)
        except UnsafeCommandError as error:
            return _no_route("bad_domain", Fault.RECIPIENT, Persistence.STOP, "bad_address", str(error))
        hosts = await self._mail_hosts(domain)
        if isinstance(hosts, NoRoute):
            return hosts
        run_by = of_mx(hosts)
        limits = provider(run_by)
        endpoints = await self._endpoints(self._ordered(hosts), channel)
        if not endpoints:
            text = f"The mail servers of {domain} ({', '.join(list(hosts)[:3])}) have no address that we may use."
            return _no_route("no_address", Fault.RECEIVER, Persistence.RETRY, "no_server", text)
        return Route(
            site=" ".join(sorted(hosts)),
            provider=run_by,
            endpoints=endpoints,
            options=options_of(channel, tls_required=run_by != OTHER and limits.tls == "required"),
            max_connections=min(
                channel.max_connections, AT_A_SMALL_SERVER if run_by == OTHER else limits.max_connections
            ),
            messages_per_connection=limits.messages_per_connection,
        )

    async def _mail_hosts(self, domain: str) -> dict[str, int] | NoRoute:
        """MX hosts with their preference, or why there are none."""
        answer = await self._ask(domain, "MX")
        if answer.status is dns.Status.ERROR:
            text = f"The DNS did not say who takes mail for {domain}: {answer.why}"
            return _no_route("dns", Fault.NETWORK, Persistence.RETRY, "no_server", text)
        if answer.status is dns.Status.NXDOMAIN:
            text = f"The domain {domain} does not exist."
            return _no_route("no_domain", Fault.RECIPIENT, Persistence.STOP, "no_such_domain", text)
        if answer.status is dns.Status.NO_DATA:
            return {domain: 0}  # RFC 5321 5.1: the domain itself is its mail server
        found = {mx.host: mx.preference for mx in reversed(dns.mail_exchangers(answer)) if mx.host}
        if not found:
            text = f"The domain {domain} says that it takes no mail (null MX, RFC 7505)."
            return _no_route("null_mx", Fault.RECIPIENT, Persistence.NEVER, "no_such_domain", text)
        return found

    def _ordered(self, hosts: dict[str, int]) -> list[str]:
        """By preference; equal ones in an order that changes, as RFC 5321 5.1 demands."""
        names = sorted(hosts)
        if self._shuffle:
            random.shuffle(names)
        return sorted(names, key=hosts.__getitem__)[:MAX_HOSTS]

    async def _endpoints(self, hosts: Sequence[str], channel: BriefChannel) -> tuple[Endpoint, ...]:
        found = await asyncio.gather(*(self._addresses(host) for host in hosts))
        usable = [
            Endpoint(host, address, channel.port)
            for host, addresses in zip(hosts, found, strict=True)
            for address in addresses
            if self._may_use(address) and _same_family(address, channel.source_ip)
        ]
        return tuple(usable[:MAX_ADDRESSES])

    async def _addresses(self, host: str) -> list[str]:
        """IPv4 first: reputation of IPv6 senders is young, and their missing PTR is refused oftener."""
        four, six = await asyncio.gather(self._ask(host, "A"), self._ask(host, "AAAA"))
        return [*four.values, *six.values]

    def _may_use(self, address: str) -> bool:
        """Never private or local addresses: a stranger's DNS must not make us talk to our own network."""
        ip = ip_address(address)
        return (ip.is_loopback and self._allow_loopback) or (ip.is_global and not ip.is_multicast)

    async def _ask(self, name: str, kind: str) -> dns.Answer:
        now = time.monotonic()
        until, answer = self._known.get((name, kind), (0.0, None))
        if answer is not None and now < until:
            return answer
        answer = await dns.ask_async(name, kind)
        if answer.known:
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            ttl = min(max(answer.ttl, _SHORTEST_TTL), _LONGEST_TTL)
            self._known[name, kind] = now + ttl, answer
        return answer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _same_family(address: str, source: str) -> bool:
    return not source or ip_address(address).version == ip_address(source).version


def _no_route(rule: str, fault: Fault, persistence: Persistence, sentence: str, text: str) -> NoRoute:
    version = rule_book().version
    meaning = Classification(
        Phase.DNS, fault, persistence, f"route.{rule}", version, sentence, schedule="network"
    )
    return NoRoute(meaning, text)
