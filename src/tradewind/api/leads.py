"""Leads: people who answered, and the conversation with each."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema

from tradewind.accounts.models import Membership
from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.contacts import ContactOut
from tradewind.api.fields import Id, In
from tradewind.api.pages import Page, Paging, page
from tradewind.api.problems import invalid
from tradewind.api.routes import Noun
from tradewind.crm.models import Lead
from tradewind.crm.words import LeadState
from tradewind.signals.models import Inbound, InboundKind

router = Noun("Leads")


class LeadOut(Schema):
    id: int
    state: LeadState
    contact: ContactOut
    owner_id: int | None = Field(description="The member who works on it.")
    message_id: int | None = Field(description="The message they answered last.")
    replies: int
    last_reply_at: datetime | None
    created_at: datetime


class LeadPatch(In):
    """Only what is named changes."""

    state: LeadState = LeadState.NEW
    owner_id: Id | None = Field(None, description="A member of the workspace, or null for nobody.")


class InboundOut(Schema):
    """One mail that came back to us, read as text."""

    id: int
    kind: InboundKind
    message_id: int | None = Field(description="The message it answers.")
    author: str
    author_name: str
    subject: str
    text: str = Field(description="Their own words, without what they quote.")
    received_at: datetime


@router.reads("/leads", Page[LeadOut])
def list_leads(
    request: ApiRequest,
    response: HttpResponse,
    paging: Query[Paging],
    state: LeadState | None = None,
    owner: Id | None = None,
) -> Any:
    """List leads, newest first. `owner` is the user id of a member."""
    equal = {"state": state, "owner": owner}
    rows = request.auth.rows(Lead).filter(**{name: value for name, value in equal.items() if value})
    return page(request, response, rows.select_related("contact__company"), paging)


@router.reads("/leads/{int:lead_id}", LeadOut)
def get_lead(request: ApiRequest, response: HttpResponse, lead_id: Id) -> Any:
    """Show a lead."""
    return request.auth.get(Lead, pk=lead_id)


@router.writes("PATCH", "/leads/{int:lead_id}", LeadOut, permission=Permission.WORK_SALES)
def change_lead(request: ApiRequest, response: HttpResponse, lead_id: Id, payload: LeadPatch) -> Any:
    """Move a lead to another state, or give it to somebody."""
    lead = request.auth.get(Lead, pk=lead_id)
    given = payload.model_fields_set
    if "owner_id" in given:
        lead.assign(_member(request, payload.owner_id))
    if "state" in given:
        lead.move(payload.state)
    request.auth.audit("lead.changed", lead, str(lead.contact), state=lead.state, owner=lead.owner_id)
    return lead


@router.reads("/leads/{int:lead_id}/conversation", Page[InboundOut])
def list_conversation(request: ApiRequest, response: HttpResponse, lead_id: Id, paging: Query[Paging]) -> Any:
    """List the mails of a lead, newest first. What we sent them: `/messages?contact=<id>`."""
    lead = request.auth.get(Lead, pk=lead_id)
    rows = request.auth.rows(Inbound).filter(contact=lead.contact_id).defer("raw")
    return page(request, response, rows, paging)


@router.reads("/inbound", Page[InboundOut])
def list_inbound(
    request: ApiRequest, response: HttpResponse, paging: Query[Paging], kind: InboundKind | None = None
) -> Any:
    """List mails that came back: replies, bounces, complaints, automatic answers."""
    rows = request.auth.rows(Inbound).defer("raw")
    return page(request, response, rows.filter(kind=kind) if kind else rows, paging)


def _member(request: ApiRequest, user_id: int | None) -> Any:
    if user_id is None:
        return None
    found = request.auth.rows(Membership).filter(user=user_id).select_related("user").first()
    if found is None:
        raise invalid({"owner_id": _("There is no such member in this workspace.")}, "unknown")
    return found.user
