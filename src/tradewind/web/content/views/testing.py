"""A test: the real mail, through the real channel, to one address. It has a trace like every other
message."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.content import fields, preview, versions
from tradewind.content.models import Template
from tradewind.core import clock
from tradewind.ledger import origins, planning
from tradewind.ledger.models import Message
from tradewind.ledger.words import OriginKind
from tradewind.senders import checks, mail_domains
from tradewind.senders.models import Sender
from tradewind.web.content import people
from tradewind.web.content.forms import TestForm

LIFETIME = timedelta(hours=4)


class CannotTest(Exception):
    """The test was not sent; the text says why."""


@member(Permission.SEND)
def send(request: MemberRequest, pk: int) -> HttpResponse:
    template = request.access.get(Template, pk=pk)
    form = TestForm(request.access, request.POST or None, {"email": request.user.email})
    if request.method == "POST" and form.is_valid():
        try:
            message = _send(request, template, form.cleaned_data)
        except (CannotTest, versions.CannotFreeze) as error:
            form.add_error(None, str(error))
        else:
            request.access.audit("template.tested", template, message.email)
            messages.success(request, _("The test is on its way. This page shows what becomes of it."))
            return redirect(request.access.url("campaigns:message", message.pk))
    senders = request.access.rows(Sender).exists()
    return render(request, "content/test.html", {"template": template, "form": form, "senders": senders})


def _send(request: MemberRequest, template: Template, asked: dict[str, Any]) -> Message:
    sender: Sender = asked["sender"]
    missing = checks.can_send(sender.domain)
    if missing:
        names = ", ".join(result.title for result in missing)
        raise CannotTest(
            _("Nothing was sent: %(domain)s is not ready. Missing: %(names)s.")
            % {"domain": sender.domain.name, "names": names}
        )
    values = _values(request, asked["contact"])
    version = versions.freeze(template)
    email = asked["email"].strip().lower()
    mail_domains.resolve(mail_domains.missing([email.rpartition("@")[2]]))
    origin = origins.open_origin(
        workspace=request.access.workspace,
        kind=OriginKind.TEST,
        name=_("Test: %(name)s") % {"name": template.name},
        sender=sender,
        version=version,
        list_ids=[],
        expires_at=clock.now() + LIFETIME,
    )
    return planning.plan_test(origin, email, values=values)


def _values(request: MemberRequest, typed: str) -> dict[str, Any]:
    contact = people.find(request.access, typed)
    if typed.strip() and contact is None:
        raise CannotTest(_("Nothing was sent: there is no contact %(email)s.") % {"email": typed.strip()})
    if contact is not None:
        return preview.of_contact(contact)
    names = [f.name for f in fields.MERGE_FIELDS.values() if f.group is fields.Group.CONTACT]
    return {name: value for name, value in fields.samples().items() if name in names}
