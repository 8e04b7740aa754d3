"""The subject and the words beside it in the inbox."""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

from tradewind.content.draft import Draft
from tradewind.content.findings import Finding, Level, Part

MAX_WIDTH = 60  # about what desktop mailboxes show; phones show 30 to 40. A Chinese character is two wide
_REPLY = re.compile(r"^\s*(re|fw|fwd|aw|wg|sv|tr|回复|答复|转发)\s*(\[\d+\])?\s*[:：]", re.I)
_ADDRESS = re.compile(r"https?://|www\.", re.I)


def check(draft: Draft) -> Iterator[Finding]:
    source = draft.sources[Part.SUBJECT]
    if not source:
        mend = _("Write what the reader gains, in a few words.")
        yield _finding(Level.BLOCKS, "no_subject", _("The subject is empty."), "", mend)
        return
    subject = draft.rendered.subject if draft.rendered else source
    if not subject.strip():
        sentence = _("The subject is empty for some contacts.")
        yield _finding(
            Level.BLOCKS, "no_subject", sentence, source, _("Let some words stand outside the Liquid.")
        )
    yield from _form(subject)
    if not draft.sources[Part.PREHEADER] and "<mj-preview" not in draft.sources[Part.MJML]:
        sentence = _("There is no preheader: mailboxes show the first words of the mail beside the subject.")
        mend = _("Write one line that goes on where the subject ends.")
        yield Finding(Level.NOTE, "no_preheader", sentence, Part.PREHEADER, mend=mend)


def _form(subject: str) -> Iterator[Finding]:
    width = sum(2 if east_asian_width(c) in "WF" else 1 for c in subject)
    if width > MAX_WIDTH:
        sentence = _("The subject is long: mailboxes cut it off, on phones after about 35 letters.")
        yield _finding(
            Level.MEND, "long_subject", sentence, subject, _("Put the point into the first words.")
        )
    letters = [c for c in subject if c.isalpha() and c.upper() != c.lower()]
    if len(letters) >= 8 and sum(c.isupper() for c in letters) / len(letters) > 0.6:
        sentence = _("The subject is mostly in capitals. Readers feel shouted at, and filters count it.")
        yield _finding(Level.MEND, "shouting_subject", sentence, subject, _("Write it like a sentence."))
    if len(re.findall(r"[!！]", subject)) > 1 or re.search(r"[?？]\s*[?？]", subject):
        sentence = _("More than one exclamation mark, or several question marks, look like spam.")
        yield _finding(Level.MEND, "marks_in_subject", sentence, subject)
    if _REPLY.search(subject):
        sentence = _(
            "The subject pretends to be a reply or a forwarded mail. Laws against misleading subjects forbid that."
        )
        yield _finding(
            Level.MEND, "false_reply", sentence, subject, _("Leave “Re:” and “Fwd:” to real replies.")
        )
    if _ADDRESS.search(subject):
        sentence = _("There is a web address in the subject; filters take that for spam.")
        yield _finding(Level.MEND, "link_in_subject", sentence, subject, _("Put the link into the mail."))


def _finding(level: Level, code: str, sentence: str, evidence: str, mend: str = "") -> Finding:
    return Finding(level, code, sentence, Part.SUBJECT, None, evidence[:120], mend)
