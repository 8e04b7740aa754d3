"""Storing an inbound mail and doing what follows from it, in one transaction. The same mail handed in twice has one effect.

What cannot be done yet (a report on a message whose own outcome is not stored), or fails for a reason
of our own, is kept with
`acted_at` empty and tried again by `act_due`.
"""

import hashlib
from dataclasses import asdict
from typing import Any

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from tradewind.audience.subscriptions import unsubscribe as unsubscribe_contact
from tradewind.core import clock
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.messages import mark_bounced, resolve_unknown
from tradewind.ledger.models import Message
from tradewind.ledger.words import EventType, MessageState
from tradewind.signals import wishes
from tradewind.signals.inbound import bounces
from tradewind.signals.inbound.find import PEOPLE_WRITE, Found, find
from tradewind.signals.inbound.read import read
from tradewind.signals.inbound.values import Action, Kind, Reading
from tradewind.signals.models import Inbound

log = structlog.get_logger()

MOST_TRIES = 50
LONGEST_TEXT = 20_000


def receive(mail_from: str, rcpt_to: str, raw: bytes) -> Inbound:
    """The stored mail, new or known. When this returns, it is committed (unless the caller holds a transaction)."""
    digest = _digest(mail_from, rcpt_to, raw)
    known = Inbound.objects.filter(digest=digest).first()
    if known is not None:
        return known
    reading = read(raw, mail_from, rcpt_to)
    try:
        with transaction.atomic():
            found = find(reading, rcpt_to)
            inbound = _store(mail_from, rcpt_to, raw, digest, reading, found)
            _try(inbound, reading, found)
    except IntegrityError:  # handed in twice at the same instant
        return Inbound.objects.get(digest=digest)
    log.info("mail_received", inbound=inbound.pk, kind=inbound.kind, message=inbound.message_id)
    return inbound


def act_due(limit: int = 200) -> int:
    """Try again what could not be done; how many mails were looked at."""
    due = list(
        Inbound.objects.filter(acted_at__isnull=True).order_by("id").values_list("pk", flat=True)[:limit]
    )
    for pk in due:
        _again(pk)
    return len(due)


@transaction.atomic
def _again(pk: int) -> None:
    inbound = Inbound.objects.select_for_update(skip_locked=True).filter(pk=pk, acted_at__isnull=True).first()
    if inbound is None:
        return
    reading = read(bytes(inbound.raw), inbound.mail_from, inbound.rcpt_to)
    _try(inbound, reading, find(reading, inbound.rcpt_to))


def _digest(mail_from: str, rcpt_to: str, raw: bytes) -> bytes:
    envelope = f"{mail_from}\0{rcpt_to}\0".encode("utf-8", "surrogateescape")
    return hashlib.sha256(envelope + raw).digest()


def _store(
    mail_from: str, rcpt_to: str, raw: bytes, digest: bytes, reading: Reading, found: Found
) -> Inbound:
    kind = reading.kind
    if kind in PEOPLE_WRITE and found.contact is None and found.message is None:
        kind = Kind.OTHER  # from a stranger: perhaps an inquiry, but no answer to anything
    return Inbound.objects.create(
        workspace_id=found.workspace_id,
        message=found.message,
        contact=found.contact,
        kind=kind,
        mail_from=mail_from[:320],
        author=reading.author,
        author_name=reading.author_name,
        rcpt_to=rcpt_to[:320],
        subject=reading.subject,
        text=reading.text[:LONGEST_TEXT],
        raw=raw,
        digest=digest,
        facts=_facts(reading, found),
    )


def _facts(reading: Reading, found: Found) -> dict[str, Any]:
    facts: dict[str, Any] = {"signs": list(reading.signs), "found_by": found.by, "wish": reading.wish}
    if reading.report is not None:
        facts["report"] = asdict(reading.report)
    if reading.complaint is not None:
        facts["complaint"] = asdict(reading.complaint)
    return facts


def _try(inbound: Inbound, reading: Reading, found: Found) -> None:
    """Do what follows, in a savepoint: if that fails, the mail itself is stored all the same."""
    done = False
    inbound.tries += 1
    try:
        with transaction.atomic():
            done = _act(inbound, reading, found)
    except (OperationalError, InterfaceError):
        raise  # no database: the sender keeps the mail and comes again
    except Exception:
        log.exception(
            "inbound_not_acted",
            inbound=inbound.pk,
            sentence="The mail is stored; what follows from it is tried again.",
        )
    if done or inbound.tries >= MOST_TRIES:
        inbound.acted_at = clock.now()
    inbound.save(update_fields=["acted_at", "tries"])


def _act(inbound: Inbound, reading: Reading, found: Found) -> bool:
    """True when nothing is left to do."""
    message = (
        found.message and Message.objects.select_for_update(no_key=True).filter(pk=found.message.pk).first()
    )
    if message is None:
        return _without_message(inbound, found)
    if inbound.kind == Kind.DSN:
        return _report(inbound, reading, message)
    if message.state == MessageState.UNKNOWN and inbound.kind != Kind.OTHER:
        resolve_unknown(message.pk, accepted=True, evidence=f"inbound:{inbound.pk}")
    data: dict[str, Any] = {"inbound": inbound.pk, "found_by": found.by}
    if inbound.kind == Kind.ARF and reading.complaint:
        wishes.complain(
            message, at=inbound.received_at, data=data | {"feedback_type": reading.complaint.feedback_type}
        )
    elif inbound.kind == Kind.AUTO_REPLY:
        wishes.record_event(message, EventType.AUTO_REPLIED, inbound.received_at, data)
    elif inbound.kind == Kind.REPLY:
        wishes.record_event(message, EventType.REPLIED, inbound.received_at, data)
    elif inbound.kind == Kind.UNSUBSCRIBE_WISH:
        _wish(inbound, reading, message, data)
    return True


def _wish(inbound: Inbound, reading: Reading, message: Message, data: dict[str, Any]) -> None:
    by_address = (
        "address" in reading.signs
    )  # to the mailto of List-Unsubscribe: the mail program wrote it, not the person
    way = "mailto" if by_address else "reply"
    wishes.unsubscribe(message, at=inbound.received_at, data=data | {"way": way})
    if not by_address:
        wishes.record_event(message, EventType.REPLIED, inbound.received_at, data | {"wish": "unsubscribe"})


def _without_message(inbound: Inbound, found: Found) -> bool:
    """An answer of a known contact to no message that we know of."""
    contact = found.contact
    if contact is None or inbound.kind not in PEOPLE_WRITE:
        return True
    wish = inbound.kind == Kind.UNSUBSCRIBE_WISH
    type_ = EventType.AUTO_REPLIED if inbound.kind == Kind.AUTO_REPLY else EventType.REPLIED
    data = {"inbound": inbound.pk, "found_by": found.by} | ({"wish": "unsubscribe"} if wish else {})
    record([NewEvent(contact.workspace_id, type_, inbound.received_at, contact_id=contact.pk, data=data)])
    if wish:
        unsubscribe_contact(contact.pk)
        data = {"inbound": inbound.pk, "way": "reply"}
        record(
            [
                NewEvent(
                    contact.workspace_id,
                    EventType.UNSUBSCRIBED,
                    inbound.received_at,
                    contact_id=contact.pk,
                    data=data,
                )
            ]
        )
    return True


def _report(inbound: Inbound, reading: Reading, message: Message) -> bool:
    report = reading.report
    if report is None:
        return True
    if report.action in (Action.DELIVERED, Action.RELAYED, Action.EXPANDED):
        resolve_unknown(message.pk, accepted=True, evidence=f"inbound:{inbound.pk}")
        return True
    facts = {
        "inbound": inbound.pk,
        "where": "after_acceptance",
        "recipient": report.recipient,
        "dialect": report.dialect,
    }
    if report.action is Action.DELAYED:
        known = {"code": report.code, "status": report.status, "text": report.text}
        wishes.record_event(
            message, EventType.DEFERRED, inbound.received_at, facts | {k: v for k, v in known.items() if v}
        )
        return True
    if not MessageState(message.state).is_final:
        return False  # the report was faster than our own books
    meaning = bounces.classify(report.status, report.code, report.text)
    mark_bounced(
        message.pk,
        at=inbound.received_at,
        code=report.code,
        status=report.status,
        text=report.text,
        rule=meaning.rule,
        suppress_address=meaning.suppress,
        data=facts
        | {"fault": meaning.fault, "persistence": meaning.persistence, "rule_version": bounces.VERSION},
    )
    return True
