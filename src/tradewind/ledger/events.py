"""The one way to write an event that does not come with a change of a message's state."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from tradewind.ledger.words import EventType

_INSERT = """
INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
SELECT * FROM jsonb_to_recordset(%s::jsonb) AS e (workspace_id bigint, at timestamptz, type text, origin_id bigint,
    message_id bigint, contact_id bigint, data jsonb)
"""


@dataclass(frozen=True, slots=True)
class NewEvent:
    workspace_id: int
    type: EventType
    at: datetime
    origin_id: int | None = None
    message_id: int | None = None
    contact_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


def as_rows(events: Iterable[NewEvent]) -> list[dict[str, Any]]:
    return [
        {
            "workspace_id": e.workspace_id,
            "type": e.type.value,
            "at": e.at.isoformat(),
            "origin_id": e.origin_id,
            "message_id": e.message_id,
            "contact_id": e.contact_id,
            "data": e.data,
        }
        for e in events
    ]


def record(events: Sequence[NewEvent]) -> None:
    """Write the events, in the transaction of the caller."""
    if events:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [json.dumps(as_rows(events))])
