"""What the list of contacts is narrowed by, as it stands in the address: every count of the product is a door to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tradewind.accounts.access import Access
from tradewind.audience import contacts
from tradewind.audience.countries import country_name
from tradewind.audience.models import Company, Contact, Import, ImportedContact, List, Subscription
from tradewind.audience.words import Outcome, SubscriptionState
from tradewind.web.audience.pages import number

M = TypeVar("M", bound=Model)

KEPT_OUT = "kept_out"
NONE = "-"  # ?country=- finds those without one
MOST_CHOICES = 300

# Distinct values of an indexed column by skipping from one to the next: a DISTINCT would read every contact.
_VALUES = """
WITH RECURSIVE found (value) AS (
    (SELECT {column} FROM audience_contact WHERE workspace_id = %(workspace)s ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (
        SELECT c.{column} FROM audience_contact c
        WHERE c.workspace_id = %(workspace)s AND c.{column} > found.value ORDER BY c.{column} LIMIT 1
    ) FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value <> '' LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Filters:
    text: str = ""
    list_: List | None = None
    state: SubscriptionState = SubscriptionState.SUBSCRIBED
    country: str = ""
    source: str = ""
    company: Company | None = None
    import_: Import | None = None
    outcome: str = ""

    @property
    def any(self) -> bool:
        return self != Filters()

    def rows(self, access: Access) -> QuerySet[Contact]:
        """The contacts that fit."""
        found = contacts.search(access.workspace, self.text)
        if self.list_:
            member = Subscription.objects.filter(contact=OuterRef("pk"), list=self.list_, state=self.state)
            found = found.filter(Exists(member))
        if self.country:
            found = found.filter(country="" if self.country == NONE else self.country)
        if self.source:
            found = found.filter(source="" if self.source == NONE else self.source)
        if self.company:
            found = found.filter(company=self.company)
        if self.import_:
            found = found.filter(Exists(self._imported()))
        return found

    def _imported(self) -> QuerySet[ImportedContact]:
        imported = ImportedContact.objects.filter(contact=OuterRef("pk"), source_import=self.import_)
        if self.outcome == KEPT_OUT:
            return imported.filter(kept_out=True)
        return imported.filter(outcome=self.outcome) if self.outcome else imported

    def words(self) -> Iterator[str]:
        """What it is narrowed by, for people."""
        if self.text:
            yield f"“{self.text}”"
        if self.list_:
            yield f"{self.list_} ({self.state.label})"
        if self.country:
            yield (
                _("no country")
                if self.country == NONE
                else country_name(self.country, get_language() or "en")
            )
        if self.source:
            yield _("no source") if self.source == NONE else self.source
        if self.company:
            yield str(self.company)
        if self.import_:
            what = {KEPT_OUT: _("kept out"), "": _("all")}.get(self.outcome)
            yield f"{self.import_.file_name} ({what or Outcome(self.outcome).label})"


def read(access: Access, query: QueryDict) -> Filters:
    """The filters of an address. What cannot be meant is left out, so that an old link still opens."""
    states: list[str] = list(SubscriptionState)
    state = query.get("state", "")
    outcome = query.get("outcome", "")
    return Filters(
        text=query.get("q", "").replace("\0", "").strip()[:200],
        list_=_row(access.rows(List), query.get("list")),
        state=SubscriptionState(state) if state in states else SubscriptionState.SUBSCRIBED,
        country=query.get("country", "").replace("\0", "")[:2],
        source=query.get("source", "").replace("\0", "")[:200],
        company=_row(access.rows(Company), query.get("company")),
        import_=_row(access.rows(Import), query.get("import")),
        outcome=outcome if outcome in [*Outcome, KEPT_OUT] else "",
    )


def _row(rows: "QuerySet[M]", pk: str | None) -> "M | None":
    value = number(pk)
    return rows.filter(pk=value).first() if value else None


def countries(access: Access) -> list[tuple[str, str]]:
    """(code, name) of the countries that contacts are in, by name."""
    language = get_language() or "en"
    codes = _values(access, "country")
    return sorted(((code, country_name(code, language)) for code in codes), key=lambda pair: pair[1])


def sources(access: Access) -> list[str]:
    return _values(access, "source")


def _values(access: Access, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            _VALUES.format(column=column), {"workspace": access.workspace.pk, "most": MOST_CHOICES}
        )
        return [value for (value,) in cursor.fetchall()]
