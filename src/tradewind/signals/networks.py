"""Whose machine is this? Answers from `networks.toml`, read once."""

import ipaddress
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Scanner:
    """A vendor that follows links to check them."""

    name: str
    networks: tuple[Network, ...]
    agents: tuple[str, ...]
    clicks_only: bool  # people's picture loads come from the same networks
    certain: bool


@dataclass(frozen=True, slots=True)
class Proxy:
    """A mail service that loads pictures for its readers."""

    name: str
    agents: tuple[str, ...]
    exact_agents: frozenset[str]
    always_ahead: bool  # loads whether or not anybody reads


@dataclass(frozen=True, slots=True)
class Catalogue:
    scanners: tuple[Scanner, ...]
    proxies: tuple[Proxy, ...]
    prefetchers: tuple[str, ...]
    programs: re.Pattern[str]

    def scanner(self, ip: str, agent: str) -> Scanner | None:
        """The scanner that this address or agent belongs to."""
        low = agent.lower()
        address = _address(ip)
        for scanner in self.scanners:
            if any(word in low for word in scanner.agents):
                return scanner
            if address and any(address.version == net.version and address in net for net in scanner.networks):
                return scanner
        return None

    def proxy(self, agent: str) -> Proxy | None:
        """The picture proxy that bears this agent."""
        low = agent.lower().strip()
        for proxy in self.proxies:
            if low in proxy.exact_agents or any(word in low for word in proxy.agents):
                return proxy
        return None

    def is_prefetcher(self, agent: str) -> bool:
        low = agent.lower()
        return any(word in low for word in self.prefetchers)

    def program(self, agent: str) -> str:
        """The word by which an agent gives itself away as a program, or an empty string."""
        found = self.programs.search(agent.lower())
        return found.group(0) if found else ""


def _address(ip: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


@cache
def catalogue() -> Catalogue:
    """What networks.toml says."""
    data = tomllib.loads(files(__package__).joinpath("networks.toml").read_text("utf-8"))
    words = "|".join(re.escape(word) for word in sorted(data["programs"]["words"], key=len, reverse=True))
    return Catalogue(
        scanners=tuple(map(_scanner, data["scanner"])),
        proxies=tuple(map(_proxy, data["proxy"])),
        prefetchers=tuple(data["prefetchers"]["agents"]),
        programs=re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z])|[a-z]bot(?=[/;])"),
    )


def _scanner(row: dict[str, Any]) -> Scanner:
    return Scanner(
        name=row["name"],
        networks=tuple(ipaddress.ip_network(net) for net in row.get("networks", ())),
        agents=tuple(row.get("agents", ())),
        clicks_only=row["scope"] == "clicks",
        certain=row["certainty"] == "certain",
    )


def _proxy(row: dict[str, Any]) -> Proxy:
    return Proxy(
        name=row["name"],
        agents=tuple(row.get("agents", ())),
        exact_agents=frozenset(row.get("exact_agents", ())),
        always_ahead=row["ahead"] == "always",
    )
