"""Who serves which domain from which address: builds the lab's zones and finds the provider again."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tradewind.lab.dice import Dice
from tradewind.lab.names import clean_name, organisational_domain, reverse_name
from tradewind.lab.providers import Provider, fill, host_slots
from tradewind.lab.zones import Record, Zones

PROXY_NETWORKS = {"google": 1, "apple": 2, "yahoo": 3, "microsoft": 4}
SCANNER_NETWORKS = {"safelinks": 1, "mimecast": 2, "barracuda": 3}
MACHINES_PER_NETWORK = 8
_PROXY_NAMES = {
    "google": "google-proxy-{dashed}.google.com",
    "yahoo": "proxy-{dashed}.mail.gq1.yahoo.com",
    "apple": "",
    "microsoft": "",
}
_SCANNER_NAMES = {
    "safelinks": "",
    "mimecast": "scan-{dashed}.mimecast.com",
    "barracuda": "scan-{dashed}.barracuda.com",
}
_TLS_POLICY = ("gmail", "outlook", "yahoo", "webde", "gmx")


@dataclass(frozen=True)
class Place:
    """A domain with mailboxes: who runs them, on which host, at which address."""

    domain: str
    provider: str
    hosts: tuple[str, ...]
    address: str


_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
"""A host name of at least two labels (RFC 1123)."""


class Internet:
    """All domains with mailboxes. Adding one publishes its records."""

    def __init__(self, zones: Zones, dice: Dice, providers: dict[str, Provider]) -> None:
        self.zones = zones
        self._dice = dice
        self._providers = providers
        self._places: dict[str, Place] = {}
        self._named: set[str] = set()
        self._pools = dict(_pools(providers))
        self._machines()
        for provider in providers.values():
            for domain in provider.domains:
                self._settle(domain, provider)

    def addresses(self) -> dict[str, str]:
        """Every MX address and the key of the provider that listens there."""
        return {address: key for key, pool in self._pools.items() for address in pool}

    def places(self) -> list[Place]:
        """All domains with mailboxes."""
        return list(self._places.values())

    def place(self, domain: str) -> Place | None:
        """Who serves this domain, if anybody."""
        return self._places.get(domain)

    def add_domains(self, domains: Iterable[str], hosting: str | None = None) -> int:
        """Give companies a mail home, by hash or as asked. Known domains keep theirs; what cannot be a name
        in DNS gets none. Returns how many are new.
        """
        fresh = {
            name for domain in domains if _NAME.fullmatch(name := clean_name(domain))
        } - self._places.keys()
        for domain in sorted(fresh):
            self._settle(domain, self._providers[hosting or self._hosting(domain)])
        return len(fresh)

    def _hosting(self, domain: str) -> str:
        weights = {key: provider.weight for key, provider in self._providers.items() if provider.hosting}
        if domain.endswith(".cn"):
            weights = {"exmail": 0.6, "hoster": 0.2, "m365": 0.2}
        else:
            weights.pop("exmail", None)
        return self._dice.weighted(weights, "hosting", domain)

    def _settle(self, domain: str, provider: Provider) -> None:
        slots = host_slots(domain, self._dice.number(900000, "host", domain))
        pool = self._pools[provider.key]
        records, hosts = [], []
        for turn, (rank, pattern) in enumerate(provider.mx):
            host = fill(pattern, slots)
            # One host has one address in all domains that name it; alternates share the pool in turn.
            address = pool[(self._dice.number(len(pool), "address", host) + turn) % len(pool)]
            if not self.zones.addresses(host):
                records.append(Record(host, "A", address))
            if address not in self._named:
                # Many hosts may share an address; it bears the name of the first, as one PTR record.
                self._named.add(address)
                records.append(Record(reverse_name(address), "PTR", host + "."))
            hosts.append(host)
            records.append(Record(domain, "MX", f"{rank} {host}."))
        first = self.zones.addresses(hosts[0]) or [
            record.data for record in records if record.name == hosts[0]
        ]
        records += _policies(domain, provider, first[0])
        self.zones.publish(records)
        self._places[domain] = Place(domain, provider.key, tuple(hosts), first[0])

    def _machines(self) -> None:
        records: list[Record] = []
        for names, networks, base in (
            (_PROXY_NAMES, PROXY_NETWORKS, "127.61"),
            (_SCANNER_NAMES, SCANNER_NETWORKS, "127.62"),
        ):
            for kind, network in networks.items():
                for last in range(1, MACHINES_PER_NETWORK + 1):
                    ip = f"{base}.{network}.{last}"
                    name = fill(names[kind], {"dashed": ip.replace(".", "-")})
                    if name:
                        records += [Record(name, "A", ip), Record(reverse_name(ip), "PTR", name + ".")]
        self.zones.publish(records)

    def proxy_address(self, kind: str, *parts: object) -> str:
        """The address from which this provider's image proxy fetches."""
        return f"127.61.{PROXY_NETWORKS[kind]}.{1 + self._dice.number(MACHINES_PER_NETWORK, 'proxy', *parts)}"

    def scanner_address(self, kind: str, *parts: object) -> str:
        """The address from which this gateway's scanner follows links."""
        machine = 1 + self._dice.number(MACHINES_PER_NETWORK, "scan", *parts)
        return f"127.62.{SCANNER_NETWORKS.get(kind, 9)}.{machine}"

    def person_address(self, address: str) -> str:
        """The address of a person's own machine: one of 127.60.0.0/16, the same for ever."""
        where = self._dice.number(256 * 250, "person", address)
        return f"127.60.{where // 250}.{1 + where % 250}"


def _pools(providers: dict[str, Provider]) -> Iterator[tuple[str, tuple[str, ...]]]:
    last = 0
    for provider in providers.values():
        yield provider.key, tuple(f"127.77.0.{last + i + 1}" for i in range(provider.addresses))
        last += provider.addresses


def _policies(domain: str, provider: Provider, address: str) -> list[Record]:
    records = [
        Record(domain, "TXT", f"v=spf1 ip4:{address} mx ~all"),
        Record("_dmarc." + domain, "TXT", "v=DMARC1; p=none"),
    ]
    if provider.key in _TLS_POLICY and organisational_domain(domain) == domain:
        records += [
            Record("_mta-sts." + domain, "TXT", "v=STSv1; id=20240101000000Z"),
            Record("mta-sts." + domain, "A", "127.0.0.1"),
            Record("_smtp._tls." + domain, "TXT", f"v=TLSRPTv1; rua=mailto:sts-reports@{domain}"),
        ]
    return records
