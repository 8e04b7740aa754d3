"""Whose request is it, behind reverse proxies?"""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Clients:
    """Believes X-Forwarded-For only as far as it was written by proxies that we trust
    (TRADEWIND_WEB_PROXIES: addresses or networks).
    """

    def __init__(self, proxies: Iterable[str]) -> None:
        self._proxies: list[Network] = []
        for proxy in proxies:
            try:
                self._proxies.append(ipaddress.ip_network(proxy, strict=False))
            except ValueError:
                continue  # a host name or "*": not for us

    def address(self, client: tuple[str, int] | None, forwarded: str) -> str:
        """From right to left, the first address that is none of our proxies; at most 45 characters, empty if unknown."""
        address = client[0] if client else ""
        for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()][-20:]):
            if address and not self._is_proxy(address):
                break
            if _clean(hop) is None:
                break
            address = _clean(hop) or address
        return address[:45]

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return address == ""  # a Unix socket has no address: only a proxy of this machine speaks to it
        return any(parsed.version == proxy.version and parsed in proxy for proxy in self._proxies)


def _clean(hop: str) -> str | None:
    """`192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711` → the address; None for anything else."""
    if hop.startswith("["):
        hop = hop[1:].split("]", 1)[0]
    elif hop.count(":") == 1:
        hop = hop.split(":", 1)[0]
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return None
