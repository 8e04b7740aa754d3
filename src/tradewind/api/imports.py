"""Imports: a file of contacts on its way into the audience."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Field, File, Query, Schema, UploadedFile

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.fields import Id, In, one_of
from tradewind.api.pages import Page, Paging, page
from tradewind.api.problems import Problem, conflict, not_there
from tradewind.api.routes import FORM, Noun
from tradewind.audience import importing
from tradewind.audience.importing import FileProblem, ImportProblem, files
from tradewind.audience.models import Import, List
from tradewind.audience.words import ConsentBasis, ImportState

router = Noun("Imports")
CHANGEABLE = (ImportState.UPLOADED, ImportState.FAILED)


class ImportOut(Schema):
    id: int
    state: ImportState
    file_name: str = Field(examples=["canton-fair.csv"])
    size: int = Field(description="Bytes.")
    encoding: str = Field(examples=["gb18030"])
    delimiter: str = Field(examples=[","])
    has_headings: bool
    headings: list[str] = Field(examples=[["邮箱", "姓名", "公司"]])
    mapping: dict[str, str] = Field(examples=[{"邮箱": "email", "姓名": "full_name", "公司": "company"}])
    list_id: int | None
    source: str
    basis: ConsentBasis
    rows_total: int = Field(description="Guessed until the file has been read.")
    rows_read: int
    rows_done: int
    created: int
    updated: int
    unchanged: int
    subscribed: int
    kept_out: int = Field(description="Had unsubscribed or complained, and stay so.")
    rejected: int
    duplicates: int
    has_rejected_file: bool
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @staticmethod
    def resolve_has_rejected_file(row: Import) -> bool:
        return bool(row.rejected_path)


class Mapping(In):
    """How to read the file, and which column goes where. What is not named stays."""

    encoding: str = Field("", examples=["gb18030"])
    delimiter: str = Field("", max_length=1)
    has_headings: bool = True
    mapping: dict[str, str] = Field(
        {}, description="Heading → field, `custom.<key>`, or empty to leave the column out."
    )


class Start(In):
    """Where the addresses come from, and why you may write to them."""

    source: str = Field(min_length=1, max_length=200, examples=["Canton Fair 2026"])
    basis: ConsentBasis
    confirmed: bool = Field(description="A person has confirmed that these people may be written to.")
    note: str = Field("", max_length=2000)
    list: Id | None = Field(None, description="The list to put them on.")
    update_existing: bool = True


class ColumnOut(Schema):
    heading: str
    target: str
    label: str
    values: list[str]


class RowOut(Schema):
    row: int = Field(description="As a spreadsheet counts.")
    cells: list[str]
    problem: str = Field(description="Why the row would be rejected; empty: it would not.")


class ReasonOut(Schema):
    sentence: str
    rows: int


class PreviewOut(Schema):
    columns: list[ColumnOut]
    rows: list[RowOut]
    checked: int
    complete: bool
    rejected: int
    duplicates: int
    reasons: list[ReasonOut]


@router.reads("/imports", Page[ImportOut])
def list_imports(request: ApiRequest, response: HttpResponse, paging: Query[Paging]) -> Any:
    """List imports, newest first."""
    return page(request, response, request.auth.rows(Import), paging)


@router.writes("POST", "/imports", ImportOut, permission=Permission.EDIT_AUDIENCE, status=201, takes=FORM)
def upload_import(request: ApiRequest, response: HttpResponse, file: File[UploadedFile]) -> Any:
    """Upload a file of contacts (CSV; UTF-8, GBK and UTF-16 are recognised).

    Nothing is in the audience yet: look at the preview, change the mapping, then start it."""
    with _sorry():
        found = importing.upload(
            request.auth.workspace, None, file.name or "", file.chunks(), language=get_language() or "en"
        )
    request.auth.audit("import.uploaded", found, found.file_name)
    return found


@router.reads("/imports/{int:import_id}", ImportOut)
def get_import(request: ApiRequest, response: HttpResponse, import_id: Id) -> Any:
    """Show how far an import is, and what it did."""
    return request.auth.get(Import, pk=import_id)


@router.reads("/imports/{int:import_id}/preview", PreviewOut)
def preview_import(request: ApiRequest, response: HttpResponse, import_id: Id) -> Any:
    """Show what the import would do, on its first rows."""
    with _sorry():
        found = asdict(importing.preview(request.auth.get(Import, pk=import_id)))
    return found | {"reasons": [{"sentence": sentence, "rows": n} for sentence, n in found["reasons"]]}


@router.writes("PATCH", "/imports/{int:import_id}", ImportOut, permission=Permission.EDIT_AUDIENCE)
def change_import(request: ApiRequest, response: HttpResponse, import_id: Id, payload: Mapping) -> Any:
    """Read the file another way, or send its columns elsewhere.

    Another encoding, delimiter or heading row proposes the mapping anew; a `mapping` in the same request comes after that."""
    found = _changeable(request, import_id)
    given = payload.model_fields_set
    with _sorry():
        if given & {"encoding", "delimiter", "has_headings"}:
            _reread(found, payload)
        if "mapping" in given:
            importing.remap(found, {**found.mapping, **payload.mapping})
    request.auth.audit("import.mapped", found, found.file_name)
    return found


@router.writes("POST", "/imports/{int:import_id}/start", ImportOut, permission=Permission.EDIT_AUDIENCE)
def start_import(request: ApiRequest, response: HttpResponse, import_id: Id, payload: Start) -> Any:
    """Start the import; ask for its progress until `state` is `done` or `failed`."""
    found = _changeable(request, import_id)
    if not payload.confirmed:
        detail = _("Somebody has to confirm that these people may be written to. Nothing was imported.")
        raise conflict(detail, "not_confirmed")
    chosen = one_of(request.auth, List, payload.list, "list")
    with _sorry():
        importing.attest(
            found,
            list_=chosen,
            source=payload.source,
            basis=payload.basis,
            note=payload.note,
            update_existing=payload.update_existing,
        )
        importing.start(found)
    request.auth.audit("import.started", found, found.file_name, source=payload.source, basis=payload.basis)
    return found


@router.reads("/imports/{int:import_id}/rejected", str, media="text/csv")
def get_rejected_rows(request: ApiRequest, response: HttpResponse, import_id: Id) -> Any:
    """Download the rejected rows with their reasons, as CSV.

    404 while there are none."""
    found = request.auth.get(Import, pk=import_id)
    if not found.rejected_path:
        raise not_there()
    try:
        content = files.full(found.rejected_path).open("rb")
    except FileNotFoundError:
        raise not_there() from None
    return FileResponse(
        content, as_attachment=True, filename=f"import-{found.pk}-rejected.csv", content_type="text/csv"
    )


def _changeable(request: ApiRequest, import_id: int) -> Import:
    found = request.auth.get(Import, pk=import_id)
    if found.state not in CHANGEABLE:
        raise conflict(_("This import was started already. Nothing was changed."), "import_started")
    return found


@contextmanager
def _sorry() -> Iterator[None]:
    """A file that cannot be taken, as a problem."""
    try:
        yield
    except ImportProblem as error:
        status = 413 if error.reason is FileProblem.TOO_BIG else 422
        raise Problem(status, f"file_{error.reason}", str(error)) from error


def _reread(found: Import, payload: Mapping) -> None:
    given = payload.model_fields_set
    has_headings = payload.has_headings if "has_headings" in given else found.has_headings
    encoding, delimiter = payload.encoding or found.encoding, payload.delimiter or found.delimiter
    try:
        importing.reread(found, encoding, delimiter, has_headings)
    except ValueError as error:
        raise Problem(
            422, "file_format", _("We do not know this encoding or delimiter. Nothing was changed.")
        ) from error
