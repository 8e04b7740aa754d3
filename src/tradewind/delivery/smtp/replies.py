"""SMTP replies, parsed incrementally and without I/O (RFC 5321 4.2, RFC 2034, RFC 3463)."""

import re
from dataclasses import dataclass

MAX_LINE = 4096
"""Octets of one reply line. RFC 5321 4.5.3.1.5 allows 512; real servers exceed it with long URLs."""

MAX_LINES = 256
"""Lines of one reply. EHLO replies have about 20; anything near this limit is an attack or garbage."""

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


class ReplySyntaxError(ValueError):
    """The server sent something that is no SMTP reply. The message says what was wrong with it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply. `lines` are its texts without codes, decoded and free of control characters."""

    code: int
    lines: tuple[str, ...]

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code such as "5.7.26" (RFC 2034), or None if there is none.

        A code whose class contradicts the reply code ("250 5.1.1") is not believed: RFC 2034 4
        demands equal classes, and acting on the wrong one could suppress a good address.
        """
        match = _ENHANCED.match(self.lines[0]) if self.lines else None
        if match is None or match[1] != str(self.code)[0]:
            return None
        return match[0]

    @property
    def text(self) -> str:
        """The texts of all lines, joined by spaces; an enhanced code repeated on each line appears once."""
        code = self.enhanced
        if code is None or len(self.lines) == 1:
            return " ".join(self.lines)
        rest = (line.removeprefix(code).lstrip() for line in self.lines[1:])
        return " ".join((self.lines[0], *rest))

    @property
    def positive(self) -> bool:
        return 200 <= self.code < 400

    @property
    def transient(self) -> bool:
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return 500 <= self.code < 600

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


def clean_text(raw: bytes) -> str:
    """Text of the remote side, fit for a log, a page and a JSON column: no control characters, no NUL."""
    return _CONTROLS.sub("?", raw.decode("utf-8", "backslashreplace"))


class ReplyParser:
    """Bytes in, replies out. After a `ReplySyntaxError` the parser must not be used again."""

    __slots__ = ("_buffer", "_code", "_lines")

    def __init__(self) -> None:
        self._buffer = b""
        self._code = 0
        self._lines: list[str] = []

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that `data` completes, oldest first.

        Raises `ReplySyntaxError` for lines that are too long, too many, without a code, or whose
        code changes inside one reply.
        """
        buffer = self._buffer + data if self._buffer else data
        lines = buffer.split(b"\n")
        self._buffer = lines.pop()
        if len(self._buffer) > MAX_LINE:
            raise ReplySyntaxError(f"reply line longer than {MAX_LINE} octets")
        replies = []
        for line in lines:
            reply = self._take(line.rstrip(b"\r"))
            if reply is not None:
                replies.append(reply)
        return replies

    @property
    def pending(self) -> bool:
        """True while part of a reply was read and its end was not."""
        return bool(self._buffer or self._lines)

    def _take(self, line: bytes) -> Reply | None:
        code, last, text = _split_line(line)
        if self._lines and code != self._code:
            raise ReplySyntaxError(f"reply code changed from {self._code} to {code} inside one reply")
        if not self._lines and last:
            return Reply(code, (text,))
        self._code = code
        self._lines.append(text)
        if len(self._lines) > MAX_LINES:
            raise ReplySyntaxError(f"reply of more than {MAX_LINES} lines")
        if not last:
            return None
        reply = Reply(code, tuple(self._lines))
        self._lines = []
        return reply


def _split_line(line: bytes) -> tuple[int, bool, str]:
    if len(line) > MAX_LINE:
        raise ReplySyntaxError(f"reply line longer than {MAX_LINE} octets")
    head, mark = line[:3], line[3:4]
    if not head.isdigit() or not b"200" <= head <= b"599" or mark not in (b" ", b"-", b""):
        raise ReplySyntaxError(f"not an SMTP reply: {clean_text(line[:80])!r}")
    return int(head), mark != b"-", clean_text(line[4:]).strip()


def parse_reply(text: str) -> Reply:
    """A reply from text as people paste it: one or several lines, with or without the code repeated.

    Raises `ReplySyntaxError` if it does not begin with a reply code.
    """
    lines = [line for line in (raw.strip() for raw in text.splitlines()) if line]
    if not lines:
        raise ReplySyntaxError("empty reply")
    code, _, first = _split_line(lines[0].encode())
    texts = [first]
    for line in lines[1:]:
        repeated = line[:3] == str(code) and line[3:4] in (" ", "-", "")
        texts.append(clean_text((line[4:] if repeated else line).encode()).strip())
    return Reply(code, tuple(texts))
