"""CSV that a spreadsheet opens without harm: UTF-8 with a byte order mark, and no cell that is run as a formula."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

BOM = "\ufeff"
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would take for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell


def line(cells: Iterable[str]) -> str:
    """One row of CSV with its line end."""
    text = StringIO()
    csv.writer(text).writerow([safe(cell) for cell in cells])
    return text.getvalue()


def lines(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A whole file, row by row, with the mark before it: for streaming answers."""
    yield BOM
    for row in rows:
        yield line(row)
