"""SPF (RFC 7208) for what arrives, asked of the lab's own zones. Loopback addresses are ordinary addresses
here.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from tradewind.lab.zones import Status, Zones

LOOKUP_LIMIT = 10
VOID_LIMIT = 2
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class _Stop(Exception):
    """Ends an evaluation with temperror or permerror."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


@dataclass
class _Check:
    zones: Zones
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    sender: str
    helo: str
    lookups: int = 0
    voids: int = 0

    def count(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUP_LIMIT:
            raise _Stop("permerror")

    def ask(self, name: str, kind: str) -> list[str]:
        try:
            found = self.zones.lookup(name, kind)
        except UnicodeError:
            raise _Stop("permerror") from None
        if found.status in (Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT):
            raise _Stop("temperror")
        if found.status is not Status.FOUND:
            self.voids += 1
            if self.voids > VOID_LIMIT:
                raise _Stop("permerror")
            return []
        return [
            rdata.to_text() for rrset in found.rrsets for rdata in rrset if rrset.to_text().split()[3] == kind
        ]


def check(zones: Zones, ip: str, sender: str, helo: str) -> str:
    """pass, fail, softfail, neutral, none, temperror or permerror for MAIL FROM (HELO when it is empty)."""
    address = sender if "@" in sender else f"postmaster@{helo}"
    domain = address.rpartition("@")[2]
    state = _Check(zones, ipaddress.ip_address(ip), address, helo)
    try:
        return _evaluate(state, domain)
    except _Stop as stop:
        return stop.result


def _record(state: _Check, domain: str) -> str | None:
    status = state.zones.lookup(domain, "TXT").status if domain else Status.NO_NAME
    if status in (Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT):
        raise _Stop("temperror")
    texts = [
        text
        for text in state.zones.texts(domain)
        if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")
    ]
    if len(texts) > 1:
        raise _Stop("permerror")
    return texts[0] if texts else None


def _evaluate(state: _Check, domain: str) -> str:
    record = _record(state, domain)
    if record is None:
        return "none"
    redirect = ""
    for term in record.split()[1:]:
        if "=" in term and not any(mark in term.partition("=")[0] for mark in ":/"):
            name, _, value = term.partition("=")
            redirect = value if name.lower() == "redirect" else redirect
            continue
        qualifier, body = (term[0], term[1:]) if term[0] in _RESULTS else ("+", term)
        if _matches(state, domain, body):
            return _RESULTS[qualifier]
    if redirect:
        state.count()
        result = _evaluate(state, _expand(state, redirect, domain))
        return "permerror" if result == "none" else result
    return "neutral"


def _matches(state: _Check, domain: str, body: str) -> bool:
    name, _, argument = body.partition(":") if ":" in body else (*body.partition("/")[:2], "")
    kind = name.lower()
    if kind == "all":
        return True
    if kind in ("ip4", "ip6"):
        return _in_network(state, argument)
    mechanism = _MECHANISMS.get(kind)
    if mechanism is None:
        raise _Stop("permerror")
    state.count()
    if not argument and "/" in body:
        argument = "/" + body.partition("/")[2]
    target, _, prefix = argument.partition("/")
    return mechanism(state, _expand(state, target, domain) if target else domain, prefix)


def _in_network(state: _Check, text: str) -> bool:
    try:
        return state.ip in ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise _Stop("permerror") from None


def _address_matches(state: _Check, addresses: list[str], prefix: str) -> bool:
    length = prefix.partition("/")[0] or "32"
    return any(_in_network(state, f"{address}/{length}") for address in addresses)


def _a(state: _Check, domain: str, prefix: str) -> bool:
    return _address_matches(state, state.ask(domain, "A"), prefix)


def _mx(state: _Check, domain: str, prefix: str) -> bool:
    hosts = [entry.split()[1].rstrip(".") for entry in state.ask(domain, "MX")]
    if len(hosts) > LOOKUP_LIMIT:
        raise _Stop("permerror")
    return any(_address_matches(state, state.zones.addresses(host), prefix) for host in hosts if host)


def _include(state: _Check, domain: str, _prefix: str) -> bool:
    result = _evaluate(state, domain)
    if result in ("none", "permerror"):
        raise _Stop("permerror")
    return result == "pass"


def _exists(state: _Check, domain: str, _prefix: str) -> bool:
    return bool(state.ask(domain, "A"))


def _ptr(state: _Check, domain: str, _prefix: str) -> bool:
    name = state.zones.pointer(str(state.ip))
    inside = name is not None and (name == domain or name.endswith("." + domain))
    return inside and name is not None and str(state.ip) in state.zones.addresses(name)


_MECHANISMS: dict[str, Callable[[_Check, str, str], bool]] = {
    "a": _a,
    "mx": _mx,
    "include": _include,
    "exists": _exists,
    "ptr": _ptr,
}


def _expand(state: _Check, text: str, domain: str) -> str:
    """Macros of RFC 7208 section 7 without transformers."""
    local, _, sender_domain = state.sender.rpartition("@")
    values = {
        "s": state.sender,
        "l": local,
        "o": sender_domain,
        "d": domain,
        "i": str(state.ip),
        "h": state.helo,
        "v": "in-addr",
    }
    for letter, value in values.items():
        text = text.replace("%{" + letter + "}", value)
    reverse = ".".join(reversed(str(state.ip).split(".")))
    text = text.replace("%{ir}", reverse).replace("%%", "%")
    if "%{" in text:
        raise _Stop("permerror")
    return text
