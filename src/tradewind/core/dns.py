"""Questions to the DNS, with answers that are values: found, no data, no such name, or error.

The difference between "does not exist" and "did not answer" decides whether an address is bad or merely not
looked up yet, so it is never thrown away. TRADEWIND_DNS names the servers to ask; without it, those of the
machine.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import TypeVar

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.reversename
from django.conf import settings

from tradewind.core.env import EnvError

R = TypeVar("R", bound=dns.resolver.BaseResolver)

TIMEOUT = 3.0
"""Seconds for one try at one server."""

LIFETIME = 8.0
"""Seconds for one question, all tries and servers together."""


class Status(StrEnum):
    """How a question ended."""

    FOUND = "found"
    NO_DATA = "no_data"  # the name exists, without records of this type
    NXDOMAIN = "nxdomain"  # the name does not exist
    ERROR = "error"  # SERVFAIL, no answer in time, a name that is no name: nothing is known


@dataclass(frozen=True, slots=True)
class Answer:
    """`values`: records as text, empty unless FOUND; TXT strings are joined (RFC 7208 §3.3), names are
    lower-case, without final dot.

    `ttl` in seconds; `why` is a sentence for people when the status is ERROR.
    """

    name: str
    kind: str
    status: Status
    values: tuple[str, ...] = ()
    ttl: int = 0
    why: str = ""

    @property
    def known(self) -> bool:
        """Whether the DNS has answered at all."""
        return self.status is not Status.ERROR


@dataclass(frozen=True, slots=True)
class Mx:
    """One mail exchanger; host without final dot, empty for a null MX (RFC 7505)."""

    preference: int
    host: str


def ask(name: str, kind: str = "A") -> Answer:
    """Ask and wait. Never raises for what the DNS says or fails to say."""
    try:
        return _answer(name, kind, _resolver(dns.resolver.Resolver).resolve(name, kind, search=False))
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return _failure(name, kind, error)


async def ask_async(name: str, kind: str = "A") -> Answer:
    """The same without blocking the event loop."""
    try:
        found = await _resolver(dns.asyncresolver.Resolver).resolve(name, kind, search=False)
        return _answer(name, kind, found)
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return _failure(name, kind, error)


def mail_exchangers(answer: Answer) -> list[Mx]:
    """The hosts of an MX answer, the preferred first; equal ones in the order of the answer."""
    pairs = (value.split(" ", 1) for value in answer.values)
    return sorted((Mx(int(preference), host) for preference, host in pairs), key=lambda mx: mx.preference)


def reverse_name(address: str) -> str:
    """The name to ask for the PTR of an IP address, without final dot. Raises ValueError if it is none."""
    return dns.reversename.from_address(str(ip_address(address))).to_text(omit_final_dot=True)


_made: dict[tuple[type[dns.resolver.BaseResolver], tuple[str, ...]], dns.resolver.BaseResolver] = {}


def _resolver(kind: type[R]) -> R:
    servers = tuple(settings.DNS_SERVERS)
    known = _made.get((kind, servers))
    if not isinstance(known, kind):
        known = kind(configure=not servers)
        if servers:
            known.nameservers = [nameserver(text) for text in servers]
        known.timeout, known.lifetime = TIMEOUT, LIFETIME
        known.use_edns(0, 0, 1232)
        _made[kind, servers] = known
    return known


def nameserver(text: str) -> dns.nameserver.Nameserver:
    """`address`, `address:port` or `[address]:port`; raises `EnvError` otherwise."""
    host, port = text, "53"
    if text.startswith("["):
        host, _, rest = text[1:].partition("]:" if "]:" in text else "]")
        port = rest or ("53" if text.endswith("]") else "")
    elif text.count(":") == 1:
        host, port = text.split(":")
    try:
        return dns.nameserver.Do53Nameserver(str(ip_address(host)), int(port))
    except ValueError:
        raise EnvError(
            f"TRADEWIND_DNS has {text!r}, which is no address. Write 9.9.9.9, 127.0.0.1:5353 or [::1]:5353."
        ) from None


def _answer(name: str, kind: str, found: dns.resolver.Answer) -> Answer:
    values = tuple(_text(record) for record in found)
    ttl = found.rrset.ttl if found.rrset is not None else 0
    return Answer(name, kind, Status.FOUND, values, ttl)


def _text(record: object) -> str:
    kind = getattr(record, "rdtype", None)
    if kind == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    if kind == dns.rdatatype.MX:
        return f"{record.preference} {_bare(record.exchange)}"  # type: ignore[attr-defined]
    if kind in (dns.rdatatype.PTR, dns.rdatatype.CNAME, dns.rdatatype.NS):
        return _bare(record.target)  # type: ignore[attr-defined]
    return str(record)


def _bare(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")


def _failure(name: str, kind: str, error: Exception) -> Answer:
    if isinstance(error, dns.resolver.NXDOMAIN):
        return Answer(name, kind, Status.NXDOMAIN)
    if isinstance(error, dns.resolver.NoAnswer):
        return Answer(name, kind, Status.NO_DATA)
    return Answer(name, kind, Status.ERROR, why=_reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, dns.resolver.NoNameservers):
        return "The DNS servers answered with a failure (SERVFAIL or REFUSED)."
    if isinstance(error, dns.exception.Timeout):
        return "No DNS server answered in time."
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return "This machine has no DNS servers configured."
    return f"The question could not be asked: {error}"
