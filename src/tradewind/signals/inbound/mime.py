"""Reading MIME that anybody may have sent: bounded in size, parts and depth; nothing in it raises."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr

from selectolax.lexbor import LexborHTMLParser

LONGEST_READ = 1_000_000  # bytes; what lies behind is kept but not read (the original's attachments)
LONGEST_TEXT = 100_000  # characters of one text
MOST_PARTS = 60
DEEPEST = 12

Part = Message


def parse(raw: bytes) -> Part:
    """The message; an empty one when it cannot be parsed at all (nested too deep)."""
    try:
        return message_from_bytes(raw[:LONGEST_READ], policy=compat32)
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError, IndexError, KeyError):
        head = raw[:LONGEST_READ].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        return _head_only(head)


def _head_only(head: bytes) -> Part:
    try:
        return message_from_bytes(
            re.sub(rb"(?im)^content-type:", b"X-Content-Type:", head) + b"\n\n", policy=compat32
        )
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError, IndexError, KeyError):
        return Message()


def parts(message: Part) -> Iterator[Part]:
    """The message and its parts, in order, without those inside an enclosed message; bounded."""
    stack: list[tuple[Part, int]] = [(message, 0)]
    seen = 0
    while stack and seen < MOST_PARTS:
        part, depth = stack.pop()
        seen += 1
        yield part
        payload = part.get_payload()
        if depth < DEEPEST and isinstance(payload, list) and part.get_content_maintype() != "message":
            stack += [
                (child, depth + 1) for child in reversed(payload[:MOST_PARTS]) if isinstance(child, Message)
            ]


def header(part: Part, name: str) -> str:
    """One header as readable text in one line, at most 1,000 characters; empty if missing."""
    try:
        wanted = name.lower()
        # `get` would replace bytes above ASCII by question marks.
        text = next((str(value) for key, value in part.raw_items() if key.lower() == wanted), "")[:4000]
        text = str(make_header(decode_header(text))) if "=?" in text else _raw_text(text)
    except (HeaderParseError, ValueError, LookupError, TypeError, AssertionError, RecursionError):
        text = str(part.get(name, "")).encode("ascii", "replace").decode()[:1000]
    return clean(" ".join(text.split()))[:1000]


def _raw_text(text: str) -> str:
    """Bytes above ASCII that stand in a header without being encoded: mostly UTF-8, in China often GB18030."""
    if not any("\udc80" <= char <= "\udcff" for char in text):
        return text
    raw = text.encode("utf-8", "surrogateescape")
    return _decode(raw, "utf-8")


def address(part: Part, name: str) -> str:
    """The mailbox in a header, lower-case, or an empty string."""
    try:
        found = parseaddr(header(part, name))[1]
    except (ValueError, IndexError, TypeError):
        return ""
    return found.strip().lower()[:320] if "@" in found else ""


def text_of(part: Part) -> str:
    """The decoded text of a part, at most LONGEST_TEXT characters; empty for what is no text."""
    try:
        if part.is_multipart():
            return ""
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AssertionError, RecursionError):
        return ""
    if not isinstance(payload, bytes):
        return ""
    try:
        charset = part.get_content_charset() or "utf-8"
    except (ValueError, LookupError, TypeError, UnicodeError):
        charset = "utf-8"
    return clean(_decode(payload[: 4 * LONGEST_TEXT], charset))[:LONGEST_TEXT]


def _decode(raw: bytes, charset: str) -> str:
    charset = {"gb2312": "gb18030", "gbk": "gb18030", "us-ascii": "utf-8"}.get(charset.lower(), charset)
    for name in (charset, "utf-8", "gb18030"):
        try:
            return raw.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def readable_text(message: Part) -> str:
    """What a person reads: the first plain text, or else the first HTML as text. Attachments are none of it."""
    html = ""
    for part in parts(message):
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or _attached(part):
            continue
        text = text_of(part)
        if kind == "text/plain" and text.strip():
            return text
        html = html or (text if kind == "text/html" else "")
    return from_html(html) if html else ""


def _attached(part: Part) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


_BLOCKS = "p, div, br, tr, li, h1, h2, h3, h4, table"
_QUOTED = "head, style, script, blockquote, .gmail_quote, .gmail_attr, .moz-cite-prefix, .yahoo_quoted, #divRplyFwdMsg, title"


def from_html(html: str) -> str:
    """HTML as plain text, without what mail programs mark as quoted. Never shown as HTML."""
    tree = LexborHTMLParser(html[:LONGEST_TEXT])
    for node in tree.css(_QUOTED):
        node.decompose()
    for node in tree.css(_BLOCKS):
        node.insert_before("\n")
    body = tree.body
    lines = (body.text() if body is not None else "").splitlines()
    return "\n".join(" ".join(line.split()) for line in lines)[:LONGEST_TEXT]


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Without control characters, lone surrogates and direction overrides (PostgreSQL takes no NUL;
    people shall not be fooled).
    """
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
