"""Files as they come: encodings, delimiters, quotes, and what is no table at all."""

import codecs

import pytest

from tests.audience.files import csv_of, imported, rejected, uploaded
from tests.cast import Cast
from tradewind.audience import importing
from tradewind.audience.importing import FileProblem, ImportProblem, limits
from tradewind.audience.models import Contact, Import, ImportState

CHINESE = (
    "邮箱,姓名,公司,国家,展位号\r\nwang@lantern.cn,王伟,宁波灯具,中国,8.1A\r\nli@light.de,李娜,光明,德国,\r\n"
)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CHINESE.encode(), "utf-8-sig"),
        (codecs.BOM_UTF8 + CHINESE.encode(), "utf-8-sig"),
        (CHINESE.encode("gbk"), "gb18030"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_a_chinese_file_in_any_encoding(cast: Cast, content: bytes, encoding: str) -> None:
    import_ = imported(cast, content)
    assert (import_.encoding, import_.state, import_.created) == (encoding, ImportState.DONE, 2)
    wang = Contact.objects.get(email_key="wang@lantern.cn")
    assert (wang.last_name, wang.first_name, wang.full_name) == ("王", "伟", "王伟")
    assert (wang.country, wang.custom, wang.source) == ("CN", {"展位号": "8.1A"}, "Canton Fair 2026")
    assert wang.company is not None
    assert (wang.company.name, wang.company.domain) == ("宁波灯具", "lantern.cn")


def test_a_latin_file(cast: Cast) -> None:
    content = (
        "Email;Name;Company\na@buecher.de;Jörg Müßig;Bücher Größe\nb@x.fr;Élodie Béné;Café à Ça\n".encode(
            "cp1252"
        )
    )
    import_ = imported(cast, content)
    assert (import_.encoding, import_.delimiter) == ("cp1252", ";")
    assert Contact.objects.get(email_key="a@buecher.de").last_name == "Müßig"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(cast: Cast, delimiter: str) -> None:
    rows = [["Name", "E-mail", "Notes"], ["Anna", "a@b.de", '"one, two; three\n\tfour | five"']]
    import_ = imported(cast, "\n".join(delimiter.join(row) for row in rows).encode())
    assert import_.delimiter == delimiter
    assert Contact.objects.get().notes == "one, two; three\n\tfour | five"


def test_a_file_without_headings(cast: Cast) -> None:
    import_ = imported(cast, b"a@b.de,Anna\nc@d.de,Carl\n")
    assert not import_.has_headings
    assert import_.mapping == {"#1": "email", "#2": "custom.field_2"}
    assert import_.created == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", FileProblem.EMPTY),
        (b" \r\n\r\n", FileProblem.EMPTY),
        (codecs.BOM_UTF8, FileProblem.EMPTY),
        (b"email,name\r\n", FileProblem.NO_ROWS),
        (b"PK\x03\x04 a workbook", FileProblem.WORKBOOK),
        (bytes(range(256)) * 4 + b"\0" * 1000, FileProblem.NOT_TEXT),
        (b"email," + b"x" * 1_100_000 + b"\n", FileProblem.LONG_LINE),
        (",".join(f"column {i}" for i in range(10_000)).encode() + b"\na@b.de", FileProblem.TOO_MANY_COLUMNS),
        (b'email,"name\na@b.de,x\n', FileProblem.BROKEN_HEADINGS),
    ],
)
def test_what_is_no_table_is_said_and_not_kept(cast: Cast, content: bytes, reason: FileProblem) -> None:
    folder = importing.files.full("imports")
    before = set(folder.iterdir()) if folder.exists() else set()
    with pytest.raises(ImportProblem) as caught:
        imported(cast, content)
    assert caught.value.reason is reason
    assert str(caught.value)
    assert not Import.objects.exists()
    assert set(folder.iterdir()) == before


def test_quotes_broken_in_many_places(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BROKEN_QUOTES", 3)
    rows = (b'"open\n' + b"a@b.de\n" * limits.MOST_LINES_IN_A_ROW) * 5
    import_ = imported(cast, b"email\n" + rows)
    assert import_.state == ImportState.FAILED
    assert "In more than 3 rows a quotation mark opens and never closes" in import_.error
    assert not Contact.objects.exists()


def test_ten_thousand_columns_are_counted_in_the_sentence(cast: Cast) -> None:
    with pytest.raises(ImportProblem, match="This file has 10,000 columns; at most 200 can be read"):
        uploaded(cast, ",".join(["x"] * 10_000).encode())


def test_a_file_that_is_too_big(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_MIB", 1)
    with pytest.raises(ImportProblem, match="larger than 1 MiB"):
        importing.upload(cast.workspace, cast.bob, "big.csv", iter([b"a,b\n" * 200_000] * 2), "en")


def test_no_address_column(cast: Cast) -> None:
    import_ = uploaded(cast, b"Name,Town\nAnna,Bonn\n")
    assert "email" not in import_.mapping.values()
    with pytest.raises(ImportProblem, match="Choose the column"):
        importing.start(import_)
    with pytest.raises(ImportProblem, match="Two columns"):
        importing.remap(import_, {"Name": "email", "Town": "email"})
    with pytest.raises(ImportProblem, match="not a field"):
        importing.remap(import_, {"Name": "email", "Town": "password"})


def test_nobody_is_imported_without_source_and_basis(cast: Cast) -> None:
    import_ = uploaded(cast, csv_of(["Email"], ["a@b.de"]))
    with pytest.raises(ImportProblem, match="Say where these addresses come from"):
        importing.start(import_)


def test_bytes_of_another_encoding_cost_their_row_only(cast: Cast) -> None:
    good = (
        "邮箱,姓名\r\na@b.de,王伟\r\n".encode() + "c@d.de,李娜\r\n".encode("gbk") + "e@f.de,张三\r\n".encode()
    )
    import_ = imported(cast, good)
    assert (import_.created, import_.rejected) == (2, 1)
    text = rejected(import_).read_text(encoding="utf-8-sig")
    assert "3,Some characters are not written in the encoding" in text
    assert "c@d.de,李娜" in text


def test_nul_control_characters_and_long_cells(cast: Cast) -> None:
    rows = [
        "email,name,notes,company",
        "a@b.de,A\x00nna,,",
        "c@d.de,Ca\x07rl\x1b[31m,two\x0blines,",
        f"e@f.de,{'E' * 300},,",
    ]
    rows += [f"g@h.de,Gina,{'n' * 20_000},", f"i@j.de,Ina,{'n' * 9_000},x", "k@l.de,Kurt,,x,y,z"]
    import_ = imported(cast, "\r\n".join(rows).encode())
    assert (import_.created, import_.rejected) == (2, 4)
    carl = Contact.objects.get(email_key="c@d.de")
    assert (carl.first_name, carl.last_name, carl.notes) == ("Ca rl", "[31m", "two lines")
    text = rejected(import_).read_text(encoding="utf-8-sig")
    for sentence in (
        "NUL character",
        "text in “name” is too long",
        "text in “notes” is too long",
        "more cells than there are headings",
    ):
        assert sentence in text


def test_an_unclosed_quote_costs_its_row_only(cast: Cast) -> None:
    rows = [
        "email,name",
        "a@b.de,Anna",
        'c@d.de,"Carl',
        *[f"n{i}@x.de,N" for i in range(1200)],
        'e@f.de,"Emil ""the"" third"',
    ]
    import_ = imported(cast, "\n".join(rows).encode())
    assert (import_.rejected, import_.created) == (1, 1202)
    assert "3,A quotation mark opens in this row" in rejected(import_).read_text(encoding="utf-8-sig")
    assert Contact.objects.get(email_key="e@f.de").last_name.endswith("third")
    last = imported(cast, b'email,name\nq@b.de,Anna\nc@d.de,"Carl\nx@y.de,X')
    assert (last.rejected, last.created) == (1, 2)


def test_reading_it_another_way(cast: Cast) -> None:
    import_ = uploaded(cast, "email;name\na@b.de;中".encode("gbk"))
    importing.reread(import_, "gb18030", ",", has_headings=True)
    assert import_.headings == ["email;name"]
    importing.reread(import_, "gb18030", ";", has_headings=False)
    assert import_.headings == ["#1", "#2"]
    with pytest.raises(ValueError, match="unknown encoding"):
        importing.reread(import_, "rot13", ";", has_headings=True)


def test_preview(cast: Cast) -> None:
    rows = [
        ["Email", "Name", "Stand"],
        ["a@b.de", "Anna Berg", "8.1"],
        ["nobody", "X", ""],
        ["a@b.de", "Again", ""],
    ]
    seen = importing.preview(uploaded(cast, csv_of(*rows, *[[f"p{i}@b.de", "P", ""] for i in range(40)])))
    assert (seen.checked, seen.rejected, seen.duplicates, seen.complete) == (43, 1, 1, True)
    assert len(seen.rows) == 20
    assert seen.rows[0].staged is not None
    assert (seen.rows[0].staged.first_name, seen.rows[0].staged.last_name) == ("Anna", "Berg")
    assert "no @" in seen.rows[1].problem
    assert "row 2" in seen.rows[2].problem
    assert [(c.heading, c.target) for c in seen.columns] == [
        ("Email", "email"),
        ("Name", "full_name"),
        ("Stand", "custom.stand"),
    ]
    assert seen.reasons == [("The e-mail address has no @.", 1)]
