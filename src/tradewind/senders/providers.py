"""The catalogue of mailbox providers: who runs the servers that a domain's MX records name, and what pace
suits them."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

OTHER = "other"
NAMES_IN_WORDS = (
    gettext_noop("Other servers"),
    gettext_noop("Yahoo and AOL"),
    gettext_noop("QQ Mail"),
    gettext_noop("Tencent Exmail"),
    gettext_noop("NetEase 163, 126, yeah"),
    gettext_noop("NetEase enterprise mail"),
    gettext_noop("Alibaba Mail"),
    gettext_noop("Sina Mail"),
)
"""Names of the catalogue that another language says differently."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Limits are towards one sending address; `rate_per_second` counts messages over all connections."""

    key: str
    title: str
    mx: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    max_connections: int = 10
    messages_per_connection: int = 100
    rate_per_second: float = 100.0
    tls: str = "offered"
    gateway: bool = False
    postmaster: str = ""
    source: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What the reader calls it."""
        return gettext(self.title)


class CatalogueError(ValueError):
    """The catalogue cannot be used; the text says which entry, why, and what to do."""


@cache
def catalogue() -> dict[str, Provider]:
    """All providers by key, with the installation's own changes. Raises CatalogueError."""
    entries = tomllib.loads((files("tradewind.senders") / "providers.toml").read_text(encoding="utf-8"))
    if settings.PROVIDERS_FILE:
        for key, changes in _read(Path(settings.PROVIDERS_FILE)).items():
            entries[key] = {**entries.get(key, {}), **changes}
    return {key: _made(key, entry) for key, entry in entries.items()}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"TRADEWIND_PROVIDERS names {path}, which cannot be read: {error}") from None


def _made(key: str, entry: dict[str, Any]) -> Provider:
    entry = {"title" if name == "name" else name: value for name, value in entry.items()}
    for name in ("mx", "domains"):
        entry = {**entry, name: tuple(str(item).lower() for item in entry.get(name, ()))}
    try:
        made = Provider(key=key, **entry)
    except TypeError as error:
        raise CatalogueError(f"Provider [{key}] has a setting that is not known: {error}") from None
    if made.max_connections < 1 or made.messages_per_connection < 1 or made.rate_per_second <= 0:
        raise CatalogueError(f"Provider [{key}]: connections, messages and rate must be above zero.")
    return made


def provider(key: str) -> Provider:
    """The provider, or "other" for a key that the catalogue has lost."""
    known = catalogue()
    return known.get(key) or known[OTHER]


def of_mx(hosts: Iterable[str]) -> str:
    """The key of the provider that runs all of these MX hosts; "other" when there are none, or they are
    of several."""
    names = [host.rstrip(".").lower() for host in hosts]
    found = {_of_host(name) for name in names}
    # Companies with a filter in front often keep a second-line MX elsewhere; several providers means none of
    # them.
    return found.pop() if len(found) == 1 else OTHER


def _of_host(host: str) -> str:
    best, length = OTHER, 0
    for entry in catalogue().values():
        for suffix in entry.mx:
            fits = host == suffix or (suffix.startswith(".") and host.endswith(suffix))
            if fits and len(suffix) > length:
                best, length = entry.key, len(suffix)
    return best
