"""Events: the facts, as they were written."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.api.auth import ApiRequest
from tradewind.api.campaigns import find
from tradewind.api.fields import Id, Time
from tradewind.api.pages import Page, Paging, page
from tradewind.api.routes import Noun
from tradewind.ledger.models import Event
from tradewind.ledger.words import EventType

router = Noun("Events")


class EventOut(Schema):
    id: int
    at: datetime
    type: EventType
    origin_id: int | None
    message_id: int | None
    contact_id: int | None
    data: dict[str, Any]


class EventFilter(Schema):
    """All that are set must hold."""

    message: Id | None = None
    contact: Id | None = None
    campaign: Id | None = None
    type: EventType | None = None
    since: Time | None = Field(None, description="From this time on.")
    until: Time | None = Field(None, description="Before this time.")


@router.reads("/events", Page[EventOut])
def list_events(
    request: ApiRequest,
    response: HttpResponse,
    paging: Query[Paging],
    filters: Query[EventFilter],
) -> Any:
    """List what happened, newest first.

    Narrow it to a message, a contact, a campaign or a time: the whole log is long."""
    equal: dict[str, Any] = {name: getattr(filters, name) for name in ("message", "contact", "type")}
    equal |= {"at__gte": filters.since, "at__lt": filters.until}
    if filters.campaign is not None:
        equal["origin"] = find(request, filters.campaign).origin_id or 0
    wanted = {name: value for name, value in equal.items() if value is not None}
    return page(request, response, request.auth.rows(Event).filter(**wanted), paging, order=("-at", "-id"))
