"""One record of a file, made into the values of a contact, or into the reason why it is left out."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import available_timezones

from tradewind.audience.addresses import Bad, normalize
from tradewind.audience.companies import company_domain
from tradewind.audience.countries import country_code, language_code
from tradewind.audience.importing import limits
from tradewind.audience.importing.headings import CUSTOM, FIELDS, Field
from tradewind.audience.importing.problems import Rejection, RowProblem
from tradewind.audience.importing.records import Record, unreadable
from tradewind.audience.names import split_name

_SUSPICIOUS = re.compile("[\x00\ud800-\udfff\ufffd]").search
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_FORMULA_GUARD = re.compile(r"^'(?=[=+\-@])")
_time_zones = lru_cache(maxsize=1)(available_timezones)
_country = lru_cache(maxsize=4096)(country_code)
_language = lru_cache(maxsize=4096)(language_code)


class Staged(NamedTuple):
    """A row that is taken, in the order of the columns of the staging table. Empty means: the file says nothing."""

    row: int
    email: str
    email_key: str
    mail_domain: str
    first_name: str
    last_name: str
    company: str
    company_domain: str
    job_title: str
    phone: str
    country: str
    language: str
    time_zone: str
    source: str
    industry: str
    notes: str
    custom: str  # JSON


class Checker:
    """Reads records by one mapping."""

    def __init__(self, headings: Sequence[str], mapping: Mapping[str, str], encoding: str = "utf-8") -> None:
        self.headings = headings
        self.wide = encoding.startswith("utf-16")
        self.fields = [(i, Field(mapping[h])) for i, h in enumerate(headings) if mapping.get(h, "") in FIELDS]
        self.custom = [
            (i, mapping[h].removeprefix(CUSTOM))
            for i, h in enumerate(headings)
            if mapping.get(h, "").startswith(CUSTOM)
        ]

    def check(self, record: Record) -> Staged | Rejection | None:
        """The staged values, or the reason against them; None for a blank row."""
        cells = record.cells
        problem = record.problem or self._damage(cells)
        if problem:
            return Rejection(record.row, problem)
        if not any(cells) or not any(cell.strip() for cell in cells):
            return None
        width = len(self.headings)
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            return Rejection(record.row, RowProblem.TOO_MANY_CELLS, f"{len(cells)} > {width}")
        long = self._too_long(cells)
        return (
            Rejection(record.row, RowProblem.CELL_TOO_LONG, long) if long else self._staged(record.row, cells)
        )

    def _damage(self, cells: list[str]) -> RowProblem | None:
        joined = "".join(cells)
        if not _SUSPICIOUS(joined):
            return None
        if unreadable(joined) or (self.wide and "\ufffd" in joined):
            return RowProblem.BAD_BYTES
        return RowProblem.NUL if "\0" in joined else None

    def _too_long(self, cells: list[str]) -> str:
        """The heading of a cell that is longer than its field may be."""
        longest = max(map(len, cells))
        if longest <= limits.LONGEST_SHORT_CELL:
            return ""
        if longest > limits.LONGEST_CELL:
            return next(h for h, cell in zip(self.headings, cells, strict=False) if len(cell) == longest)
        for index, field in self.fields:
            if field is Field.NOTES or field is Field.EMAIL or index >= len(cells):
                continue
            if len(cells[index].strip()) > limits.LONGEST_SHORT_CELL:
                return self.headings[index]
        return ""

    def _staged(self, row: int, cells: list[str]) -> Staged | Rejection:
        width = len(cells)
        given = {field: tidy(cells[i], field) for i, field in self.fields if i < width and cells[i]}
        address = normalize(given.get(Field.EMAIL, ""))
        if isinstance(address, Bad):
            return Rejection(row, address.reason)
        custom = {key: clean(cells[i]) for i, key in self.custom if i < width and cells[i].strip()}
        first, last = _names(given, address.display_name)
        return Staged(
            row,
            address.email,
            address.email_key,
            address.domain,
            first,
            last,
            given.get(Field.COMPANY, ""),
            company_domain(address.domain),
            given.get(Field.JOB_TITLE, ""),
            given.get(Field.PHONE, ""),
            _coded(_country, Field.COUNTRY, given, custom),
            _coded(_language, Field.LANGUAGE, given, custom),
            _coded(_time_zone, Field.TIME_ZONE, given, custom),
            given.get(Field.SOURCE, ""),
            given.get(Field.INDUSTRY, ""),
            given.get(Field.NOTES, ""),
            json.dumps(custom, ensure_ascii=False) if custom else "{}",
        )


def tidy(cell: str, field: Field) -> str:
    """A cell as it is stored: one line (notes keep theirs), no control characters, no guard against formulas."""
    if field is Field.EMAIL:
        return cell
    return (
        clean(cell)
        if field is Field.NOTES
        else _FORMULA_GUARD.sub("", " ".join(_CONTROL.sub(" ", cell).split()))
    )


def clean(cell: str) -> str:
    """Text of several lines without control characters; PostgreSQL and mail headers want none."""
    return _FORMULA_GUARD.sub("", _CONTROL.sub(" ", cell.replace("\r\n", "\n").replace("\r", "\n")).strip())


def _names(given: Mapping[Field, str], display_name: str) -> tuple[str, str]:
    first, last = given.get(Field.FIRST_NAME, ""), given.get(Field.LAST_NAME, "")
    if first or last:
        return first, last
    return split_name(given.get(Field.FULL_NAME, "") or display_name)


def _time_zone(text: str) -> str | None:
    return text if text in _time_zones() else None


def _coded(
    read: Callable[[str], str | None], field: Field, given: Mapping[Field, str], custom: dict[str, str]
) -> str:
    """The code for what the file says; what is not understood is kept as an own field of the same name."""
    text = given.get(field, "")
    if not text:
        return ""
    code = read(text)
    if code is None:
        custom.setdefault(field.value, text)
    return code or ""
