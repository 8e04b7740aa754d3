"""Contacts: the people we write to."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.fields import Id, Ids, In, Short, all_of
from tradewind.api.pages import Page, Paging, page
from tradewind.api.problems import Problem, invalid
from tradewind.api.routes import Noun
from tradewind.audience import addresses, consents, subscriptions, suppression
from tradewind.audience import contacts as rules
from tradewind.audience.contacts import Invalid
from tradewind.audience.models import Contact, List, Subscription
from tradewind.audience.words import ConsentBasis, SubscriptionState, SuppressionReason

router = Noun("Contacts")
Custom = Annotated[dict[str, str | int | float | bool | None], Field(examples=[{"product": "LED lanterns"}])]


class CompanyRef(Schema):
    id: int
    name: str


class ContactOut(Schema):
    id: int = Field(examples=[4711])
    email: str = Field(examples=["anna.schmidt@import-haus.de"])
    first_name: str = Field(examples=["Anna"])
    last_name: str = Field(examples=["Schmidt"])
    company: CompanyRef | None
    job_title: str
    phone: str
    country: str = Field(examples=["DE"], description="ISO 3166-1 alpha-2.")
    language: str = Field(examples=["de"], description="BCP 47.")
    time_zone: str = Field(examples=["Europe/Berlin"])
    source: str = Field(examples=["Canton Fair 2026"])
    industry: str
    notes: str
    custom: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class StandingOut(Schema):
    """Why an address is never mailed."""

    id: int
    value: str
    reason: SuppressionReason


class ConsentOut(Schema):
    granted: bool
    basis: ConsentBasis
    at: datetime
    evidence: dict[str, Any]


class ContactDetails(ContactOut):
    suppression: StandingOut | None
    consent: ConsentOut | None = Field(description="The latest; null when nothing is noted.")


class ContactPatch(In):
    """Only what is named changes."""

    email: str = Field("", max_length=1000, examples=["anna.schmidt@import-haus.de"])
    first_name: Short = ""
    last_name: Short = ""
    company: Short = Field("", description="A name; the company is made when there is none.")
    job_title: Short = ""
    phone: Short = ""
    country: Short = Field("", description="A code or a name in English or Chinese.")
    language: Short = ""
    time_zone: Short = ""
    source: Short = ""
    industry: Short = ""
    notes: str = Field("", max_length=20_000)
    custom: Custom = {}


class ContactIn(ContactPatch):
    email: str = Field(max_length=1000, examples=["anna.schmidt@import-haus.de"])


class ContactFilter(Schema):
    """All that are set must hold."""

    q: str = Field(
        "",
        max_length=200,
        description="Words that begin words of address, name, company, role, phone, notes.",
    )
    email: str = Field("", max_length=1000, description="Exactly this address, however it is written.")
    company: Id | None = None
    list: Id | None = Field(None, description="Subscribed to this list.")
    country: str = ""
    source: str = ""


class SubscriptionOut(Schema):
    list_id: int
    list_name: str
    state: SubscriptionState
    changed_at: datetime


class Leaving(In):
    lists: Ids | None = Field(None, description="Null: from everything, with a suppression of the address.")


class Coming(In):
    lists: Ids = Field(min_length=1)
    basis: ConsentBasis
    evidence: Short = Field("", description="What proves it: a form, a mail, a card.")


@router.reads("/contacts", Page[ContactOut])
def list_contacts(
    request: ApiRequest,
    response: HttpResponse,
    paging: Query[Paging],
    filters: Query[ContactFilter],
) -> Any:
    """List contacts, newest first."""
    rows = rules.search(request.auth.workspace, filters.q).select_related("company")
    if filters.email:
        address = addresses.normalize(filters.email)
        key = address.email_key if isinstance(address, addresses.Address) else ""
        rows = rows.filter(email_key=key)
    if filters.list is not None:
        rows = rows.filter(
            subscriptions__list=filters.list, subscriptions__state=SubscriptionState.SUBSCRIBED
        )
    equal = {"company": filters.company, "country": filters.country.upper(), "source": filters.source}
    rows = rows.filter(**{name: value for name, value in equal.items() if value})
    return page(request, response, rows, paging)


@router.writes("POST", "/contacts", ContactOut, permission=Permission.EDIT_AUDIENCE, status=201)
def create_contact(request: ApiRequest, response: HttpResponse, payload: ContactIn) -> Any:
    """Add a contact.

    409 when there is one with this address already; its id is in `errors`. Files of contacts go through imports."""
    saved = rules.create(request.auth.workspace, payload.model_dump(exclude_unset=True))
    contact = _saved(saved)
    request.auth.audit("contact.created", contact, contact.email)
    return contact


@router.reads("/contacts/{int:contact_id}", ContactDetails)
def get_contact(request: ApiRequest, response: HttpResponse, contact_id: Id) -> Any:
    """Show a contact, whether the address is suppressed, and the latest consent."""
    contact = request.auth.get(Contact, pk=contact_id)
    found = {name: getattr(contact, name) for name in ContactOut.model_fields}
    standing = suppression.standing(contact.workspace_id, contact.email_key)
    return found | {"suppression": standing, "consent": consents.latest(contact)}


@router.writes("PATCH", "/contacts/{int:contact_id}", ContactOut, permission=Permission.EDIT_AUDIENCE)
def change_contact(request: ApiRequest, response: HttpResponse, contact_id: Id, payload: ContactPatch) -> Any:
    """Change the fields that are named."""
    contact = request.auth.get(Contact, pk=contact_id)
    values = payload.model_dump(exclude_unset=True)
    contact = _saved(rules.update(contact, values))
    request.auth.audit("contact.changed", contact, contact.email, fields=sorted(values))
    return contact


@router.writes("DELETE", "/contacts/{int:contact_id}", permission=Permission.EDIT_AUDIENCE)
def delete_contact(request: ApiRequest, response: HttpResponse, contact_id: Id) -> Any:
    """Delete a contact.

    Suppressions of the address stay, and so do the figures of campaigns that were sent to it."""
    contact = request.auth.get(Contact, pk=contact_id)
    request.auth.audit("contact.deleted", contact, contact.email)
    contact.delete()


@router.reads("/contacts/{int:contact_id}/subscriptions", Page[SubscriptionOut])
def list_subscriptions(
    request: ApiRequest, response: HttpResponse, contact_id: Id, paging: Query[Paging]
) -> Any:
    """List the lists that a contact is on, or has left."""
    contact = request.auth.get(Contact, pk=contact_id)
    rows = request.auth.rows(Subscription).filter(contact=contact).select_related("list")
    return page(request, response, rows, paging, _subscription)


@router.writes(
    "POST", "/contacts/{int:contact_id}/unsubscribe", ContactDetails, permission=Permission.EDIT_AUDIENCE
)
def unsubscribe_contact(request: ApiRequest, response: HttpResponse, contact_id: Id, payload: Leaving) -> Any:
    """Take a person at their word who does not want our mail.

    From some lists, or (without `lists`) from everything. A later import does not put them back."""
    contact = request.auth.get(Contact, pk=contact_id)
    ids = (
        None
        if payload.lists is None
        else [row.pk for row in all_of(request.auth, List, payload.lists, "lists")]
    )
    subscriptions.unsubscribe(contact.pk, list_ids=ids)
    request.auth.audit("contact.unsubscribed", contact, contact.email, lists=ids)
    return get_contact(request, response, contact_id)


@router.writes(
    "POST", "/contacts/{int:contact_id}/resubscribe", ContactDetails, permission=Permission.EDIT_AUDIENCE
)
def resubscribe_contact(request: ApiRequest, response: HttpResponse, contact_id: Id, payload: Coming) -> Any:
    """Note that the person asked to hear from us again.

    Writes the consent, ends a suppression that came from unsubscribing, and puts them on the lists."""
    contact = request.auth.get(Contact, pk=contact_id)
    ids = [row.pk for row in all_of(request.auth, List, payload.lists, "lists")]
    subscriptions.come_back(contact, ids, payload.basis, note=payload.evidence)
    request.auth.audit("contact.resubscribed", contact, contact.email, lists=ids)
    return get_contact(request, response, contact_id)


def _subscription(row: Subscription) -> dict[str, Any]:
    return {
        "list_id": row.list_id,
        "list_name": row.list.name,
        "state": row.state,
        "changed_at": row.changed_at,
    }


def _saved(result: rules.Saved | Invalid) -> Contact:
    if isinstance(result, Invalid):
        if result.existing is None:
            raise invalid(result.errors)
        sentence = str(result.errors["email"])
        error = {"where": "body.email", "code": "taken", "detail": f"{sentence} (id {result.existing.pk})"}
        raise Problem(409, "taken", sentence, [error])
    return result.contact
