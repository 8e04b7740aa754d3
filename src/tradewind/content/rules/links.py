"""Links: the way out, and where the others lead."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from tradewind.content.draft import Draft
from tradewind.content.findings import Finding, Level, Part

# Services that hide where a link leads. Blocklists list them often, because spammers use them.
SHORTENERS = frozenset(
    (
        *("bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly"),
        *("tiny.cc", "shorturl.at", "rb.gy", "bl.ink", "t.ly", "lnkd.in", "s.id", "v.gd", "soo.gd"),
        *("dwz.cn", "t.cn", "url.cn", "suo.im", "u.nu", "clck.ru", "vk.cc", "tr.im", "dlvr.it"),
    )
)
_UNSUBSCRIBE = re.compile(r"\{\{-?\s*unsubscribe_url\b")
_HOST_IN_LABEL = re.compile(r"^\s*(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:/\S*)?\s*$", re.I)


def check(draft: Draft) -> Iterator[Finding]:
    yield from _way_out(draft)
    if draft.tree is None:
        return
    for link in draft.tree.css("a, area"):
        href = (link.attributes.get("href") or "").strip()
        yield from _one(draft, href, " ".join((link.text() or "").split()))


def _way_out(draft: Draft) -> Iterator[Finding]:
    if draft.compiled is None:
        return
    mend = _('Put this at the foot of the mail: <a href="{{ unsubscribe_url }}">Unsubscribe</a>')
    if not _UNSUBSCRIBE.search(draft.compiled.html):
        sentence = _(
            "There is no unsubscribe link. The law asks for one, and so do Gmail, Yahoo and Outlook."
        )
        yield Finding(Level.BLOCKS, "no_unsubscribe", sentence, mend=mend)
    if draft.template.text.strip() and not _UNSUBSCRIBE.search(draft.compiled.text):
        sentence = _("The text version has no unsubscribe link.")
        mend = _(
            "Put {{ unsubscribe_url }} at its end, or leave the text version empty: it is then made from the mail."
        )
        yield Finding(Level.MEND, "no_unsubscribe_in_text", sentence, Part.TEXT, mend=mend)


def _one(draft: Draft, href: str, label: str) -> Iterator[Finding]:
    line = draft.line_of(href) or draft.line_of(label)
    if not href or href == "#":
        sentence = _("A link leads nowhere.")
        yield Finding(
            Level.MEND, "empty_link", sentence, line=line, evidence=label, mend=_("Give it its address.")
        )
        return
    if re.match(r"(javascript|data|vbscript|file):", href, re.I):
        sentence = _("This kind of link is blocked by every mailbox.")
        yield Finding(Level.BLOCKS, "dangerous_link", sentence, line=line, evidence=href[:120])
        return
    try:
        parts = urlsplit(href)
        host = (parts.hostname or "").lower()
    except ValueError:
        yield Finding(
            Level.MEND, "broken_link", _("This address is no address."), line=line, evidence=href[:120]
        )
        return
    if parts.scheme in ("http", "https"):
        yield from _web_link(parts.scheme, host, href, label, line)
    elif not parts.scheme:
        mend = _("Write the whole address, with https://.")
        sentence = _("This link leads nowhere in a mail: it is not a whole address.")
        yield Finding(Level.MEND, "relative_link", sentence, line=line, evidence=href[:120], mend=mend)


def _web_link(scheme: str, host: str, href: str, label: str, line: int | None) -> Iterator[Finding]:
    if scheme == "http":
        sentence = _("A link goes to http:// and not to https://. Browsers warn of such pages.")
        mend = _("Write https:// if the site has it, and today nearly every one has.")
        yield Finding(Level.MEND, "http_link", sentence, line=line, evidence=href[:120], mend=mend)
    if host.removeprefix("www.") in SHORTENERS:
        sentence = _("%(host)s hides where the link leads. Filters distrust that, and often block it.") % {
            "host": host
        }
        mend = _("Use the real address; clicks are counted anyway.")
        yield Finding(Level.MEND, "short_link", sentence, line=line, evidence=href[:120], mend=mend)
    if re.fullmatch(r"[0-9.]+|\[?[0-9a-f:]*:[0-9a-f:]*\]?", host):
        sentence = _("A link goes to a number instead of a name. Filters take that for phishing.")
        yield Finding(Level.MEND, "number_link", sentence, line=line, evidence=href[:120])
    shown = _HOST_IN_LABEL.match(label)
    if shown and _owner(shown[1]) != _owner(host):
        sentence = _(
            "The text of the link shows another site than it leads to. Filters take that for phishing."
        )
        mend = _("Let the text say what is there: “See the catalogue”.")
        yield Finding(Level.MEND, "other_site", sentence, line=line, evidence=f"{label} → {host}", mend=mend)


def _owner(host: str) -> str:
    """The last two labels: enough to tell two sites apart in a hint."""
    return ".".join(host.lower().rstrip(".").split(".")[-2:])
