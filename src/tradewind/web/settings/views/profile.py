"""The person who looks: name, language, time zone, appearance."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from tradewind.accounts.access import MemberRequest, member
from tradewind.web.settings.forms import ProfileForm


@member()
def edit(request: MemberRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect(request.access.url("settings:profile"))
    if form.is_bound:
        request.user.refresh_from_db()
    return render(request, "settings/profile.html", {"form": form})
