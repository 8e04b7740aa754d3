"""The text part of a mail, made from its HTML: paragraphs, lists, links with their addresses; Liquid
stays Liquid."""

import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "center",
            "div",
            "dl",
            "dt",
            "dd",
            "fieldset",
            "figure",
        ),
        *(
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
        ),
        *("pre", "section", "table", "tbody", "thead", "tfoot", "tr", "ul"),
    )
)
_SILENT = frozenset(("head", "style", "script", "title", "noscript", "template"))
_GAP = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table", "pre"))
_SPACES = re.compile(r"[ \t\r\n\f\u00ad\u200b\u200c\u034f]+")
_ALONE = re.compile(r"^[ ]*(\{%)-?(?=[^\n]*%\}[ ]*$)", re.MULTILINE)


def text_of(html: str, comment: Callable[[str], str | None]) -> str:
    """The text of `html`. `comment` says what stands for the inside of a comment (None: nothing)."""
    out: list[str] = []
    body = LexborHTMLParser(html).body
    if body is not None:
        _walk(body, out, comment)
    lines = [line.strip(" ") for line in "".join(out).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def trim_lonely_tags(text: str) -> str:
    """A Liquid tag that has a line for itself leaves no empty line behind when it prints nothing."""
    return _ALONE.sub(r"\1-", text)


def _walk(node: LexborNode, out: list[str], comment: Callable[[str], str | None]) -> None:
    child = node.child
    while child is not None:
        _one(child, out, comment)
        child = child.next


def _one(node: LexborNode, out: list[str], comment: Callable[[str], str | None]) -> None:
    tag = node.tag
    if tag == "-text":
        _add_text(out, node.text_content or "")
    elif tag == "-comment":
        out.append(comment((node.comment_content or "").strip()) or "")
    elif tag == "br":
        out.append("\n")
    elif tag == "img":
        _add_text(out, (node.attributes.get("alt") or "").strip())
    elif tag == "a":
        _link(node, out, comment)
    elif tag in _SILENT or _is_hidden(node):
        return
    else:
        _element(node, str(tag), out, comment)


def _add_text(out: list[str], text: str) -> None:
    text = _SPACES.sub(" ", text.replace("\u00a0", " "))
    if not out or out[-1].endswith(("\n", " ")):
        text = text.lstrip(" ")
    if text:
        out.append(text)


def _element(node: LexborNode, tag: str, out: list[str], comment: Callable[[str], str | None]) -> None:
    block = tag in _BLOCKS
    gap = _has_gap(node, tag)
    if block:
        _break(out, gap=gap)
    if tag == "li":
        out.append("- ")
    elif tag == "hr":
        out.append("-" * 20)
    _walk(node, out, comment)
    if block:
        _break(out, gap=gap)
    elif tag in ("td", "th"):
        _add_text(out, " ")


def _has_gap(node: LexborNode, tag: str) -> bool:
    """Whether an empty line stands around it. A row of a layout table is a paragraph, one of a real table
    is a line."""
    if tag != "tr":
        return tag in _GAP and node.attributes.get("role") != "presentation"
    table = node.parent.parent if node.parent is not None and node.parent.tag == "tbody" else node.parent
    return table is not None and table.attributes.get("role") == "presentation"


def _break(out: list[str], *, gap: bool) -> None:
    end = "".join(out[-3:]).rstrip(" ")
    if out and not end.endswith("\n"):
        out.append("\n")
    if gap and out and not end.endswith("\n\n"):
        out.append("\n")


def _link(node: LexborNode, out: list[str], comment: Callable[[str], str | None]) -> None:
    inner: list[str] = []
    _walk(node, inner, comment)
    label = " ".join("".join(inner).split())
    href = (node.attributes.get("href") or "").strip()
    if not href or href.startswith("#") or href in (label, f"mailto:{label}", f"tel:{label}"):
        _add_text(out, label or href)
    elif not label:
        _add_text(out, href)
    else:
        _add_text(out, f"{label}: {href.removeprefix('mailto:').removeprefix('tel:')}")


def _is_hidden(node: LexborNode) -> bool:
    style = (node.attributes.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or node.attributes.get("hidden") is not None
