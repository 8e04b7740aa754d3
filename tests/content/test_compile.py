"""MJML with Liquid becomes HTML and text with the same Liquid, or findings with lines."""

import re
import time

import pytest
from liquid import Template as Liquid

from tradewind.content.compile import Compiled, compile_template
from tradewind.content.findings import Finding, Level
from tradewind.content.links import in_html, in_text
from tradewind.content.models import Template

COLUMN = "<mjml><mj-body><mj-section><mj-column>%s</mj-column></mj-section></mj-body></mjml>"


def compiled(mjml: str, **fields: str) -> Compiled:
    made = compile_template(Template(subject="Hello", mjml=mjml, **fields))
    assert isinstance(made, Compiled), made
    return made


def broken(mjml: str, **fields: str) -> list[Finding]:
    made = compile_template(Template(subject="Hello", mjml=mjml, **fields))
    assert isinstance(made, list), "it compiled"
    assert made
    assert all(finding.level is Level.BLOCKS for finding in made)
    return made


def test_liquid_between_elements_switches_them() -> None:
    html = compiled(
        "<mjml><mj-body>{% if vip %}<mj-section><mj-column><mj-text>For you</mj-text>"
        "</mj-column></mj-section>{% else %}<mj-section><mj-column><mj-text>For all</mj-text></mj-column></mj-section>"
        "{% endif %}</mj-body></mjml>"
    ).html
    yes, no = Liquid(html).render(vip=True), Liquid(html).render(vip=False)
    assert ("For you" in yes, "For all" in yes) == (True, False)
    assert ("For you" in no, "For all" in no) == (False, True)
    assert yes.count("<table") == yes.count("</table") == no.count("<table")


def test_liquid_between_rows_of_a_column_stays_between_rows() -> None:
    html = compiled(COLUMN % "<mj-text>a</mj-text>{% if x %}<mj-text>b</mj-text>{% endif %}").html
    assert re.search(r"</tr>\{% if x %\}<tr>.*</tr>\{% endif %\}</tbody>", html)


def test_liquid_in_text_attributes_and_loops() -> None:
    made = compiled(
        COLUMN
        % '<mj-button href="https://e.example/{{ custom.slug | default: "x" }}?a=1&amp;b={{ email | url_encode }}">'
        '{{ company | default: "you" }}</mj-button>'
        "<mj-table>{% for i in (1..3) %}<tr><td>{{ i }}</td></tr>{% endfor %}</mj-table>"
        '<mj-image src="https://e.example/a.png" alt="{{ company }}" />'
    )
    html = Liquid(made.html).render(email="a@b.c", company="ACME", custom={})
    assert 'href="https://e.example/x?a=1&amp;b=a%40b.c"' in html
    assert html.count("<td>") >= 3
    assert 'alt="ACME"' in html
    assert "twl" not in made.html + made.text


def test_liquid_in_an_attribute_never_ends_it() -> None:
    made = compiled(
        COLUMN % '<mj-button href="https://e.example/{{ custom.slug | default: "x" }}">Go</mj-button>'
    )
    assert "href=\"https://e.example/{{ custom.slug | default: 'x' }}\"" in made.html
    assert [link.url for link in made.links] == ["https://e.example/{{ custom.slug | default: 'x' }}"]


def test_a_title_is_text() -> None:
    html = compiled(
        "<mjml><mj-head><mj-title>{{ company }} &amp; {% if a %}b{% endif %}</mj-title></mj-head><mj-body></mj-body></mjml>"
    ).html
    assert "<title>{{ company }}" in html
    assert "<!--" not in html[html.index("<title>") : html.index("</title>")]


def test_html_that_authors_write_is_accepted() -> None:
    html = compiled(COLUMN % "<mj-text>a<br>b <img src=x alt=y> <INPUT disabled> &nbsp;AT&T</mj-text>").html
    assert 'src="x"' in html
    assert "a<br" in html


def test_nothing_is_fetched_from_others() -> None:
    assert "fonts.googleapis" not in compiled(COLUMN % "<mj-text>a</mj-text>").html


def test_the_language_is_declared() -> None:
    assert 'lang="zh-Hans"' in compiled(COLUMN % "<mj-text>a</mj-text>", language="zh-Hans").html


def test_the_preheader_is_hidden_escaped_and_not_in_the_text() -> None:
    made = compiled(COLUMN % "<mj-text>Body</mj-text>", preheader='A < B {{ company | default: "<x>" }}\r\nc')
    assert re.search(r'<body[^>]*><div style="display:none', made.html)
    assert 'A &lt; B {{ company | default: "<x>" }} c' in made.html
    assert made.text == "Body\n"


def test_a_subject_is_one_line_without_control_characters() -> None:
    made = compile_template(Template(subject="Hi\r\nBcc: x@y.z\x00\x1b\u2028!", mjml=COLUMN % ""))
    assert isinstance(made, Compiled)
    assert made.subject == "Hi Bcc: x@y.z !"


def test_the_text_part_reads_well() -> None:
    made = compiled(
        COLUMN % '<mj-text>Hello <b>{{ first_name | default: "friend" }}</b>,</mj-text>'
        '<mj-text><p>see <a href="https://e.example/a?b=1&amp;c=2">our site</a>.</p>'
        "<ul><li>one</li><li>two</li></ul></mj-text>"
        "{% if x %}<mj-text>Only some</mj-text>{% endif %}"
        '<mj-text><a href="https://e.example">https://e.example</a><br><a href="mailto:a@e.example">a@e.example</a></mj-text>'
        '<mj-image src="https://e.example/a.png" alt="A lantern" href="https://e.example/img" />'
        '<mj-image src="https://e.example/b.png" />'
        "<mj-table><tr><td>Size</td><td>20 cm</td></tr><tr><td>Price</td><td>3 USD</td></tr></mj-table>"
    )
    wanted = (
        "Hello Ann,\n\nsee our site: https://e.example/a?b=1&c=2.\n\n- one\n- two\n\n"
        "https://e.example\na@e.example\n\nA lantern: https://e.example/img\n\nSize 20 cm\nPrice 3 USD\n"
    )
    assert Liquid(made.text).render(first_name="Ann", x=False) == wanted
    assert "\n\nOnly some\n\n" in Liquid(made.text).render(x=True)


def test_a_text_of_ones_own_is_kept() -> None:
    assert (
        compiled(COLUMN % "<mj-text>a</mj-text>", text="  Mine {{ company }}\n\n").text
        == "Mine {{ company }}\n"
    )


def test_links_in_order_with_labels() -> None:
    made = compiled(
        COLUMN
        % '<mj-text><a href="https://a.example/?x=1&amp;y=2">First  <b>one</b></a> <a href="mailto:x@a.example">m</a> '
        '<a href="#top">up</a> <a href="{{ unsubscribe_url }}">off</a> <a href="{{ workspace_website }}">us</a></mj-text>'
        '<mj-image src="https://a.example/i.png" alt="Lamp" href="https://a.example/i" /> <mj-text>https://b.example/t.</mj-text>'
    )
    assert [(link.url, link.label) for link in made.links] == [
        ("https://a.example/?x=1&y=2", "First one"),
        ("{{ workspace_website }}", "us"),
        ("https://a.example/i", "Lamp"),
        ("https://b.example/t", ""),
    ]
    for place in in_html(made.html):
        assert made.html[place.start : place.end] == place.raw
    assert [place.url for place in in_text(made.text)][-1] == "https://b.example/t"


def test_a_link_in_text_ends_before_punctuation() -> None:
    text = "See https://a.example/x_(y), (https://b.example) or https://c.example/{{ custom.a | default: 'b c' }}?x=1!"
    assert [place.url for place in in_text(text)] == [
        "https://a.example/x_(y)",
        "https://b.example",
        "https://c.example/{{ custom.a | default: 'b c' }}?x=1",
    ]


def test_merge_fields_are_named() -> None:
    made = compiled(COLUMN % "<mj-text>{{ company }}{{ custom.size }}{% assign x = email %}{{ x }}</mj-text>")
    assert made.merge_fields == ("company", "custom.size", "email")


@pytest.mark.parametrize(
    ("mjml", "code", "line"),
    [
        ("", "empty", None),
        ("  \n", "empty", None),
        ("hello", "text_place", 1),
        ("<p>x</p>", "no_mjml", 1),
        ("<mjml>\n<mj-body>\n<mj-foo>x</mj-foo></mj-body></mjml>", "unknown_element", 3),
        ("<mjml>\n<mj-body><mj-section>\n</mj-body></mjml>", "not_closed", 3),
        ("<mjml>\n<mj-body>", "not_closed", 1),
        (COLUMN % "\n</mj-text>", "never_opened", 2),
        (COLUMN % "\n<mj-text>a < b</mj-text>", "stray_bracket", 2),
        (COLUMN % '\n<mj-image src="x', "stray_bracket", 2),
        (COLUMN % "\n\n{{ company }}", "text_place", 3),
        (COLUMN % "\nwords", "text_place", 1),
        (COLUMN % "{% if a %}\n<mj-text>x{% endif %}</mj-text>", "liquid_crosses", 2),
        (COLUMN % '<mj-text\n{% if a %}color="red"{% endif %}>x</mj-text>', "liquid_in_tag", 1),
        (COLUMN % "<mj-text><p>x</mj-text>", "not_closed", 1),
        (COLUMN % '<mj-include path="/etc/passwd" />', "include", 1),
        ("<mjml><mj-body><mj-text>x</mj-text></mj-body></mjml>", "wrong_place", 1),
        ("<mjml><mj-head>{% assign x = 1 %}</mj-head><mj-body></mj-body></mjml>", "liquid_place", 1),
        (COLUMN % "\n<mj-text>{{ a | nofilter }}</mj-text>", "unknown_filter", 2),
        (COLUMN % "\n<mj-text>{% if %}</mj-text>", "broken_liquid", 2),
    ],
)
def test_what_does_not_compile_says_where(mjml: str, code: str, line: int | None) -> None:
    first = broken(mjml)[0]
    assert (first.code, first.line) == (code, line), first


@pytest.mark.parametrize(
    "piece", ["<", "{", "<a {{a}}", '<mjml a="{', "<mj-text>", "<!--", "{% if a %}", "</x>", "<a b='"]
)
def test_nonsense_is_answered_soon(piece: str) -> None:
    started = time.monotonic()
    broken(piece * 3000)
    assert time.monotonic() - started < 5


def test_findings_stay_few() -> None:
    assert len(broken(COLUMN % "<mj-foo/>" * 500)) <= 20
