"""The buyer behind the person: found by name, or by the domain of an address that is not free-mail."""

from functools import cache
from importlib.resources import files

from django.db.models import QuerySet

from tradewind.accounts.models import Workspace
from tradewind.audience.models import Company
from tradewind.audience.search import search_query

LONGEST_NAME = 200


@cache
def free_mail_domains() -> frozenset[str]:
    """Domains that say nothing about a company."""
    text = (files("tradewind.audience") / "data" / "free_mail.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def is_free_mail(domain: str) -> bool:
    return domain in free_mail_domains()


def company_domain(mail_domain: str) -> str:
    """The domain by which a company is known; empty for free-mail."""
    return "" if is_free_mail(mail_domain) else mail_domain


def find_or_make(workspace: Workspace, name: str, mail_domain: str) -> Company | None:
    """The company called `name` (made if new); without a name, the one known by the domain, or None."""
    domain = company_domain(mail_domain)
    if not name:
        return (
            Company.objects.filter(workspace=workspace, domain=domain).order_by("id").first()
            if domain
            else None
        )
    name = " ".join(name.split())[:LONGEST_NAME]
    company = Company.objects.filter(workspace=workspace, name__iexact=name).first()
    if company is None:
        return Company.objects.create(workspace=workspace, name=name, domain=domain)
    if domain and not company.domain:
        company.domain = domain
        company.save(update_fields=["domain"])
    return company


def search(workspace: Workspace, text: str) -> QuerySet[Company]:
    """Companies in which each word of `text` begins some word of the name or the domain; all of them for an empty text."""
    found = Company.objects.filter(workspace=workspace)
    if not text.strip():
        return found
    query = search_query(text)
    return found.none() if query is None else found.filter(search=query)
