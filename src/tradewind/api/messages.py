"""Messages: the ones behind a figure, those of a contact, and the whole journey of one."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.api.auth import ApiRequest
from tradewind.api.campaigns import find
from tradewind.api.fields import Id
from tradewind.api.pages import Page, Paging, page
from tradewind.api.routes import Noun
from tradewind.delivery import render
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.insights import trace
from tradewind.insights.diagnosis import reason_sentence
from tradewind.insights.doors import Door
from tradewind.insights.words import Step
from tradewind.ledger.models import Message
from tradewind.ledger.words import MessageState, OriginKind

router = Noun("Messages")
STEP_FIELDS = tuple(
    f"{step}_at" for step in Step if step not in (Step.OPENED_ONLY_MACHINE, Step.CLICKED_ONLY_MACHINE)
)


class MessageOut(Schema):
    id: int
    email: str = Field(examples=["anna.schmidt@import-haus.de"])
    contact_id: int | None
    origin_kind: OriginKind
    campaign_id: int | None
    provider: str = Field(examples=["gmail"])
    state: MessageState
    reason: str = Field(
        description="Why it was skipped, refused, deferred or expired: a word of the gate, or a reply rule's id."
    )
    reason_sentence: str
    attempts: int
    due_at: datetime
    reply_code: int | None = Field(examples=[250])
    reply_status: str = Field(examples=["2.0.0"])
    reply_text: str
    mx_host: str
    remote_id: str = Field(description="The queue id the receiver named.")
    accepted_at: datetime | None
    settled_at: datetime | None
    created_at: datetime
    steps: dict[str, datetime] = Field(
        description="When it first took each step.", examples=[{"accepted": "2026-05-04T01:00:02Z"}]
    )


class DoorIn(Schema):
    """Filters; all that are set must hold."""

    step: Step | None = None
    state: MessageState | None = None
    waiting: bool = False
    provider: str = ""
    reason: str = ""
    status: str = Field("", description="Enhanced status code.")
    code: int | None = Field(None, ge=0, le=999)
    link: Id | None = Field(None, description="Followed by a person.")
    q: str = Field("", max_length=200, description="Part of the address.")


class LineOut(Schema):
    ms: int = Field(description="Milliseconds since the attempt began.")
    side: str = Field(description="`>` we, `<` the server, `!` the connection.")
    text: str


class MomentOut(Schema):
    at: datetime
    kind: str = Field(examples=["accepted"], description="An event type, `composed` or `attempt`.")
    sentence: str
    meaning: str
    words: str
    data: dict[str, Any] | None
    dialogue: list[LineOut]


class TraceOut(Schema):
    message: MessageOut
    message_id: str = Field(description="The Message-ID header.")
    moments: list[MomentOut]
    for_postmaster: str = Field(description="The facts that a receiver's postmaster asks for, as text.")


@router.reads("/campaigns/{int:campaign_id}/messages", Page[MessageOut])
def list_campaign_messages(
    request: ApiRequest,
    response: HttpResponse,
    campaign_id: Id,
    paging: Query[Paging],
    filters: Query[DoorIn],
) -> Any:
    """List the messages behind a figure of the report.

    As many as the figure says: `?step=refused&provider=gmail` are the refused ones at Gmail. None before the start."""
    campaign = find(request, campaign_id)
    values = filters.model_dump()
    door = Door(**{**{name: value for name, value in values.items() if name != "q"}, "search": values["q"]})
    rows = door.messages(campaign.origin_id) if campaign.origin_id else Message.objects.none()
    return page(request, response, _related(rows), paging, message_out, ("id",))


@router.reads("/messages", Page[MessageOut])
def list_messages(
    request: ApiRequest,
    response: HttpResponse,
    paging: Query[Paging],
    contact: Id | None = None,
    state: MessageState | None = None,
    kind: OriginKind | None = None,
) -> Any:
    """List messages of the workspace, newest first."""
    equal = {"contact": contact, "state": state, "origin__kind": kind}
    rows = request.auth.rows(Message).filter(**{name: value for name, value in equal.items() if value})
    return page(request, response, _related(rows), paging, message_out)


@router.reads("/messages/{int:message_id}", MessageOut)
def get_message(request: ApiRequest, response: HttpResponse, message_id: Id) -> Any:
    """Show a message."""
    return message_out(_find(request, message_id))


@router.reads("/messages/{int:message_id}/trace", TraceOut)
def get_trace(request: ApiRequest, response: HttpResponse, message_id: Id) -> Any:
    """Show everything that happened to a message, with each SMTP dialogue."""
    message = _find(request, message_id)
    found = trace.trace(message)
    return {
        "message": message_out(message),
        "message_id": found.message_id,
        "moments": found.moments,
        "for_postmaster": trace.for_postmaster(message),
    }


class AsSentOut(Schema):
    identical: bool | None = Field(
        description="Whether its SHA-256 is the one noted when it left; null: it has not been sent yet."
    )
    subject: str
    headers: list[tuple[str, str]]
    text: str
    html: str
    source: str = Field(description="The whole message, signature included (RFC 5322).")


@router.reads("/messages/{int:message_id}/as-sent", AsSentOut | None)
def get_as_sent(request: ApiRequest, response: HttpResponse, message_id: Id) -> Any:
    """Show the mail exactly as it was sent, composed again from what is kept; null: it was never composed."""
    message = _find(request, message_id)
    try:
        made = render.recompose(message.pk, check_dns=False)
    except CannotCompose:
        made = None
    if made is None:
        return None
    return {
        "identical": made.exact,
        "subject": made.subject,
        "headers": made.headers,
        "text": made.text,
        "html": made.html,
        "source": made.message.decode("utf-8", "replace"),
    }


def message_out(row: Message) -> dict[str, Any]:
    computed = ("origin_kind", "campaign_id", "reason_sentence", "steps")
    found = {name: getattr(row, name) for name in MessageOut.model_fields if name not in computed}
    campaign = getattr(row.origin, "campaign", None)
    engagement = getattr(row, "engagement", None)
    times = {name.removesuffix("_at"): getattr(engagement, name, None) for name in STEP_FIELDS}
    return found | {
        "origin_kind": row.origin.kind,
        "campaign_id": campaign.pk if campaign else None,
        "reason_sentence": reason_sentence(row.reason) if row.reason else "",
        "steps": {step: at for step, at in times.items() if at},
    }


def _find(request: ApiRequest, message_id: int) -> Message:
    request.auth.get(Message, pk=message_id)
    return (
        _related(request.auth.rows(Message))
        .select_related("origin__sender", "origin__domain")
        .get(pk=message_id)
    )


def _related(rows: QuerySet[Message]) -> QuerySet[Message]:
    return rows.select_related("origin__campaign", "engagement")
