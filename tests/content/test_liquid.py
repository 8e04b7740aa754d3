"""Liquid: what templates may do, and that nothing in them runs without end."""

import time

import pytest
from liquid.exceptions import LiquidError

from tradewind.content import liquid
from tradewind.content.fields import MERGE_FIELDS, is_known, nearest

VALUES = {"name": "<Ann & Co>", "blank_one": "", "custom": {"size": "L"}, "items": ["a", "b"]}


def render(source: str, *, html: bool = True) -> str:
    return liquid.parse(source, html=html).render(**VALUES)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ name }}", "&lt;Ann &amp; Co&gt;"),
        ('{{ blank_one | default: "friend" }}', "friend"),
        ('{{ nothing | default: "friend" }}', "friend"),
        ('{{ custom.colour | default: "any" }}', "any"),
        ("{{ custom.size }}", "L"),
        ("{% if name %}yes{% else %}no{% endif %}", "yes"),
        ("{% for i in items %}{{ i | upcase }}{% endfor %}", "AB"),
        ("{{ '<b>' }}", "<b>"),  # what the author writes is the author's
        ("{{ name | append: '<b>' }}", "&lt;Ann &amp; Co&gt;<b>"),
        ("{{ name | newline_to_br }}", "&lt;Ann &amp; Co&gt;"),
        ('{{ "2026-11-22" | date: "%d %B %Y" }}', "22 November 2026"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
    ],
)
def test_renders(source: str, text: str) -> None:
    assert render(source) == text


def test_text_is_not_escaped() -> None:
    assert render("{{ name }}", html=False) == "<Ann & Co>"


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..100000000000000000000000) reversed %}x{% endfor %}",
        "{% for i in (1..1000000000) offset: 999999999 %}x{% endfor %}",
        "{% for i in (1..100) %}{% for j in (1..100) %}x{% endfor %}{% endfor %}",
        "{{ (1..5000000) | join: ',' }}",
        "{{ (1..5000000) | reverse | first }}",
        "{% for i in (1..1000) %}{% assign s = s | append: 'aaaaaaaaaa' | append: s %}{% endfor %}",
        "{% capture s %}" + "a" * 500 + "{% endcapture %}{{ s | replace: 'a', s | replace: 'a', s }}",
        "{% assign n = 9 %}{% for i in (1..900) %}{% assign n = n | times: n %}{% endfor %}",
        "{% for i in (1..900) %}{{ 'x' | append: '" + "y" * 5000 + "' }}{% endfor %}",
        "{% for i in items %}x{% endfor %}" * 31,
        "{% if name %}" * 25 + "{% endif %}" * 25,
        "x" * 400_001,
        '{{ "now" | date: "%Y" }}',
        '{{ "2026-01-01" | date: "%1000000000d" }}',
        '{% include "etc/passwd" %}',
        '{% render "etc/passwd" %}',
        "{{ name | safe }}",
        "{% tablerow i in items %}x{% endtablerow %}",
        "{% if name %}",
        "{% endif %}",
        "{{ name",
        "{% if",
        "{{ name | unknown }}",
    ],
)
def test_what_is_broken_or_endless_is_refused_soon(source: str) -> None:
    started = time.monotonic()
    with pytest.raises(LiquidError) as caught:
        render(source)
    assert time.monotonic() - started < 2
    sentence = liquid.explain(caught.value)
    assert sentence.endswith((".", "”")) or ":" in sentence


def test_finds_what_a_template_uses_with_lines() -> None:
    source = "{{ first_name }}\n{% assign x = 1 %}{{ x }}\n{% for i in custom.list %}{{ i }}{% endfor %}{{ company }}"
    uses = liquid.used(liquid.parse(source), source)
    assert [(use.name, use.line) for use in uses] == [("first_name", 1), ("custom.list", 3), ("company", 3)]


def test_the_line_of_an_error() -> None:
    with pytest.raises(LiquidError) as caught:
        liquid.parse("one\ntwo\n{% nonsense %}")
    assert liquid.line_of(caught.value) == 3


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("firstname", "first_name"),
        ("First_Name", "first_name"),
        ("fname", "first_name"),
        ("contact.first_name", "first_name"),
        ("compny", "company"),
        ("company.name", "company"),
        ("unsubscribe_link", "unsubscribe_url"),
        ("size", "custom.size"),
        ("custom.sise", "custom.size"),
        ("qqqqqqqq", None),
    ],
)
def test_the_field_that_was_meant(name: str, guess: str | None) -> None:
    path = tuple(name.split("."))
    assert not is_known(path, {"size"})
    assert nearest(path, {"size"}) == guess


def test_every_field_is_known_and_has_a_sample() -> None:
    for field in MERGE_FIELDS.values():
        assert is_known((field.name,))
        assert field.sample
