"""Countries, languages, names, headings: what people write, understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.audience import companies
from tradewind.audience.countries import (
    all_countries,
    country_code,
    country_name,
    language_code,
    language_name,
)
from tradewind.audience.importing.headings import Field, custom_key, named, propose, recognise
from tradewind.audience.names import split_name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("中国", "CN"),
        ("Germany", "DE"),
        ("德国", "DE"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("USA", "US"),
        ("usa ", "US"),
        ("DEU", "DE"),
        ("de", "DE"),
        ("The Netherlands", "NL"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("阿联酋", "AE"),
        ("韩国", "KR"),
        ("South Korea", "KR"),
        ("香港", "HK"),
        ("Hong Kong SAR China", "HK"),
        ("英国", "GB"),
        ("Viet Nam", "VN"),
        ("Côte d'Ivoire", "CI"),
        ("Bosnia and Herzegovina", "BA"),
        ("捷克", "CZ"),
        ("KOR", "KR"),
        ("Deutschland", "DE"),
        ("Atlantis", None),
        ("", None),
        ("Europe", None),
        ("world", None),
    ],
)
def test_countries(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_every_country_is_found_by_its_own_names() -> None:
    for language in ("en", "zh-hans"):
        for code, name in all_countries(language):
            assert country_code(name) == code, name
    assert country_name("DE", "zh-hans") == "德国"
    assert len(all_countries("en")) >= 249


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("德语", "de"),
        ("German", "de"),
        ("pt_BR", "pt-BR"),
        ("中文", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("EN", "en"),
        ("Klingonese", None),
        ("", None),
    ],
)
def test_languages(text: str, code: str | None) -> None:
    assert language_code(text) == code


def test_languages_have_names() -> None:
    assert language_name("zh-Hans", "zh-hans") == "简体中文"
    assert language_name("de") == "German"


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Anna Schmidt", "Anna", "Schmidt"),
        ("Schmidt, Anna", "Anna", "Schmidt"),
        ("Mr. John Smith", "John", "Smith"),
        ("Cher", "Cher", ""),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("王伟", "伟", "王"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("王先生", "", "王"),
        ("李总", "", "李"),
        ("田中 太郎", "太郎", "田中"),
        ("宁波灯具有限公司", "宁波灯具有限公司", ""),
        ("", "", ""),
    ],
)
def test_names(full: str, first: str, last: str) -> None:
    assert split_name(full) == (first, last)


@given(st.text(max_size=40))
def test_no_letter_of_a_plain_name_is_lost(full: str) -> None:
    first, last = split_name(full)
    assert len(first) + len(last) <= len(full)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("邮箱", Field.EMAIL),
        ("电子邮件", Field.EMAIL),
        ("E-mail", Field.EMAIL),
        ("EMAIL ADDRESS", Field.EMAIL),
        ("邮箱（必填）", Field.EMAIL),
        ("Email*", Field.EMAIL),
        ("邮箱/Email", Field.EMAIL),
        ("姓名", Field.FULL_NAME),
        ("名", Field.FIRST_NAME),
        ("姓", Field.LAST_NAME),
        ("first_name", Field.FIRST_NAME),
        ("First Name", Field.FIRST_NAME),
        ("公司", Field.COMPANY),
        ("Company", Field.COMPANY),
        ("国家", Field.COUNTRY),
        ("国家/地区", Field.COUNTRY),
        ("职位", Field.JOB_TITLE),
        ("电话", Field.PHONE),
        ("来源", Field.SOURCE),
        ("行业", Field.INDUSTRY),
        ("语言", Field.LANGUAGE),
        ("备注", Field.NOTES),
        ("展位号", None),
        ("", None),
        ("Incoterm", None),
    ],
)
def test_headings(heading: str, field: Field | None) -> None:
    assert recognise(heading) is field


def test_unknown_headings_become_own_fields_and_empty_columns_are_left_out() -> None:
    mapping = propose(
        ["邮箱", "展位号", "Last quote (USD)", "empty", "Mail"], [["a@b.de", "8.1", "900", "", "c@d.de"]]
    )
    assert mapping == {
        "邮箱": "email",
        "展位号": "custom.展位号",
        "Last quote (USD)": "custom.last_quote_usd",
        "empty": "",
        "Mail": "custom.mail",
    }


def test_the_address_column_is_found_by_what_stands_in_it() -> None:
    assert propose(["Kontakt", "Wo"], [["a@b.de", "Köln"], ["c@d.de", "Bonn"]])["Kontakt"] == "email"


def test_headings_are_told_apart() -> None:
    assert named(["Name", "Name", "", " Name "]) == ["Name", "Name (2)", "#3", "Name (3)"]
    assert custom_key("2026 %") == "field_2026"


def test_free_mail_is_no_company() -> None:
    assert companies.company_domain("qq.com") == ""
    assert companies.company_domain("gmail.com") == ""
    assert companies.company_domain("acme-gmbh.de") == "acme-gmbh.de"
