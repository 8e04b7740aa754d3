"""Companies: the buyers behind the people."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.fields import Id, In, Name
from tradewind.api.pages import Page, Paging, page
from tradewind.api.routes import Noun
from tradewind.audience import companies as rules
from tradewind.audience.models import Company

router = Noun("Companies")


class CompanyOut(Schema):
    id: int = Field(examples=[12])
    name: str = Field(examples=["Import-Haus GmbH"])
    domain: str = Field(examples=["import-haus.de"])
    country: str = Field(examples=["DE"])
    owner_id: int | None = Field(description="The member who looks after it.")
    created_at: datetime


class CompanyIn(In):
    name: Name = Field(examples=["Import-Haus GmbH"])


@router.reads("/companies", Page[CompanyOut])
def list_companies(request: ApiRequest, response: HttpResponse, paging: Query[Paging], q: str = "") -> Any:
    """List companies, newest first.

    `q`: words that begin words of the name or the domain. The people of one: `/contacts?company=<id>`."""
    return page(request, response, rules.search(request.auth.workspace, q), paging)


@router.writes("POST", "/companies", CompanyOut, permission=Permission.EDIT_AUDIENCE)
def create_company(request: ApiRequest, response: HttpResponse, payload: CompanyIn) -> Any:
    """Find the company with this name, or add it."""
    company = rules.find_or_make(request.auth.workspace, payload.name, "")
    request.auth.audit("company.saved", company, payload.name)
    return company


@router.reads("/companies/{int:company_id}", CompanyOut)
def get_company(request: ApiRequest, response: HttpResponse, company_id: Id) -> Any:
    """Show a company."""
    return request.auth.get(Company, pk=company_id)
