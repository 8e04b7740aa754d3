"""Transfer encodings, piece by piece (RFC 2045).

Quoted-printable made here has two properties that plain encoders do not promise:

- A piece can be encoded alone. A slot ends with a soft line break, so whatever follows starts in column 0
  and can be encoded before the slot's value is known.
- It is already in DKIM's relaxed form (RFC 6376 3.4.4): no runs of white space, none at line ends. So the
  bytes that are sent are the bytes that are hashed.
"""

import binascii
import re
from enum import StrEnum

LIMIT = 75
"""Columns that text may fill; the 76th is for the soft line break's "="."""

SOFT_BREAK = b"=\r\n"

_ENCODE = re.compile(rb"[^\n !-<>-~]| (?=[ \n]|\Z)")
_TABLE = {bytes([n]): b"=%02X" % n for n in range(256)}
_PLAIN = re.compile(r"[!-<>-~]+(?: [!-<>-~]+)*")


class Encoding(StrEnum):
    """Content-Transfer-Encoding of a part."""

    QUOTED_PRINTABLE = "quoted-printable"
    BASE64 = "base64"


def choose(text: str) -> Encoding:
    """The shorter encoding for this kind of text: base64 when a fifth of its octets is not ASCII."""
    raw = text.encode("utf-8", "replace")
    foreign = len(raw) - sum(1 for octet in raw if octet < 0x80)
    return Encoding.BASE64 if foreign * 5 > len(raw) else Encoding.QUOTED_PRINTABLE


def quoted_printable(text: str, column: int = 0) -> bytes:
    """`text` (line ends as LF) encoded, with CRLF, when `column` columns of the line are taken already."""
    if len(text) <= LIMIT - column and _PLAIN.fullmatch(text):
        return text.encode("ascii")
    if not text:
        return b""
    encoded = _ENCODE.sub(lambda found: _TABLE[found[0]], text.encode("utf-8", "replace"))
    lines = encoded.split(b"\n")
    lines[0] = _wrapped(lines[0], column)
    for n in range(1, len(lines)):
        if len(lines[n]) > LIMIT:
            lines[n] = _wrapped(lines[n], 0)
    return b"\r\n".join(lines)


def _wrapped(line: bytes, column: int) -> bytes:
    out = []
    room = LIMIT - column
    while len(line) > room:
        cut = max(room, 0)
        if line[cut - 1 : cut] == b"=":
            cut -= 1
        elif line[cut - 2 : cut - 1] == b"=" and cut >= 2:
            cut -= 2
        out.append(line[:cut])
        line = line[cut:]
        room = LIMIT
    out.append(line)
    return SOFT_BREAK.join(out)


def end_column(encoded: bytes, column: int = 0) -> int:
    """The column in which text after `encoded` would stand."""
    start = encoded.rfind(b"\n")
    return column + len(encoded) if start < 0 else len(encoded) - start - 1


def base64_lines(raw: bytes) -> bytes:
    """`raw` in base64, lines of 76 characters, CRLF between them."""
    encoded = binascii.b2a_base64(raw, newline=False)
    return b"\r\n".join([encoded[n : n + 76] for n in range(0, len(encoded), 76)])
