"""The contacts: search, narrow down, page through, take along."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.audience import exporting
from tradewind.audience.models import List
from tradewind.web.audience import filters, pages


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
    found = chosen.rows(request.access)
    request.access.audit("contacts.exported", summary=" · ".join(chosen.words()))
    response = StreamingHttpResponse(exporting.lines(found), content_type="text/csv; charset=utf-8")
    name = f"contacts-{timezone.localdate().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
