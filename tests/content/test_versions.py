"""Versions are immutable and made once; previews show what one person would see."""

import pytest

from tests.cast import Cast
from tradewind.content import starting, versions
from tradewind.content.models import Link, Template
from tradewind.content.preview import CannotPreview, render, sample_values


@pytest.fixture
def template(cast: Cast) -> Template:
    return starting.from_starter(cast.workspace, "introduction.en", cast.alice)


def test_freezing_twice_makes_one_version(template: Template) -> None:
    first = versions.freeze(template)
    assert (first.number, versions.freeze(template).pk) == (1, first.pk)
    assert first.merge_fields == sorted(first.merge_fields)
    assert "unsubscribe_url" in first.merge_fields
    assert [link.url for link in first.links.order_by("position")] == ["https://www.example.com/catalogue"]


def test_a_change_makes_a_new_version_and_leaves_the_old(template: Template) -> None:
    first = versions.freeze(template)
    html = first.html
    template.mjml = template.mjml.replace("2027", "2028")
    template.save(update_fields=["mjml"])
    second = versions.freeze(template)
    first.refresh_from_db()
    assert (second.number, first.html) == (2, html)
    assert "2028" in second.html
    template.mjml = template.mjml.replace("2028", "2027")
    assert versions.freeze(template).pk == first.pk
    assert Link.objects.filter(version=second).count() == 1


def test_what_cannot_be_compiled_is_not_frozen(template: Template) -> None:
    template.mjml = "<mjml>"
    with pytest.raises(versions.CannotFreeze, match="never closed"):
        versions.freeze(template)
    assert not template.versions.exists()


def test_rendering_for_a_contact(cast: Cast, template: Template) -> None:
    from tradewind.audience.models import Contact

    contact = Contact(email="jo@x.example", first_name="Jo <3", country="FR", custom={"size": "L"})
    values = sample_values(contact, cast.workspace)
    assert (values["country_name"], values["company"], values["custom"]) == ("France", "", {"size": "L"})
    assert values["workspace_name"] == "Ningbo Lantern Co., Ltd."
    shown = render(template, values)
    assert "Hello Jo &lt;3," in shown.html
    assert "Hello Jo <3," in shown.text
    assert shown.subject == "Your range and our garden lanterns"
    frozen = render(versions.freeze(template), values)
    assert frozen == shown


def test_a_value_cannot_add_a_header_line(template: Template) -> None:
    template.subject = "Hi {{ first_name }}"
    shown = render(template, {**sample_values(None), "first_name": "A\r\nBcc: x@y.z"})
    assert shown.subject == "Hi A Bcc: x@y.z"


def test_what_cannot_be_rendered_says_why(template: Template) -> None:
    template.subject = "{% for i in (1..9999) %}x{% endfor %}"
    with pytest.raises(CannotPreview, match="1000 times"):
        render(template, sample_values(None))


def test_blank_and_copy(cast: Cast) -> None:
    blank = starting.blank(cast.workspace, "Mine", cast.alice)
    twin = starting.copy(blank, "Mine, again")
    assert twin.pk != blank.pk
    assert twin.mjml == blank.mjml
