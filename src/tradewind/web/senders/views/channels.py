"""Channels: the ways out, and a test of each."""

from django.contrib import messages
from django.db.models import Count, ProtectedError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.senders import channels
from tradewind.senders.models import Channel
from tradewind.web.senders.forms import ChannelForm, TryForm


@member()
def index(request: MemberRequest) -> HttpResponse:
    rows = request.access.rows(Channel).annotate(sender_count=Count("senders")).order_by("name")
    return render(request, "senders/channels.html", {"rows": [(channel, _last(channel)) for channel in rows]})


def _last(channel: Channel) -> dict[str, object] | None:
    """The last test in the viewer's language."""
    last = channel.last_test
    if not last:
        return None
    sentence = channels.say(last.get("code", ""), last.get("detail", "")) or last.get("sentence", "")
    return {**last, "sentence": sentence, "when": parse_datetime(last["at"])}


@member(Permission.MANAGE_SENDERS)
def new(request: MemberRequest) -> HttpResponse:
    instance = Channel(workspace=request.access.workspace)
    form = ChannelForm(request.access, request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid():
        channel = form.save()
        request.access.audit("channel.added", channel, channel.name)
        return redirect(request.access.url("senders:channel", channel.pk))
    return render(request, "senders/channel.html", {"form": form, "channel": None})


@member(Permission.MANAGE_SENDERS)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    channel = request.access.get(Channel, pk=pk)
    form = ChannelForm(request.access, request.POST or None, instance=channel)
    if request.method == "POST" and form.is_valid():
        channel.save(update_fields=[*ChannelForm.Meta.fields])
        request.access.audit("channel.changed", channel, channel.name, fields=form.changed_data)
        messages.success(request, _("Saved. Test it, to be sure."))
        return redirect(request.access.url("senders:channel", channel.pk))
    if form.is_bound:
        channel.refresh_from_db()
    context = {"form": form, "channel": channel, "last": _last(channel), "try_form": TryForm()}
    return render(request, "senders/channel.html", context)


@require_POST
@member(Permission.MANAGE_SENDERS)
def test(request: MemberRequest, pk: int) -> HttpResponse:
    """Connect and say what happens; nothing is sent."""
    channel = request.access.get(Channel, pk=pk)
    form = TryForm(request.POST)
    domain = form.cleaned_data["domain"] if form.is_valid() else "gmail.com"
    channels.test(channel, domain)
    if request.headers.get("HX-Request") == "true":
        return render(request, "senders/_test.html", {"channel": channel, "last": _last(channel)})
    return redirect(request.access.url("senders:channel", channel.pk))


@require_POST
@member(Permission.MANAGE_SENDERS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    channel = request.access.get(Channel, pk=pk)
    name = channel.name
    try:
        channel.delete()
    except ProtectedError:
        messages.error(
            request, _("“%(name)s” is kept: senders or sent mails still need it.") % {"name": name}
        )
        return redirect(request.access.url("senders:channel", pk))
    request.access.audit("channel.deleted", None, name)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": name})
    return redirect(request.access.url("senders:channels"))
