"""The editor: source, findings and preview side by side. It saves by itself while somebody writes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.content import lint
from tradewind.content.fields import CUSTOM, MERGE_FIELDS, Group, MergeField
from tradewind.content.models import Template
from tradewind.content.preview import CannotPreview, Rendered, sample_values
from tradewind.content.preview import render as render_mail
from tradewind.senders.models import Sender
from tradewind.web.content import people
from tradewind.web.content.forms import TemplateForm
from tradewind.web.content.views.common import framed

SAVED = ("name", "subject", "preheader", "mjml", "text", "language")


@member()
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """The editor; for those who may not edit, the preview alone."""
    template = request.access.get(Template, pk=pk)
    if not request.access.allows(Permission.EDIT_CONTENT):
        request.access.require(Permission.VIEW if request.method == "GET" else Permission.EDIT_CONTENT)
        return render(request, "content/show.html", {"template": template})
    if request.method == "POST":
        return _save(request, template)
    return render(request, "content/edit.html", _page(request, template, TemplateForm(instance=template)))


def _save(request: MemberRequest, template: Template) -> HttpResponse:
    by_itself = request.headers.get("HX-Request") == "true"
    before = template.updated_at
    form = TemplateForm(request.POST, instance=template)
    conflict = (
        form.is_valid()
        and not request.POST.get("overwrite")
        and _was_changed(form.cleaned_data["seen"], before)
    )
    if form.is_valid() and not conflict:
        template.save(update_fields=[*SAVED, "updated_at"])
        if not by_itself:
            messages.success(request, _("Saved."))
            return redirect(request.access.url("content:edit", template.pk))
    context = _page(request, template, form) | {"conflict": conflict, "saved": by_itself and not conflict}
    if by_itself:
        response = render(request, "content/_side.html", context)
        response["HX-Trigger-After-Settle"] = "tw:template-saved"
        return response
    return render(request, "content/edit.html", context, status=409 if conflict else 200)


def _was_changed(seen: str, updated_at: object) -> bool:
    """Whether somebody else has saved since the editor was opened."""
    try:
        known = parse_datetime(seen)
    except ValueError:
        known = None
    return known is not None and known != updated_at


def _page(request: MemberRequest, template: Template, form: TemplateForm) -> dict[str, object]:
    keys = people.custom_keys(request.access)
    findings = lint.findings(template, keys)
    return {
        "template": template,
        "form": form,
        "findings": findings,
        "counts": {level.value: sum(1 for f in findings if f.level is level) for level in lint.Level},
        "groups": _groups(keys),
        "version_count": template.versions.count(),
    }


def _groups(keys: list[str]) -> list[tuple[str, list[MergeField]]]:
    """Merge fields to choose from; the workspace's own last."""
    groups = [(str(group.label), [f for f in MERGE_FIELDS.values() if f.group is group]) for group in Group]
    own = [MergeField(_own_name(key), key, "") for key in keys]
    return [*groups, (_("Your own fields"), own)] if own else groups


def _own_name(key: str) -> str:
    """How a template names a contact's own field; a name with spaces stands in brackets."""
    return f"{CUSTOM}.{key}" if key.isidentifier() else f"{CUSTOM}['{key}']"


def _rendered(request: MemberRequest, template: Template) -> Rendered | CannotPreview:
    contact = people.find(request.access, request.GET.get("contact", ""))
    sender = request.access.rows(Sender).order_by("pk").first()
    try:
        return render_mail(template, sample_values(contact, request.access.workspace, sender))
    except CannotPreview as error:
        return error


@member()
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The mail as `?contact=` would see it, for a sandboxed frame."""
    made = _rendered(request, request.access.get(Template, pk=pk))
    if isinstance(made, CannotPreview):
        made_page = render(request, "content/_broken.html", {"findings": made.findings})
        return framed(made_page.content.decode())
    return framed(made.html)


@member()
def text(request: MemberRequest, pk: int) -> HttpResponse:
    """Subject and text part as `?contact=` would see them."""
    made = _rendered(request, request.access.get(Template, pk=pk))
    return render(
        request, "content/_text.html", {"broken" if isinstance(made, CannotPreview) else "mail": made}
    )


@member()
def contacts(request: MemberRequest) -> HttpResponse:
    """Options for the contact field."""
    return render(
        request,
        "content/_contacts.html",
        {"contacts": people.suggestions(request.access, request.GET.get("contact", ""))},
    )
