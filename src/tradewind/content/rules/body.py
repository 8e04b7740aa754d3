"""The mail as a whole: its size, its text, what no mailbox runs, and the foot that the law asks for."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from tradewind.content.draft import Draft
from tradewind.content.findings import Finding, Level, Part

CLIPPED = 102 * 1024  # bytes of HTML after which Gmail shows "Message clipped", as many senders report
_ADDRESS = re.compile(r"\bworkspace_address\b")


def check(draft: Draft) -> Iterator[Finding]:
    if draft.rendered is None or draft.tree is None:
        return
    size = len(draft.rendered.html.encode("utf-8", "replace"))
    if size > CLIPPED:
        sentence = _(
            "The mail has %(size)s KB of HTML. Gmail hides what comes after 102 KB, and the unsubscribe link with it."
        )
        mend = _("Shorten it, or split it into two mails.")
        yield Finding(Level.MEND, "clipped", sentence % {"size": size // 1024}, mend=mend)
    if not "".join(re.findall(r"\w", re.sub(r"https?://\S+", "", draft.rendered.text))):
        sentence = _("There is no text in the mail, only pictures or nothing.")
        yield Finding(Level.BLOCKS, "no_text", sentence, mend=_("Write at least a few sentences."))
    yield from _dead_parts(draft)
    if not _ADDRESS.search(draft.sources[Part.MJML]):
        sentence = _("The mail does not say who you are and where: your postal address is missing.")
        mend = _("Put {{ workspace_name }}, {{ workspace_address }} at its foot.")
        yield Finding(Level.MEND, "no_address", sentence, mend=mend)


def _dead_parts(draft: Draft) -> Iterator[Finding]:
    assert draft.tree is not None
    for name in ("script", "iframe", "object", "embed", "form", "video", "audio"):
        if draft.tree.css_first(name) is not None:
            level = Level.MEND if name in ("video", "audio") else Level.BLOCKS
            sentence = _("Mailboxes remove or distrust <%(name)s>.") % {"name": name}
            mend = _("Link to a page instead.")
            yield Finding(
                level, "dead_part", sentence, line=draft.line_of(f"<{name}"), evidence=f"<{name}>", mend=mend
            )
    for node in draft.tree.css("body *"):
        handler = next((name for name in node.attributes if name.startswith("on")), None)
        if handler:
            sentence = _("Mailboxes remove “%(name)s”: nothing of it runs in a mail.") % {"name": handler}
            yield Finding(Level.BLOCKS, "dead_part", sentence, line=draft.line_of(handler), evidence=handler)
            return
