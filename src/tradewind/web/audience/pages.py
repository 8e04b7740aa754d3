"""Pages of long lists: by the id after which they begin, so that the last page is as fast as the first."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

M = TypeVar("M", bound=Model)

PER_PAGE = 50
COUNTED = 10_000  # beyond it the exact number is asked for when the page already stands


@dataclass(frozen=True, slots=True)
class Window(Generic[M]):
    """Rows from the newest to the oldest, and the addresses of the pages before and after."""

    rows: list[M]
    older: str
    newest: str


def window(request: HttpRequest, rows: "QuerySet[M]") -> Window[M]:
    """The page that `?before=` asks for."""
    before = number(request.GET.get("before"))
    found = rows.order_by("-pk")
    page = list((found.filter(pk__lt=before) if before else found)[: PER_PAGE + 1])
    more = len(page) > PER_PAGE
    page = page[:PER_PAGE]
    return Window(
        page,
        older=address(request.GET, before=page[-1].pk) if more else "",
        newest=address(request.GET, before=None) if before else "",
    )


def address(query: QueryDict, **changes: object) -> str:
    """The same query with some values changed (None: left out), beginning with a question mark."""
    changed = query.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = str(value)
    return f"?{changed.urlencode()}"


def number(text: str | None) -> int | None:
    """A positive number that PostgreSQL can hold; None for anything else."""
    if text and text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    return None


def counted(rows: "QuerySet[Any]") -> int:
    """How many, but no further than just beyond COUNTED."""
    return rows.order_by()[: COUNTED + 1].count()
