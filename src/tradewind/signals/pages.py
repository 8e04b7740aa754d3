"""The few pages of the edge. They name the sender, never the reader: a mail may have been forwarded."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from tradewind.signals.answers import Answer, page, plain
from tradewind.signals.keeper import Known
from tradewind.signals.unsubscribing import REASONS, Form, Way


def language_of(accepted: str, contact: str = "") -> str:
    """Ours that the browser asks for first, else the contact's, else English."""
    for tag, quality in parse_accept_lang_header(accepted[:200]):
        if quality > 0 and tag.split("-")[0] in ("zh", "en"):
            return "zh-hans" if tag.startswith("zh") else "en"
    return "zh-hans" if contact.lower().startswith("zh") else "en"


def ask(accepted: str, known: Known | None) -> Answer:
    """One button."""
    return _page("public/unsubscribe.html", accepted, known)


def done(accepted: str, known: Known | None, form: Form) -> Answer:
    """A mail service gets a word, a person a page (and may say why)."""
    if form.way is Way.ONE_CLICK:
        return plain("Unsubscribed.\n")
    return _page("public/unsubscribed.html", accepted, known, reasons=REASONS.items(), told=bool(form.reason))


def unknown_link(accepted: str) -> Answer:
    return _page("public/unknown_link.html", accepted, None, status=404)


def try_again(accepted: str) -> Answer:
    """The database is away; nothing to redirect to."""
    return _later(_page("public/try_again.html", accepted, None, status=503))


def not_kept(accepted: str, by_person: bool) -> Answer:
    """Neither database nor disk: say so, so that the mail service or the person tries again."""
    with translation.override(language_of(accepted)):
        if by_person:
            return _later(_page("public/try_again.html", accepted, None, status=503, wish=True))
        return _later(plain("The wish could not be stored. Please send it again.\n", 503))


def _later(answer: Answer) -> Answer:
    return Answer(answer.status, (*answer.headers, ("retry-after", "60")), answer.body)


def _page(template: str, accepted: str, known: Known | None, status: int = 200, **more: Any) -> Answer:
    language = language_of(accepted, known.language if known else "")
    with translation.override(language):
        company = known.company if known else _("this sender")
        html = render_to_string(template, {"company": company, "language": language, **more})
    return page(html, language, status)
