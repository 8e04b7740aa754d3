"""Senders: the names and addresses that readers see."""

from django.contrib import messages
from django.db.models import ProtectedError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.senders import checks, identities
from tradewind.senders.identities import BadSender
from tradewind.senders.models import Channel, Sender, SendingDomain
from tradewind.web.senders.forms import SenderForm


@member()
def index(request: MemberRequest) -> HttpResponse:
    rows = request.access.rows(Sender).select_related("domain", "channel").order_by("name", "email")
    found = [(sender, checks.can_send(sender.domain)) for sender in rows]
    return render(request, "senders/senders.html", {"rows": found, **_ready(request)})


def _ready(request: MemberRequest) -> dict[str, object]:
    """What a sender needs before it can be made."""
    return {
        "domains": list(request.access.rows(SendingDomain).order_by("name")),
        "channels": request.access.rows(Channel).exists(),
    }


@member(Permission.MANAGE_SENDERS)
def new(request: MemberRequest) -> HttpResponse:
    form = SenderForm(request.access, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sender = identities.add_sender(request.access.workspace, **form.cleaned_data)
        except BadSender as error:
            form.add_error("email", str(error))
        else:
            request.access.audit("sender.added", sender, str(sender))
            messages.success(request, _("%(sender)s can be chosen in campaigns now.") % {"sender": sender})
            return redirect(request.access.url("senders:senders"))
    return render(request, "senders/sender.html", {"form": form, "sender": None, **_ready(request)})


@member(Permission.MANAGE_SENDERS)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    sender = request.access.get(Sender, pk=pk)
    now = {
        "name": sender.name,
        "email": sender.email,
        "reply_to": sender.reply_to,
        "channel": sender.channel_id,
    }
    form = SenderForm(request.access, request.POST or None, now)
    if request.method == "POST" and form.is_valid():
        try:
            identities.change_sender(sender, **form.cleaned_data)
        except BadSender as error:
            form.add_error("email", str(error))
        else:
            request.access.audit("sender.changed", sender, str(sender), fields=form.changed_data)
            messages.success(request, _("Saved. Campaigns that are under way keep what they began with."))
            return redirect(request.access.url("senders:senders"))
    return render(request, "senders/sender.html", {"form": form, "sender": sender, **_ready(request)})


@require_POST
@member(Permission.MANAGE_SENDERS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    sender = request.access.get(Sender, pk=pk)
    shown = str(sender)
    try:
        sender.delete()
    except ProtectedError:
        messages.error(request, _("%(sender)s is kept: campaigns or sent mails name it.") % {"sender": shown})
        return redirect(request.access.url("senders:sender", pk))
    request.access.audit("sender.deleted", None, shown)
    messages.success(request, _("%(sender)s was deleted.") % {"sender": shown})
    return redirect(request.access.url("senders:senders"))
