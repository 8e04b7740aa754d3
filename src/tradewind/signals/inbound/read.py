"""From the bytes of an inbound mail to what it is. Pure, and total: whatever the bytes, there is a Reading."""

from dataclasses import replace
from email.message import Message
from email.utils import parseaddr

import structlog

from tradewind.signals.inbound import answers, mime, reports
from tradewind.signals.inbound.values import Kind, Reading

log = structlog.get_logger()

MOST_IDENTITIES = 30


def read(raw: bytes, mail_from: str, rcpt_to: str) -> Reading:
    """What it is. `mail_from` and `rcpt_to` are the envelope; an empty `mail_from` is the null sender."""
    try:
        return _read(mime.parse(raw), mail_from.strip().strip("<>").lower(), rcpt_to.strip().lower())
    except Exception:
        # A mail that we cannot read is still a mail: it is kept, and a person can look at it.
        log.exception(
            "inbound_unreadable",
            rcpt_to=rcpt_to,
            sentence="An inbound mail could not be read; it is kept as it came.",
        )
        return Reading(Kind.OTHER, signs=("unreadable",))


_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out"})


def _read(message: Message, mail_from: str, rcpt_to: str) -> Reading:
    original = reports.enclosed(message)
    reading = Reading(
        Kind.OTHER,
        subject=mime.header(message, "Subject"),
        author=mime.address(message, "From"),
        author_name=parseaddr(mime.header(message, "From"))[0][:200],
        return_paths=_return_paths(message, original, rcpt_to),
        identities=_identities(message, original),
    )
    return _as_report(message, reading, mail_from) or _as_answer(message, reading, mail_from, rcpt_to)


def _as_report(message: Message, reading: Reading, mail_from: str) -> Reading | None:
    """A complaint or a report on delivery; None when it is neither."""
    complaint = reports.complaint(message)
    if complaint is not None:
        kind = Kind.ARF if complaint.feedback_type in _COMPLAINTS else Kind.OTHER
        return replace(
            reading, kind=kind, text=_shown(message), complaint=complaint, signs=("feedback-report",)
        )
    report = reports.rfc3464(message)
    failed = mime.header(message, "X-Failed-Recipients")
    if report is None and reports.looks_like_report(mail_from, reading.author, reading.subject, failed):
        report = reports.plain(message)
    if report is None:
        return None
    return replace(reading, kind=Kind.DSN, text=_shown(message), report=report, signs=(report.dialect,))


def _as_answer(message: Message, reading: Reading, mail_from: str, rcpt_to: str) -> Reading:
    """Written by a person, or by a program in a person's place."""
    words = answers.own_words(mime.readable_text(message))
    automatic = answers.automatic(message, mail_from, reading.subject)
    if automatic:
        return replace(reading, kind=Kind.AUTO_REPLY, text=words, signs=(automatic,))
    if rcpt_to.startswith("u+"):
        return replace(reading, kind=Kind.UNSUBSCRIBE_WISH, text=words, wish=True, signs=("address",))
    if answers.is_wish(words, reading.subject):
        return replace(reading, kind=Kind.UNSUBSCRIBE_WISH, text=words, wish=True, signs=("words",))
    return replace(reading, kind=Kind.REPLY, text=words)


def _shown(message: Message) -> str:
    return mime.readable_text(message)[:4000].strip()


def _return_paths(message: Message, original: Message | None, rcpt_to: str) -> tuple[str, ...]:
    """Addresses that may carry one of our tokens, the surest first."""
    found = [rcpt_to, mime.address(message, "Delivered-To"), mime.address(message, "X-Original-To")]
    if original is not None:
        found += [
            mime.header(original, "Return-Path").strip("<> ").lower(),
            mime.header(original, "X-Return-Path").strip("<> ").lower(),
        ]
    for part in mime.parts(message):
        if part.get_content_type() == "message/feedback-report":
            payload = part.get_payload()
            fields = payload[0] if isinstance(payload, list) and payload else None
            if isinstance(fields, Message):
                found.append(mime.header(fields, "Original-Mail-From").strip("<> ").lower())
    return tuple(dict.fromkeys(address for address in found if "@" in address))


def _identities(message: Message, original: Message | None) -> tuple[str, ...]:
    """Left sides of Message-IDs that this mail refers to, and the feedback id of the original."""
    texts = [mime.header(message, "In-Reply-To"), mime.header(message, "References")]
    if original is not None:
        feedback = mime.header(original, "CFBL-Feedback-ID")
        texts += [mime.header(original, "Message-ID"), f"<{feedback}@>" if feedback else ""]
    found = [
        part.split("@", 1)[0].strip("<> ").lower()
        for text in texts
        for part in text.replace(",", " ").split()[:50]
    ]
    return tuple(dict.fromkeys(filter(None, found)))[:MOST_IDENTITIES]
