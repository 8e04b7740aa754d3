"""Pictures: with words for those who do not see them, and never instead of words."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from selectolax.lexbor import LexborNode

from tradewind.content.draft import Draft
from tradewind.content.findings import Finding, Level

# SpamAssassin's HTML_IMAGE_ONLY rules end at about 3,200 letters for a mail of one picture
WORDS_PER_IMAGE = 25


def check(draft: Draft) -> Iterator[Finding]:
    if draft.tree is None or draft.rendered is None:
        return
    images = [image for image in draft.tree.css("img") if not _is_tiny(image)]
    for image in images:
        yield from _one(draft, image)
    words = sum(_weight(word) for word in draft.rendered.text.split() if "://" not in word)
    if images and words < WORDS_PER_IMAGE * len(images):
        sentence = _("There is little text for %(images)s pictures: about %(words)s words.")
        mend = _(
            "Say the important things in words. Many mailboxes hide pictures at first, and filters distrust them."
        )
        numbers = {"images": len(images), "words": round(words)}
        yield Finding(Level.MEND, "little_text", sentence % numbers, mend=mend)


def _weight(word: str) -> float:
    """A run of Chinese, Japanese or Thai has no spaces: about two signs make a word."""
    dense = sum(1 for c in word if ord(c) >= 0x0E00 and not 0x1E00 <= ord(c) <= 0x2E7F)
    return max(1.0, dense / 2)


def _is_tiny(image: LexborNode) -> bool:
    return (image.attributes.get("width") or "") in ("0", "1")


def _one(draft: Draft, image: LexborNode) -> Iterator[Finding]:
    source = (image.attributes.get("src") or "").strip()
    line = draft.line_of(source)
    if not source or not source.lower().startswith(("http://", "https://", "cid:", "data:")):
        sentence = _("A picture has no whole address, so no reader sees it.")
        mend = _("Give its address, with https://.")
        yield Finding(Level.MEND, "no_picture", sentence, line=line, evidence=source[:120], mend=mend)
    elif source.lower().startswith("http://"):
        sentence = _("A picture comes from http://; many mailboxes do not load it.")
        yield Finding(
            Level.MEND, "http_picture", sentence, line=line, evidence=source[:120], mend=_("Use https://.")
        )
    elif source.lower().startswith("data:"):
        sentence = _("A picture is written into the mail. Gmail and Outlook do not show such pictures.")
        yield Finding(
            Level.MEND, "data_picture", sentence, line=line, mend=_("Put it on your website and link it.")
        )
    if not (image.attributes.get("alt") or "").strip():
        sentence = _("A picture has no words for readers who do not see it.")
        mend = _('Write alt="…" with what it says.')
        yield Finding(Level.MEND, "no_alt", sentence, line=line, evidence=source[:120], mend=mend)
