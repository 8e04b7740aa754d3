"""From what a marketer edits to what is sent: MJML to HTML, a text part, and the links. Liquid stays in
all of them."""

import hashlib
import re
from dataclasses import dataclass
from html import escape

import mrml
from django.utils.translation import gettext as _
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from tradewind.content import links, liquid, plain
from tradewind.content.fields import CUSTOM
from tradewind.content.findings import Finding, Level, Part
from tradewind.content.markup import LIQUID, Protected, protect
from tradewind.content.models import Template

_POSITION = re.compile(r"at position (\d+):(\d+)")
_BODY = re.compile(r"<body\b[^>]*>", re.I)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link to be stored: `url` as written, Liquid included; `label` is what a reader sees of it."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a version keeps. Each tracked link of the HTML has its entry in `links`, in order; then those
    of the text part whose address is not among them."""

    subject: str
    html: str
    text: str
    merge_fields: tuple[str, ...]
    links: tuple[FoundLink, ...]

    @property
    def digest(self) -> str:
        parts = "\x00".join((self.subject, self.html, self.text))
        return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


def compile_template(template: Template) -> Compiled | list[Finding]:
    """The compiled template, or why it cannot be compiled (blocking findings). Reads and writes no
    database."""
    broken = liquid_findings(template)
    if broken:
        return broken
    if not template.mjml.strip():
        mend = _("Start from one of the starters, or write MJML.")
        return [Finding(Level.BLOCKS, "empty", _("The mail is empty."), mend=mend)]
    protected, problems = protect(template.mjml)
    if problems:
        return problems
    body = _to_html(protected, template)
    return [body] if isinstance(body, Finding) else _assemble(template, protected, body)


def sources(template: Template) -> dict[Part, str]:
    """The parts that are written by hand, as they will be used."""
    return {
        Part.SUBJECT: one_line(template.subject),
        Part.PREHEADER: one_line(template.preheader),
        Part.MJML: template.mjml,
        Part.TEXT: template.text,
    }


def one_line(text: str) -> str:
    """A header's text: no line breaks, no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def liquid_findings(template: Template) -> list[Finding]:
    """Parts whose Liquid cannot be read."""
    found = []
    for part, source in sources(template).items():
        try:
            parsed = liquid.parse(source, html=part is Part.MJML)
            found += _unknown_filters(parsed, part, source)
        except LiquidError as error:
            line = liquid.line_of(error)
            found.append(
                Finding(Level.BLOCKS, "broken_liquid", liquid.explain(error), part, line, _at(source, line))
            )
    return found


def _unknown_filters(parsed: BoundTemplate, part: Part, source: str) -> list[Finding]:
    found = []
    for name, spans in parsed.analyze(include_partials=False).filters.items():
        if name not in liquid.FILTERS:
            line = source.count("\n", 0, max(0, spans[0].index)) + 1
            sentence = _("There is no filter “%(name)s”.") % {"name": name}
            found.append(Finding(Level.BLOCKS, "unknown_filter", sentence, part, line, _at(source, line)))
    return found


def _at(source: str, line: int | None) -> str:
    """What stands in that line, shortened."""
    lines = source.split("\n")
    return lines[line - 1].strip()[:120] if line is not None and line <= len(lines) else ""


def _to_html(protected: Protected, template: Template) -> str | Finding:
    options = mrml.RenderOptions(disable_comments=False, fonts={})
    parser = mrml.ParserOptions(include_loader=mrml.noop_loader())
    try:
        html = mrml.to_html(protected.source, parser_options=parser, render_options=options).content
    except OSError as error:  # what mrml raises for everything
        return _not_compiled(protected, str(error))
    missing = set(range(len(protected.liquid))) - protected.kept(html)
    for number in sorted(missing):
        if not protected.liquid[number].startswith("{{"):  # a lost {% endif %} would break all of it
            return Finding(
                Level.BLOCKS,
                "liquid_place",
                _("The MJML compiler leaves this Liquid out where it stands."),
                evidence=protected.liquid[number][:120],
                mend=_("Move it into <mj-text>, or around a whole <mj-section>."),
            )
    if template.language and "<mjml lang" not in protected.source:
        html = html.replace('lang="und"', f'lang="{escape(template.language, quote=True)}"')
    return html


def _not_compiled(protected: Protected, message: str) -> Finding:
    position = _POSITION.search(message)
    line = evidence = None
    if position:
        start = int(position[1])
        before = protected.source.encode()[:start].decode("utf-8", "ignore")
        line = protected.restore(before).count("\n") + 1
        evidence = protected.restore(
            protected.source.encode()[start : int(position[2])].decode("utf-8", "ignore")
        )
    sentence = _("The MJML cannot be compiled: %(detail)s.") % {
        "detail": message.removesuffix(" in root template")
    }
    return Finding(Level.BLOCKS, "not_compiled", sentence, line=line, evidence=(evidence or "")[:120])


def _assemble(template: Template, protected: Protected, body: str) -> Compiled | list[Finding]:
    html = _with_preheader(protected.restore(body), one_line(template.preheader))
    text = template.text.strip() + "\n" if template.text.strip() else _text_part(protected, body)
    subject = one_line(template.subject)
    try:
        fields = _fields(subject, html, text)
    except LiquidError as error:
        return [Finding(Level.BLOCKS, "broken_liquid", liquid.explain(error), evidence=str(error.message))]
    return Compiled(subject, html, text, fields, tuple(_links(html, text)))


def _fields(subject: str, html: str, text: str) -> tuple[str, ...]:
    names = set()
    for source, is_html in ((subject, False), (html, True), (text, False)):
        for use in liquid.used(liquid.parse(source, html=is_html), source):
            names.add(use.name if use.path[0] == CUSTOM else use.path[0])
    return tuple(sorted(names))


def _with_preheader(html: str, preheader: str) -> str:
    """The first words that a mailbox shows beside the subject, hidden in the mail itself."""
    if not preheader:
        return html
    style = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;"
    hidden = f'<div style="{style}mso-hide:all;">{_escape_outside_liquid(preheader)}</div>'
    return _BODY.sub(lambda found: found[0] + hidden, html, count=1)


def _escape_outside_liquid(text: str) -> str:
    pieces = re.split(f"({LIQUID})", text, flags=re.DOTALL)
    return "".join(piece if number % 2 else escape(piece) for number, piece in enumerate(pieces))


def _text_part(protected: Protected, body: str) -> str:
    word = re.compile(rf"{protected.word}\d+z\Z", re.I)
    text = plain.text_of(body, lambda inside: inside if word.match(inside) else None)
    return plain.trim_lonely_tags(protected.restore(text))


def _links(html: str, text: str) -> list[FoundLink]:
    found = [FoundLink(place.url, place.label) for place in links.in_html(html)]
    known = {link.url for link in found}
    for place in links.in_text(text):
        if place.url not in known:
            known.add(place.url)
            found.append(FoundLink(place.url, place.label))
    return found
