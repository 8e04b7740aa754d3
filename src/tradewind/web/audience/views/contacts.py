"""The contacts: search, narrow down, page through, take along."""

from collections.abc import Iterator

from django.db.models import Func, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.audience.importing import spreadsheets
from tradewind.audience.models import Contact, List
from tradewind.web.audience import filters, pages

COLUMNS = (
    gettext_lazy("E-mail address"),
    gettext_lazy("First name"),
    gettext_lazy("Last name"),
    gettext_lazy("Company"),
    gettext_lazy("Job title"),
    gettext_lazy("Phone"),
    gettext_lazy("Country"),
    gettext_lazy("Language"),
    gettext_lazy("Time zone"),
    gettext_lazy("Source"),
    gettext_lazy("Industry"),
    gettext_lazy("Notes"),
)


@require_GET
@member()
def index(request: MemberRequest) -> HttpResponse:
    chosen = filters.read(request.access, request.GET)
    found = chosen.rows(request.access)
    page = pages.window(request, found.select_related("company"))
    total = pages.counted(found)
    context = {
        "chosen": chosen,
        "words": " · ".join(chosen.words()),
        "page": page,
        "total": min(total, pages.COUNTED),
        "more": total > pages.COUNTED,
        "count_query": pages.address(request.GET, before=None),
        "lists": request.access.rows(List).order_by("name"),
        "countries": filters.countries(request.access),
        "sources": filters.sources(request.access),
        "none": filters.NONE,
        "nobody": not page.rows and not chosen.any,
    }
    return render(request, "audience/contacts.html", context)


@require_GET
@member()
def count(request: MemberRequest) -> HttpResponse:
    """The exact number, for a page that already stands."""
    total = filters.read(request.access, request.GET).rows(request.access).order_by().count()
    return render(request, "audience/_count.html", {"total": total})


@require_GET
@member(Permission.EDIT_AUDIENCE)
def export(request: MemberRequest) -> StreamingHttpResponse:
    """All contacts that fit, row by row; own fields each in a column."""
    chosen = filters.read(request.access, request.GET)
    found = chosen.rows(request.access).order_by("pk")
    request.access.audit("contacts.exported", summary=" · ".join(chosen.words()))
    response = StreamingHttpResponse(
        _lines(found.select_related("company")), content_type="text/csv; charset=utf-8"
    )
    name = f"contacts-{timezone.localdate().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(found: QuerySet[Contact]) -> Iterator[str]:
    own = sorted(own_fields(found))
    return spreadsheets.lines(_rows(found, own))


def own_fields(found: QuerySet[Contact]) -> set[str]:
    """Names of the own fields in use."""
    keys = found.order_by().exclude(custom={}).annotate(key=Func("custom", function="jsonb_object_keys"))
    return set(keys.values_list("key", flat=True).distinct()[:500])


def _rows(found: QuerySet[Contact], own: list[str]) -> Iterator[list[str]]:
    yield [*(str(column) for column in COLUMNS), *own]
    for one in found.iterator(chunk_size=2000):
        plain = [
            one.email,
            one.first_name,
            one.last_name,
            one.company.name if one.company else "",
            one.job_title,
        ]
        plain += [one.phone, one.country, one.language, one.time_zone, one.source, one.industry, one.notes]
        yield [*plain, *(text(one.custom.get(key)) for key in own)]


def text(value: object) -> str:
    return "" if value is None else str(value)
