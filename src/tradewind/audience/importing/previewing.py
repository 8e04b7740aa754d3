"""What an import would do, shown on its first rows."""

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from tradewind.audience.importing import files, limits
from tradewind.audience.importing.checking import Checker, Staged
from tradewind.audience.importing.headings import Field, target_label
from tradewind.audience.importing.problems import Rejection, reason_sentence
from tradewind.audience.importing.records import opened, readable, records
from tradewind.audience.importing.uploading import body
from tradewind.audience.models import Import

SHOWN_VALUES = 3


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    target: str  # a field, "custom.<key>", or empty
    label: str
    values: list[str]  # some of what stands in it


@dataclass(frozen=True, slots=True)
class PreviewRow:
    row: int
    cells: list[str]
    staged: Staged | None
    problem: str  # the sentence why the row would be rejected, or empty

    @property
    def also(self) -> list[str]:
        """What else is taken from the row."""
        if self.staged is None:
            return []
        one = self.staged
        plain = [one.job_title, one.phone, one.language, one.time_zone, one.source, one.industry, one.notes]
        own = [f"{key}: {value}" for key, value in json.loads(one.custom).items()]
        return [value for value in [*plain, *own] if value]


@dataclass(frozen=True, slots=True)
class Preview:
    columns: list[Column]
    rows: list[PreviewRow]
    checked: int  # rows looked at
    complete: bool  # those are all rows
    rejected: int
    duplicates: int
    reasons: list[tuple[str, int]] = field(default_factory=list)  # (sentence, rows), the most frequent first

    @property
    def mapped(self) -> list[Column]:
        return [column for column in self.columns if column.target]


def preview(import_: Import) -> Preview:
    """The first rows by the import's present mapping; what would be rejected is counted on the first thousand."""
    checker = Checker(import_.headings, import_.mapping, import_.encoding)
    reasons: Counter[tuple[str, str]] = Counter()
    shown: list[PreviewRow] = []
    seen: dict[str, int] = {}
    checked = duplicates = 0
    with opened(files.full(import_.path), import_.encoding) as file:
        found = body(import_, records(file, import_.delimiter))
        for record in islice(found, limits.CHECKED_ROWS):
            result = checker.check(record)
            if result is None:
                continue
            checked += 1
            problem = ""
            if isinstance(result, Rejection):
                reasons[(result.reason.value, result.detail)] += 1
                problem = result.sentence
            elif seen.setdefault(result.email_key, result.row) != result.row:
                duplicates += 1
                problem = reason_sentence("duplicate", str(seen[result.email_key]))
            if len(shown) < limits.SAMPLE_ROWS:
                cells = [readable(cell) for cell in record.cells]
                shown.append(PreviewRow(record.row, cells, _taken(result), problem))
        complete = next(found, None) is None
    by_sentence: Counter[str] = Counter()
    for (reason, detail), count in reasons.items():
        by_sentence[reason_sentence(reason, detail)] += count
    return Preview(
        columns=[_column(import_, index, shown) for index in range(len(import_.headings))],
        rows=shown,
        checked=checked,
        complete=complete,
        rejected=sum(reasons.values()),
        duplicates=duplicates,
        reasons=by_sentence.most_common(5),
    )


def _taken(result: Staged | Rejection) -> Staged | None:
    return result if isinstance(result, Staged) else None


def _column(import_: Import, index: int, shown: list[PreviewRow]) -> Column:
    heading = import_.headings[index]
    target = import_.mapping.get(heading, "")
    values = [row.cells[index] for row in shown if len(row.cells) > index and row.cells[index].strip()]
    some = [value[:80] for value in dict.fromkeys(values)][:SHOWN_VALUES]
    return Column(heading, target, target_label(target) if target else "", some)


def has_address_column(import_: Import) -> bool:
    return Field.EMAIL in import_.mapping.values()
