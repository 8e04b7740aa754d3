"""Sending domains: their DNS records, and whether they stand."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.fields import Id, In
from tradewind.api.pages import Page, Paging, page
from tradewind.api.problems import invalid
from tradewind.api.routes import Noun
from tradewind.senders import checks
from tradewind.senders import domains as rules
from tradewind.senders.checks import CheckState
from tradewind.senders.models import SendingDomain, SendingDomainState
from tradewind.senders.names import BadDomain

router = Noun("Sending domains")


class DomainOut(Schema):
    id: int
    name: str = Field(examples=["lantern.example"])
    state: SendingDomainState
    return_path_host: str = Field(examples=["bounces.lantern.example"])
    tracking_host: str = Field(examples=["click.lantern.example"])
    checked_at: datetime | None
    authenticated_at: datetime | None
    created_at: datetime


class DomainIn(In):
    name: str = Field(min_length=1, max_length=300, examples=["lantern.example"])


class RecordOut(Schema):
    """A record to publish."""

    code: str = Field(examples=["dkim"])
    type: str = Field(examples=["TXT"])
    name: str = Field(examples=["tw1._domainkey.lantern.example"])
    value: str
    purpose: str
    required: bool = Field(description="Without it nothing is sent.")


class RecordsOut(Schema):
    records: list[RecordOut]
    zone_file: str


class RecordCheckOut(Schema):
    """One record, as the DNS had it."""

    code: str
    state: CheckState
    title: str
    name: str
    seen: str
    expected: str
    problem: str
    why: str
    mend: str
    required: bool


class RecordChecksOut(Schema):
    domain: DomainOut
    checks: list[RecordCheckOut]


@router.reads("/sending-domains", Page[DomainOut])
def list_sending_domains(request: ApiRequest, response: HttpResponse, paging: Query[Paging]) -> Any:
    """List sending domains."""
    return page(request, response, request.auth.rows(SendingDomain), paging)


@router.writes("POST", "/sending-domains", DomainOut, permission=Permission.MANAGE_SENDERS, status=201)
def add_sending_domain(request: ApiRequest, response: HttpResponse, payload: DomainIn) -> Any:
    """Add a domain; its DKIM key is made here and never leaves."""
    try:
        domain = rules.add_domain(request.auth.workspace, payload.name)
    except BadDomain as error:
        raise invalid({"name": str(error)}) from error
    request.auth.audit("domain.added", domain, domain.name)
    return domain


@router.reads("/sending-domains/{int:domain_id}", DomainOut)
def get_sending_domain(request: ApiRequest, response: HttpResponse, domain_id: Id) -> Any:
    """Show a sending domain."""
    return request.auth.get(SendingDomain, pk=domain_id)


@router.reads("/sending-domains/{int:domain_id}/records", RecordsOut)
def list_records(request: ApiRequest, response: HttpResponse, domain_id: Id) -> Any:
    """List the DNS records to publish, also as a zone file."""
    domain = request.auth.get(SendingDomain, pk=domain_id)
    return {"records": rules.records(domain), "zone_file": rules.zone_file(domain)}


@router.reads("/sending-domains/{int:domain_id}/checks", RecordChecksOut)
def list_checks(request: ApiRequest, response: HttpResponse, domain_id: Id) -> Any:
    """Show the results of the last check."""
    domain = request.auth.get(SendingDomain, pk=domain_id)
    return {"domain": domain, "checks": checks.stored(domain)}


@router.writes(
    "POST",
    "/sending-domains/{int:domain_id}/check",
    RecordChecksOut,
    permission=Permission.MANAGE_SENDERS,
    atomic=False,
)
def check_sending_domain(request: ApiRequest, response: HttpResponse, domain_id: Id) -> Any:
    """Ask the DNS now. Can be repeated without harm, so it takes no Idempotency-Key."""
    domain = request.auth.get(SendingDomain, pk=domain_id)
    results = checks.check(domain)
    request.auth.audit("domain.checked", domain, domain.name, state=domain.state)
    return {"domain": domain, "checks": results}
