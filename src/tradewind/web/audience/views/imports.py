"""A file of contacts on its way: uploaded, mapped, confirmed, watched, and what came of it."""

from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseStopPolling

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.audience import importing
from tradewind.audience.importing import Field, ImportProblem, files, headings
from tradewind.audience.models import ConsentBasis, Import, ImportState
from tradewind.web.audience import pages, samples
from tradewind.web.audience.forms import ENCODING_NAMES, NEW_LIST, ConsentForm, ReadingForm, UploadForm
from tradewind.web.audience.progress import Progress

OWN = "custom"


@require_GET
@member()
def index(request: MemberRequest) -> HttpResponse:
    page = pages.window(request, request.access.rows(Import).select_related("list", "created_by"))
    return render(request, "audience/imports.html", {"page": page})


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def new(request: MemberRequest) -> HttpResponse:
    """Choose a file, or try the sample."""
    if request.method == "POST" and "sample" in request.POST:
        return _keep(request, UploadForm(), samples.file_name(), [samples.content()])
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        return _keep(request, form, file.name, file.chunks())
    return render(request, "audience/import_new.html", {"form": form})


def _keep(request: MemberRequest, form: UploadForm, name: str, chunks: Any) -> HttpResponse:
    try:
        import_ = importing.upload(
            request.access.workspace, request.user, name, chunks, get_language() or "en"
        )
    except ImportProblem as problem:
        return render(
            request, "audience/import_new.html", {"form": form, "problem": str(problem), "name": name}
        )
    request.access.audit("import.uploaded", import_, import_.file_name)
    return redirect(request.access.url("audience:import_map", import_.pk))


@require_GET
@member()
def sample(request: MemberRequest) -> HttpResponse:
    response = HttpResponse(samples.content(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{samples.file_name()}"'
    return response


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def mapping(request: MemberRequest, pk: int) -> HttpResponse:
    """What the columns are, where the addresses come from, and the button that starts it."""
    import_ = request.access.get(Import, pk=pk)
    if import_.state != ImportState.UPLOADED:
        return redirect(request.access.url("audience:import", pk))
    problem, form = "", None
    try:
        match request.POST.get("action") if request.method == "POST" else None:
            case "reread":
                _reread(request, import_)
            case "preview":
                _remap(request, import_)
                return render(request, "audience/_preview.html", _shown(import_))
            case "start":
                form = ConsentForm(request.access, request.POST)
                _remap(request, import_)
                if form.is_valid():
                    return _start(request, import_, form)
    except ImportProblem as found:
        problem = str(found)
        if request.POST.get("action") == "preview":
            return render(request, "audience/_preview.html", {**_shown(import_), "problem": problem})
    form = form or ConsentForm(request.access, initial=_initial(import_))
    return render(request, "audience/import_map.html", {**_shown(import_), "form": form, "problem": problem})


def _initial(import_: Import) -> dict[str, Any]:
    name = import_.file_name.rsplit(".", 1)[0]
    return {
        "list": import_.list_id or NEW_LIST,
        "new_list": name,
        "update_existing": True,
        "source": import_.source,
    }


def _shown(import_: Import) -> dict[str, Any]:
    """What the page shows of the file."""
    fields = [(field.value, str(field.label)) for field in Field]
    return {
        "import": import_,
        "preview": importing.preview(import_),
        "fields": fields,
        "own": OWN,
        "encoding": dict(ENCODING_NAMES)[import_.encoding],
        "reading": ReadingForm(
            initial={
                "encoding": import_.encoding,
                "delimiter": import_.delimiter,
                "has_headings": import_.has_headings,
            }
        ),
    }


def _reread(request: MemberRequest, import_: Import) -> None:
    form = ReadingForm(request.POST)
    if form.is_valid():
        importing.reread(import_, **form.cleaned_data)


def _remap(request: MemberRequest, import_: Import) -> None:
    """The chosen fields; an own field gets its name from the heading. Kept also while it cannot be started yet."""
    chosen = {}
    for index, heading in enumerate(import_.headings):
        target = request.POST.get(f"column_{index}", "")
        chosen[heading] = _own_name(heading, import_.mapping.get(heading, "")) if target == OWN else target
    try:
        importing.remap(import_, chosen)
    finally:
        if all(
            target in headings.FIELDS or target.startswith(headings.CUSTOM) or not target
            for target in chosen.values()
        ):
            Import.objects.filter(pk=import_.pk).update(mapping=chosen)


def _own_name(heading: str, before: str) -> str:
    return (
        before if before.startswith(headings.CUSTOM) else f"{headings.CUSTOM}{importing.custom_key(heading)}"
    )


def _start(request: MemberRequest, import_: Import, form: ConsentForm) -> HttpResponse:
    cleaned = form.cleaned_data
    importing.attest(
        import_,
        list_=form.chosen(request.access),
        source=cleaned["source"],
        basis=ConsentBasis(cleaned["basis"]),
        note=cleaned["note"],
        update_existing=cleaned["update_existing"],
    )
    importing.start(import_)
    summary = f"{import_.file_name}: {cleaned['source']} ({cleaned['basis']})"
    request.access.audit("import.started", import_, summary)
    return redirect(request.access.url("audience:import", import_.pk))


@require_GET
@member()
def show(request: MemberRequest, pk: int) -> HttpResponse:
    import_ = request.access.get(Import, pk=pk)
    if import_.state == ImportState.UPLOADED and request.access.allows(Permission.EDIT_AUDIENCE):
        return redirect(request.access.url("audience:import_map", pk))
    return render(request, "audience/import.html", {"import": import_, "progress": Progress.of(import_)})


@require_GET
@member()
def progress(request: MemberRequest, pk: int) -> HttpResponse:
    """The moving part of the page; its last answer ends the asking."""
    import_ = request.access.get(Import, pk=pk)
    answer = render(request, "audience/_progress.html", {"import": import_, "progress": Progress.of(import_)})
    return HttpResponseStopPolling(answer.content) if ImportState(import_.state).is_over else answer


@require_POST
@member(Permission.EDIT_AUDIENCE)
def again(request: MemberRequest, pk: int) -> HttpResponse:
    """Start a failed import once more."""
    import_ = request.access.get(Import, pk=pk)
    importing.start(import_)
    request.access.audit("import.started", import_, import_.file_name)
    return redirect(request.access.url("audience:import", pk))


@require_GET
@member(Permission.EDIT_AUDIENCE)
def rejected(request: MemberRequest, pk: int) -> FileResponse:
    import_ = request.access.get(Import, pk=pk)
    path = files.full(import_.rejected_path) if import_.rejected_path else None
    if path is None or not path.exists():
        raise Http404(_("There is no file of rejected rows for this import."))
    name = f"{import_.file_name.rsplit('.', 1)[0]}-{_('rejected')}.csv"
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )
