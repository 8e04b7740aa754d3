"""What was sent with a template, and the way back to it."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.content.models import Template, TemplateVersion
from tradewind.content.preview import CannotPreview, sample_values
from tradewind.content.preview import render as render_mail
from tradewind.ledger.models import Origin
from tradewind.web.content.views.common import framed


@member()
def index(request: MemberRequest, pk: int) -> HttpResponse:
    template = request.access.get(Template, pk=pk)
    versions = template.versions.annotate(link_count=Count("links")).order_by("-number")
    used: dict[int, list[Origin]] = {}
    for origin in request.access.rows(Origin).filter(version__template=template).order_by("-pk"):
        used.setdefault(origin.version_id, []).append(origin)
    rows = [(version, used.get(version.pk, [])) for version in versions]
    return render(request, "content/versions.html", {"template": template, "rows": rows})


@member()
def show(request: MemberRequest, pk: int, number: int) -> HttpResponse:
    """A version as an invented contact would see it, for a sandboxed frame."""
    version = request.access.get(TemplateVersion, template_id=pk, number=number)
    try:
        return framed(render_mail(version, sample_values(None, request.access.workspace)).html)
    except CannotPreview as error:
        page = render(request, "content/_broken.html", {"findings": error.findings})
        return framed(page.content.decode())


@require_POST
@member(Permission.EDIT_CONTENT)
def restore(request: MemberRequest, pk: int, number: int) -> HttpResponse:
    """The mail and subject of that version become the draft again. What the draft said is kept as a copy."""
    version = request.access.get(TemplateVersion, template_id=pk, number=number)
    template = request.access.get(Template, pk=pk)
    from tradewind.content import starting

    kept = starting.copy(template, _("%(name)s (before going back)") % {"name": template.name}, request.user)
    template.mjml, template.subject = version.mjml, version.subject
    template.save(update_fields=["mjml", "subject", "updated_at"])
    request.access.audit("template.restored", template, template.name, version=number, kept_as=kept.pk)
    messages.success(
        request,
        _("Version %(number)s is the draft again. What was there before is kept as “%(name)s”.")
        % {"number": number, "name": kept.name},
    )
    return redirect(request.access.url("content:edit", template.pk))
