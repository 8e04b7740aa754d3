"""An import on its pages: upload, columns, progress, result; and files that are none."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from tests.audience.files import csv_of, imported
from tests.cast import Cast
from tests.web_audience.pages import body, text
from tradewind.accounts.models import AuditEntry
from tradewind.audience import importing, lists
from tradewind.audience.models import Contact, Import, ImportState


def _import_page(cast: Cast, **form: str) -> str:
    import_ = Import.objects.latest("pk")
    return text(cast.client(cast.bob).post(cast.url("audience:import_map", import_.pk), form))


COLUMNS = {"column_0": "email", "column_1": "full_name", "column_2": "custom"}
TRUE = {"source": "Canton Fair", "basis": "card_at_fair", "update_existing": "on", "attested": "on"}


def _upload(cast: Cast, content: bytes = b"Email,Name,Stand\na@b.de,Anna Berg,8.1\nbad,,\n") -> HttpResponse:
    file = SimpleUploadedFile("fair.csv", content)
    response = cast.client(cast.bob).post(cast.url("audience:import_new"), {"file": file})
    assert isinstance(response, HttpResponse)
    return response


def test_an_import_from_the_file_to_the_result(cast: Cast) -> None:
    assert _upload(cast).status_code == 302
    import_ = Import.objects.get()
    bob = cast.client(cast.bob)
    page = text(bob.get(cast.url("audience:import_map", import_.pk)))
    assert "Anna" in page
    assert "The e-mail address has no @." in page
    assert "Nothing is saved yet" in page
    refused = _import_page(
        cast, action="start", list="new", new_list="Fair", **COLUMNS, **{**TRUE, "attested": ""}
    )
    assert "Please confirm" in refused
    assert 'value="Canton Fair"' in refused
    refused = _import_page(cast, action="start", list="new", **COLUMNS, **TRUE)
    assert "Give the new list a name" in refused
    _import_page(cast, action="start", list="new", new_list="Fair", **COLUMNS, **TRUE)
    import_.refresh_from_db()
    assert (import_.state, import_.list and import_.list.name) == (ImportState.MAPPED, "Fair")
    progress = cast.url("audience:import_progress", import_.pk)
    assert "every 1s" in text(bob.get(progress))
    importing.run(import_.pk)
    done = bob.get(progress)
    assert done.status_code == 286
    page = text(bob.get(cast.url("audience:import", import_.pk)))
    assert "1 new contact from 2 rows." in page
    assert f"?import={import_.pk}&amp;outcome=created" in page
    door = f"{cast.url('audience:contacts')}?import={import_.pk}&outcome="
    assert "a@b.de" in text(bob.get(f"{door}created"))
    assert "a@b.de" not in text(bob.get(f"{door}updated"))
    assert "bad" in body(bob.get(cast.url("audience:import_rejected", import_.pk)))
    assert Contact.objects.get().custom == {"stand": "8.1"}
    assert AuditEntry.objects.filter(action="import.started", actor=cast.bob).count() == 1


def test_the_preview_follows_the_mapping(cast: Cast) -> None:
    _upload(cast)
    page = _import_page(cast, action="preview", column_0="email", column_1="", column_2="company")
    assert "8.1" in page
    assert "<html" not in page
    problem = _import_page(cast, action="preview", column_0="", column_1="full_name", column_2="")
    assert "Choose the column that holds the e-mail addresses" in problem
    assert Import.objects.get().mapping["Email"] == ""
    refused = _import_page(cast, action="start", list="", column_0="evil", **TRUE)
    assert "not a field" in refused


def test_a_file_read_wrongly_can_be_read_again(cast: Cast) -> None:
    _upload(cast, "邮箱;姓名\na@b.de;王伟\n".encode("gb18030"))
    page = _import_page(cast, action="reread", encoding="cp1252", delimiter=";", has_headings="on")
    assert "王伟" not in page
    page = _import_page(cast, action="reread", encoding="gb18030", delimiter=";", has_headings="on")
    assert "伟 王" in page


def test_what_is_wrong_with_a_file_is_said_at_once(cast: Cast) -> None:
    page = text(_upload(cast, b"PK\x03\x04"))
    assert "Excel workbook" in page
    assert "fair.csv" in page
    wide = ",".join(["x"] * 10_000).encode()
    assert "This file has 10,000 columns" in text(_upload(cast, wide))
    assert "submitted file is empty" in text(_upload(cast, b""))
    assert not Import.objects.exists()


def test_the_sample_can_be_tried(cast: Cast) -> None:
    bob = cast.client(cast.bob)
    cast.bob.language = "zh-hans"
    cast.bob.save(update_fields=["language"])
    response = bob.post(cast.url("audience:import_new"), {"sample": "1"})
    import_ = Import.objects.get()
    assert response["Location"] == cast.url("audience:import_map", import_.pk)
    preview = importing.preview(import_)
    assert (preview.checked, preview.rejected, preview.duplicates) == (8, 2, 1)
    assert import_.mapping["邮箱"] == "email"


def test_a_failed_import_can_be_started_again(cast: Cast) -> None:
    import_ = imported(cast, csv_of(["Email"], ["a@b.de"]))
    Import.objects.filter(pk=import_.pk).update(state=ImportState.FAILED, error="The disk was full.")
    bob = cast.client(cast.bob)
    assert "The disk was full." in text(bob.get(cast.url("audience:import", import_.pk)))
    bob.post(cast.url("audience:import_again", import_.pk))
    import_.refresh_from_db()
    assert (import_.state, import_.error) == (ImportState.MAPPED, "")


def test_lists_of_others_cannot_be_imported_into(cast: Cast) -> None:
    theirs = lists.find_or_make(cast.elsewhere, "Theirs")
    _upload(cast)
    assert "choice" in _import_page(cast, action="start", list=str(theirs.pk), **COLUMNS, **TRUE)
    assert Import.objects.get().state == ImportState.UPLOADED
