"""Who is on which list. Who left is never put back by a file or a list action, only by their own word."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tradewind.audience import consents, suppression
from tradewind.audience.models import Contact, List, Subscription
from tradewind.audience.words import ConsentBasis, SubscriptionState, SuppressionReason

_SUBSCRIBE = """
INSERT INTO audience_subscription (workspace_id, list_id, contact_id, state, changed_at)
SELECT c.workspace_id, %(list)s, c.id, 'subscribed', now()
FROM audience_contact c
WHERE c.workspace_id = %(workspace)s AND c.id = ANY(%(contacts)s)
ORDER BY c.id
ON CONFLICT (list_id, contact_id) DO NOTHING
"""


def subscribe(list_: List, contact_ids: Iterable[int]) -> int:
    """Put contacts on a list; those who are on it, or left it, stay as they are. How many are new."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SUBSCRIBE,
            {"list": list_.pk, "workspace": list_.workspace_id, "contacts": sorted(set(contact_ids))},
        )
        return int(cursor.rowcount)


def unsubscribe(
    contact_id: int, message_id: int | None = None, list_ids: Sequence[int] | None = None, **evidence: Any
) -> None:
    """The person leaves: from `list_ids`, or (None) from everything, with withdrawal and suppression. Twice does no harm."""
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        return
    with transaction.atomic():
        if list_ids is not None:
            _leave(contact, list_ids)
            return
        Subscription.objects.filter(contact=contact).exclude(state=SubscriptionState.UNSUBSCRIBED).update(
            state=SubscriptionState.UNSUBSCRIBED, changed_at=timezone.now()
        )
        consents.withdraw([contact.pk], **({"message": message_id} if message_id else {}), **evidence)
        suppression.suppress(
            contact.workspace_id,
            contact.email_key,
            SuppressionReason.UNSUBSCRIBED,
            message_id=message_id,
        )


def come_back(contact: Contact, list_ids: Sequence[int], basis: ConsentBasis, **evidence: Any) -> None:
    """The person asked to hear from us again: a new consent, off the suppression if they had unsubscribed, on the lists."""
    with transaction.atomic():
        consents.grant(contact, basis, **evidence)
        standing = suppression.standing(contact.workspace_id, contact.email_key)
        if standing and standing.reason == SuppressionReason.UNSUBSCRIBED:
            standing.delete()
        _set(contact, list_ids, SubscriptionState.SUBSCRIBED)


def remove(list_: List, contact_id: int) -> bool:
    """Forget that the contact was ever on the list (a colleague put them there by mistake). Who has left it stays noted as
    having left. False when there was nothing to forget.
    """
    found = Subscription.objects.filter(list=list_, contact_id=contact_id).exclude(
        state=SubscriptionState.UNSUBSCRIBED
    )
    return found.delete()[0] > 0


def _leave(contact: Contact, list_ids: Sequence[int]) -> None:
    """Also lists they are not on: a later import must not put them there."""
    _set(contact, list_ids, SubscriptionState.UNSUBSCRIBED)


def _set(contact: Contact, list_ids: Sequence[int], state: SubscriptionState) -> None:
    known = List.objects.filter(workspace_id=contact.workspace_id, pk__in=list_ids)
    rows = [
        Subscription(
            workspace_id=contact.workspace_id,
            list=list_,
            contact=contact,
            state=state,
            changed_at=timezone.now(),
        )
        for list_ in known
    ]
    Subscription.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["list", "contact"],
        update_fields=["state", "changed_at"],
    )
