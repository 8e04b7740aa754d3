"""Which column is what: from its heading in English or Chinese, and for the address from what stands in it."""

import re
import tomllib
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.audience.importing.problems import FileProblem, ImportProblem

CUSTOM = "custom."
LEAVE_OUT = ""
LONGEST_KEY = 60


class Field(StrEnum):
    """Fields of a contact that a column can go to. `full_name` is taken apart."""

    EMAIL = "email"
    FULL_NAME = "full_name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    COMPANY = "company"
    JOB_TITLE = "job_title"
    PHONE = "phone"
    COUNTRY = "country"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    SOURCE = "source"
    INDUSTRY = "industry"
    NOTES = "notes"

    @property
    def label(self) -> Promise:
        return FIELD_LABELS[self]


FIELDS: frozenset[str] = frozenset(Field)

FIELD_LABELS: dict[Field, Promise] = {
    Field.EMAIL: _("E-mail address"),
    Field.FULL_NAME: _("Full name"),
    Field.FIRST_NAME: _("First name"),
    Field.LAST_NAME: _("Last name"),
    Field.COMPANY: _("Company"),
    Field.JOB_TITLE: _("Job title"),
    Field.PHONE: _("Phone"),
    Field.COUNTRY: _("Country"),
    Field.LANGUAGE: _("Language"),
    Field.TIME_ZONE: _("Time zone"),
    Field.SOURCE: _("Source"),
    Field.INDUSTRY: _("Industry"),
    Field.NOTES: _("Notes"),
}

_IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_NO_LETTER = re.compile(r"[\W_]+")


@cache
def _known() -> dict[str, Field]:
    text = (files("tradewind.audience") / "data" / "headings.toml").read_text(encoding="utf-8")
    return {_key(name): Field(field) for field, names in tomllib.loads(text).items() for name in names}


def _key(heading: str) -> str:
    bare = _NO_LETTER.sub("", _IN_BRACKETS.sub("", heading).casefold())
    return bare or _NO_LETTER.sub("", heading.casefold())


def recognise(heading: str) -> Field | None:
    """The field a heading means; a Chinese heading with its English beside it ("邮箱/Email") counts too."""
    found = _known().get(_key(heading))
    if found:
        return found
    parts = [part for part in re.split(r"[/|、\n]", heading) if part.strip()]
    meant = {_known().get(_key(part)) for part in parts} - {None}
    return meant.pop() if len(parts) > 1 and len(meant) == 1 else None


def custom_key(heading: str) -> str:
    """The name of an own field: lower case, words joined by underscores, letters of any script."""
    key = _NO_LETTER.sub("_", heading.casefold()).strip("_")[:LONGEST_KEY].strip("_")
    return f"field_{key}" if not key or key[0].isdigit() else key


def named(cells: Sequence[str]) -> list[str]:
    """Headings that are neither empty nor there twice."""
    seen: dict[str, int] = {}
    result = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:200] or f"#{number}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def propose(headings: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, str]:
    """Heading → field name, `custom.<key>`, or empty for columns without anything in them."""
    mapping: dict[str, str] = {}
    for index, heading in enumerate(headings):
        field = recognise(heading)
        if field is None or field in mapping.values():
            mapping[heading] = _as_custom(heading, mapping) if _anything(sample, index) else LEAVE_OUT
        else:
            mapping[heading] = field
    if Field.EMAIL not in mapping.values():
        _guess_address_column(headings, sample, mapping)
    return mapping


def _as_custom(heading: str, mapping: dict[str, str]) -> str:
    key = custom_key(heading)
    taken = set(mapping.values())
    number = 1
    while f"{CUSTOM}{key}" in taken:
        number += 1
        key = f"{custom_key(heading)}_{number}"
    return f"{CUSTOM}{key}"


def _anything(sample: Sequence[Sequence[str]], index: int) -> bool:
    return not sample or any(len(cells) > index and cells[index].strip() for cells in sample)


def _guess_address_column(
    headings: Sequence[str], sample: Sequence[Sequence[str]], mapping: dict[str, str]
) -> None:
    counts = [sum(1 for cells in sample if len(cells) > i and "@" in cells[i]) for i in range(len(headings))]
    if counts and max(counts) * 2 > len(sample):
        mapping[headings[counts.index(max(counts))]] = Field.EMAIL


def check_mapping(mapping: dict[str, str]) -> None:
    """Nothing, or ImportProblem: the address must be there, and no field twice."""
    targets = [target for target in mapping.values() if target != LEAVE_OUT]
    for target in targets:
        if target not in FIELDS and not _is_custom(target):
            raise ImportProblem(FileProblem.UNKNOWN_FIELD, field=target)
        if targets.count(target) > 1:
            raise ImportProblem(FileProblem.TWICE_MAPPED, field=target_label(target))
    if Field.EMAIL not in targets:
        raise ImportProblem(FileProblem.NO_ADDRESS_COLUMN)


def _is_custom(target: str) -> bool:
    key = target.removeprefix(CUSTOM)
    return target.startswith(CUSTOM) and custom_key(key) == key


def target_label(target: str) -> str:
    """What a target is called in the page."""
    return str(Field(target).label) if target in FIELDS else target.removeprefix(CUSTOM)
