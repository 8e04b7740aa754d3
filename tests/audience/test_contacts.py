"""One contact at a time: saved by rules, found by words."""

import pytest

from tests.cast import Cast
from tradewind.audience import companies, contacts
from tradewind.audience.contacts import Invalid, Saved
from tradewind.audience.models import Contact


def made(cast: Cast, **values: object) -> Contact:
    saved = contacts.create(cast.workspace, values)
    assert isinstance(saved, Saved), saved
    return saved.contact


def test_create(cast: Cast) -> None:
    wang = made(
        cast,
        email="Wang@Lantern.CN",
        first_name="伟",
        last_name="王",
        country="中国",
        language="中文",
        time_zone="Asia/Shanghai",
        company="宁波灯具",
        phone="'+86 574",
        notes="one\r\ntwo\x07",
        custom={"Last Quote": "900", "MOQ": 500, "vip": True},
    )
    wang.refresh_from_db()
    assert (wang.email_key, wang.country, wang.language, wang.phone) == (
        "wang@lantern.cn",
        "CN",
        "zh-Hans",
        "+86 574",
    )
    assert (wang.notes, wang.custom) == ("one\ntwo", {"last_quote": "900", "moq": 500, "vip": True})
    assert wang.company is not None
    assert (wang.company.domain, str(wang)) == ("lantern.cn", "王伟")


def test_one_address_is_one_contact(cast: Cast) -> None:
    anna = made(cast, email="anna@acme.de")
    again = contacts.create(cast.workspace, {"email": "ANNA@acme.de"})
    assert isinstance(again, Invalid)
    assert again.existing == anna
    carl = made(cast, email="carl@acme.de")
    stolen = contacts.update(carl, {"email": "anna@acme.de"})
    assert isinstance(stolen, Invalid)
    assert "already" in str(stolen.errors["email"])


def test_update_touches_only_what_it_names(cast: Cast) -> None:
    anna = made(cast, email="anna@acme.de", first_name="Anna", country="DE", company="Acme")
    Contact.objects.filter(pk=anna.pk).update(first_name="Changed by a colleague")
    assert isinstance(contacts.update(anna, {"country": "法国"}), Saved)
    anna.refresh_from_db()
    assert (anna.first_name, anna.country, anna.company and anna.company.name) == (
        "Changed by a colleague",
        "FR",
        "Acme",
    )
    assert isinstance(contacts.update(anna, {"company": ""}), Saved)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "anna"}, "email"),
        ({}, "email"),
        ({"email": "a@b.de", "country": "Atlantis"}, "country"),
        ({"email": "a@b.de", "language": "Klingonese"}, "language"),
        ({"email": "a@b.de", "time_zone": "Mars/Base"}, "time_zone"),
        ({"email": "a@b.de", "first_name": "x" * 300}, "first_name"),
        ({"email": "a@b.de", "company": "x" * 300}, "company"),
        ({"email": "a@b.de", "notes": "x" * 20_000}, "notes"),
        ({"email": "a@b.de", "custom": ["no mapping"]}, "custom"),
    ],
)
def test_what_cannot_be_saved(cast: Cast, values: dict[str, object], field: str) -> None:
    answer = contacts.create(cast.workspace, values)
    assert isinstance(answer, Invalid)
    assert list(answer.errors) == [field]
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("anna", {"anna.schmidt@acme-gmbh.de"}),
        ("SCHM", {"anna.schmidt@acme-gmbh.de"}),
        ("anna acme", {"anna.schmidt@acme-gmbh.de"}),
        ("anna.schmidt@acme-gmbh.de", {"anna.schmidt@acme-gmbh.de"}),
        ("werkzeug", {"anna.schmidt@acme-gmbh.de"}),
        ("anna werkzeug", {"anna.schmidt@acme-gmbh.de"}),
        ("anna 灯具", set()),
        ("王伟", {"wang@lantern.cn"}),
        ("灯具", {"wang@lantern.cn"}),
        ("喜欢红", {"wang@lantern.cn"}),
        ("574", {"wang@lantern.cn"}),
        ("müller", {"müller@bücher.de"}),
        ("'); DROP TABLE & | ! <->", set()),
        ("%", set()),
        ("", {"anna.schmidt@acme-gmbh.de", "wang@lantern.cn", "müller@bücher.de"}),
    ],
)
def test_search(cast: Cast, text: str, found: set[str]) -> None:
    made(
        cast,
        email="anna.schmidt@acme-gmbh.de",
        first_name="Anna",
        last_name="Schmidt",
        company="Acme Werkzeuge",
    )
    made(
        cast,
        email="wang@lantern.cn",
        first_name="伟",
        last_name="王",
        company="宁波灯具",
        phone="+86-574-8888",
        notes="他喜欢红色",
    )
    made(cast, email="Müller@bücher.de")
    contacts.create(cast.elsewhere, {"email": "anna.schmidt@acme-gmbh.de", "company": "Acme Werkzeuge"})
    answer = contacts.search(cast.workspace, text)
    assert {contact.email.lower() for contact in answer} == found
    assert all(contact.workspace_id == cast.workspace.pk for contact in answer)


def test_companies_are_found_too(cast: Cast) -> None:
    made(cast, email="anna@acme-gmbh.de", company="Acme Werkzeuge")
    assert [c.name for c in companies.search(cast.workspace, "werk")] == ["Acme Werkzeuge"]
    assert [c.name for c in companies.search(cast.workspace, "gmbh.de")] == ["Acme Werkzeuge"]
    assert not companies.search(cast.workspace, "?")
