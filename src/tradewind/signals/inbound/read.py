"""From the bytes of an inbound mail to what it is. Pure, and total: whatever the bytes, there is a Reading."""

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


def _read(message: Message, mail_from: str, rcpt_to: str) -> Reading:
    subject, author = mime.header(message, "Subject"), mime.address(message, "From")
    name = parseaddr(mime.header(message, "From"))[0][:200]
    original = reports.enclosed(message)
    found = {
        "subject": subject,
        "author": author,
        "author_name": name,
        "return_paths": _return_paths(message, original, rcpt_to),
        "identities": _identities(message, original),
    }
    complaint = reports.complaint(message)
    if complaint is not None:
        kind = (
            Kind.ARF
            if complaint.feedback_type in ("abuse", "fraud", "virus", "other", "opt-out")
            else Kind.OTHER
        )
        return Reading(kind, **found, text=_shown(message), complaint=complaint, signs=("feedback-report",))
    report = reports.rfc3464(message)
    if report is None and reports.looks_like_report(
        mail_from, author, subject, mime.header(message, "X-Failed-Recipients")
    ):
        report = reports.plain(message)
    if report is not None:
        return Reading(Kind.DSN, **found, text=_shown(message), report=report, signs=(report.dialect,))
    automatic = answers.automatic(message, mail_from, subject)
    if automatic:
        return Reading(
            Kind.AUTO_REPLY, **found, text=answers.own_words(mime.readable_text(message)), signs=(automatic,)
        )
    words = answers.own_words(mime.readable_text(message))
    if rcpt_to.startswith("u+"):
        return Reading(Kind.UNSUBSCRIBE_WISH, **found, text=words, wish=True, signs=("address",))
    wish = answers.is_wish(words, subject)
    return Reading(
        Kind.UNSUBSCRIBE_WISH if wish else Kind.REPLY,
        **found,
        text=words,
        wish=wish,
        signs=("words",) if wish else (),
    )


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
