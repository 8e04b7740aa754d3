"""The pages of the audience: who may see them, what they say, what they change."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.audience.files import csv_of, imported, list_of
from tests.cast import Cast, assert_private
from tests.web_audience.pages import body, person, text
from tradewind.accounts.models import AuditEntry
from tradewind.audience import contacts, subscriptions, suppression
from tradewind.audience.models import (
    Company,
    Contact,
    List,
    Suppression,
    SuppressionReason,
)

EDITORS = ("alice", "bob", "sam")


@pytest.mark.parametrize(
    "name", ["contacts", "count", "companies", "lists", "imports", "suppression", "sample"]
)
def test_every_member_sees_the_lists(cast: Cast, name: str) -> None:
    assert_private(cast, cast.url(f"audience:{name}"))
    person(cast, company="Acme")
    suppression.suppress(cast.workspace.pk, "x@y.de", SuppressionReason.MANUAL)
    assert_private(cast, cast.url(f"audience:{name}"))


@pytest.mark.parametrize(
    "name", ["contact_new", "import_new", "suppression_add", "export", "suppression_export"]
)
def test_viewers_change_nothing_and_take_nothing_along(cast: Cast, name: str) -> None:
    assert_private(cast, cast.url(f"audience:{name}"), allowed=EDITORS)


def test_pages_of_one_row(cast: Cast) -> None:
    anna = person(cast, company="Acme")
    fair = list_of(cast)
    import_ = imported(cast, csv_of(["Email"], ["a@b.de"], ["bad"]))
    suppression.suppress(cast.workspace.pk, "x@y.de", SuppressionReason.MANUAL)
    row = Suppression.objects.get()
    for name, pk in (
        ("contact", anna.pk),
        ("company", anna.company_id),
        ("list", fair.pk),
        ("import", import_.pk),
    ):
        assert_private(cast, cast.url(f"audience:{name}", pk))
    assert_private(cast, cast.url("audience:import_rejected", import_.pk), allowed=EDITORS)
    for name, pk in (("contact_edit", anna.pk), ("company_edit", anna.company_id), ("list_edit", fair.pk)):
        assert_private(cast, cast.url(f"audience:{name}", pk), allowed=EDITORS)
    assert_private(cast, cast.url("audience:suppression_release", row.pk), allowed=EDITORS)


def test_a_stranger_reaches_no_row_through_their_own_workspace(cast: Cast) -> None:
    anna = person(cast, company="Acme")
    fair = list_of(cast)
    import_ = imported(cast, csv_of(["Email"], ["a@b.de"], ["bad"]))
    suppression.suppress(cast.workspace.pk, "x@y.de", SuppressionReason.MANUAL)
    row = Suppression.objects.get()
    charlie = cast.client(cast.charlie)
    pages: list[tuple[str, Any]] = [
        ("contact", anna),
        ("contact_edit", anna),
        ("company", anna.company),
        ("company_edit", anna.company),
    ]
    pages += [("list", fair), ("list_edit", fair), ("import", import_), ("import_map", import_)]
    pages += [("import_progress", import_), ("import_rejected", import_), ("suppression_release", row)]
    for name, target in pages:
        assert target is not None
        url = cast.url(f"audience:{name}", target.pk, workspace=cast.elsewhere)
        assert charlie.get(url).status_code == 404, name
    for name in ("contact_delete", "subscribe", "unsubscribe", "come_back"):
        url = cast.url(f"audience:{name}", anna.pk, workspace=cast.elsewhere)
        assert charlie.post(url, {"list": fair.pk}).status_code == 404, name
    seen = charlie.get(
        cast.url("audience:contacts", workspace=cast.elsewhere, list=fair.pk, company=anna.company_id)
    )
    assert "anna@acme.de" not in text(seen)


def test_viewers_cannot_post(cast: Cast) -> None:
    anna, fair = person(cast), list_of(cast)
    dora = cast.client(cast.dora)
    for name in ("contact_delete", "subscribe", "unsubscribe", "come_back", "contact_edit"):
        assert dora.post(cast.url(f"audience:{name}", anna.pk), {"list": fair.pk}).status_code == 403, name
    assert dora.post(cast.url("audience:lists"), {"name": "Mine"}).status_code == 403
    assert dora.post(cast.url("audience:import_new"), {"sample": "1"}).status_code == 403
    assert not anna.subscriptions.exists()


def test_empty_pages_teach(cast: Cast) -> None:
    bob = cast.client(cast.bob)
    for name in ("contacts", "companies", "lists", "imports"):
        page = text(bob.get(cast.url(f"audience:{name}")))
        assert cast.url("audience:import_new") in page, name
        assert "tw-empty" in page


def test_search_and_filters(cast: Cast) -> None:
    fair = list_of(cast)
    anna = person(cast, first_name="Anna", country="DE", source="Fair", company="Acme")
    person(cast, "li@light.cn", last_name="李", first_name="娜", country="CN", source="Web")
    person(cast, "none@x.com")
    subscriptions.subscribe(fair, [anna.pk])
    bob = cast.client(cast.bob)
    doors: list[tuple[dict[str, Any], set[str]]] = [
        ({"q": "anna"}, {"anna@"}),
        ({"q": "李娜"}, {"li@"}),
        ({"list": fair.pk}, {"anna@"}),
        ({"list": fair.pk, "state": "unsubscribed"}, set()),
        ({"country": "CN"}, {"li@"}),
        ({"country": "-"}, {"none@"}),
        ({"source": "Fair"}, {"anna@"}),
        ({"source": "-"}, {"none@"}),
        ({"company": anna.company_id}, {"anna@"}),
        ({"q": "nobody here"}, set()),
        (
            {"list": "x' OR 1=1", "country": "\0", "before": "-1", "company": "9" * 30},
            {"anna@", "li@", "none@"},
        ),
    ]
    for query, found in doors:
        page = text(bob.get(cast.url("audience:contacts", **query)))
        seen = {name for name in ("anna@", "li@", "none@") if name in page}
        assert seen == found, query


def test_pages_go_on_to_the_last_contact(cast: Cast) -> None:
    imported(cast, csv_of(["Email"], *[[f"p{i:03}@acme.de"] for i in range(120)]))
    bob = cast.client(cast.bob)
    url = cast.url("audience:contacts")
    query = ""
    seen: set[str] = set()
    for _page in range(3):
        page = text(bob.get(url + query))
        seen |= set(re.findall(r"p\d{3}@acme\.de", page))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        query = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == 120
    assert query == ""


def test_a_new_contact_and_what_was_typed_stays_after_an_error(cast: Cast) -> None:
    bob = cast.client(cast.bob)
    fair = list_of(cast)
    url = cast.url("audience:contact_new")
    wrong = text(bob.post(url, {"email": "anna@acme", "first_name": "Änna", "custom": "Incoterm: FOB"}))
    assert "has no dot" in wrong
    assert 'value="Änna"' in wrong
    assert "Incoterm: FOB" in wrong
    no_colon = text(bob.post(url, {"email": "anna@acme.de", "custom": "Incoterm FOB"}))
    assert "not name: value" in no_colon
    made = bob.post(
        url, {"email": "anna@acme.de", "country": "DE", "custom": "Incoterm： FOB", "list": fair.pk}
    )
    anna = Contact.objects.get()
    assert made["Location"] == cast.url("audience:contact", anna.pk)
    assert (anna.custom, anna.subscriptions.get().list) == ({"incoterm": "FOB"}, fair)
    again = text(bob.post(url, {"email": "ANNA@acme.de"}))
    assert cast.url("audience:contact", anna.pk) in again
    assert AuditEntry.objects.filter(action="contact.created", actor=cast.bob).count() == 1


def test_editing_changes_only_what_was_changed(cast: Cast) -> None:
    anna = person(cast, first_name="Anna", company="Acme", country="DE")
    bob = cast.client(cast.bob)
    url = cast.url("audience:contact_edit", anna.pk)
    assert 'value="Anna"' in text(bob.get(url))
    bob.post(url, {"email": "anna@acme.de", "first_name": "Anne", "company": "Acme", "country": "FR"})
    anna.refresh_from_db()
    assert (anna.first_name, anna.country, anna.company and anna.company.name) == ("Anne", "FR", "Acme")


def test_the_contact_page_says_whether_a_mail_goes(cast: Cast) -> None:
    anna, fair = person(cast), list_of(cast)
    bob = cast.client(cast.bob)
    url = cast.url("audience:contact", anna.pk)
    assert "on no list" in text(bob.get(url))
    bob.post(cast.url("audience:subscribe", anna.pk), {"list": fair.pk})
    assert "Will get the next mail" in text(bob.get(url))
    bob.post(cast.url("audience:unsubscribe", anna.pk))
    page = text(bob.get(url))
    assert "The address is on the suppression list." in page
    assert "They want to hear from us again" in page
    assert "How do you know" in text(bob.post(cast.url("audience:come_back", anna.pk), {"basis": "customer"}))
    bob.post(cast.url("audience:come_back", anna.pk), {"basis": "customer", "note": "Mail of 3 May"})
    page = text(bob.get(url))
    assert "Will get the next mail" in page
    assert "Mail of 3 May" in page


def test_what_stands_in_a_contact_is_shown_not_run(cast: Cast) -> None:
    evil = "<script>alert(1)</script>"
    anna = person(cast, first_name=evil, notes=evil, company=evil, source=evil)
    bob = cast.client(cast.bob)
    for url in (
        cast.url("audience:contact", anna.pk),
        cast.url("audience:contacts"),
        cast.url("audience:companies"),
        cast.url("audience:contact_edit", anna.pk),
    ):
        assert evil not in text(bob.get(url))


def test_deleting(cast: Cast) -> None:
    anna = person(cast)
    suppression.suppress(cast.workspace.pk, anna.email_key, SuppressionReason.COMPLAINED)
    cast.client(cast.bob).post(cast.url("audience:contact_delete", anna.pk))
    assert not Contact.objects.exists()
    assert Suppression.objects.exists()


def test_lists(cast: Cast) -> None:
    bob = cast.client(cast.bob)
    bob.post(cast.url("audience:lists"), {"name": " Canton  Fair "})
    fair = List.objects.get()
    assert fair.name == "Canton Fair"
    assert "already a list" in text(bob.post(cast.url("audience:lists"), {"name": "canton fair"}))
    bob.post(cast.url("audience:list_edit", fair.pk), {"name": "CANTON FAIR", "description": "Spring"})
    fair.refresh_from_db()
    assert (fair.name, fair.description) == ("CANTON FAIR", "Spring")
    assert f"?list={fair.pk}" in text(bob.get(cast.url("audience:list", fair.pk)))


def test_companies(cast: Cast) -> None:
    anna = person(cast, company="Acme")
    person(cast, "bert@other.de", company="Other")
    bob = cast.client(cast.bob)
    url = cast.url("audience:company_edit", anna.company_id)
    assert "Another company" in text(bob.post(url, {"name": "OTHER"}))
    assert "no dot" in text(bob.post(url, {"name": "Acme", "domain": "acme"}))
    bob.post(url, {"name": "Acme AG", "domain": "@ACME.de", "country": "DE", "owner": cast.sam.pk})
    acme = Company.objects.get(name="Acme AG")
    assert (acme.name, acme.domain, acme.owner) == ("Acme AG", "acme.de", cast.sam)
    assert "choice" in text(bob.post(url, {"name": "Acme AG", "owner": cast.charlie.pk}))


def test_export_is_complete_and_safe(cast: Cast) -> None:
    person(cast, first_name="=cmd()", phone="+49 30", company="Acme")
    contacts.update(Contact.objects.get(), {"custom": {"moq": 500}})
    person(cast, "li@light.cn", country="CN")
    bob = cast.client(cast.bob)
    lines = body(bob.get(cast.url("audience:export"))).splitlines()
    assert lines[0].endswith("Notes,moq")
    assert lines[1] == "anna@acme.de,'=cmd(),,Acme,,'+49 30,,,,,,,500"
    assert len(lines) == 3
    assert len(body(bob.get(cast.url("audience:export", country="CN"))).splitlines()) == 2
    assert AuditEntry.objects.filter(action="contacts.exported").count() == 2


def test_suppression(cast: Cast) -> None:
    bob = cast.client(cast.bob)
    add = cast.url("audience:suppression_add")
    assert "at least one" in text(bob.post(add, {"reason": "manual"}))
    file = SimpleUploadedFile("old.csv", b"\xef\xbb\xbfc@d.de,Carl\r\nrival.example\r\n")
    page = text(
        bob.post(add, {"values": "a@b.de\nrubbish", "file": file, "reason": "imported", "note": "old tool"})
    )
    assert "3 added" in page
    assert "rubbish" in page
    assert {row.value for row in Suppression.objects.all()} == {"a@b.de", "c@d.de", "rival.example"}
    row = Suppression.objects.get(value="a@b.de")
    release = cast.url("audience:suppression_release", row.pk)
    assert text(bob.post(release, {}))
    assert Suppression.objects.filter(pk=row.pk).exists()
    bob.post(release, {"why": "asked by phone"})
    assert not Suppression.objects.filter(pk=row.pk).exists()
    assert "asked by phone" in AuditEntry.objects.get(action="suppression.released").summary
    assert "rival.example" in text(bob.get(cast.url("audience:suppression", q="RIV", reason="imported")))
    assert "c@d.de,Address,From an imported list,old tool" in body(
        bob.get(cast.url("audience:suppression_export"))
    )
