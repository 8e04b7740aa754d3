"""Mailbox providers: what providers.toml says, as values, and how a reply text becomes an SMTP reply."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_ENHANCED = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}$")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Provider:
    """One mailbox provider or hosting type; the fields are explained in providers.toml."""

    key: str
    title: str
    domains: tuple[str, ...]
    mx: tuple[tuple[int, str], ...]
    addresses: int
    weight: float
    banner: str
    size: int
    smtputf8: bool
    pipelining: bool
    starttls: str
    max_connections: int
    messages_per_connection: int
    rate_per_minute: int
    greylist: float
    deferral_share: float
    unknown_share: float
    disabled_share: float
    full_share: float
    late_share: float
    unknown_at: str
    needs: frozenset[str]
    one_click: str
    bulk_after: int
    spam_threshold: float
    feedback: str
    proxy: str
    prefetch_share: float
    scanner: str
    scanner_share: float
    buttons: Mapping[str, float]
    junk: str
    replies: Mapping[str, str]

    @property
    def hosting(self) -> bool:
        """True when it serves domains of companies rather than its own."""
        return self.weight > 0

    def reply(self, name: str, slots: Mapping[str, str]) -> str:
        """The SMTP reply of that name, ready to be sent except for the final CRLF."""
        return format_reply(fill(self.replies[name], slots))


class ProviderError(ValueError):
    """A provider table or a change of habits that makes no sense; the text says which key and why."""


_CHOICES = {
    "starttls": {"no", "offered", "required"},
    "unknown_at": {"rcpt", "data", "late"},
    "one_click": {"reject", "spam", "off"},
    "feedback": {"none", "headers", "full"},
    "proxy": {"none", "apple", "google", "yahoo", "microsoft"},
}
_NEEDS = {"auth", "both", "dkim", "dmarc", "dmarc-record", "ptr"}
CHANGEABLE = frozenset(field.name for field in fields(Provider)) - {
    "key",
    "domains",
    "mx",
    "addresses",
    "weight",
    "replies",
}


def load(path: Path = HERE / "providers.toml") -> dict[str, Provider]:
    """All providers by key, in the order of the file. Raises ProviderError with the table's name."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))
    default = tables.pop("default")
    return {key: _provider(key, default, table) for key, table in tables.items()}


def _provider(key: str, default: Mapping[str, Any], table: Mapping[str, Any]) -> Provider:
    merged = {**default, **table}
    merged["replies"] = {**default["replies"], **table.get("replies", {})}
    merged["mx"] = tuple((int(rank), str(host)) for rank, host in merged["mx"])
    merged["domains"] = tuple(merged["domains"])
    unknown = merged.keys() - {field.name for field in fields(Provider)}
    if unknown:
        raise ProviderError(f"[{key}] has keys that no provider knows: {', '.join(sorted(unknown))}")
    return checked(Provider(key=key, **{**merged, "needs": frozenset(merged["needs"])}))


def checked(provider: Provider) -> Provider:
    """The provider itself. Raises ProviderError when one of its words is none of the allowed ones."""
    for name, allowed in _CHOICES.items():
        if getattr(provider, name) not in allowed:
            raise ProviderError(f"[{provider.key}] {name} must be one of {', '.join(sorted(allowed))}")
    if provider.needs - _NEEDS:
        raise ProviderError(f"[{provider.key}] needs may hold {', '.join(sorted(_NEEDS))}")
    return provider


def changed(provider: Provider, changes: Mapping[str, Any]) -> Provider:
    """The provider with some fields changed. Raises ProviderError for unknown fields and for values of the
    wrong type.
    """
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in CHANGEABLE:
            raise ProviderError(f"{name} is no habit; these are: {', '.join(sorted(CHANGEABLE))}")
        before = getattr(provider, name)
        if isinstance(before, frozenset):
            value = frozenset(value)
        elif isinstance(before, float) and isinstance(value, int):
            value = float(value)
        if not isinstance(value, type(before)):
            raise ProviderError(f"{name} must be of type {type(before).__name__}")
        values[name] = value
    return checked(replace(provider, **values))


def fill(text: str, slots: Mapping[str, str]) -> str:
    """The text with {slots} filled; unknown slots stay as they are."""
    return _SLOT.sub(lambda match: slots.get(match[1], match[0]), text)


def format_reply(text: str) -> str:
    """Code, optional enhanced code and lines to the lines of an SMTP reply (RFC 5321 4.2.1), joined by
    CRLF.
    """
    code, _, rest = text.strip().partition(" ")
    if not re.fullmatch(r"[2345]\d\d", code):
        raise ProviderError(f"{text!r} does not begin with an SMTP reply code")
    lines = [line.strip() for line in rest.split("\n")]
    first, _, remainder = lines[0].partition(" ")
    prefix = ""
    if _ENHANCED.match(first):
        prefix, lines[0] = first + " ", remainder
    last = len(lines) - 1
    return "\r\n".join(f"{code}{' ' if i == last else '-'}{prefix}{line}" for i, line in enumerate(lines))


def host_slots(domain: str, number: int) -> dict[str, str]:
    """What can stand in an MX pattern for one domain."""
    return {
        "domain": domain,
        "dashed": domain.replace(".", "-"),
        "first": domain.partition(".")[0],
        "number": str(100000 + number),
    }
