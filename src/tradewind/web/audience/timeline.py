"""Everything that happened with one contact, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tradewind.accounts.access import Access
from tradewind.audience.models import Consent, Contact, ImportedContact, Suppression
from tradewind.audience.words import ConsentBasis, Outcome, SuppressionReason
from tradewind.ledger.models import Event
from tradewind.ledger.words import EventType, Reason
from tradewind.signals.models import Inbound
from tradewind.signals.words import Verdict

MOST = 100
_SHOWN = {
    EventType.QUEUED: "queued",
    EventType.SKIPPED: "skipped",
    EventType.ACCEPTED: "accepted",
    EventType.DEFERRED: "deferred",
    EventType.REFUSED: "refused",
    EventType.EXPIRED: "expired",
    EventType.UNKNOWN: "unknown",
    EventType.BOUNCED: "bounced",
    EventType.COMPLAINED: "complained",
    EventType.OPENED: "opened",
    EventType.CLICKED: "clicked",
    EventType.UNSUBSCRIBED: "unsubscribed",
    EventType.REPLIED: "replied",
    EventType.AUTO_REPLIED: "replied",
}


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    step: str  # a word of web/states.py
    label: str
    what: str
    detail: str = ""
    url: str = ""


def timeline(access: Access, contact: Contact) -> list[Entry]:
    """The newest hundred entries: messages and what became of them, consents, imports, suppression."""
    found = [
        *_events(access, contact),
        *_consents(contact),
        *_imports(access, contact),
        *_suppressions(contact),
    ]
    found.append(
        Entry(contact.created_at, "done", pgettext("contact", "Created"), _("The contact was created"))
    )
    return sorted(found, key=attrgetter("at"), reverse=True)[:MOST]


def _events(access: Access, contact: Contact) -> Iterator[Entry]:
    types = [event.value for event in _SHOWN]
    events = Event.objects.filter(contact_id=contact.pk, type__in=types, workspace=access.workspace)
    judged: set[int] = set()
    for event in islice(events.select_related("origin").order_by("-at", "-id"), MOST):
        hit = int((event.data or {}).get("hit") or 0)
        if hit in judged:
            continue  # an earlier verdict on the same open or click
        judged |= {hit} - {0}
        step, label, detail = _meaning(event)
        url = _where(access, event)
        yield Entry(event.at, step, label, event.origin.name if event.origin else "", detail, url)


def _where(access: Access, event: Event) -> str:
    """An answer leads to its conversation, everything else to the trace of its message."""
    inbound = int((event.data or {}).get("inbound") or 0)
    if inbound and event.type in (EventType.REPLIED, EventType.AUTO_REPLIED):
        return access.url("sales:thread", inbound)
    return access.url("campaigns:message", event.message_id) if event.message_id else ""


def _meaning(event: Event) -> tuple[str, str, str]:
    """(step, own label or empty, detail) of an event."""
    kind = EventType(event.type)
    data = event.data or {}
    if kind in (EventType.OPENED, EventType.CLICKED) and data.get("verdict") in frozenset(Verdict):
        verdict = Verdict(data["verdict"])
        return ("machine" if verdict.is_machine else _SHOWN[kind]), _label(kind), str(verdict.label)
    if data.get("reason") in frozenset(Reason):
        return _SHOWN[kind], "", str(Reason(data["reason"]).sentence)
    if kind is EventType.AUTO_REPLIED:
        return "replied", _("Automatic answer"), _their_words(event)
    if kind is EventType.REPLIED:
        return _SHOWN[kind], "", _their_words(event)
    return _SHOWN[kind], "", str(data.get("text") or "")[:200]


def _their_words(event: Event) -> str:
    """The beginning of an answer."""
    pk = int((event.data or {}).get("inbound") or 0)
    text = (
        Inbound.objects.filter(workspace_id=event.workspace_id, pk=pk).values_list("text", flat=True).first()
    )
    return " ".join((text or "").split())[:200]


def _label(kind: EventType) -> str:
    return _("Opened") if kind is EventType.OPENED else _("Clicked")


def _consents(contact: Contact) -> Iterator[Entry]:
    for consent in Consent.objects.filter(contact=contact).order_by("-id")[:MOST]:
        detail = consent.evidence.get("source") or consent.evidence.get("note") or ""
        if consent.granted:
            basis = str(ConsentBasis(consent.basis).label)
            yield Entry(consent.at, "good", _("Consent"), basis, str(detail))
        else:
            yield Entry(
                consent.at, "unsubscribed", _("Consent withdrawn"), _("No more mail wanted"), str(detail)
            )


def _imports(access: Access, contact: Contact) -> Iterator[Entry]:
    rows = ImportedContact.objects.filter(contact=contact).select_related("source_import").order_by("-id")
    for row in rows[:MOST]:
        import_ = row.source_import
        detail = _("row %(row)s: %(outcome)s") % {"row": row.row, "outcome": Outcome(row.outcome).label}
        at = import_.finished_at or import_.started_at or import_.created_at
        yield Entry(
            at, "uploaded", _("Import"), import_.file_name, detail, access.url("audience:import", import_.pk)
        )


def _suppressions(contact: Contact) -> Iterator[Entry]:
    rows = Suppression.objects.filter(
        workspace_id=contact.workspace_id, value__in=[contact.email_key, contact.mail_domain]
    )
    for row in rows:
        what = str(SuppressionReason(row.reason).label)
        yield Entry(row.created_at, "cancelled", _("Suppressed"), what, f"{row.value} {row.note}".strip())
