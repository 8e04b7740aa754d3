"""The lab's DNS data: what is published, what can be looked up, and how a zone can be made to fail."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from tradewind.lab.names import clean_name, organisational_domain, reverse_name

NAME_SERVER = "ns.lab.test"


class ZoneMode(StrEnum):
    """How a zone answers."""

    OK = "ok"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"


class Status(StrEnum):
    """Outcome of a look-up."""

    FOUND = "found"
    NO_DATA = "no data"
    NO_NAME = "no name"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"


class RecordError(ValueError):
    """A record that cannot be published; the text says which and why."""


@dataclass(frozen=True)
class Record:
    """One resource record as a DNS panel shows it: data in presentation form, TXT as plain text."""

    name: str
    type: str
    data: str
    ttl: int = 300


@dataclass(frozen=True)
class Found:
    """What a look-up brought: the RRsets in answer order (CNAMEs first), and the zone that speaks."""

    status: Status
    rrsets: tuple[dns.rrset.RRset, ...]
    zone: str


@dataclass
class Zones:
    """All records by name and type. ``version`` rises with every change, so that caches know."""

    version: int = 0
    _names: dict[str, dict[str, list[tuple[Record, dns.rdata.Rdata]]]] = field(default_factory=dict)
    _apexes: set[str] = field(default_factory=set)
    _parents: set[str] = field(default_factory=set)
    _modes: dict[str, ZoneMode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.publish([Record(NAME_SERVER, "A", "127.0.0.1")])
        self._apexes.add("127.in-addr.arpa")

    def publish(self, records: Iterable[Record]) -> int:
        """Put RRsets: each (name, type) that occurs becomes exactly what is given. Returns how many
        records stand now.

        Raises RecordError before anything is changed if one of them is not valid.
        """
        fresh: dict[tuple[str, str], list[tuple[Record, dns.rdata.Rdata]]] = {}
        for record in records:
            record = _tidy(record)
            fresh.setdefault((record.name, record.type), []).append((record, _rdata(record)))
        for (name, kind), entries in fresh.items():
            self._names.setdefault(name, {})[kind] = entries
            self._apexes.add(organisational_domain(name))
            self._add_parents(name)
        self.version += 1
        return sum(len(entries) for entries in fresh.values())

    def _add_parents(self, name: str) -> None:
        while "." in name:
            name = name.partition(".")[2]
            self._parents.add(name)

    def withdraw(self, name: str, kind: str, data: str | None = None) -> int:
        """Take records away; without ``data`` the whole RRset. Returns how many were there."""
        name, kind = clean_name(name), kind.upper()
        kinds = self._names.get(name, {})
        before = kinds.pop(kind, [])
        kept = [entry for entry in before if data is not None and entry[0].data != data]
        if kept:
            kinds[kind] = kept
        if not kinds:
            self._names.pop(name, None)
            self._parents = set()
            for other in self._names:
                self._add_parents(other)
        self.version += 1
        return len(before) - len(kept)

    def records(self, domain: str) -> list[Record]:
        """All records at and below a name, sorted."""
        domain = clean_name(domain)
        found = [
            record
            for name, kinds in self._names.items()
            if name == domain or name.endswith("." + domain)
            for entries in kinds.values()
            for record, _ in entries
        ]
        return sorted(found, key=lambda record: (record.name, record.type, record.data))

    def set_mode(self, zone: str, mode: ZoneMode) -> None:
        """Make everything at and below ``zone`` answer in this way."""
        zone = clean_name(zone)
        if mode is ZoneMode.OK:
            self._modes.pop(zone, None)
        else:
            self._modes[zone] = mode
        self.version += 1

    def _mode(self, name: str) -> ZoneMode:
        while self._modes:
            if name in self._modes:
                return self._modes[name]
            if "." not in name:
                break
            name = name.partition(".")[2]
        return ZoneMode.OK

    def lookup(self, name: str, kind: str) -> Found:
        """What an authoritative server says to this question, CNAMEs followed inside the lab (at most
        eight).
        """
        name, kind = clean_name(name), kind.upper()
        chain: list[dns.rrset.RRset] = []
        for _ in range(8):
            zone = organisational_domain(name)
            mode = self._mode(name)
            if mode is not ZoneMode.OK:
                return Found(Status(mode.value), (), zone)
            kinds = self._names.get(name)
            if kinds and "CNAME" in kinds and kind not in ("CNAME", "ANY"):
                chain.append(_rrset(kinds["CNAME"]))
                name = clean_name(kinds["CNAME"][0][0].data)
                continue
            rrsets = self._own(name, kind, zone)
            if rrsets:
                return Found(Status.FOUND, (*chain, *rrsets), zone)
            exists = kinds is not None or name in self._parents or name in self._apexes
            return Found(Status.NO_DATA if exists else Status.NO_NAME, tuple(chain), zone)
        return Found(Status.SERVFAIL, (), organisational_domain(name))

    def _own(self, name: str, kind: str, zone: str) -> list[dns.rrset.RRset]:
        kinds = self._names.get(name, {})
        wanted = [_rrset(entries) for key, entries in kinds.items() if kind in (key, "ANY")]
        if name == zone and zone in self._apexes and kind in ("SOA", "NS") and kind not in kinds:
            wanted.append(
                self.soa(zone) if kind == "SOA" else _text_rrset(zone, 3600, "NS", NAME_SERVER + ".")
            )
        return wanted

    def soa(self, zone: str) -> dns.rrset.RRset:
        """The SOA of a zone; of the root for names that no zone holds."""
        owner = zone if zone in self._apexes else "."
        data = f"{NAME_SERVER}. hostmaster.lab.test. {self.version} 3600 600 86400 60"
        return _text_rrset(owner, 60, "SOA", data)

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each joined to one string."""
        return [
            b"".join(rdata.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
            for rdata in self._datas(name, "TXT")
        ]

    def addresses(self, name: str) -> list[str]:
        """The IPv4 addresses of a name."""
        return [rdata.to_text() for rdata in self._datas(name, "A")]

    def mail_hosts(self, domain: str) -> list[str]:
        """Hosts that take mail for a domain, best first; the domain itself when it has an address and no
        MX (RFC 5321 5.1).
        """
        pairs = sorted(rdata.to_text().split(" ") for rdata in self._datas(domain, "MX"))
        hosts = [clean_name(host) for _, host in sorted((int(rank), host) for rank, host in pairs)]
        if not hosts and self.addresses(domain):
            return [clean_name(domain)]
        return [host for host in hosts if host]

    def pointer(self, ip: str) -> str | None:
        """The PTR name of an IPv4 address."""
        found = self._datas(reverse_name(ip), "PTR")
        return clean_name(found[0].to_text()) if found else None

    def _datas(self, name: str, kind: str) -> list[dns.rdata.Rdata]:
        try:
            found = self.lookup(name, kind)
        except UnicodeError:
            return []
        wanted = dns.rdatatype.from_text(kind)
        return [rdata for rrset in found.rrsets if rrset.rdtype == wanted for rdata in rrset]


def _tidy(record: Record) -> Record:
    try:
        name = clean_name(record.name)
    except UnicodeError as problem:
        raise RecordError(f"{record.name!r} is not a domain name") from problem
    if not name or not 0 <= record.ttl <= 604800:
        raise RecordError(f"{record.name!r}: a record needs a name and a ttl from 0 to 604800 seconds")
    return Record(name, record.type.upper(), record.data.strip(), record.ttl)


def _rdata(record: Record) -> dns.rdata.Rdata:
    data = record.data
    if record.type == "TXT" and not data.startswith('"'):
        # A character string holds 255 octets (RFC 1035 3.3); panels cut longer ones, DKIM keys for instance.
        parts = [data[start : start + 250] for start in range(0, max(len(data), 1), 250)]
        data = " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)
    try:
        return dns.rdata.from_text(
            dns.rdataclass.IN, record.type, data, origin=dns.name.root, relativize=False
        )
    except (dns.exception.DNSException, ValueError, NotImplementedError) as problem:
        label = f"{record.name} {record.type} {record.data!r}"
        raise RecordError(f"{label} cannot be published: {problem}") from problem


def _rrset(entries: list[tuple[Record, dns.rdata.Rdata]]) -> dns.rrset.RRset:
    first = entries[0][0]
    return dns.rrset.from_rdata_list(first.name + ".", first.ttl, [rdata for _, rdata in entries])


def _text_rrset(owner: str, ttl: int, kind: str, data: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(owner.rstrip(".") + ".", ttl, "IN", kind, data)
