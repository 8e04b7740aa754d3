"""API keys: made (and shown once), listed, revoked."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.models import ApiKey
from tradewind.accounts.roles import Permission, Role
from tradewind.web.settings.forms import ApiKeyForm


@never_cache
@member(Permission.MANAGE_WORKSPACE)
def index(request: MemberRequest) -> HttpResponse:
    """The keys. A new one is shown in the answer to the form itself: it is stored nowhere, so no other page could show it."""
    access = request.access
    form = ApiKeyForm(access, request.POST or None)
    made: ApiKey | None = None
    raw = ""
    if request.method == "POST" and form.is_valid():
        made, raw = ApiKey.issue(
            access.workspace, form.cleaned_data["name"], Role(form.cleaned_data["role"]), request.user
        )
        access.audit("api_key.created", made, made.name, role=made.role)
        form = ApiKeyForm(access)
    keys = access.rows(ApiKey).select_related("created_by").order_by("revoked_at", "-id")
    return render(request, "settings/keys.html", {"form": form, "keys": keys, "made": made, "raw": raw})


@require_POST
@member(Permission.MANAGE_WORKSPACE)
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    key = request.access.get(ApiKey, pk=pk, revoked_at=None)
    key.revoke()
    request.access.audit("api_key.revoked", key, key.name)
    messages.success(
        request, _("Revoked. Programs that use “%(name)s” are refused from now on.") % {"name": key.name}
    )
    return redirect(request.access.url("settings:keys"))
