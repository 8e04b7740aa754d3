"""Where a click leads: the link's own address as the author wrote it, filled with the values the message was sent with."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.utils.encoding import iri_to_uri
from liquid.exceptions import LiquidError

from tradewind.content import liquid
from tradewind.signals.keeper import Known

log = structlog.get_logger()

REMEMBERED = 10_000
_UNFIT = re.compile(r"[\x00-\x20\x7f\\<>\"]")


class Targets:
    """Remembers plain targets, so that clicks still lead somewhere while the database is away."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, str] = OrderedDict()

    def of(self, link_id: int, known: Known) -> str | None:
        """The address to redirect to; None if there is none that a browser should be sent to."""
        target = render(known.url, known.values)
        if target and "{" not in known.url:
            self._known[link_id] = target
            self._known.move_to_end(link_id)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return target

    def remembered(self, link_id: int) -> str | None:
        return self._known.get(link_id)


def render(url: str, values: Mapping[str, Any] | None) -> str | None:
    """`url` filled and ready for a Location header, http or https only; None when it is neither or cannot be filled."""
    if "{" in url:
        if values is None:
            return None
        try:
            url = liquid.parse(url, html=False).render(**values)
        except (LiquidError, TypeError) as problem:
            log.warning("link_not_rendered", problem=str(problem), url=url[:200])
            return None
    return safe(url)


def safe(url: str) -> str | None:
    """An absolute http(s) address in ASCII, without anything that ends a header or confuses a browser."""
    url = url.strip()
    try:
        target = str(iri_to_uri(url))
        parts = urlsplit(target)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        if not parts.hostname.isascii() or "%" in parts.netloc:
            host = (urlsplit(url).hostname or "").encode("idna").decode()
            target = target.replace(parts.netloc, host + (f":{parts.port}" if parts.port else ""), 1)
    except (ValueError, UnicodeError):
        return None
    return None if _UNFIT.search(target) or not target.isascii() else target
