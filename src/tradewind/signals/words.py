"""The words of this room: kinds of hits, verdicts, and the signs a verdict rests on, each with its sentence."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class HitKind(StrEnum):
    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE_PAGE = "unsubscribe_page"  # GET: changes nothing
    UNSUBSCRIBE = "unsubscribe"  # POST


class Verdict(StrEnum):
    """Was it a person?"""

    PERSON = "person"
    LIKELY_PERSON = "likely_person"
    UNKNOWN = "unknown"
    LIKELY_MACHINE = "likely_machine"
    MACHINE = "machine"

    @property
    def label(self) -> Promise:
        return VERDICT_LABELS[self]

    @property
    def is_people(self) -> bool:
        return self in PEOPLE

    @property
    def is_machine(self) -> bool:
        return self in MACHINES


PEOPLE = frozenset({Verdict.PERSON, Verdict.LIKELY_PERSON})
MACHINES = frozenset({Verdict.MACHINE, Verdict.LIKELY_MACHINE})

VERDICT_LABELS: dict[Verdict, Promise] = {
    Verdict.PERSON: _("A person"),
    Verdict.LIKELY_PERSON: _("Probably a person"),
    Verdict.UNKNOWN: _("Cannot be told"),
    Verdict.LIKELY_MACHINE: _("Probably a machine"),
    Verdict.MACHINE: _("A machine"),
}


class Sign(StrEnum):
    """One observation about a hit. Signs for a machine weigh above zero, signs for a person below."""

    # for a machine
    HEAD_REQUEST = "head_request"
    PREFETCH_HEADER = "prefetch_header"
    APPLE_PRIVACY = "apple_privacy"
    PREFETCH_AGENT = "prefetch_agent"
    PROXY_AT_ONCE = "proxy_at_once"
    SCANNER_NETWORK = "scanner_network"
    BOT_AGENT = "bot_agent"
    NO_AGENT = "no_agent"
    ODD_AGENT = "odd_agent"
    OLD_BROWSER = "old_browser"
    AT_ONCE = "at_once"
    BEFORE_ACCEPTANCE = "before_acceptance"
    BURST = "burst"
    EVERY_LINK = "every_link"
    UNSUBSCRIBE_PAGE_TOO = "unsubscribe_page_too"
    MANY_RECIPIENTS = "many_recipients"
    # for neither: somebody else's machine fetches for the reader
    MAIL_PROXY = "mail_proxy"
    # for a person
    BROWSER = "browser"
    LANGUAGE = "language"
    UNHURRIED = "unhurried"
    PROXY_LATE = "proxy_late"
    CLICK_FOLLOWED = "click_followed"
    OPENED_BEFORE = "opened_before"
    SAME_BROWSER_AGAIN = "same_browser_again"
    FORM_SENT = "form_sent"


SIGN_SENTENCES: dict[Sign, Promise] = {
    Sign.HEAD_REQUEST: _("It only asked for the headers; browsers of readers do not."),
    Sign.PREFETCH_HEADER: _("It said itself that it fetches in advance."),
    Sign.APPLE_PRIVACY: _(
        "It looks like Apple's privacy proxy, which loads every picture of every mail in the inbox, read or not."
    ),
    Sign.PREFETCH_AGENT: _("It bears the name of a mail service's own prefetcher."),
    Sign.PROXY_AT_ONCE: _(
        "The mail service's picture proxy loaded it %(seconds)s seconds after the mail was accepted."
    ),
    Sign.SCANNER_NETWORK: _("It came from a network of %(name)s, which checks links for viruses."),
    Sign.BOT_AGENT: _("It calls itself a robot or a program (%(agent)s)."),
    Sign.NO_AGENT: _("It did not say which browser it is."),
    Sign.ODD_AGENT: _("It gives a name that no known browser or mail program uses."),
    Sign.OLD_BROWSER: _("It claims to be a browser from years ago (%(agent)s), as scanners do."),
    Sign.AT_ONCE: _("It came %(seconds)s seconds after the mail was accepted, faster than people read."),
    Sign.BEFORE_ACCEPTANCE: _(
        "It came before the receiving server had accepted the mail: a gateway looked into it."
    ),
    Sign.BURST: _("%(links)s different links were followed within %(seconds)s seconds."),
    Sign.EVERY_LINK: _("Every link of the mail was followed (%(links)s of %(all)s)."),
    Sign.UNSUBSCRIBE_PAGE_TOO: _(
        "The unsubscribe page was fetched at the same moment, without unsubscribing."
    ),
    Sign.MANY_RECIPIENTS: _("The same address fetched the mails of %(messages)s recipients within a minute."),
    Sign.MAIL_PROXY: _("The picture was loaded through %(name)s's proxy, which hides the reader."),
    Sign.BROWSER: _("It is an ordinary browser or mail program."),
    Sign.LANGUAGE: _("It told a preferred language, as browsers of people do."),
    Sign.UNHURRIED: _("It came %(minutes)s minutes after the mail was accepted."),
    Sign.PROXY_LATE: _(
        "This proxy usually loads pictures when the mail is opened, and it came after %(minutes)s minutes."
    ),
    Sign.CLICK_FOLLOWED: _("A link was followed from the same mail afterwards, at a person's pace."),
    Sign.OPENED_BEFORE: _("The mail had been opened before."),
    Sign.SAME_BROWSER_AGAIN: _("The same browser came back later."),
    Sign.FORM_SENT: _("The form on the page was sent afterwards."),
}


def sentences(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """The stored reasons of a verdict in the reader's language, the heaviest first; unknown ones (of
    newer rules) are left out.
    """
    known = [reason for reason in reasons if reason.get("sign") in SIGN_SENTENCES]
    known.sort(key=lambda reason: -abs(float(reason.get("weight", 0))))
    return [str(SIGN_SENTENCES[Sign(reason["sign"])]) % reason for reason in known]


def verdict_sentence(kind: str, verdict: str, shows_inbox: bool | None) -> str:
    """One sentence on what a hit means."""
    who = str(VERDICT_LABELS[Verdict(verdict)]) if verdict else gettext("Not judged yet")
    if shows_inbox:
        return gettext("%(who)s; it shows that the mail is in the inbox.") % {"who": who}
    if shows_inbox is False:
        return gettext("%(who)s; it says nothing about the inbox.") % {"who": who}
    return gettext("%(who)s.") % {"who": who}
