"""Leads as a whole: counts, lists, and making one by hand."""

from django.db.models import Count, F, QuerySet

from tradewind.audience.models import Contact
from tradewind.crm.models import Lead
from tradewind.crm.words import LeadState


def leads(workspace_id: int, state: LeadState | None = None) -> QuerySet[Lead]:
    """Who answered last comes first."""
    found = Lead.objects.filter(workspace_id=workspace_id).select_related("contact__company", "owner")
    if state is not None:
        found = found.filter(state=state)
    return found.order_by(F("last_reply_at").desc(nulls_last=True), "-id")


def counts(workspace_id: int) -> dict[LeadState, int]:
    """How many leads are in each state."""
    rows: dict[str, int] = dict(
        Lead.objects.filter(workspace_id=workspace_id).order_by().values_list("state").annotate(n=Count("id"))
    )
    return {state: rows.get(state, 0) for state in LeadState}


def open_lead(contact: Contact) -> Lead:
    """The lead of this contact, made when there is none (somebody wrote without answering a mail of ours)."""
    owner = contact.company.owner if contact.company else None
    return Lead.objects.get_or_create(
        contact=contact, defaults={"workspace_id": contact.workspace_id, "owner": owner}
    )[0]
