"""The messages behind a figure, of one campaign or of all: a list, page by page, and the same as CSV."""

import csv
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tradewind.accounts.access import MemberRequest, member
from tradewind.insights import funnel as funnels
from tradewind.insights.doors import Door
from tradewind.insights.words import Step
from tradewind.ledger.models import Message
from tradewind.ledger.words import MessageState
from tradewind.senders import providers
from tradewind.web.campaigns import sentences
from tradewind.web.campaigns.views.common import find, to

PER_PAGE = 50
FILTERS = ("step", "state", "waiting", "provider", "reason", "status", "code", "link", "q", "days")
MOST_DAYS = 366


def read_door(query: QueryDict) -> Door:
    """The filters of an address. What cannot be meant is left out, so that an old or mistyped address still opens."""
    return Door(
        step=as_word(Step, query.get("step")),
        state=as_word(MessageState, query.get("state")),
        waiting=bool(query.get("waiting")),
        provider=query.get("provider", ""),
        reason=query.get("reason", ""),
        status=query.get("status", ""),
        code=as_number(query.get("code"), 999),
        link=as_number(query.get("link"), 2**62),
        search=query.get("q", "").replace("\0", ""),
        days=as_number(query.get("days"), MOST_DAYS) or None,
    )


def as_word(words: Any, value: str | None) -> Any:
    try:
        return words(value)
    except ValueError:
        return None


def as_number(value: str | None, most: int) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and int(value) <= most else None


@require_GET
@member()
def messages(request: MemberRequest, pk: int) -> HttpResponse:
    campaign = find(request, pk)
    if campaign.origin is None:
        return to(request, "report", campaign)
    door = read_door(request.GET)
    context = {
        "campaign": campaign,
        "export": request.access.url("campaigns:export", pk),
        "providers": [
            (p.provider, sentences.provider_name(p.provider)) for p in funnels.by_provider(campaign.origin.pk)
        ],
        **_list(request, door, door.messages(campaign.origin.pk)),
    }
    return render(request, "campaigns/messages.html", context)


@require_GET
@member()
def all_messages(request: MemberRequest) -> HttpResponse:
    """Over all campaigns: what stands behind the figures of a workspace."""
    door = read_door(request.GET)
    found = door.everywhere(request.access.workspace.pk).select_related("origin__campaign")
    context = {
        "export": request.access.url("campaigns:all_export"),
        "providers": sorted(
            ((key, sentences.provider_name(key)) for key in (*providers.catalogue(), "unknown")),
            key=lambda pair: pair[1].casefold(),
        ),
        "windows": sentences.windows(door.days),
        **_list(request, door, found),
    }
    return render(request, "campaigns/messages.html", context)


def _list(request: HttpRequest, door: Door, found: QuerySet[Message]) -> dict[str, Any]:
    """One page of the messages found, and the addresses of the next."""
    after = as_number(request.GET.get("after"), 2**62) or 0
    rows = list(found.filter(pk__gt=after)[: PER_PAGE + 1])
    more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    return {
        "door": door,
        "rows": [sentences.message_row(row) for row in rows],
        "total": found.count(),
        "after": after,
        "next": _query(request, after=rows[-1].pk) if more else "",
        "first": _query(request) if after else "",
        "query": _query(request),
        "what": sentences.door(door),
        "steps": list(Step),
    }


def _query(request: HttpRequest, **more: object) -> str:
    kept = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    return urlencode({**kept, **{key: str(value) for key, value in more.items()}})


COLUMNS = (
    gettext_lazy("Address"),
    gettext_lazy("Name"),
    gettext_lazy("Company"),
    gettext_lazy("Provider"),
    gettext_lazy("State"),
    gettext_lazy("Reason"),
    gettext_lazy("Reply"),
    gettext_lazy("Accepted at"),
    gettext_lazy("Opened by a person at"),
    gettext_lazy("Clicked by a person at"),
    gettext_lazy("Replied at"),
)


class _Echo:
    """A file that hands each written line back."""

    def write(self, line: str) -> str:
        return line


@require_GET
@member()
def export(request: MemberRequest, pk: int) -> StreamingHttpResponse | HttpResponse:
    campaign = find(request, pk)
    if campaign.origin is None:
        return to(request, "report", campaign)
    found = read_door(request.GET).messages(campaign.origin.pk)
    request.access.audit("messages.exported", campaign, campaign.name)
    return _file(_lines(found), f"campaign-{campaign.pk}-messages.csv")


@require_GET
@member()
def all_export(request: MemberRequest) -> StreamingHttpResponse:
    door = read_door(request.GET)
    found = door.everywhere(request.access.workspace.pk).select_related("origin__campaign")
    request.access.audit("messages.exported", summary=sentences.door(door))
    return _file(_lines(found, with_campaign=True), "messages.csv")


def _file(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(rows: QuerySet[Message], with_campaign: bool = False) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # so that Excel reads it as UTF-8
    first = [_("Campaign")] if with_campaign else []
    yield writer.writerow([*first, *(str(column) for column in COLUMNS)])
    for row in rows.iterator(chunk_size=2000):
        first = [sentences.campaign_name(row)] if with_campaign else []
        yield writer.writerow([harmless(cell) for cell in [*first, *sentences.export_row(row)]])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
