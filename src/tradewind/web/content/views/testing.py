"""A test: the real mail, through the real channel, to one address. It has a trace like every other
message."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.content import versions
from tradewind.content.models import Template
from tradewind.ledger.models import Message
from tradewind.outreach import testing
from tradewind.senders.models import Sender
from tradewind.web.content import people
from tradewind.web.content.forms import TestForm


class UnknownContact(Exception):
    """Nobody has the address that was typed; the text says so."""


@member(Permission.SEND)
def send(request: MemberRequest, pk: int) -> HttpResponse:
    template = request.access.get(Template, pk=pk)
    form = TestForm(request.access, request.POST or None, {"email": request.user.email})
    if request.method == "POST" and form.is_valid():
        try:
            message = _send(request, template, form.cleaned_data)
        except (UnknownContact, testing.NotReady, testing.BadAddress, versions.CannotFreeze) as error:
            form.add_error(None, str(error))
        else:
            request.access.audit("template.tested", template, message.email)
            messages.success(request, _("The test is on its way. This page shows what becomes of it."))
            return redirect(request.access.url("campaigns:message", message.pk))
    senders = request.access.rows(Sender).exists()
    return render(request, "content/test.html", {"template": template, "form": form, "senders": senders})


def _send(request: MemberRequest, template: Template, asked: dict[str, Any]) -> Message:
    typed = asked["contact"].strip()
    contact = people.find(request.access, typed)
    if typed and contact is None:
        raise UnknownContact(_("Nothing was sent: there is no contact %(email)s.") % {"email": typed})
    return testing.send_test(template, asked["sender"], asked["email"], contact)
