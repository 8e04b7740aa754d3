"""Every lint rule: a template that breaks it is found, one that does not is left in peace."""

import pytest

from tradewind.content import lint, starting
from tradewind.content.findings import Level, Part
from tradewind.content.models import Template

FOOT = '<mj-text>{{ workspace_address }} <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>'
BODY = "<mjml><mj-body><mj-section><mj-column>%s</mj-column></mj-section></mj-body></mjml>"


def template(
    body: str = "<mj-text>Hello there, here is our news.</mj-text>", foot: str = FOOT, **fields: str
) -> Template:
    given = {"subject": "New lanterns for spring", "preheader": "From Ningbo", "mjml": BODY % (body + foot)}
    return Template(**{**given, **fields})


def codes(made: Template, **options: set[str]) -> dict[str, Level]:
    return {finding.code: finding.level for finding in lint.findings(made, **options)}


def test_a_good_template_has_no_findings() -> None:
    assert codes(template()) == {}
    assert not lint.blocks(template())


@pytest.mark.parametrize("key", sorted(starting.starters()))
def test_starters_are_without_fault(key: str) -> None:
    starter = starting.starters()[key]
    made = Template(
        subject=starter.subject, preheader=starter.preheader, mjml=starter.mjml, language=starter.language
    )
    assert lint.findings(made, set()) == []


def test_starters_are_in_both_languages() -> None:
    kinds = {key.rpartition(".")[0] for key in starting.starters()}
    assert {"introduction", "case", "offer"} <= kinds
    assert {f"{kind}.{language}" for kind in kinds for language in ("en", "zh")} == set(starting.starters())


@pytest.mark.parametrize(
    ("body", "code", "level"),
    [
        ("<mj-text>Hi {{ firstname }}</mj-text>", "unknown_field", "blocks"),
        ("<mj-text>Hi {{ first_name }}</mj-text>", "no_default", "mend"),
        ("<mj-text>Hi {{ x | nofilter }}</mj-text>", "unknown_filter", "blocks"),
        ("<mj-text>Hi {% if %}</mj-text>", "broken_liquid", "blocks"),
        ("<mj-text>{% for i in (1..9999) %}x{% endfor %} words</mj-text>", "broken_liquid", "blocks"),
        ("<mj-foo />", "unknown_element", "blocks"),
        ('<mj-text><a href="http://a.example">there</a> some words</mj-text>', "http_link", "mend"),
        ('<mj-text><a href="https://bit.ly/x">there</a> some words</mj-text>', "short_link", "mend"),
        ('<mj-text><a href="https://192.0.2.1/x">there</a> some words</mj-text>', "number_link", "mend"),
        ('<mj-text><a href="https://evil.example">www.bank.example</a></mj-text>', None, "mend"),
        ('<mj-text><a href="https://other.test">www.bank.example</a></mj-text>', "other_site", "mend"),
        ('<mj-text><a href="javascript:alert(1)">there</a></mj-text>', "dangerous_link", "blocks"),
        ('<mj-text><a href="">there</a></mj-text>', "empty_link", "mend"),
        ('<mj-text><a href="catalogue.html">there</a></mj-text>', "relative_link", "mend"),
        ('<mj-text><a href="https://[::1">there</a></mj-text>', "broken_link", "mend"),
        ('<mj-image src="https://a.example/a.png" />', "no_alt", "mend"),
        ('<mj-image src="https://a.example/a.png" alt="x" />', "little_text", "mend"),
        ('<mj-image src="http://a.example/a.png" alt="x" />', "http_picture", "mend"),
        ('<mj-image src="a.png" alt="x" />', "no_picture", "mend"),
        ('<mj-image src="data:image/png;base64,AAAA" alt="x" />', "data_picture", "mend"),
        ("<mj-raw><script>alert(1)</script></mj-raw>", "dead_part", "blocks"),
        ("<mj-raw><form></form></mj-raw>", "dead_part", "blocks"),
        ('<mj-text><b onclick="x()">a</b></mj-text>', "dead_part", "blocks"),
        ("<mj-text>" + "<p>Many words here</p>" * 6000 + "</mj-text>", "clipped", "mend"),
        ("<mj-text>Click here to order</mj-text>", "spam_words", "note"),
        ("<mj-text>Click here, act now, hurry, lowest price, last chance</mj-text>", "spam_words", "mend"),
        ("<mj-text>全网最低，点击这里</mj-text>", "spam_words", "note"),
        ("<mj-text>Jetzt kaufen</mj-text>", "spam_words", "note"),
        ("<mj-text>Haga clic aquí</mj-text>", "spam_words", "note"),
        ("<mj-text>We are cheaper than a winnery of urgency</mj-text>", None, "note"),  # parts of words
    ],
)
def test_bodies(body: str, code: str | None, level: str) -> None:
    found = codes(template(body))
    if code is None:
        assert "spam_words" not in found
        assert "phishing" not in found
    else:
        assert found.get(code) == level, found


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("", "no_subject"),
        ("{{ custom.nothing }}", "no_subject"),
        ("x" * 61, "long_subject"),
        ("灯" * 31, "long_subject"),
        ("BUY OUR LANTERNS today", "shouting_subject"),
        ("Great lanterns!!", "marks_in_subject"),
        ("新品上市！！", "marks_in_subject"),
        ("Re: your order", "false_reply"),
        ("回复：报价", "false_reply"),
        ("See https://a.example", "link_in_subject"),
        ("Free gift for you", "spam_words"),
        ("Hi {{ firstname }}", "unknown_field"),
        ("Hi {{ first_name }}", "no_default"),
    ],
)
def test_subjects(subject: str, code: str) -> None:
    assert code in codes(template(subject=subject))


@pytest.mark.parametrize(
    "subject", ["LED lanterns: CE, IP65", "灯" * 30, "Regarding your order", "What is new?", "ABC GmbH"]
)
def test_good_subjects(subject: str) -> None:
    assert codes(template(subject=subject)) == {}


def test_the_foot() -> None:
    assert codes(template(foot=""))["no_unsubscribe"] is Level.BLOCKS
    assert codes(template(foot=""))["no_address"] is Level.MEND
    assert codes(template(text="Only text"))["no_unsubscribe_in_text"] is Level.MEND
    assert codes(template(text="Text {{ unsubscribe_url }}")) == {}
    assert codes(template(preheader=""))["no_preheader"] is Level.NOTE


def test_no_text_at_all() -> None:
    made = Template(subject="A picture", mjml=BODY % '<mj-image src="https://a.example/a.png" />')
    assert codes(made)["no_text"] is Level.BLOCKS


def test_the_workspaces_own_fields() -> None:
    made = template('<mj-text>Size {{ custom.sise | default: "any" }}</mj-text>')
    assert codes(made) == {}
    [finding] = lint.findings(made, {"size"})
    assert (finding.code, finding.level) == ("unknown_field", Level.MEND)
    assert "custom.size" in finding.mend
    assert codes(made, custom_keys={"sise"}) == {}


def test_findings_say_where_and_what_was_meant() -> None:
    made = template("\n<mj-text>Hello\n{{ firstname }}</mj-text>")
    finding = lint.findings(made)[0]
    assert (finding.part, finding.line, finding.evidence) == (Part.MJML, 3, "{{ firstname }}")
    assert "{{ first_name }}" in finding.mend
    assert finding.where == "Mail, line 3: {{ firstname }}"


def test_a_conditional_value_needs_no_default() -> None:
    assert codes(template("<mj-text>{% if company != blank %}At {{ company }}{% endif %}</mj-text>")) == {}
