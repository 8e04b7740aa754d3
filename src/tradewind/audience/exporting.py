"""Contacts as CSV, row by row: memory stays the same for a million of them."""

from collections.abc import Iterator

from django.db.models import Func, QuerySet
from django.utils.translation import gettext_lazy as _

from tradewind.audience.importing import spreadsheets
from tradewind.audience.models import Contact

MOST_OWN_FIELDS = 500
COLUMNS = (
    _("E-mail address"),
    _("First name"),
    _("Last name"),
    _("Company"),
    _("Job title"),
    _("Phone"),
    _("Country"),
    _("Language"),
    _("Time zone"),
    _("Source"),
    _("Industry"),
    _("Notes"),
)


def lines(found: QuerySet[Contact]) -> Iterator[str]:
    """The file, with headings in the current language; own fields each in a column."""
    own = sorted(_own_fields(found))
    # Made now: when the answer is streamed, the language of the request is no longer the current one.
    headings = [*(str(column) for column in COLUMNS), *own]
    return spreadsheets.lines(_rows(found.order_by("pk").select_related("company"), headings, own))


def _own_fields(found: QuerySet[Contact]) -> set[str]:
    keys = found.order_by().exclude(custom={}).annotate(key=Func("custom", function="jsonb_object_keys"))
    return set(keys.values_list("key", flat=True).distinct()[:MOST_OWN_FIELDS])


def _rows(found: QuerySet[Contact], headings: list[str], own: list[str]) -> Iterator[list[str]]:
    yield headings
    for one in found.iterator(chunk_size=2000):
        plain = [
            one.email,
            one.first_name,
            one.last_name,
            one.company.name if one.company else "",
            one.job_title,
        ]
        plain += [one.phone, one.country, one.language, one.time_zone, one.source, one.industry, one.notes]
        yield [*plain, *(_text(one.custom.get(key)) for key in own)]


def _text(value: object) -> str:
    return "" if value is None else str(value)
