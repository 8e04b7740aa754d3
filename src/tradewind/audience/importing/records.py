"""The rows of a file, one at a time, in bounded memory; a broken quotation mark costs its row and no other."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tradewind.audience.importing import limits
from tradewind.audience.importing.problems import FileProblem, ImportProblem, RowProblem

_UNREADABLE = re.compile("[\ud800-\udfff]").search


@dataclass(slots=True)
class Record:
    """`row` as a spreadsheet counts: the first record is row 1, blank ones count."""

    row: int
    cells: list[str]
    problem: RowProblem | None = None


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file as text. Bytes that are not of the encoding become lone surrogates, so that their row can be named."""
    wide = encoding.startswith("utf-16")
    try:
        file = path.open(encoding=encoding, errors="replace" if wide else "surrogateescape", newline="")
    except FileNotFoundError:
        raise ImportProblem(FileProblem.GONE) from None
    with file:
        yield file


def records(file: TextIO, delimiter: str) -> Iterator[Record]:
    """Every record of the file, blank ones too (no cells). Raises ImportProblem when it is no table."""
    feed = _Feed(file)
    reader = csv.reader(feed, delimiter=delimiter)
    row = broken = 0
    while True:
        row += 1
        feed.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_UnclosedQuoteError, csv.Error):
            broken += 1
            if broken > limits.MOST_BROKEN_QUOTES:
                raise ImportProblem(FileProblem.BROKEN_QUOTES, limit=limits.MOST_BROKEN_QUOTES) from None
            line = feed.give_back_all_but_first()
            reader = csv.reader(feed, delimiter=delimiter)
            yield Record(row, line.rstrip("\r\n").split(delimiter), RowProblem.UNCLOSED_QUOTE)
        else:
            yield Record(row, cells)


def unreadable(text: str) -> bool:
    """Whether a byte of `text` was not of the encoding."""
    return _UNREADABLE(text) is not None


def readable(cell: str) -> str:
    """A cell with bytes of another encoding, as it was probably meant: for showing, never for storing."""
    if not unreadable(cell):
        return cell
    raw = cell.encode("utf-8", "surrogateescape")
    for encoding in ("utf-8", "gb2312", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


class _UnclosedQuoteError(Exception):
    pass


class _Feed:
    """Lines for csv.reader, which asks for another one inside a record only while a quotation mark is open."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.number = 0
        self.again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= limits.MOST_LINES_IN_A_ROW:
            raise _UnclosedQuoteError
        line = self.again.popleft() if self.again else self._read()
        if not line:
            if self.taken:
                raise _UnclosedQuoteError
            raise StopIteration
        self.taken.append(line)
        return line

    def _read(self) -> str:
        self.number += 1
        line = self.file.readline(limits.LONGEST_LINE)
        if len(line) >= limits.LONGEST_LINE:
            raise ImportProblem(FileProblem.LONG_LINE, line=self.number)
        return line.removeprefix("\ufeff") if self.number == 1 else line

    def give_back_all_but_first(self) -> str:
        first, *rest = self.taken
        self.again.extendleft(reversed(rest))
        return first
