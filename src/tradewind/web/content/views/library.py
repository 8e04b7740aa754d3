"""The list of templates, and what begins or ends one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.content import preview, starting
from tradewind.content.models import Template
from tradewind.core import clock
from tradewind.web.content.forms import LANGUAGES, NameForm
from tradewind.web.content.views.common import framed


@member()
def index(request: MemberRequest) -> HttpResponse:
    """Templates, the last changed first; `?archived=1`: those put away."""
    archived = request.GET.get("archived") == "1"
    typed = request.GET.get("q", "").strip()
    rows = request.access.rows(Template).filter(archived_at__isnull=not archived)
    if typed:
        rows = rows.filter(name__icontains=typed) | rows.filter(subject__icontains=typed)
    rows = rows.annotate(version_count=Count("versions")).order_by("-updated_at", "-pk")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    names = dict(LANGUAGES)
    context = {
        "page": page,
        "rows": [(template, names.get(template.language, template.language)) for template in page],
        "archived": archived,
        "typed": typed,
        "archived_count": request.access.rows(Template).filter(archived_at__isnull=False).count(),
    }
    return render(request, "content/index.html", context)


@member(Permission.EDIT_CONTENT)
def new(request: MemberRequest) -> HttpResponse:
    """Choose a starter, or begin with nothing."""
    if request.method == "POST":
        template = _begin(request, request.POST.get("starter", ""))
        request.access.audit("template.created", template, template.name)
        return redirect(request.access.url("content:edit", template.pk))
    return render(request, "content/new.html", {"starters": list(starting.starters().values())})


def _begin(request: MemberRequest, key: str) -> Template:
    if not key:
        return starting.blank(request.access.workspace, _("New template"), request.user)
    if key not in starting.starters():
        raise Http404(_("There is no such starter."))
    return starting.from_starter(request.access.workspace, key, request.user)


@member(Permission.EDIT_CONTENT)
def starter(request: MemberRequest, key: str) -> HttpResponse:
    """A starter as an invented contact would see it."""
    found = starting.starters().get(key)
    if found is None:
        raise Http404(_("There is no such starter."))
    draft = Template(
        subject=found.subject, preheader=found.preheader, mjml=found.mjml, language=found.language
    )
    return framed(preview.render(draft, preview.sample_values(None, request.access.workspace)).html)


@require_POST
@member(Permission.EDIT_CONTENT)
def copy(request: MemberRequest, pk: int) -> HttpResponse:
    template = request.access.get(Template, pk=pk)
    form = NameForm({"name": request.POST.get("name") or _("%(name)s (copy)") % {"name": template.name}})
    name = form.cleaned_data["name"] if form.is_valid() else template.name
    made = starting.copy(template, name, request.user)
    request.access.audit("template.created", made, made.name, copied_from=template.pk)
    return redirect(request.access.url("content:edit", made.pk))


@require_POST
@member(Permission.EDIT_CONTENT)
def archive(request: MemberRequest, pk: int) -> HttpResponse:
    """Put away: out of every list of choices, kept for the reports that name it."""
    template = request.access.get(Template, pk=pk)
    if template.archived_at is None:
        template.archived_at = clock.now()
        template.save(update_fields=["archived_at"])
        request.access.audit("template.archived", template, template.name)
    messages.success(
        request,
        _("“%(name)s” is in the archive. You can take it out again at any time.") % {"name": template.name},
    )
    return redirect(request.access.url("content:index"))


@require_POST
@member(Permission.EDIT_CONTENT)
def unarchive(request: MemberRequest, pk: int) -> HttpResponse:
    template = request.access.get(Template, pk=pk)
    template.archived_at = None
    template.save(update_fields=["archived_at"])
    request.access.audit("template.unarchived", template, template.name)
    messages.success(request, _("“%(name)s” is among the templates again.") % {"name": template.name})
    return redirect(request.access.url("content:edit", template.pk))
