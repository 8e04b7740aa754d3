"""Why we may mail a person: a ledger that is only added to. The latest row counts."""

from collections.abc import Iterable
from typing import Any

from tradewind.audience.models import Consent, Contact
from tradewind.audience.words import ConsentBasis


def grant(contact: Contact, basis: ConsentBasis, **evidence: Any) -> Consent:
    """Note a consent with what proves it."""
    return Consent.objects.create(
        workspace_id=contact.workspace_id, contact=contact, basis=basis, evidence=evidence
    )


def withdraw(contact_ids: Iterable[int], **evidence: Any) -> int:
    """Note the withdrawal of each; who has withdrawn already is passed over. Rows written."""
    rows = []
    for contact in Contact.objects.filter(pk__in=list(contact_ids)):
        last = latest(contact)
        if last is not None and not last.granted:
            continue
        basis = last.basis if last else ConsentBasis.UNKNOWN
        rows.append(
            Consent(
                workspace_id=contact.workspace_id,
                contact=contact,
                granted=False,
                basis=basis,
                evidence=evidence,
            )
        )
    return len(Consent.objects.bulk_create(rows))


def latest(contact: Contact) -> Consent | None:
    """The row that counts; None when nothing was ever noted."""
    return Consent.objects.filter(contact=contact).order_by("-id").first()
