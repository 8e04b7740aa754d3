"""Where links stand in a compiled mail. The same functions tell the versions what to store and the engine
what to track."""

import re
from dataclasses import dataclass
from html import unescape

from tradewind.content.markup import LIQUID

_OPEN = re.compile(
    rf"<(?P<name>a|area)\b(?P<attributes>(?:{LIQUID}|\"(?:{LIQUID}|[^\"{{]|\{{)*+\"|'(?:{LIQUID}|[^'{{]|\{{)*+'|[^<>\"'])*+)>",
    re.I | re.DOTALL,
)
_HREF = re.compile(
    rf"(?:^|\s)href\s*=\s*(?:\"(?P<double>(?:{LIQUID}|[^\"{{]|\{{)*+)\"|'(?P<single>(?:{LIQUID}|[^'{{]|\{{)*+)')",
    re.I | re.DOTALL,
)
_IN_TEXT = re.compile(rf"https?://(?:{LIQUID}|[^\s<>\"'{{}}]|\{{(?![{{%]))++", re.I | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_LIQUID = re.compile(LIQUID, re.DOTALL)
_OWN = re.compile(r"\{\{-?\s*(unsubscribe_url|view_url)\b")


@dataclass(frozen=True, slots=True)
class Place:
    """A link to be tracked: what stands between `start` and `end` is its address as written (`raw`);
    `url` is that without HTML entities."""

    start: int
    end: int
    raw: str
    url: str
    label: str


def is_tracked(url: str) -> bool:
    """Links of the web are; mailto, tel, anchors and our own unsubscribe link are not."""
    stripped = url.strip()
    if _OWN.search(stripped):
        return False
    return bool(re.match(r"https?://", stripped, re.I)) or bool(_LIQUID.match(stripped))


def in_html(html: str) -> list[Place]:
    """The tracked links of compiled HTML (Liquid still in it), in order."""
    places = []
    for opened in _OPEN.finditer(html):
        href = _HREF.search(opened["attributes"])
        if href is None:
            continue
        group = "double" if href["double"] is not None else "single"
        raw = href[group]
        url = unescape_outside_liquid(raw)
        if is_tracked(url):
            start = opened.start("attributes") + href.start(group)
            places.append(Place(start, start + len(raw), raw, url, _label(html, opened)))
    return places


def in_text(text: str) -> list[Place]:
    """The tracked links of a text part, in order; a final mark of punctuation belongs to the sentence."""
    places = []
    for found in _IN_TEXT.finditer(text):
        raw = found[0]
        while raw[-1] in ".,;:!?)]" and not raw.endswith("}}"):
            if raw[-1] == ")" and raw.count("(") >= raw.count(")"):
                break
            raw = raw[:-1]
        if is_tracked(raw):
            places.append(Place(found.start(), found.start() + len(raw), raw, raw, ""))
    return places


def unescape_outside_liquid(raw: str) -> str:
    """HTML entities resolved, but nothing inside Liquid touched."""
    out, last = [], 0
    for found in _LIQUID.finditer(raw):
        out += [unescape(raw[last : found.start()]), found[0]]
        last = found.end()
    return "".join([*out, unescape(raw[last:])])


def _label(html: str, opened: re.Match[str]) -> str:
    """What a reader sees of the link: its text, or the alternative text of its picture."""
    end = html.find("</a", opened.end())
    inner = html[opened.end() : end] if end >= 0 else ""
    alt = re.search(r"<img\b[^>]*\balt=\"([^\"]*)\"", inner, re.I)
    text = " ".join(unescape(_TAG.sub(" ", inner)).split())
    return (text or (unescape(alt[1]) if alt else ""))[:200]
