"""Conversations: what readers wrote; leads: who is to be answered, by whom."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.crm import leads as crm
from tradewind.crm.models import Lead
from tradewind.crm.words import LeadState
from tradewind.signals.conversations import Shelf, Turn, counts, inbox
from tradewind.signals.conversations import thread as conversation
from tradewind.signals.models import Inbound
from tradewind.web.sales.forms import LeadForm

PER_PAGE = 40


@member()
def conversations(request: MemberRequest) -> HttpResponse:
    """Answers first; the other shelves behind tabs."""
    shelf = _shelf(request.GET.get("show", ""))
    workspace = request.access.workspace
    page = Paginator(inbox(workspace.pk, shelf), PER_PAGE).get_page(request.GET.get("page"))
    numbers = counts(workspace.pk)
    context = {
        "page": page,
        "shelf": shelf,
        "shelves": [(one, numbers[one]) for one in Shelf],
        "answers": numbers[Shelf.ANSWERS],
        "new_leads": crm.counts(workspace.pk)[LeadState.NEW],
        "any": any(numbers.values()),
    }
    return render(request, "sales/conversations.html", context)


def _shelf(name: str) -> Shelf:
    return next((shelf for shelf in Shelf if shelf.value == name), Shelf.ANSWERS)


@member()
def thread(request: MemberRequest, pk: int) -> HttpResponse:
    """One mail in its conversation: everything sent to and received from this person."""
    inbound = request.access.get(Inbound, pk=pk)
    turns = conversation(inbound.contact) if inbound.contact else [Turn(inbound.received_at, inbound=inbound)]
    lead = (
        Lead.objects.filter(contact=inbound.contact).select_related("owner").first()
        if inbound.contact
        else None
    )
    form = LeadForm(workspace=request.access.workspace, lead=lead) if lead else None
    context = {
        "inbound": inbound,
        "turns": turns,
        "lead": lead,
        "form": form,
        "shelf": next(shelf for shelf in Shelf if inbound.kind in shelf.kinds),
    }
    return render(request, "sales/thread.html", context)


@member()
def source(request: MemberRequest, pk: int) -> HttpResponse:
    """The mail as it came, to be saved; never shown by the browser."""
    inbound = request.access.get(Inbound, pk=pk)
    headers = {
        "Content-Disposition": f'attachment; filename="mail-{inbound.pk}.eml"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(inbound.raw), content_type="message/rfc822", headers=headers)


@require_POST
@member(Permission.WORK_SALES)
def make_lead(request: MemberRequest, pk: int) -> HttpResponse:
    """Somebody who wrote becomes a lead by hand."""
    inbound = request.access.get(Inbound, pk=pk)
    if inbound.contact is None:
        messages.error(
            request, _("The sender is not among your contacts yet. Add them to the audience first.")
        )
    else:
        lead = crm.open_lead(inbound.contact)
        request.access.audit("lead.opened", lead, str(inbound.contact))
        messages.success(request, _("%(contact)s is a lead now.") % {"contact": inbound.contact})
    return redirect(request.access.url("sales:thread", pk))


@member()
def leads(request: MemberRequest) -> HttpResponse:
    """Leads by state; all of them without one."""
    workspace = request.access.workspace
    name = request.GET.get("state", "")
    state = next((one for one in LeadState if one.value == name), None)
    page = Paginator(crm.leads(workspace.pk, state), PER_PAGE).get_page(request.GET.get("page"))
    latest = _latest([lead.contact_id for lead in page.object_list])
    numbers = crm.counts(workspace.pk)
    context = {
        "page": page,
        "rows": [
            (
                lead,
                latest.get(lead.contact_id),
                LeadForm(workspace=workspace, lead=lead, prefix=f"lead-{lead.pk}"),
            )
            for lead in page.object_list
        ],
        "state": state,
        "states": [(one, numbers[one]) for one in LeadState],
        "new": numbers[LeadState.NEW],
        "working": numbers[LeadState.WORKING],
        "any": any(numbers.values()),
    }
    return render(request, "sales/leads.html", context)


def _latest(contact_ids: list[int]) -> dict[int, Inbound]:
    """The last answer of each contact."""
    found = (
        Inbound.objects.filter(contact_id__in=contact_ids, kind__in=Shelf.ANSWERS.kinds)
        .order_by("contact_id", "-id")
        .distinct("contact_id")
        .defer("raw", "facts")
    )
    return {inbound.contact_id: inbound for inbound in found if inbound.contact_id is not None}


@require_POST
@member(Permission.WORK_SALES)
def change_lead(request: MemberRequest, pk: int) -> HttpResponse:
    """State and owner, from the list or the thread; back to where it was changed."""
    lead = request.access.get(Lead, pk=pk)
    prefix = f"lead-{lead.pk}" if f"lead-{lead.pk}-state" in request.POST else None
    form = LeadForm(request.POST, workspace=request.access.workspace, lead=lead, prefix=prefix)
    if not form.is_valid():
        messages.error(
            request, _("That could not be saved: choose one of the states, and a member of the workspace.")
        )
    elif form.save():
        owner = str(lead.owner) if lead.owner else _("nobody")
        summary = _("%(state)s, owner: %(owner)s") % {"state": lead.state_label, "owner": owner}
        request.access.audit("lead.changed", lead, summary)
        messages.success(request, _("Saved."))
    return redirect(_back(request, request.access.url("sales:leads")))


def _back(request: HttpRequest, otherwise: str) -> str:
    target = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if allowed else otherwise
