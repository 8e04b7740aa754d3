"""The suppression list: addresses and domains that are never mailed."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.fields import Id, In, Short
from tradewind.api.pages import Page, Paging, page
from tradewind.api.routes import Noun
from tradewind.audience import suppression as rules
from tradewind.audience.models import Suppression
from tradewind.audience.words import SuppressionKind, SuppressionReason

router = Noun("Suppression")
Values = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(min_length=1, max_length=10_000)]


class SuppressionOut(Schema):
    id: int
    kind: SuppressionKind
    value: str = Field(examples=["anna.schmidt@import-haus.de"])
    reason: SuppressionReason
    note: str
    message_id: int | None = Field(description="The message whose bounce, complaint or link caused it.")
    created_at: datetime


class SuppressionIn(In):
    values: Values = Field(
        examples=[["anna@import-haus.de", "competitor.example"]], description="Addresses and domains, mixed."
    )
    note: Short = ""


class Refused(Schema):
    value: str
    detail: str


class SuppressedOut(Schema):
    added: int
    known: int
    refused: list[Refused] = Field(
        description="What is neither an address nor a domain; at most 1,000 of it."
    )


@router.reads("/suppressions", Page[SuppressionOut])
def list_suppressions(
    request: ApiRequest,
    response: HttpResponse,
    paging: Query[Paging],
    q: str = "",
    reason: SuppressionReason | None = None,
    kind: SuppressionKind | None = None,
) -> Any:
    """List what is suppressed, newest first. `q` is the beginning of an address or domain."""
    rows = rules.search(request.auth.workspace.pk, q)
    equal = {"reason": reason, "kind": kind}
    return page(
        request, response, rows.filter(**{name: value for name, value in equal.items() if value}), paging
    )


@router.writes("POST", "/suppressions", SuppressedOut, permission=Permission.EDIT_AUDIENCE)
def suppress(request: ApiRequest, response: HttpResponse, payload: SuppressionIn) -> Any:
    """Never mail these addresses and domains again."""
    done = rules.suppress_many(
        request.auth.workspace.pk, payload.values, SuppressionReason.MANUAL, payload.note
    )
    request.auth.audit("suppression.added", None, "", added=done.added, known=done.known)
    refused = [{"value": value, "detail": sentence} for value, sentence in done.bad]
    return {"added": done.added, "known": done.known, "refused": refused}


@router.reads("/suppressions/{int:suppression_id}", SuppressionOut)
def get_suppression(request: ApiRequest, response: HttpResponse, suppression_id: Id) -> Any:
    """Show one entry."""
    return request.auth.get(Suppression, pk=suppression_id)


@router.writes("DELETE", "/suppressions/{int:suppression_id}", permission=Permission.EDIT_AUDIENCE)
def release(request: ApiRequest, response: HttpResponse, suppression_id: Id) -> Any:
    """Take an address or domain off the list.

    Do so only when the person asked for it: mail to who has complained costs the reputation of the domain."""
    found = request.auth.get(Suppression, pk=suppression_id)
    request.auth.audit("suppression.released", found, found.value, reason=found.reason)
    rules.release(found.workspace_id, found.value, SuppressionKind(found.kind))
