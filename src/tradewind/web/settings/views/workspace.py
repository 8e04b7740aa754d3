"""The workspace itself, and its audit log."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.models import AuditEntry
from tradewind.accounts.roles import Permission
from tradewind.web.settings.forms import AuditFilter, WorkspaceForm


@member(Permission.MANAGE_WORKSPACE)
def edit(request: MemberRequest) -> HttpResponse:
    workspace = request.access.workspace
    form = WorkspaceForm(request.POST or None, instance=workspace)
    if request.method == "POST" and form.is_valid():
        form.save()
        if form.changed_data:
            labels = ", ".join(str(form.fields[name].label) for name in form.changed_data)
            request.access.audit("workspace.changed", workspace, labels, fields=form.changed_data)
        messages.success(request, _("Saved. Mails composed from now on use it."))
        return redirect(request.access.url("settings:workspace"))
    if form.is_bound:
        workspace.refresh_from_db()  # the page around the form shows what is stored
    return render(request, "settings/workspace.html", {"form": form})


@member(Permission.MANAGE_WORKSPACE)
def audit(request: MemberRequest) -> HttpResponse:
    """Who did what and when, the newest first."""
    chosen = AuditFilter(request.access, request.GET)
    entries = chosen.narrow(
        request.access.rows(AuditEntry).select_related("actor", "api_key"), timezone.now()
    )
    page = Paginator(entries.order_by("-at", "-id"), 50).get_page(request.GET.get("page"))
    return render(request, "settings/audit.html", {"form": chosen, "page": page})
