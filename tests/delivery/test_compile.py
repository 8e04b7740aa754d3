"""What is filled from a skeleton is what the standard library reads, and what it would have built."""

import email
import email.policy
import re
from collections.abc import Iterable, Mapping
from email.message import EmailMessage, MIMEPart
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.content.liquid import environment
from tradewind.delivery.compile.encode import Encoding, choose, quoted_printable
from tradewind.delivery.compile.links import Link, Links, add_pixel, mark_html, mark_text
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.delivery.compile.template import CompiledTemplate, Sources, clean_text, clean_values
from tradewind.delivery.dkim import relaxed_body

SCRIPTS = st.sampled_from(
    ["", "Anna", "王小明", "مرحبا بالعالم", "👩‍👩‍👧🏽", "x" * 300, ".", "..", "a  b", " lead", "trail ",
     "=3D", "a=b", "line\r\nbreak", "cr\rlf\n", "\t", "\x00\x01\x02", "\x01l1\x01", "É", "<b>&\"'", "--=_tw_",
     "\u2028", "From x"]
)  # fmt: skip
TEXTS = st.one_of(SCRIPTS, st.text(max_size=120))
LITERAL = TEXTS.map(lambda text: re.sub(r"[{}]", "", text))


def compiled(
    subject: str = "s", html: str = "", text: str = "", links: Iterable[Link] = (), tracked: bool = False
) -> CompiledTemplate:
    plain, rich = environment(html=False), environment(html=True)
    return CompiledTemplate(
        Sources(subject, html, text), plain=plain, rich=rich, links=links, tracked=tracked
    )


def address(link_id: int | None) -> str:
    return f"https://click.test/t/{'o' if link_id is None else link_id}/" + "k" * 60


def read(template: CompiledTemplate, values: Mapping[str, object]) -> tuple[EmailMessage, bytes]:
    body = template.body(clean_values(values), address)
    head = f"MIME-Version: 1.0\r\nContent-Type: {template.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message, body


def content(part: MIMEPart) -> str:
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    return raw.decode().replace("\r\n", "\n")


@given(LITERAL, TEXTS, LITERAL, TEXTS, LITERAL)
def test_both_parts_come_out_as_written(before: str, one: str, between: str, two: str, after: str) -> None:
    text = f"{before}{{{{ one }}}}{between}{{{{ two }}}}{{{{ one }}}}{after}"
    template = compiled(html=text, text=text)
    message, body = read(template, {"one": one, "two": two})
    plain, rich = message.iter_parts()
    fixed = [clean_text(piece.replace("\t", " ")) for piece in (before, between, after)]
    fixed = [re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", p.replace("\r\n", "\n").replace("\r", "\n"))
             for p in (before, between, after)]  # fmt: skip
    one, two = clean_text(one), clean_text(two)
    assert content(plain) == f"{fixed[0]}{one}{fixed[1]}{two}{one}{fixed[2]}"
    e1, e2 = (escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") for value in (one, two))
    assert content(rich) == f"{fixed[0]}{e1}{fixed[1]}{e2}{e1}{fixed[2]}"
    well_formed(body)


def well_formed(body: bytes) -> None:
    assert body.isascii() and body.endswith(b"--\r\n")
    assert body.count(b"\n") == body.count(b"\r\n") == body.count(b"\r")
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert relaxed_body(body) == body


@given(TEXTS, TEXTS)
def test_same_structure_as_one_built_by_the_standard_library(name: str, company: str) -> None:
    template = compiled(html="<p>{{ name }}</p>\n", text="Dear {{ name }} of {{ company }},\nbye\n")
    ours, _ = read(template, {"name": name, "company": company})
    built = EmailMessage(policy=email.policy.SMTP)
    built.set_content(f"Dear {clean_text(name)} of {clean_text(company)},\nbye\n")
    html = escape(clean_text(name)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    built.add_alternative(f"<p>{html}</p>\n", subtype="html")
    theirs = email.message_from_bytes(built.as_bytes(), policy=email.policy.SMTP)
    assert [p.get_content_type() for p in ours.walk()] == [p.get_content_type() for p in theirs.walk()]
    for mine, other in zip(ours.iter_parts(), theirs.iter_parts(), strict=True):
        # The standard library takes U+2028, form feeds and the like for line ends; those are not compared.
        if not re.search("[\u2028\u2029\x85\x1c-\x1e\x0b\x0c]", name + company):
            assert content(mine) == content(other)
        assert mine.get_content_charset() == "utf-8"


@given(TEXTS, st.integers(0, 75))
def test_quoted_printable_decodes_to_what_it_was(text: str, column: int) -> None:
    import quopri

    text = clean_text(text)
    encoded = quoted_printable(text, column)
    assert quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode() == text
    first, *others = encoded.split(b"\r\n")
    assert len(first) + column <= 76 and all(len(line) <= 76 for line in others)


def test_encoding_follows_the_script() -> None:
    assert choose("<p>Hello, Größe</p>") is Encoding.QUOTED_PRINTABLE
    assert choose("尊敬的客户，您好！") is Encoding.BASE64
    template = compiled(text="尊敬的客户{{ name }}，您好！\n", html="<p>hi</p>")
    message, body = read(template, {"name": "王"})
    encodings = [part["Content-Transfer-Encoding"] for part in message.iter_parts()]
    assert encodings == ["base64", "quoted-printable"]
    well_formed(body)


def test_same_inputs_same_bytes() -> None:
    values = {"name": "Anna", "company": "N"}
    one, two = (compiled(html="<p>{{ name }}</p>", text="{{ company }}") for _ in range(2))
    assert one.body(values, address) == two.body(values, address)


def test_links_in_html_keep_everything_else() -> None:
    links = [
        Link(7, "https://a.test/x?a=1&b=2"),
        Link(8, "https://a.test/{{ company }}"),
        Link(9, "https://a.test"),
    ]
    source = (
        '<a class="k" href="https://a.test/x?a=1&amp;b=2">1</a><A data-href="https://a.test" HREF=\'https://a.test\'>'
        '<a href="https://a.test/{{ company }}">2</a><a href="https://other.test">3</a><link href="https://a.test">'
    )
    marked = mark_html(source, Links(links))
    assert marked == (
        '<a class="k" href="\x01l7\x01">1</a><A data-href="https://a.test" HREF=\'\x01l9\x01\'>'
        '<a href="\x01l8\x01">2</a><a href="https://other.test">3</a><link href="https://a.test">'
    )


def test_equal_targets_take_their_rows_in_order() -> None:
    links = Links([Link(1, "https://a.test"), Link(2, "https://a.test")])
    assert mark_html(
        '<a href="https://a.test"><a href="https://a.test"><a href="https://a.test">', links
    ) == ('<a href="\x01l1\x01"><a href="\x01l2\x01"><a href="\x01l2\x01">')


def test_links_in_text_leave_punctuation() -> None:
    links = Links(
        [Link(1, "https://a.test/b"), Link(2, "https://a.test"), Link(3, "https://a.test/{{ company }}/x")]
    )
    text = "See https://a.test/b. Or (https://a.test), https://a.test.cn https://a.test/{{ company }}/x!"
    assert mark_text(text, links) == "See \x01l1\x01. Or (\x01l2\x01), https://a.test.cn \x01l3\x01!"


def test_tracked_body_has_its_urls_and_pixel_also_inside_conditions() -> None:
    html = '<body>{% if vip %}<a href="https://a.test">A</a>{% endif %}<a href="https://b.test">B</a></body>'
    links = [Link(1, "https://a.test"), Link(2, "https://b.test")]
    template = compiled(html=html, text="https://b.test\n", links=links, tracked=True)
    message, body = read(template, {"vip": True})
    plain, rich = message.iter_parts()
    assert content(plain) == address(2) + "\n"
    assert f'href="{address(1)}"' in content(rich) and f'href="{address(2)}"' in content(rich)
    assert content(rich).endswith(f'<img src="{address(None)}" width="1" height="1" alt="" '
                                  'style="display:block;border:0"></body>')  # fmt: skip
    well_formed(body)
    bare, _ = read(compiled(html=html, text="x", links=links), {"vip": True})
    assert "click.test" not in bare.as_string()


def test_a_value_cannot_forge_a_tracking_mark() -> None:
    message, _ = read(
        compiled(html="<p>{{ v }}</p>", text="{{ v }}", tracked=True), {"v": "\x01l5\x01\x01o\x01"}
    )
    assert content(next(message.iter_parts())) == "l5o"


def test_pixel_without_a_body_tag() -> None:
    assert add_pixel("<p>x</p>").endswith('border:0">')


@pytest.mark.parametrize(
    "bad", ["{% if %}", "{{ a | nofilter }}", "{% for x in y %}", "{{ 1 | divided_by: 0 }}"][:]
)
def test_templates_that_do_not_work_are_named(bad: str) -> None:
    with pytest.raises(CannotCompose):
        compiled(text=bad).body({"a": 1}, address)


def test_endless_loops_end() -> None:
    loop = "{% for a in (1..1000) %}{% for b in (1..1000) %}xxxxxxxxxx{% endfor %}{% endfor %}"
    with pytest.raises(CannotCompose):
        compiled(text=loop).body({}, address)


@given(TEXTS)
def test_subjects_are_one_line(value: str) -> None:
    subject = compiled(subject="A {{ v }}\n  B").subject(clean_values({"v": value}))
    assert "\n" not in subject and subject.startswith("A") and subject.endswith("B")
