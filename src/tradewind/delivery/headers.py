"""Header fields: encoded, folded, safe, and in the two forms that sending and signing need.

RFC 5322 2.2.3 (folding), RFC 2047 (encoded words), RFC 8058 and 2369 (List-*), RFC 9477 (CFBL).
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime

from tradewind.delivery.smtp.commands import ascii_domain

WIDTH = 76
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_Q_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q_TABLE = ["_" if n == 0x20 else chr(n) if n in _Q_PLAIN else f"={n:02X}" for n in range(256)]
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class UnsafeHeaderError(ValueError):
    """A header would hold a line end or another control character. Nothing was composed."""


@dataclass(frozen=True, slots=True)
class Header:
    """One field. `raw` is as sent, `relaxed` as DKIM hashes it (RFC 6376 3.4.2), both with their CRLF."""

    name: str
    raw: bytes
    relaxed: bytes


def header(name: str, value: str) -> Header:
    """A field from a value that is encoded and folded already, with CRLF and one space at each fold.

    Raises `UnsafeHeaderError` for anything that could end the field early or start another one.
    """
    if not _NAME.fullmatch(name):
        raise UnsafeHeaderError(f"not a header name: {name!r}")
    flat = value.replace("\r\n ", " ")
    if _UNSAFE.search(flat) or not flat.strip() or "  " in flat or flat != flat.strip():
        raise UnsafeHeaderError(f"header {name} with characters that it cannot hold: {value[:80]!r}")
    raw = f"{name}: {value}\r\n".encode()
    return Header(name, raw, f"{name.lower()}:{flat}\r\n".encode())


def one_line(text: str) -> str:
    """`text` without control characters, white space collapsed to single spaces."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_UNSAFE.sub(" ", text).encode("utf-8", "replace").decode().split())


def unstructured(name: str, text: str) -> Header:
    """A field of free text, such as Subject. An empty text becomes one dash: no field may be empty."""
    text = one_line(text) or "-"
    if text.isascii() and "=?" not in text:
        folded = fold(text, len(name) + 2)
        if folded is not None:
            return header(name, folded)
    return header(name, encoded_words(text, len(name) + 2))


def fold(text: str, column: int) -> str | None:
    """ASCII `text` folded at spaces to lines of WIDTH, or None if a word is longer than that."""
    if column + len(text) <= WIDTH:
        return text
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        if len(word) > WIDTH - column:
            return None
        room = WIDTH - (column if not lines else 1)
        if current and len(current) + 1 + len(word) > room:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    lines.append(current)
    return "\r\n ".join(lines)


def encoded_words(text: str, column: int) -> str:
    """`text` as RFC 2047 encoded words, at most 75 characters each, characters never cut in two."""
    raw_len = len(text.encode())
    q_len = sum(1 if octet in _Q_PLAIN or octet == 0x20 else 3 for octet in text.encode())
    encode, size = (_q_word, _q_size) if q_len < raw_len * 4 // 3 else (_b_word, _b_size)
    words: list[str] = []
    current, octets = "", 0
    for char in text:
        room = WIDTH - 12 - (column if not words else 1)
        if current and size(current, char, octets) > room:
            words.append(encode(current))
            current, octets = "", 0
        current += char
        octets += len(char.encode()) if encode is _b_word else _q_cost(char)
    words.append(encode(current))
    return "\r\n ".join(words)


def _q_cost(char: str) -> int:
    return sum(1 if octet in _Q_PLAIN or octet == 0x20 else 3 for octet in char.encode())


def _q_size(current: str, char: str, octets: int) -> int:
    return octets + _q_cost(char)


def _b_size(current: str, char: str, octets: int) -> int:
    return -(-(octets + len(char.encode())) // 3) * 4


def _q_word(text: str) -> str:
    return f"=?utf-8?q?{''.join([_Q_TABLE[octet] for octet in text.encode()])}?="


def _b_word(text: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def mailbox(field: str, name: str, address: str) -> Header:
    """An address field (From, To, Reply-To) of one mailbox. The domain becomes A-labels."""
    local, _, domain = address.rpartition("@")
    spec = f"{local}@{ascii_domain(domain)}"
    if not local or _UNSAFE.search(spec) or any(c in spec for c in ' <>,;:"\\()[]') or len(spec) > 320:
        raise UnsafeHeaderError(f"not an address for {field}: {address[:100]!r}")
    name = one_line(name)
    if not name or name == address:
        return header(field, spec)
    column = len(field) + 2
    phrase = _phrase(name, column)
    last = phrase.rpartition("\r\n")[2]
    used = len(last) + (column if "\r\n" not in phrase else 0)
    gap = " " if used + len(spec) + 3 <= WIDTH else "\r\n "
    return header(field, f"{phrase}{gap}<{spec}>")


def _phrase(name: str, column: int) -> str:
    if name.isascii() and "=?" not in name and len(name) <= WIDTH - column - 4:
        if _ATOMS.fullmatch(name):
            return name
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        if len(escaped) <= WIDTH - column - 4:
            return f'"{escaped}"'
    return encoded_words(name, column)


def date(at: datetime) -> str:
    """RFC 5322 date-time, in UTC (`at` must be aware and in UTC); locale has no say."""
    return f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} +0000"
