"""Verdicts on stored hits: when a hit has settled (its neighbours are known), and again when later hits tell more.

Nothing is dropped. A verdict is written beside the hit, with its reasons and the version of the rules,
and as an event; a verdict
that changes later is a second event with `revises`, which names the verdict it takes back.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from tradewind.core import clock
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.messages import resolve_unknown
from tradewind.ledger.models import Message
from tradewind.ledger.words import EventType, MessageState
from tradewind.signals import rules, unsubscribing
from tradewind.signals.sql import statement
from tradewind.signals.words import HitKind

SETTLING_SECONDS = 60.0  # mail time
OVERDUE_SECONDS = 900.0
MESSAGES_AT_ONCE = 500
MOST_HITS = 200  # of one message: a reloading page or a mad robot must not stop the others
_EVENTS = {HitKind.OPEN: EventType.OPENED, HitKind.CLICK: EventType.CLICKED}


@dataclass(frozen=True, slots=True)
class StoredHit:
    fact: rules.HitFact
    at: datetime
    verdict: str
    new: bool


def judge_due(limit: int = MESSAGES_AT_ONCE) -> int:
    """Carry out stored unsubscribe wishes, then judge what has settled; how many messages were looked at."""
    unsubscribing.apply_due()
    return judge_settled(limit)


@transaction.atomic
def judge_settled(limit: int = MESSAGES_AT_ONCE) -> int:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            statement("due_messages"),
            {
                "settled": now - _span(SETTLING_SECONDS),
                "overdue": now - _span(OVERDUE_SECONDS),
                "limit": limit,
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    return judge_messages(ids)


@transaction.atomic
def judge_messages(ids: Sequence[int]) -> int:
    """Judge all hits of these messages, whether or not they were judged before (after a change of the rules: judge again)."""
    if not ids:
        return 0
    messages = {
        message.pk: message for message in Message.objects.filter(pk__in=ids).select_related("origin")
    }
    links = _link_counts(messages.values())
    changes: list[dict[str, Any]] = []
    events: list[NewEvent] = []
    for message_id, hits in groupby(_hits(ids), key=lambda pair: pair[0]):
        if message_id in messages:
            message, stored = messages[message_id], [hit for _, hit in hits]
            _judge_message(message, stored, links.get(message.origin.version_id, 0), changes, events)
    _write(changes)
    record(events)
    return len(ids)


def _judge_message(
    message: Message, hits: list[StoredHit], links: int, changes: list[dict[str, Any]], events: list[NewEvent]
) -> None:
    accepted = _mail_seconds(message.accepted_at) if message.accepted_at else None
    judgements = rules.judge(rules.Facts(accepted, links, tuple(hit.fact for hit in hits)))
    by_id = {hit.fact.id: hit for hit in hits}
    for judgement in judgements:
        hit = by_id[judgement.hit]
        if hit.new or hit.verdict != judgement.verdict:
            changes.append(_change(judgement))
            events += _event(message, hit, judgement)
    if message.state == MessageState.UNKNOWN and any(judgement.shows_inbox for judgement in judgements):
        resolve_unknown(message.pk, accepted=True, evidence="It was opened or clicked.")


def _change(judgement: rules.Judgement) -> dict[str, Any]:
    return {
        "id": judgement.hit,
        "verdict": judgement.verdict.value,
        "shows_inbox": judgement.shows_inbox,
        "reasons": [reason.stored() for reason in judgement.reasons],
    }


def _event(message: Message, hit: StoredHit, judgement: rules.Judgement) -> Iterable[NewEvent]:
    type_ = _EVENTS.get(hit.fact.kind)
    if type_ is None:
        return
    data: dict[str, Any] = {
        "hit": hit.fact.id,
        "verdict": judgement.verdict.value,
        "shows_inbox": judgement.shows_inbox,
        "reasons": [reason.sign.value for reason in judgement.reasons],
        "provider": message.provider,
    }
    if hit.fact.link is not None:
        data["link"] = hit.fact.link
    if not hit.new:
        data |= {"revises": True, "was": hit.verdict}
    yield NewEvent(
        message.workspace_id,
        type_,
        hit.at,
        origin_id=message.origin_id,
        message_id=message.pk,
        contact_id=message.contact_id,
        data=data,
    )


def _hits(ids: Sequence[int]) -> list[tuple[int, StoredHit]]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement("hits_of_messages"),
            {"messages": list(ids), "most": MOST_HITS, "near": clock.wall(rules.NEIGHBOUR_SECONDS)},
        )
        return [(row[1], _stored(row)) for row in cursor.fetchall()]


def _stored(row: tuple[Any, ...]) -> StoredHit:
    id_, _message, kind, link, at, method, ip, agent, headers, verdict, new, neighbours = row
    fact = rules.HitFact(
        id=id_,
        kind=HitKind(kind),
        link=link,
        at=_mail_seconds(at),
        method=method,
        ip=ip,
        agent=agent,
        headers=json.loads(headers) if isinstance(headers, str) else headers,
        neighbours=neighbours,
    )
    return StoredHit(fact, at, verdict, new)


def _write(changes: list[dict[str, Any]]) -> None:
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            statement("write_verdicts"),
            {"changes": json.dumps(changes), "version": rules.VERSION, "now": clock.now()},
        )


def _link_counts(messages: Iterable[Message]) -> dict[int, int]:
    versions = {message.origin.version_id for message in messages}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version_id, count(*) FROM content_link WHERE version_id = ANY(%s) GROUP BY version_id",
            [list(versions)],
        )
        return dict(cursor.fetchall())


def _mail_seconds(at: datetime) -> float:
    return clock.mail(at.timestamp())


def _span(mail_seconds: float) -> timedelta:
    return timedelta(seconds=clock.wall(mail_seconds))
