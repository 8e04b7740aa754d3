"""How a file is written: its encoding and its delimiter, from its own bytes."""

import codecs
import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tradewind.audience.importing.problems import FileProblem, ImportProblem

ENCODINGS = ("utf-8-sig", "gb18030", "utf-16-le", "utf-16-be", "cp1252")
DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_BYTES = 256 * 1024
_FOREIGN_LINES = 5_000  # lines beyond ASCII that are looked at
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    encoding: str  # a Python codec name, one of ENCODINGS
    delimiter: str
    lines: int  # line ends in the file: a first guess at the number of rows


def detect(path: Path) -> Format:
    """How the file at `path` is written. Raises ImportProblem for what is no text table at all."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise ImportProblem(FileProblem.EMPTY)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ImportProblem(FileProblem.WORKBOOK)
    wide = _utf16(head)
    votes, lines = _votes(path)
    encoding = wide or _narrow(votes)
    if not wide and head.count(0) > len(head) // 10:
        raise ImportProblem(FileProblem.NOT_TEXT)
    return Format(encoding, _delimiter(head.decode(encoding, "replace").lstrip("\ufeff")), lines)


def _utf16(head: bytes) -> str:
    """UTF-16 by its byte order mark, or by the zeros that Latin letters leave in it."""
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 8 and odd > 8 * even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 8 and even > 8 * odd else ""


def _votes(path: Path) -> tuple[Counter[str], int]:
    """For each encoding, how many lines beyond ASCII can be written in it; and the number of lines."""
    votes: Counter[str] = Counter()
    lines, rest = 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            lines += block.count(b"\n")
            if votes["all"] >= _FOREIGN_LINES or block.isascii():
                rest = b""
                continue
            *whole, rest = (rest + block).split(b"\n")
            rest = rest if len(rest) < _BLOCK else b""
            _vote(whole, votes)
    _vote([rest], votes)
    return votes, lines + 1


def _vote(lines: list[bytes], votes: Counter[str]) -> None:
    for line in lines:
        if line.isascii() or votes["all"] >= _FOREIGN_LINES:
            continue
        votes["all"] += 1
        for encoding in ("utf-8", "gb2312", "gb18030"):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                continue
            votes[encoding] += 1


def _narrow(votes: Counter[str]) -> str:
    """Lines that are valid UTF-8 by chance are rare. A Latin text is hardly ever valid GB 2312, but often valid GB 18030."""
    if votes["utf-8"] * 2 >= votes["all"]:
        return "utf-8-sig"
    if votes["gb2312"] * 2 >= votes["all"] or votes["gb18030"] == votes["all"]:
        return "gb18030"
    return "utf-8-sig" if votes["utf-8"] > votes["gb18030"] else "cp1252"


def _delimiter(text: str) -> str:
    """The one that cuts the first rows most evenly into most cells; a comma when nothing cuts them."""
    lines = text.splitlines()[:200]
    return max(DELIMITERS, key=lambda mark: _score(lines, mark))


def _score(lines: list[str], mark: str) -> float:
    try:
        widths = [len(cells) for cells in csv.reader(lines, delimiter=mark) if cells][:100]
    except csv.Error:
        return 0
    if not widths or widths[0] < 2:
        return 0
    same = sum(1 for width in widths if width == widths[0])
    return same / len(widths) * min(widths[0], 50)
