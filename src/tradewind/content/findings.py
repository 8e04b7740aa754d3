"""What is wrong with a template: the value that checks hand to pages."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Level(StrEnum):
    BLOCKS = "blocks"  # nothing is sent with it
    MEND = "mend"  # costs readers or trust
    NOTE = "note"  # good to know

    @property
    def label(self) -> Promise:
        return {
            Level.BLOCKS: gettext_lazy("Blocks sending"),
            Level.MEND: gettext_lazy("Better mended"),
            Level.NOTE: gettext_lazy("Good to know"),
        }[self]


class Part(StrEnum):
    """Which field of the template a finding is about."""

    SUBJECT = "subject"
    PREHEADER = "preheader"
    MJML = "mjml"
    TEXT = "text"

    @property
    def label(self) -> Promise:
        return {
            Part.SUBJECT: gettext_lazy("Subject"),
            Part.PREHEADER: gettext_lazy("Preheader"),
            Part.MJML: gettext_lazy("Mail"),
            Part.TEXT: gettext_lazy("Text version"),
        }[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know. `line` counts from 1 in the part's source; `mend` says what to do about it."""

    level: Level
    code: str
    sentence: str
    part: Part = Part.MJML
    line: int | None = None
    evidence: str = ""
    mend: str = ""

    @property
    def where(self) -> str:
        """The place in words, with what stands there."""
        place = str(self.part.label)
        if self.line is not None and self.part in (Part.MJML, Part.TEXT):
            place = _("%(part)s, line %(line)s") % {"part": place, "line": self.line}
        return f"{place}: {self.evidence}" if self.evidence else place
