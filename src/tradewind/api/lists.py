"""Lists, and who is on them."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.contacts import ContactOut
from tradewind.api.fields import Id, Ids, In, all_of, unique
from tradewind.api.pages import Page, Paging, page
from tradewind.api.problems import conflict, invalid
from tradewind.api.routes import Noun
from tradewind.audience import lists as rules
from tradewind.audience import subscriptions
from tradewind.audience.lists import Members
from tradewind.audience.models import Contact, List
from tradewind.audience.words import SubscriptionState
from tradewind.outreach import lists as use

router = Noun("Lists")


class MembersOut(Schema):
    subscribed: int = Field(examples=[1840])
    pending: int
    unsubscribed: int = Field(examples=[12])


class ListOut(Schema):
    id: int = Field(examples=[3])
    name: str = Field(examples=["Canton Fair 2026"])
    description: str
    members: MembersOut
    created_at: datetime


class ListPatch(In):
    name: str = Field("", min_length=1, max_length=rules.LONGEST_NAME, examples=["Canton Fair 2026"])
    description: str = Field("", max_length=2000)


class ListIn(ListPatch):
    name: str = Field(min_length=1, max_length=rules.LONGEST_NAME, examples=["Canton Fair 2026"])


class ContactIds(In):
    contacts: Ids = Field(examples=[[4711, 4712]])


class Subscribed(Schema):
    added: int = Field(description="New on the list; who was on it, or has left it, stays as they are.")


@router.reads("/lists", Page[ListOut])
def list_lists(request: ApiRequest, response: HttpResponse, paging: Query[Paging]) -> Any:
    """List the lists with the number of their members."""
    counts = rules.counts(request.auth.workspace)
    return page(request, response, request.auth.rows(List), paging, lambda row: _shown(row, counts))


@router.writes("POST", "/lists", ListOut, permission=Permission.EDIT_AUDIENCE, status=201)
def create_list(request: ApiRequest, response: HttpResponse, payload: ListIn) -> Any:
    """Make a list."""
    with unique("name"):
        found = List.objects.create(
            workspace=request.auth.workspace, name=_name(payload.name), description=payload.description
        )
    request.auth.audit("list.created", found, found.name)
    return _shown(found, {})


@router.reads("/lists/{int:list_id}", ListOut)
def get_list(request: ApiRequest, response: HttpResponse, list_id: Id) -> Any:
    """Show a list."""
    return _shown(request.auth.get(List, pk=list_id), rules.counts(request.auth.workspace))


@router.writes("PATCH", "/lists/{int:list_id}", ListOut, permission=Permission.EDIT_AUDIENCE)
def change_list(request: ApiRequest, response: HttpResponse, list_id: Id, payload: ListPatch) -> Any:
    """Rename or describe a list."""
    found = request.auth.get(List, pk=list_id)
    values = payload.model_dump(exclude_unset=True)
    for name, value in values.items():
        setattr(found, name, _name(value) if name == "name" else value)
    with unique("name"):
        found.save(update_fields=sorted(values))
    request.auth.audit("list.changed", found, found.name)
    return get_list(request, response, list_id)


@router.writes("DELETE", "/lists/{int:list_id}", permission=Permission.EDIT_AUDIENCE)
def delete_list(request: ApiRequest, response: HttpResponse, list_id: Id) -> Any:
    """Delete a list. Its contacts stay.

    409 (`list_in_use`) while a campaign that is not over, a draft that leaves its people out, or an import needs it."""
    found = request.auth.get(List, pk=list_id)
    request.auth.audit("list.deleted", found, found.name)
    try:
        use.delete(found)
    except rules.ListInUse as error:
        raise conflict(str(error), "list_in_use") from error


@router.reads("/lists/{int:list_id}/contacts", Page[ContactOut])
def list_members_of_list(
    request: ApiRequest,
    response: HttpResponse,
    list_id: Id,
    paging: Query[Paging],
    state: SubscriptionState = SubscriptionState.SUBSCRIBED,
) -> Any:
    """List the contacts on a list."""
    found = request.auth.get(List, pk=list_id)
    rows = request.auth.rows(Contact).filter(subscriptions__list=found, subscriptions__state=state)
    return page(request, response, rows.select_related("company"), paging)


@router.writes("POST", "/lists/{int:list_id}/contacts", Subscribed, permission=Permission.EDIT_AUDIENCE)
def add_to_list(request: ApiRequest, response: HttpResponse, list_id: Id, payload: ContactIds) -> Any:
    """Put contacts on a list.

    Who has left it is not put back: only their own word does that (`/contacts/{id}/resubscribe`)."""
    found = request.auth.get(List, pk=list_id)
    ids = [row.pk for row in all_of(request.auth, Contact, payload.contacts, "contacts")]
    added = subscriptions.subscribe(found, ids)
    request.auth.audit("list.contacts_added", found, found.name, added=added)
    return {"added": added}


@router.writes(
    "DELETE", "/lists/{int:list_id}/contacts/{int:contact_id}", permission=Permission.EDIT_AUDIENCE
)
def remove_from_list(request: ApiRequest, response: HttpResponse, list_id: Id, contact_id: Id) -> Any:
    """Take a contact off a list, as if they had never been on it.

    When the person asked for it, use `/contacts/{id}/unsubscribe`."""
    found = request.auth.get(List, pk=list_id)
    contact = request.auth.get(Contact, pk=contact_id)
    subscriptions.remove(found, contact.pk)
    request.auth.audit("list.contact_removed", found, contact.email)


def _shown(row: List, counts: dict[int, Members]) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in ("id", "name", "description", "created_at")}
    return found | {"members": counts.get(row.pk, Members())}


def _name(name: str) -> str:
    try:
        return rules.tidy_name(name)
    except ValueError as error:
        raise invalid({"name": str(error)}) from error
