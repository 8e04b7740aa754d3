"""Sending domains: adding one, the records to publish, and what the DNS says about them."""

from django.contrib import messages
from django.db.models import Count, ProtectedError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.senders import checks, domains
from tradewind.senders.models import SendingDomain
from tradewind.senders.names import BadDomain
from tradewind.web.senders.forms import DomainForm


@member()
def start(request: MemberRequest) -> HttpResponse:
    return redirect(request.access.url("senders:domains"))


@member()
def index(request: MemberRequest) -> HttpResponse:
    rows = request.access.rows(SendingDomain).annotate(sender_count=Count("senders")).order_by("name")
    return render(request, "senders/domains.html", {"domains": rows})


@member(Permission.MANAGE_SENDERS)
def new(request: MemberRequest) -> HttpResponse:
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain = domains.add_domain(request.access.workspace, form.cleaned_data["name"])
        except BadDomain as error:
            form.add_error("name", str(error))
        else:
            request.access.audit("domain.added", domain, domain.name)
            return redirect(request.access.url("senders:domain", domain.pk))
    return render(request, "senders/domain_new.html", {"form": form})


@member()
def show(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "senders/domain.html", _page(request.access.get(SendingDomain, pk=pk)))


def _page(domain: SendingDomain) -> dict[str, object]:
    results = checks.stored(domain)
    by_name = {(result.code, result.name): result for result in results}
    records = [(record, by_name.get((record.code, record.name))) for record in domains.records(domain)]
    bad = (checks.CheckState.MISSING, checks.CheckState.WRONG)
    return {
        "domain": domain,
        "records": records,
        "results": results,
        "wrong": [result for result in results if result.state in bad],
        "blocking": checks.can_send(domain),
        "zone": domains.zone_file(domain),
    }


@require_POST
@member(Permission.MANAGE_SENDERS)
def check(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask the DNS now."""
    domain = request.access.get(SendingDomain, pk=pk)
    before = domain.state
    checks.check(domain)
    if domain.state != before:
        request.access.audit("domain.checked", domain, domain.name, before=before, now=domain.state)
    if request.headers.get("HX-Request") == "true":
        return render(request, "senders/_records.html", _page(domain))
    return redirect(request.access.url("senders:domain", domain.pk))


@member()
def zone(request: MemberRequest, pk: int) -> HttpResponse:
    """The records as a file for those who keep their own zones."""
    domain = request.access.get(SendingDomain, pk=pk)
    response = HttpResponse(domains.zone_file(domain), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{domain.name}.zone.txt"'
    return response


@require_POST
@member(Permission.MANAGE_SENDERS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    domain = request.access.get(SendingDomain, pk=pk)
    name = domain.name
    try:
        domain.delete()
    except ProtectedError:
        messages.error(request, _("%(name)s is kept: senders or sent mails still need it.") % {"name": name})
        return redirect(request.access.url("senders:domain", pk))
    request.access.audit("domain.deleted", None, name)
    messages.success(request, _("%(name)s and its key were deleted.") % {"name": name})
    return redirect(request.access.url("senders:domains"))
