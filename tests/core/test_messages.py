"""Extraction, check and compilation of translations, on a small source tree of its own."""

import gettext
from pathlib import Path

import pytest

from tradewind.core import messages

CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext
_("Import")
ngettext("%(count)s contact", "%(count)s contacts", 3)
pgettext("verb", "Open")
"""
TEMPLATE = """{% load i18n %}<p>{% translate 'A "quoted" word' %}
{% translate 'Open' context 'state' %}
{{ name|default:_("Nobody") }}
{% blocktranslate trimmed count n=total %}
  One mail to {{ who }}
{% plural %}
  {{ n }} mails to {{ who }}
{% endblocktranslate %}</p>"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "audience").mkdir()
    (tmp_path / "audience" / "views.py").write_text(CODE, encoding="utf-8")
    templates = tmp_path / "web" / "today" / "templates" / "today"
    templates.mkdir(parents=True)
    (templates / "page.html").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def _fill(po: Path, translations: dict[str, str]) -> None:
    text = po.read_text(encoding="utf-8")
    for english, chinese in translations.items():
        assert f'{english}"\nmsgstr' in text, english
        text = text.replace(f'{english}"\nmsgstr ""', f'{english}"\nmsgstr "{chinese}"')
        text = text.replace(f'{english}"\nmsgstr[0] ""', f'{english}"\nmsgstr[0] "{chinese}"')
    po.write_text(text, encoding="utf-8")


def test_what_is_found_and_where_it_belongs(source: Path) -> None:
    audience = messages.texts(source / "audience", source)
    assert [(t.singular, t.plural, t.context) for t in audience] == [
        ("Import", None, None),
        ("%(count)s contact", "%(count)s contacts", None),
        ("Open", None, "verb"),
    ]
    assert messages.texts(source / "web", source) == []
    page = messages.texts(source / "web" / "today", source)
    assert {(t.singular, t.plural, t.context) for t in page} == {
        ('A "quoted" word', None, None),
        ("Open", None, "state"),
        ("Nobody", None, None),
        ("One mail to %(who)s", "%(n)s mails to %(who)s", None),
    }


def test_missing_then_complete_then_compiled(source: Path) -> None:
    assert sum("is missing" in fault for fault in messages.check(source)) == 7
    messages.extract(source)
    assert sum("is not translated" in fault for fault in messages.check(source)) == 7
    po = messages.po_file(source / "audience", "zh_Hans")
    _fill(po, {"Import": "导入", "%(count)s contacts": "%(count)s 位客户", "Open": "打开"})
    assert not [fault for fault in messages.check(source) if fault.startswith("audience")]
    messages.compile_all(source)
    with po.with_suffix(".mo").open("rb") as stream:
        chinese = gettext.GNUTranslations(stream)
    assert chinese.gettext("Import") == "导入"
    assert chinese.ngettext("%(count)s contact", "%(count)s contacts", 3) == "%(count)s 位客户"
    assert chinese.pgettext("verb", "Open") == "打开"
    assert messages.compile_all(source) == []


def test_other_placeholders_and_fuzzy_are_faults(source: Path) -> None:
    messages.extract(source)
    po = messages.po_file(source / "audience", "zh_Hans")
    _fill(po, {"Import": "导入", "%(count)s contacts": "%(number)s 位客户", "Open": "打开"})
    po.write_text(po.read_text("utf-8").replace('msgid "Import"', '#, fuzzy\nmsgid "Import"'), "utf-8")
    faults = [fault for fault in messages.check(source) if fault.startswith("audience")]
    assert len(faults) == 2
    assert "fuzzy" in "".join(faults) and "%(number)s" in "".join(faults)


def test_extract_keeps_translations_drops_unused_and_is_steady(source: Path) -> None:
    messages.extract(source)
    po = messages.po_file(source / "audience", "zh_Hans")
    _fill(po, {"Import": "导入"})
    messages.extract(source)
    before = po.read_text("utf-8")
    assert "导入" in before
    messages.extract(source)
    assert po.read_text("utf-8") == before
    (source / "audience" / "views.py").write_text('_("Other")', encoding="utf-8")
    messages.extract(source)
    assert "导入" not in po.read_text("utf-8")
