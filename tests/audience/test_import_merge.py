"""What an import does to the audience."""

import csv
from pathlib import Path

import pytest

from tests.audience.files import csv_of, imported, list_of, ready, rejected
from tests.cast import Cast
from tradewind.audience import contacts, importing, subscriptions, suppression
from tradewind.audience.importing import files, limits, spreadsheets
from tradewind.audience.importing import rejected as rejected_file
from tradewind.audience.models import (
    Company,
    Consent,
    Contact,
    Import,
    ImportedContact,
    ImportState,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)

HEADINGS = ["Email", "Name", "Company", "Country", "Incoterm"]


def test_the_counts_agree_with_the_rows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MERGE_ROWS", 3)
    monkeypatch.setattr(limits, "STAGE_ROWS", 4)
    contacts.create(cast.workspace, {"email": "known@acme.de", "first_name": "Karl", "country": "AT"})
    contacts.create(cast.workspace, {"email": "same@acme.de"})
    rows = [[f"p{i}@shop{i}.de", f"Person {i}", f"Shop {i}", "德国", "FOB"] for i in range(10)]
    rows += [
        ["KNOWN@acme.de", "Karla Neu", "", "", "CIF"],
        ["same@acme.de", "", "", "", ""],
        ["bad", "", "", "", ""],
    ]
    rows += [["P3@shop3.de", "Twice", "", "", ""], ["", "", "", "", ""], ["p4@shop4.de", "", "", "", ""]]
    import_ = imported(cast, csv_of(HEADINGS, *rows))
    assert import_.state == ImportState.DONE, import_.error
    counts = (import_.created, import_.updated, import_.unchanged, import_.rejected, import_.duplicates)
    assert counts == (10, 1, 1, 1, 2) or counts == (10, 2, 0, 1, 2)
    assert import_.rows_total == import_.rows_read == import_.rows_done == 15
    assert (
        import_.subscribed == 12 == Subscription.objects.filter(list=import_.list, state="subscribed").count()
    )
    assert Consent.objects.filter(source_import=import_, granted=True, basis="card_at_fair").count() == 12
    assert ImportedContact.objects.filter(source_import=import_).count() == 12
    karla = Contact.objects.get(email_key="known@acme.de")
    assert (karla.first_name, karla.last_name, karla.country, karla.custom) == (
        "Karla",
        "Neu",
        "AT",
        {"incoterm": "CIF"},
    )
    evidence = karla.consents.get().evidence
    assert (evidence["file"], evidence["row"], evidence["attested_by"]) == ("fair.csv", 12, cast.bob.pk)


def test_the_rejected_rows_come_back_in_the_language_of_the_uploader(cast: Cast) -> None:
    rows = [
        ["a@b.de", "Anna", "", "", ""],
        ["=cmd()", "+49 1", "@x", "-1", "\u4e2d"],
        ["a@b.de", "Again", "", "", ""],
    ]
    import_ = imported(cast, csv_of(HEADINGS, *rows), language="zh-hans")
    content = rejected(import_).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert [line[0] for line in lines[1:]] == ["3", "4"]
    assert lines[0][2:] == HEADINGS
    assert lines[1][2:] == ["'=cmd()", "'+49 1", "'@x", "'-1", "中"]
    again = imported(cast, csv_of(["Email", "Phone"], ["c@d.de", "'+49 1"]))
    assert again.created == 1
    assert Contact.objects.get(email_key="c@d.de").phone == "+49 1"


def test_importing_the_same_file_again_changes_nothing(cast: Cast) -> None:
    content = csv_of(HEADINGS, *[[f"p{i}@shop.de", f"Person {i}", "Shop", "DE", "FOB"] for i in range(5)])
    assert imported(cast, content).created == 5
    before = list(Contact.objects.order_by("id").values())
    again = imported(cast, content)
    assert (again.created, again.updated, again.unchanged, again.subscribed) == (0, 0, 5, 0)
    assert list(Contact.objects.order_by("id").values()) == before


def test_existing_contacts_can_be_kept_as_they_are(cast: Cast) -> None:
    contacts.create(cast.workspace, {"email": "known@acme.de", "first_name": "Karl"})
    import_ = imported(
        cast, csv_of(HEADINGS, ["known@acme.de", "Karla Neu", "", "", "CIF"]), update_existing=False
    )
    assert (import_.updated, import_.unchanged, import_.subscribed) == (0, 1, 1)
    known = Contact.objects.get()
    assert (known.first_name, known.custom, known.source) == ("Karl", {}, "")


def test_who_left_is_not_brought_back(cast: Cast) -> None:
    fair, news = list_of(cast), list_of(cast, "News")
    made = {}
    for name in ("gone", "left", "spam", "stays"):
        saved = contacts.create(cast.workspace, {"email": f"{name}@acme.de"})
        assert isinstance(saved, contacts.Saved)
        made[name] = saved.contact
    subscriptions.subscribe(fair, [contact.pk for contact in made.values()])
    subscriptions.unsubscribe(made["gone"].pk, message_id=7)
    subscriptions.unsubscribe(made["left"].pk, list_ids=[fair.pk])
    suppression.suppress(cast.workspace.pk, "spam@acme.de", SuppressionReason.COMPLAINED)
    suppression.suppress(cast.workspace.pk, "never@acme.de", SuppressionReason.UNSUBSCRIBED)
    rows = [[f"{name}@acme.de", "", "", "", ""] for name in ("gone", "left", "spam", "stays", "never", "new")]
    import_ = imported(cast, csv_of(HEADINGS, *rows), list_=fair)
    assert (import_.kept_out, import_.created, import_.subscribed) == (4, 2, 1)
    states = dict(Subscription.objects.filter(list=fair).values_list("contact__email", "state"))
    assert states["gone@acme.de"] == states["left@acme.de"] == SubscriptionState.UNSUBSCRIBED
    assert "never@acme.de" not in states
    gone = made["gone"].consents.order_by("-id")[0]
    assert (gone.granted, gone.evidence) == (False, {"message": 7})
    to_news = imported(cast, csv_of(HEADINGS, *rows), list_=news)
    assert to_news.kept_out == 3  # who left only the fair's list may get the news
    assert set(Subscription.objects.filter(list=news).values_list("contact__email", flat=True)) == {
        "left@acme.de",
        "stays@acme.de",
        "new@acme.de",
    }


def test_companies_by_name_and_by_domain(cast: Cast) -> None:
    rows = [
        ["a@gmail.com", "", "ACME GmbH", "", ""],
        ["b@acme.de", "", "Acme GMBH", "", ""],
        ["c@acme.de", "", "", "", ""],
        ["d@qq.com", "", "", "", ""],
    ]
    imported(cast, csv_of(HEADINGS, *rows))
    imported(cast, csv_of(HEADINGS, ["e@acme.de", "", "", "", ""]))
    company = Company.objects.get()
    assert company.domain == "acme.de"
    at = dict(Contact.objects.values_list("email", "company__name"))
    assert at["a@gmail.com"] == at["b@acme.de"] == at["e@acme.de"] == company.name
    assert at["d@qq.com"] is None


def test_what_is_no_country_is_kept_as_an_own_field(cast: Cast) -> None:
    imported(
        cast,
        csv_of(["Email", "Country", "语言", "Time zone"], ["a@b.de", "Atlantis", "德语", "Europe/Berlin"]),
    )
    contact = Contact.objects.get()
    assert (contact.country, contact.language, contact.time_zone) == ("", "de", "Europe/Berlin")
    assert contact.custom == {"country": "Atlantis"}


def test_other_workspaces_are_not_touched(cast: Cast) -> None:
    theirs = contacts.create(cast.elsewhere, {"email": "a@b.de", "first_name": "Theirs", "company": "Shop"})
    assert isinstance(theirs, contacts.Saved)
    imported(cast, csv_of(HEADINGS, ["a@b.de", "Ours", "Shop", "", ""]))
    theirs.contact.refresh_from_db()
    assert theirs.contact.first_name == "Theirs"
    assert Contact.objects.filter(email_key="a@b.de").count() == 2
    assert Company.objects.filter(name="Shop").count() == 2


def test_a_full_disk_stops_it_before_anything_is_merged(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """/dev/full answers every write as a full disk does."""
    draft = tmp_path / "draft.csv"
    draft.symlink_to("/dev/full")
    monkeypatch.setattr(
        rejected_file, "NamedTemporaryFile", lambda *a, **k: draft.open("w", encoding="utf-8", newline="")
    )
    import_ = imported(cast, csv_of(HEADINGS, ["a@b.de", "", "", "", ""], ["bad", "", "", "", ""]))
    assert import_.state == ImportState.FAILED
    assert "No space left on device" in import_.error
    assert "Make room on the disk" in import_.error
    assert not Contact.objects.exists()
    assert not draft.is_symlink()
    monkeypatch.undo()
    importing.start(import_)
    importing.run(import_.pk)
    import_.refresh_from_db()
    assert (import_.state, import_.created, import_.rejected, import_.error) == ("done", 1, 1, "")


def test_a_file_that_is_gone_is_said(cast: Cast) -> None:
    import_ = ready(cast, csv_of(HEADINGS, ["a@b.de", "", "", "", ""]), language="en")
    files.remove(import_.path)
    importing.run(import_.pk)
    import_.refresh_from_db()
    assert (import_.state, "no longer there" in import_.error) == (ImportState.FAILED, True)


def test_a_job_of_an_import_that_is_over_does_nothing(cast: Cast) -> None:
    import_ = imported(cast, csv_of(HEADINGS, ["a@b.de", "", "", "", ""]))
    Contact.objects.all().delete()
    importing.run(import_.pk)
    importing.run(import_.pk + 1000)
    assert not Contact.objects.exists()
    assert Import.objects.get().created == 1


def test_cells_are_safe_in_a_spreadsheet() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "a=b", ""]
    assert spreadsheets.line(cells) == "'=1+1,'+1,'-1,'@x,'\tx,a=b,\r\n"
