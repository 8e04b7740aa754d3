"""Words that sell too loudly. A hint for the writer, never a forecast: no large provider says that it
uses such a list."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from django.utils.translation import gettext as _

from tradewind.content.draft import Draft
from tradewind.content.findings import Finding, Level, Part

MANY = 4


@cache
def _lists() -> dict[str, re.Pattern[str]]:
    text = (files("tradewind.content") / "spam_words.toml").read_text(encoding="utf-8")
    return {language: _pattern(entry["words"]) for language, entry in tomllib.loads(text).items()}


def _pattern(words: list[str]) -> re.Pattern[str]:
    # Chinese has no spaces between words, so a word boundary would find nothing.
    alternatives = (re.escape(w) if ord(w[0]) > 0x2E80 else rf"(?<!\w){re.escape(w)}(?!\w)" for w in words)
    return re.compile("|".join(alternatives), re.I)


def check(draft: Draft) -> Iterator[Finding]:
    if draft.rendered is None:
        return
    in_subject = _found(draft.rendered.subject)
    if in_subject:
        sentence = _("The subject sells loudly: %(words)s. Such words are common in spam.")
        words = ", ".join(f"“{word}”" for word in in_subject)
        mend = _("Say what is in it for this reader instead.")
        yield Finding(Level.MEND, "spam_words", sentence % {"words": words}, Part.SUBJECT, mend=mend)
    body = _found(re.sub(r"https?://\S+", "", draft.rendered.text))
    if body:
        level = Level.MEND if len(body) >= MANY else Level.NOTE
        sentence = _("Words that are common in spam: %(words)s.")
        words = ", ".join(f"“{word}”" for word in body)
        line = draft.line_of(body[0])
        mend = _("One or two do no harm. Many of them, with pictures and few words, do.")
        yield Finding(level, "spam_words", sentence % {"words": words}, line=line, mend=mend)


def _found(text: str) -> list[str]:
    """The loud words of a text, each once, at most ten."""
    hits = (found[0] for pattern in _lists().values() for found in pattern.finditer(text))
    return list({word.lower(): word for word in hits}.values())[:10]
