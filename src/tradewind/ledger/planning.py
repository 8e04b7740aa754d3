"""From a set of contacts to message rows; and the same question asked without writing: the forecast."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from tradewind.core import clock
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.query import Query
from tradewind.ledger.sql import statement
from tradewind.ledger.words import EventType, MessageState, Reason
from tradewind.senders.models import Lane, MailDomain

BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Planned:
    queued: int
    skipped: int


@dataclass(slots=True)
class Forecast:
    """What would happen now. `by_provider` counts those who would get the mail; "unknown" is a provider DNS did not tell."""

    total: int = 0
    by_provider: dict[str, int] = field(default_factory=dict)
    skipped: dict[Reason, int] = field(default_factory=dict)

    @property
    def sendable(self) -> int:
        return sum(self.by_provider.values())


@dataclass(frozen=True, slots=True)
class Skipped:
    contact_id: int
    reason: Reason


def plan(origin: Origin, audience: Query) -> Planned:
    """Plan all of `audience`, in batches of their own transactions.

    Killed and started again it goes on without doubling anybody: a batch already written inserts nothing.
    """
    after, queued, skipped = 0, 0, 0
    text = statement("plan_batch").replace("{audience}", audience.sql)
    while True:
        params = audience.params | {"origin": origin.pk, "after": after, "size": BATCH, "now": clock.now()}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(text, params)
            last_id, seen, batch_queued, batch_skipped = cursor.fetchone()
        queued, skipped = queued + batch_queued, skipped + batch_skipped
        if seen < BATCH:
            break
        after = last_id
    _planned(origin, queued, skipped)
    return Planned(queued, skipped)


@transaction.atomic
def _planned(origin: Origin, queued: int, skipped: int) -> None:
    """Planning is complete: from now on the workers may claim."""
    now = clock.now()
    if Origin.objects.filter(pk=origin.pk, planned_at__isnull=True).update(planned_at=now):
        origin.planned_at = now
        data = {"queued": queued, "skipped": skipped}
        record([NewEvent(origin.workspace_id, EventType.PLANNED, now, origin_id=origin.pk, data=data)])


def forecast(workspace_id: int, audience: Query, list_ids: list[int]) -> Forecast:
    """The gate of planning over `audience`, counted by provider and reason. Writes nothing."""
    result = Forecast()
    params = audience.params | {"workspace": workspace_id, "list_ids": json.dumps(list_ids)}
    with connection.cursor() as cursor:
        cursor.execute(statement("forecast").replace("{audience}", audience.sql), params)
        for provider, skip, count in cursor.fetchall():
            result.total += count
            if skip:
                reason = Reason(skip)
                result.skipped[reason] = result.skipped.get(reason, 0) + count
            else:
                result.by_provider[provider] = result.by_provider.get(provider, 0) + count
    return result


def skipped_contacts(
    workspace_id: int,
    audience: Query,
    list_ids: list[int],
    reason: Reason | None = None,
    after: int = 0,
    size: int = 50,
) -> list[Skipped]:
    """The contacts that `forecast` counts as skipped, for one reason or for any: at most `size` with an id beyond `after`,
    in the order of ids.
    """
    params = audience.params | {
        "workspace": workspace_id,
        "list_ids": json.dumps(list_ids),
        "reason": reason,
        "after": after,
        "size": size,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("forecast_skipped").replace("{audience}", audience.sql), params)
        return [Skipped(contact_id, Reason(skip)) for contact_id, skip in cursor.fetchall()]


@transaction.atomic
def plan_test(
    origin: Origin, email: str, *, contact_id: int | None = None, values: dict[str, Any] | None = None
) -> Message:
    """One message to one address: a test send or a transactional call. The gate judges it at claim like every other.

    `email` is an `email_key`. `values` are the merge values to use where the contact (if any) has none.
    """
    known = MailDomain.objects.filter(pk=email.rpartition("@")[2], status=MailDomain.Status.FOUND).first()
    provider = known.provider if known else "unknown"
    lane = Lane.objects.filter(
        domain=origin.domain_id, channel=origin.channel_id, provider=provider if known else "other"
    ).first()
    now = clock.now()
    message = Message.objects.create(
        workspace_id=origin.workspace_id,
        origin=origin,
        contact_id=contact_id,
        email=email,
        provider=provider,
        lane=lane,
        state=MessageState.QUEUED,
        due_at=now,
        values=values,
    )
    record(
        [
            NewEvent(
                origin.workspace_id,
                EventType.QUEUED,
                now,
                origin_id=origin.pk,
                message_id=message.pk,
                contact_id=contact_id,
                data={"provider": provider},
            )
        ]
    )
    _planned(origin, 1, 0)
    return message
