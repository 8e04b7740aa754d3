"""From a reply to its meaning. Linear in the length of the text: only substrings are searched."""

import re

from tradewind.delivery.replies.rules import Rule, RuleBook, rule_book
from tradewind.delivery.replies.words import Classification, Fault, Persistence
from tradewind.delivery.smtp.errors import (
    AuthError,
    CannotCarry,
    ConnectError,
    Disconnected,
    Phase,
    PhaseTimeout,
    ProtocolError,
    SmtpError,
    TlsError,
)
from tradewind.delivery.smtp.replies import Reply
from tradewind.senders.providers import OTHER, of_mx

MAX_TEXT = 4000
_SHORTEST, _LONGEST = 30.0, 12 * 3600.0
_WAIT = re.compile(
    r"(?:try again|try back|retry|wait|come back|greylist\w*|seconds? to|after)[^0-9]{0,40}"
    r"([0-9]{1,5})\s?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b"
)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def classify(
    reply: Reply,
    *,
    phase: Phase = Phase.RCPT,
    host: str = "",
    provider: str = "",
    book: RuleBook | None = None,
) -> Classification:
    """What `reply`, given in `phase` by `host`, means.

    `provider` is a key of the provider catalogue; without one it is found from the host. Rules of that
    provider come first, then general texts, enhanced codes and reply codes; the last rule matches all.
    """
    book = book or rule_book()
    provider = provider if provider and provider != OTHER else of_mx([host]) if host else OTHER
    text = reply.text[:MAX_TEXT].lower()
    status = (reply.enhanced or "")[2:]
    for rule in book.rules:
        if rule.matches(reply.code, status, text, provider, phase):
            return _meaning(rule, reply, phase, book.version, stated_wait(text))
    raise AssertionError("the last reply rule must match everything")


def _meaning(rule: Rule, reply: Reply, phase: Phase, version: int, wait: float | None) -> Classification:
    said = Persistence.STOP if reply.permanent else Persistence.RETRY
    return Classification(
        where=phase,
        fault=rule.fault,
        persistence=rule.persistence or said,
        rule=rule.id,
        rule_version=version,
        sentence=rule.sentence,
        schedule=rule.schedule,
        wait=wait if wait is not None else rule.wait,
        lane=rule.lane,
        source=rule.source,
    )


def stated_wait(text: str) -> float | None:
    """The wait in seconds that a lower-case reply text asks for, between half a minute and twelve hours."""
    found = _WAIT.search(text[:MAX_TEXT])
    if found is None:
        return None
    return min(max(int(found[1]) * _UNITS[found[2][0]], _SHORTEST), _LONGEST)


def classify_error(error: SmtpError, *, host: str = "", provider: str = "") -> Classification:
    """What a broken or refused session means for the message, which is still ours."""
    if error.reply is not None and error.reply.code >= 400 and not isinstance(error, AuthError):
        return classify(error.reply, phase=error.phase, host=host, provider=provider)
    rule, fault, persistence, sentence = _of_error(error)
    version = rule_book().version
    return Classification(error.phase, fault, persistence, rule, version, sentence, schedule="network")


def _of_error(error: SmtpError) -> tuple[str, Fault, Persistence, str]:
    for kind, meaning in _ERRORS:
        if isinstance(error, kind):
            return meaning
    return "session.broken", Fault.RECEIVER, Persistence.OTHER_PATH, "broken"


_ERRORS: tuple[tuple[type[SmtpError], tuple[str, Fault, Persistence, str]], ...] = (
    (AuthError, ("session.login", Fault.OURS, Persistence.RETRY, "login")),
    (TlsError, ("session.tls", Fault.RECEIVER, Persistence.OTHER_PATH, "tls_failed")),
    (CannotCarry, ("session.cannot_carry", Fault.RECEIVER, Persistence.STOP, "cannot_carry")),
    (ConnectError, ("session.connect", Fault.NETWORK, Persistence.OTHER_PATH, "connect")),
    (PhaseTimeout, ("session.timeout", Fault.NETWORK, Persistence.OTHER_PATH, "timeout")),
    (Disconnected, ("session.lost", Fault.NETWORK, Persistence.OTHER_PATH, "lost")),
    (ProtocolError, ("session.protocol", Fault.RECEIVER, Persistence.OTHER_PATH, "protocol")),
)
