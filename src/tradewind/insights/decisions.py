"""What the program and people decided about a running origin, in sentences with their time: nothing is
silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tradewind.core import clock
from tradewind.ledger.models import Event, Origin
from tradewind.ledger.words import EventType
from tradewind.senders import providers as catalogue
from tradewind.senders.models import Lane

ABOUT_ORIGIN = (
    EventType.PLANNED,
    EventType.PAUSED,
    EventType.RESUMED,
    EventType.HELD,
    EventType.CANCELLED,
    EventType.CLOSED,
)
MOST = 50


@dataclass(frozen=True, slots=True)
class Decision:
    """`until` is set while it is still in force; `words` are the server's that caused it."""

    at: datetime | None
    code: str
    sentence: str
    words: str = ""
    provider: str = ""
    lane_id: int | None = None
    until: datetime | None = None


def decisions(origin: Origin, *, live: bool = True) -> list[Decision]:
    """Newest first: what is in force at the lanes now (while the origin is `live`), then what was decided about it."""
    return [*(lanes_now(origin) if live else ()), *_history(origin)]


def lanes_now(origin: Origin) -> list[Decision]:
    """Lanes of this origin that are slowed or rest at this moment."""
    now = clock.now()
    lanes = Lane.objects.filter(domain=origin.domain_id, channel=origin.channel_id).order_by("provider")
    return [_lane(lane) for lane in lanes if _in_force(lane, now)]


def _in_force(lane: Lane, now: datetime) -> bool:
    if lane.state == Lane.State.SUSPENDED:
        return lane.state_until is None or lane.state_until > now
    return lane.slowed_rate is not None and lane.state_until is not None and lane.state_until > now


def _lane(lane: Lane) -> Decision:
    name = provider_name(lane.provider)
    if lane.state == Lane.State.SUSPENDED:
        code, sentence = "lane_suspended", _("We are resting at %(provider)s.") % {"provider": name}
    else:
        rate = f"{lane.slowed_rate or 0:g}"
        code = "lane_slowed"
        sentence = _("%(provider)s slows us down; we send %(rate)s a second there.") % {
            "provider": name,
            "rate": rate,
        }
    return Decision(None, code, sentence, lane.state_reason, lane.provider, lane.pk, lane.state_until)


def _history(origin: Origin) -> list[Decision]:
    types = [kind.value for kind in ABOUT_ORIGIN]
    rows = Event.objects.filter(origin=origin.pk, message__isnull=True, type__in=types).order_by(
        "-at", "-id"
    )[:MOST]
    return [
        Decision(row.at, row.type, _sentence(EventType(row.type), row.data), str(row.data.get("why", "")))
        for row in rows
    ]


def _sentence(kind: EventType, data: Mapping[str, Any]) -> str:
    match kind:
        case EventType.PLANNED:
            return _("Planned: %(queued)s will get the mail, %(skipped)s are skipped.") % {
                "queued": f"{data.get('queued', 0):,}",
                "skipped": f"{data.get('skipped', 0):,}",
            }
        case EventType.PAUSED:
            return _("Paused by a person. What was on its way was finished.")
        case EventType.RESUMED:
            return _("Resumed.")
        case EventType.HELD:
            return _("Held by the program.")
        case EventType.CANCELLED:
            return _("Cancelled. What was still waiting is not sent.")
        case EventType.CLOSED:
            return _("Finished: every message is in a final state.")
        case _:
            return kind.value


def provider_name(key: str) -> str:
    """The name of a mailbox provider as people know it."""
    if key == "unknown":
        return _("Unknown provider")
    if key == "other":
        return _("Other servers")
    found = catalogue.catalogue().get(key)
    return found.name if found else key
