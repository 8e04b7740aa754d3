"""Origins and what people and programs decide about them. The only writer of `Origin.state`.

open ⇄ paused (a person) · open ⇄ held (the program) · open, paused, held → cancelled · open → closed
"""

from datetime import datetime

from django.db import connection, transaction

from tradewind.accounts.models import Workspace
from tradewind.content.models import TemplateVersion
from tradewind.core import clock
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Origin
from tradewind.ledger.sql import statement
from tradewind.ledger.words import EventType, OriginKind, OriginState
from tradewind.senders import lanes, providers
from tradewind.senders.models import Sender

_LIVE = (OriginState.OPEN, OriginState.PAUSED, OriginState.HELD)


def open_origin(
    *,
    workspace: Workspace,
    kind: OriginKind,
    name: str,
    sender: Sender,
    version: TemplateVersion,
    list_ids: list[int],
    expires_at: datetime,
) -> Origin:
    """An origin whose messages can be planned; nothing is claimed before `planned_at` is set."""
    lanes.ensure(sender.domain, sender.channel, providers.catalogue().keys())
    return Origin.objects.create(
        workspace=workspace,
        kind=kind,
        name=name,
        sender=sender,
        domain=sender.domain,
        channel=sender.channel,
        version=version,
        list_ids=list_ids,
        expires_at=expires_at,
    )


def pause(origin: Origin, why: str = "") -> bool:
    return _change(origin, OriginState.PAUSED, EventType.PAUSED, why, {OriginState.OPEN, OriginState.HELD})


def resume(origin: Origin) -> bool:
    return _change(origin, OriginState.OPEN, EventType.RESUMED, "", {OriginState.PAUSED, OriginState.HELD})


def hold(origin: Origin, why: str) -> bool:
    """Stopped by the program; `why` is a sentence for the marketer."""
    return _change(origin, OriginState.HELD, EventType.HELD, why, {OriginState.OPEN})


@transaction.atomic
def cancel(origin: Origin, why: str = "") -> int:
    """Skip all that waits; how many. What is in flight at this instant still ends as it ends."""
    if not _change(origin, OriginState.CANCELLED, EventType.CANCELLED, why, set(_LIVE)):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statement("skip_waiting"), {"origin": origin.pk, "now": clock.now()})
        return int(cursor.fetchone()[0])


def sweep() -> list[int]:
    """Housekeeping, once a second or so: late mail domains, expiry, and the closing of what is done.

    Returns the ids of the origins closed by this call.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        now = clock.now()
        cursor.execute(statement("late_domains"), {"now": now})
        cursor.execute(statement("expire"), {"now": now})
        cursor.execute(statement("close"), {"now": now})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _change(origin: Origin, to: OriginState, event: EventType, why: str, allowed: set[OriginState]) -> bool:
    """One compare-and-set; False when the origin was in another state by now."""
    now = clock.now()
    changed = Origin.objects.filter(pk=origin.pk, state__in=allowed).update(
        state=to, state_reason=why, state_changed_at=now
    )
    if not changed:
        origin.refresh_from_db(fields=["state", "state_reason"])
        return False
    origin.state, origin.state_reason, origin.state_changed_at = to, why, now
    record([NewEvent(origin.workspace_id, event, now, origin_id=origin.pk, data={"why": why} if why else {})])
    return True
