"""Reads MJML with Liquid in it: finds what is wrong with its form, and hides the Liquid from the MJML
compiler.

The compiler (mrml) knows nothing of Liquid and says little about where an error is. So this walk over the
source checks the form itself, with line numbers, and puts a placeholder where Liquid stands: a word
inside attributes and text, a comment where only elements may stand (a word there would be moved out of
the table by every HTML parser).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.utils.translation import gettext as _

from tradewind.content.elements import HEAD, KNOWN, LEAVES, PARENTS, RAW_HTML, VOID
from tradewind.content.findings import Finding, Level

LIQUID = (
    r"(?:\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}"
    r"|\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}"
    r"|\{\{.*?\}\}|\{%.*?%\})"
)
_QUOTED = rf"\"(?:{LIQUID}|[^\"{{]|\{{)*+\"|'(?:{LIQUID}|[^'{{]|\{{)*+'"
_TOKEN = re.compile(
    rf"(?P<liquid>{LIQUID})"
    r"|(?P<comment><!--.*?-->)"
    r"|(?P<close></\s*(?P<closed>[A-Za-z][\w:-]*)\s*>)"
    rf"|(?P<open><(?P<opened>[A-Za-z][\w:-]*)(?P<attributes>(?:{LIQUID}|{_QUOTED}|[^<>\"'])*+)>)"
    r"|(?P<text>[^<{]++|\{)"
    r"|(?P<stray><)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    rf"\s*(?:(?P<name>[^\s\"'=<>/{{]++)(?:\s*=\s*(?P<value>{_QUOTED}|(?:{LIQUID}|[^\s\"'=<>`{{]|\{{)++))?"
    rf"|(?P<liquid>{LIQUID})|(?P<rest>.))",
    re.DOTALL,
)
_LIQUID = re.compile(LIQUID, re.DOTALL)
_BLOCK_OPEN = re.compile(r"\{%-?\s*(if|unless|for|case|capture)\b")
_BLOCK_TURN = re.compile(r"\{%-?\s*(else|elsif|when)\b")
_BLOCK_CLOSE = re.compile(r"\{%-?\s*end(if|unless|for|case|capture)\b")
_RAW_END = {"style": re.compile(r"</style\s*>", re.I), "script": re.compile(r"</script\s*>", re.I)}
_RAW_END["mj-style"] = re.compile(r"</mj-style\s*>")


@dataclass(frozen=True, slots=True)
class Element:
    """An open element; `number` tells two of the same name apart."""

    name: str
    line: int
    number: int


@dataclass
class Walk:
    """The state of one walk over a source, and at its end the result."""

    source: str
    word: str  # begins every placeholder; does not occur in the source
    out: list[str] = field(default_factory=list)
    liquid: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    stack: list[Element] = field(default_factory=list)
    blocks: list[tuple[Element | None, int]] = field(default_factory=list)
    position: int = 0
    opened: int = 0

    @property
    def line(self) -> int:
        return self.source.count("\n", 0, self.position) + 1

    @property
    def inside(self) -> str:
        return self.stack[-1].name if self.stack else ""

    def wrong(
        self, code: str, sentence: str, *, line: int | None = None, evidence: str = "", mend: str = ""
    ) -> None:
        if len(self.findings) < 20:
            self.findings.append(
                Finding(
                    Level.BLOCKS, code, sentence, line=line or self.line, evidence=evidence[:120], mend=mend
                )
            )


@dataclass(frozen=True, slots=True)
class Protected:
    """MJML without Liquid, and the way back."""

    source: str
    word: str
    liquid: tuple[str, ...]

    def restore(self, text: str) -> str:
        """`text` with the Liquid in place of its placeholders."""
        pattern = re.compile(rf"<!--{self.word}(\d+)z-->|{self.word}(\d+)z", re.I)
        return pattern.sub(lambda found: self.liquid[int(found[1] or found[2])], text)

    def kept(self, text: str) -> set[int]:
        """The numbers of the placeholders that are in `text`."""
        return {int(number) for number in re.findall(rf"{self.word}(\d+)z", text, re.I)}


def protect(source: str) -> tuple[Protected, list[Finding]]:
    """The source for the MJML compiler, and what is wrong with its form (blocking findings)."""
    word = "twl"
    while word in source.lower():
        word += "q"
    walk = Walk(source, word)
    while walk.position < len(source):
        found = _TOKEN.match(source, walk.position)
        assert found is not None, "the last alternatives take any character"
        _STEPS[str(found.lastgroup)](walk, found)
        walk.position = max(walk.position, found.end())
    for element in walk.stack:
        walk.wrong("not_closed", _("<%(name)s> is never closed.") % {"name": element.name}, line=element.line)
    if not walk.opened and not walk.findings:
        walk.wrong("no_mjml", _("There is no <mjml> element."), line=1)
    return Protected("".join(walk.out), word, tuple(walk.liquid)), walk.findings


def _hide(walk: Walk, liquid: str, *, as_comment: bool) -> str:
    """The placeholder of one piece of Liquid."""
    walk.liquid.append(liquid)
    placeholder = f"{walk.word}{len(walk.liquid) - 1}z"
    return f"<!--{placeholder}-->" if as_comment else placeholder


def _on_liquid(walk: Walk, found: re.Match[str]) -> None:
    liquid = found[0]
    _follow_block(walk, liquid)
    is_output = liquid.startswith("{{")
    if walk.inside in HEAD or not walk.stack:
        walk.wrong(
            "liquid_place", _("Liquid cannot stand here, outside the body of the mail."), evidence=liquid
        )
    elif walk.inside in PARENTS and is_output:
        mend = _("Put it inside <mj-text>.")
        walk.wrong(
            "text_place", _("Text cannot stand directly in <%(name)s>.") % {"name": walk.inside}, mend=mend
        )
    elif walk.inside.startswith("mj-accordion") and walk.inside not in LEAVES:
        walk.wrong(
            "liquid_place", _("Liquid cannot stand between the parts of an accordion."), evidence=liquid
        )
    as_text = is_output or walk.inside in ("mj-title", "mj-preview")
    walk.out.append(_hide(walk, liquid, as_comment=not as_text))


def _follow_block(walk: Walk, liquid: str) -> None:
    """Note where {% if %} and its like open; the end must stand in the same element."""
    here = walk.stack[-1] if walk.stack else None
    if _BLOCK_OPEN.match(liquid):
        walk.blocks.append((here, walk.line))
    elif walk.blocks and (_BLOCK_TURN.match(liquid) or _BLOCK_CLOSE.match(liquid)):
        opened, line = walk.blocks[-1]
        if opened != here:
            sentence = _("This Liquid begins in one element (line %(line)s) and goes on in another.") % {
                "line": line
            }
            mend = _("Let a whole element stand between its beginning and its end.")
            walk.wrong("liquid_crosses", sentence, evidence=liquid, mend=mend)
        if _BLOCK_CLOSE.match(liquid):
            walk.blocks.pop()


def _on_comment(walk: Walk, found: re.Match[str]) -> None:
    if walk.inside in HEAD or not walk.stack:
        return  # the compiler does not take comments there
    if found[0].startswith("<!--[if"):  # Outlook reads these
        walk.out.append(_LIQUID.sub(lambda part: _hide(walk, part[0], as_comment=False), found[0]))
    else:
        walk.out.append(_LIQUID.sub("", found[0]))


def _on_text(walk: Walk, found: re.Match[str]) -> None:
    text = found[0]
    if (walk.inside in PARENTS or not walk.stack) and text.strip() and text.strip() != "\ufeff":
        where = f"<{walk.inside}>" if walk.inside else _("the document")
        mend = _("Put it inside <mj-text>.")
        sentence = _("Text cannot stand directly in %(where)s.") % {"where": where}
        walk.wrong("text_place", sentence, evidence=text.strip(), mend=mend)
        return
    walk.out.append(text)


def _on_stray(walk: Walk, found: re.Match[str]) -> None:
    evidence = walk.source[walk.position : walk.position + 40].split("\n")[0]
    mend = _("Write &lt; where a “<” is meant, and check quotes and “>” of the tag.")
    walk.wrong(
        "stray_bracket", _("This tag is not complete, or a “<” stands alone."), evidence=evidence, mend=mend
    )
    walk.out.append("&lt;")


def _on_open(walk: Walk, found: re.Match[str]) -> None:
    name = found["opened"]
    name = name.lower() if not name.startswith("mj") else name
    attributes, closed = _attributes(walk, found["attributes"])
    _check_place(walk, name)
    if name in VOID:
        walk.out.append(f"<{name}{attributes}/>")
        return
    walk.out.append(f"<{name}{attributes}{'/' if closed else ''}>")
    walk.opened += 1
    if closed:
        return
    walk.stack.append(Element(name, walk.line, walk.opened))
    if name in _RAW_END:
        _raw_text(walk, name, found.end())


def _raw_text(walk: Walk, name: str, start: int) -> None:
    """Styles and scripts: taken as they are up to their end."""
    end = _RAW_END[name].search(walk.source, start)
    if end is None:
        walk.position = len(walk.source)
        return
    walk.out.append(
        _LIQUID.sub(lambda found: _hide(walk, found[0], as_comment=False), walk.source[start : end.start()])
    )
    walk.position = end.start()


def _attributes(walk: Walk, text: str) -> tuple[str, bool]:
    """The attributes in quotes, and whether the tag closes itself."""
    closed = text.rstrip().endswith("/") and not text.rstrip().endswith("=/")
    text = text.rstrip().removesuffix("/") if closed else text
    out: list[str] = []
    for found in _ATTRIBUTE.finditer(text):
        if found["name"] is not None:
            out.append(f" {found['name']}={_value(walk, found['value'], found['name'])}")
        elif found["liquid"] is not None:
            walk.wrong(
                "liquid_in_tag",
                _("Liquid can stand in the value of an attribute, not between attributes."),
                evidence=found["liquid"],
            )
        elif (found["rest"] or "").strip():
            walk.wrong("broken_attribute", _("An attribute of this tag is broken."), evidence=text.strip())
            break
    return "".join(out), closed


def _value(walk: Walk, value: str | None, name: str) -> str:
    if value is None:
        return f'"{name}"'  # <input disabled>
    quote = value[0] if value[0] in "\"'" else '"'
    inner = value[1:-1] if value[0] in "\"'" else value
    return (
        quote + _LIQUID.sub(lambda found: _hide(walk, _requoted(found[0]), as_comment=False), inner) + quote
    )


def _requoted(liquid: str) -> str:
    """Liquid for an attribute: its own strings in single quotes, so that the attribute's end stays where it is for
    every reader of the HTML."""
    return liquid if "'" in liquid else liquid.replace('"', "'")


def _check_place(walk: Walk, name: str) -> None:
    if name == "mj-include":
        walk.wrong("include", _("Templates cannot include files."))
    elif name.startswith("mj") and name not in KNOWN:
        close = get_close_matches(name, KNOWN, 1, 0.6)
        mend = _("Did you mean <%(name)s>?") % {"name": close[0]} if close else ""
        walk.wrong("unknown_element", _("MJML knows no <%(name)s>.") % {"name": name}, mend=mend)
    elif not walk.stack:
        if name != "mjml":
            walk.wrong("no_mjml", _("The mail must begin with <mjml>, not <%(name)s>.") % {"name": name})
    elif walk.inside in PARENTS and name not in PARENTS[walk.inside] and walk.inside != "mj-attributes":
        _wrong_child(walk, name)


def _wrong_child(walk: Walk, name: str) -> None:
    names = {"name": name, "parent": walk.inside}
    if not name.startswith("mj"):
        mend = _("Put HTML inside <mj-text> or <mj-raw>.")
        walk.wrong("wrong_place", _("<%(name)s> cannot stand directly in <%(parent)s>.") % names, mend=mend)
        return
    homes = [parent for parent, children in PARENTS.items() if name in children]
    mend = (
        _("It belongs in %(parents)s.") % {"parents": ", ".join(f"<{home}>" for home in homes[:3])}
        if homes
        else ""
    )
    walk.wrong("wrong_place", _("<%(name)s> cannot stand directly in <%(parent)s>.") % names, mend=mend)


def _on_close(walk: Walk, found: re.Match[str]) -> None:
    name = found["closed"]
    name = name.lower() if not name.startswith("mj") else name
    if name in VOID:
        return
    if walk.stack and walk.inside == name:
        walk.stack.pop()
        walk.out.append(f"</{name}>")
        return
    names = {"name": name, "open": walk.inside, "line": walk.stack[-1].line if walk.stack else 0}
    if any(element.name == name for element in walk.stack):
        walk.wrong("not_closed", _("</%(name)s> comes before <%(open)s> of line %(line)s is closed.") % names)
        while walk.inside != name:
            walk.stack.pop()
        walk.stack.pop()
    else:
        walk.wrong("never_opened", _("</%(name)s> closes what was never opened.") % names)


_STEPS: dict[str, Callable[[Walk, re.Match[str]], None]] = {
    "liquid": _on_liquid,
    "comment": _on_comment,
    "open": _on_open,
    "close": _on_close,
    "text": _on_text,
    "stray": _on_stray,
}

__all__ = ["LIQUID", "RAW_HTML", "Protected", "protect"]
