"""Who is never mailed: looked up, added, taken off with a reason, taken along."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tradewind.accounts.access import MemberRequest, member
from tradewind.accounts.roles import Permission
from tradewind.audience import suppression
from tradewind.audience.importing import spreadsheets
from tradewind.audience.models import Suppression
from tradewind.audience.words import SuppressionKind, SuppressionReason
from tradewind.web.audience import pages
from tradewind.web.audience.forms import ReleaseForm, SuppressForm


@require_GET
@member()
def index(request: MemberRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:400].strip()
    reason = request.GET.get("reason", "")
    found = suppression.search(request.access.workspace.pk, text)
    if reason in [str(one) for one in SuppressionReason]:
        found = found.filter(reason=reason)
    page = pages.window(request, found)
    context = {
        "text": text,
        "reason": reason,
        "reasons": list(SuppressionReason),
        "page": page,
        "rows": [(row, SuppressionReason(row.reason), SuppressionKind(row.kind)) for row in page.rows],
        "total": pages.counted(found),
        "most": pages.COUNTED,
        "nothing": not page.rows and not text and not reason,
    }
    return render(request, "audience/suppression.html", context)


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def add(request: MemberRequest) -> HttpResponse:
    form = SuppressForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return render(request, "audience/suppression_add.html", {"form": form})
    cleaned = form.cleaned_data
    reason = SuppressionReason(cleaned["reason"])
    result = suppression.suppress_many(request.access.workspace.pk, _lines(cleaned), reason, cleaned["note"])
    request.access.audit(
        "suppression.added", summary=f"+{result.added}: {reason.value} {cleaned['note']}".strip()
    )
    if result.bad:
        bad = "\n".join(line for line, _why in result.bad)
        again = SuppressForm(initial={**cleaned, "values": bad})
        return render(request, "audience/suppression_add.html", {"form": again, "result": result})
    messages.success(
        request,
        _("%(added)s added, %(known)s were on it already.") % {"added": result.added, "known": result.known},
    )
    return redirect(request.access.url("audience:suppression"))


def _lines(cleaned: dict[str, object]) -> Iterator[str]:
    """What was pasted, and the first cell of each line of the file."""
    yield from str(cleaned["values"]).splitlines()
    file = cleaned.get("file")
    for raw in file or ():  # type: ignore[attr-defined]
        text = raw.decode("utf-8", "replace").lstrip("\ufeff")
        yield text.split(",")[0].split(";")[0].split("\t")[0].strip(" \"'\r\n")


@require_http_methods(["GET", "POST"])
@member(Permission.EDIT_AUDIENCE)
def release(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask why, then take it off; the answer stands in the audit log."""
    row = request.access.get(Suppression, pk=pk)
    form = ReleaseForm(request.POST or None)
    if not form.is_valid():
        context = {"form": form, "row": row, "reason": SuppressionReason(row.reason)}
        return render(request, "audience/suppression_release.html", context)
    suppression.release(request.access.workspace.pk, row.value, SuppressionKind(row.kind))
    request.access.audit(
        "suppression.released", row, f"{row.value}: {form.cleaned_data['why']}", reason=row.reason
    )
    messages.success(request, _("%(value)s may be mailed again.") % {"value": row.value})
    return redirect(request.access.url("audience:suppression"))


@require_GET
@member(Permission.EDIT_AUDIENCE)
def export(request: MemberRequest) -> StreamingHttpResponse:
    request.access.audit("suppression.exported")
    headings = [_("Address or domain"), _("Kind"), _("Why"), _("Note"), _("Since")]
    response = StreamingHttpResponse(
        spreadsheets.lines(_rows(request, headings)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="suppression.csv"'
    return response


def _rows(request: MemberRequest, headings: list[str]) -> Iterator[list[str]]:
    yield headings
    rows = request.access.rows(Suppression).order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        why = str(SuppressionReason(row.reason).label)
        yield [
            row.value,
            str(SuppressionKind(row.kind).label),
            why,
            row.note,
            row.created_at.isoformat(timespec="seconds"),
        ]
