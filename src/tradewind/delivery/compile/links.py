"""Which links of a template are tracked: marks in the Liquid source where a tracking URL will stand.

A mark is made of control characters that can come from nowhere else: sources and values are cleaned of them.
"""

import html
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

MARK = "\x01"
OPEN_MARK = "\x01o\x01"
MARKS = re.compile("\x01(?:o|l([0-9]+))\x01")

_HREF = re.compile(
    r"""(<(?:a|area|v:[a-z]+)\s(?:[^>"']|"[^"]*"|'[^']*')*?(?<![\w-])href\s*=\s*)("[^"]*"|'[^']*')""",
    re.IGNORECASE,
)
_TEXT_URL = re.compile(r"https?://(?:\{\{.*?\}\}|[^\s<>\"{}])+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}'*_。，；：！？）】"
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose clicks are counted: its row and its target as written, which may hold Liquid."""

    id: int
    url: str


def cleaned(source: str) -> str:
    """A source without control characters and with LF line ends."""
    return _CONTROLS.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))


class Links:
    """Hands out link rows by target, in the order of the document: equal targets may have several rows."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._rows: dict[str, deque[int]] = {}
        for link in links:
            self._rows.setdefault(link.url.strip(), deque()).append(link.id)

    def take(self, url: str) -> int | None:
        """The row for the next appearance of `url`; the last row serves all further ones."""
        rows = self._rows.get(url)
        if not rows:
            return None
        return rows.popleft() if len(rows) > 1 else rows[0]


def mark_html(source: str, links: Links) -> str:
    """The HTML with a mark in each `href` whose target is one of `links`; other targets stay."""

    def replace(found: re.Match[str]) -> str:
        before, quoted = found[1], found[2]
        value = quoted[1:-1].strip()
        link_id = links.take(value)
        if link_id is None:
            link_id = links.take(html.unescape(value))
        return found[0] if link_id is None else f"{before}{quoted[0]}{MARK}l{link_id}{MARK}{quoted[0]}"

    return _HREF.sub(replace, source)


def mark_text(source: str, links: Links) -> str:
    """The plain text with a mark in place of each URL that is one of `links`."""

    def replace(found: re.Match[str]) -> str:
        url = found[0]
        bare = url.rstrip(_TRAILING)
        for candidate in (url, bare):
            link_id = links.take(candidate)
            if link_id is not None:
                return f"{MARK}l{link_id}{MARK}{url[len(candidate) :]}"
        return url

    return _TEXT_URL.sub(replace, source)


def add_pixel(source: str) -> str:
    """The HTML with the open pixel at the end of its body."""
    pixel = f'<img src="{OPEN_MARK}" width="1" height="1" alt="" style="display:block;border:0">'
    ends = list(_BODY_END.finditer(source))
    at = ends[-1].start() if ends else len(source)
    return source[:at] + pixel + source[at:]
