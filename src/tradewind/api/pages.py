"""Lists, page by page. A cursor says after which row to go on, so rows that come in meanwhile neither repeat nor hide others.

A cursor is signed and belongs to one list: `next` of the answer, and the same as a `Link` header (RFC 8288).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Schema

from tradewind.api.problems import Problem

T = TypeVar("T")
M = TypeVar("M", bound=Model)
MOST = 500


class Page(Schema, Generic[T]):
    """Part of a list. `next` is the `cursor` of the following page; null on the last one."""

    items: list[T]
    next: str | None = Field(None, examples=["WzQyXQ:kZ3..."])


class Paging(Schema):
    limit: int = Field(50, ge=1, le=MOST, description="Most items of a page.")
    cursor: str = Field(
        "", max_length=500, description="`next` of the page before; empty for the first page."
    )


def page(
    request: HttpRequest,
    response: HttpResponse,
    rows: QuerySet[M],
    paging: Paging,
    show: Callable[[M], Any] = lambda row: row,
    order: Sequence[str] = ("-id",),
) -> dict[str, Any]:
    """One page of `rows` in `order` (each name at most once, the last one unique). Problem 400 for a cursor of elsewhere."""
    rows = rows.order_by(*order)
    if paging.cursor:
        rows = rows.filter(_beyond(order, _read(request, paging.cursor)))
    found = list(rows[: paging.limit + 1])

    def place(row: M) -> list[Any]:
        return [getattr(row, name.lstrip("-")) for name in order]

    return _answer(request, response, found, paging, show, place)


def page_by_id(
    request: HttpRequest,
    response: HttpResponse,
    fetch: Callable[[int, int], Sequence[T]],
    paging: Paging,
    show: Callable[[T], Any],
    id_of: Callable[[T], int],
) -> dict[str, Any]:
    """The same for rows that a room's function hands out: `fetch(after, size)` gives them by rising ids."""
    after = int(_read(request, paging.cursor)[0]) if paging.cursor else 0
    found = fetch(after, paging.limit + 1)
    return _answer(request, response, found, paging, show, lambda row: [id_of(row)])


def _answer(
    request: HttpRequest,
    response: HttpResponse,
    found: Sequence[T],
    paging: Paging,
    show: Callable[[T], Any],
    place: Callable[[T], list[Any]],
) -> dict[str, Any]:
    """At most `limit` of the rows found; there is a next page if there were more."""
    more, found = len(found) > paging.limit, found[: paging.limit]
    cursor = _write(request, place(found[-1])) if more else None
    if cursor:
        query = urlencode({**request.GET.dict(), "limit": paging.limit, "cursor": cursor})
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query}>; rel="next"'
    return {"items": [show(row) for row in found], "next": cursor}


def _signer(request: HttpRequest) -> Signer:
    return Signer(salt=f"tradewind.api.cursor:{request.path}")


def _write(request: HttpRequest, values: Iterable[Any]) -> str:
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return _signer(request).sign_object(plain)


def _read(request: HttpRequest, cursor: str) -> list[Any]:
    try:
        plain = _signer(request).unsign_object(cursor)
        return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in plain]
    except (BadSignature, ValueError, KeyError, TypeError):
        detail = _("This cursor is not one of this list. Begin again without a cursor.")
        raise Problem(400, "bad_cursor", detail) from None


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows after the one with these values, in a form for which PostgreSQL uses the index of the first column."""
    first, *rest = order
    name = first.lstrip("-")
    way = "lt" if first.startswith("-") else "gt"
    strictly = Q(**{f"{name}__{way}": values[0]})
    if not rest:
        return strictly
    return Q(**{f"{name}__{way}e": values[0]}) & (strictly | _beyond(rest, values[1:]))
