"""The stations of one message as its page draws them: the ledger's moments, with what the rooms around know about each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradewind.crm.models import Lead
from tradewind.insights.trace import ATTEMPT, COMPOSED, Line, Moment, Trace
from tradewind.ledger.models import Message
from tradewind.ledger.words import EventType, MessageState
from tradewind.signals.models import Hit, Inbound
from tradewind.signals.words import sentences as hit_reasons
from tradewind.signals.words import verdict_sentence
from tradewind.web.campaigns import sentences
from tradewind.web.campaigns.meaning import of_rule

ICONS = {
    EventType.QUEUED: {"icon": "clock"},
    COMPOSED: {"icon": "file-text"},
    ATTEMPT: {"icon": "plug-connected"},
    EventType.ACCEPTED: {"icon": "check"},
    EventType.REFUSED: {"icon": "x"},
    EventType.DEFERRED: {"icon": "hourglass"},
    EventType.SKIPPED: {"icon": "minus"},
    EventType.EXPIRED: {"icon": "calendar-off"},
    EventType.UNKNOWN: {"icon": "help"},
    EventType.RETURNED: {"icon": "arrow-back-up"},
    EventType.BOUNCED: {"icon": "arrow-back-up"},
    EventType.COMPLAINED: {"icon": "flag"},
    EventType.OPENED: {"icon": "eye"},
    EventType.CLICKED: {"icon": "click"},
    EventType.UNSUBSCRIBED: {"icon": "door-exit"},
    EventType.REPLIED: {"icon": "message-circle"},
    EventType.AUTO_REPLIED: {"icon": "robot"},
    EventType.SUPPRESSED: {"icon": "ban"},
    "lead": {"icon": "user-star"},
}
COLOURS = {
    EventType.QUEUED: "planned",
    COMPOSED: "planned",
    ATTEMPT: "claimed",
    EventType.RETURNED: "unknown",
    EventType.OPENED: "seen",
    EventType.AUTO_REPLIED: "machine",
    EventType.SUPPRESSED: "skipped",
    "lead": "replied",
}


@dataclass(slots=True)
class Station:
    at: datetime
    kind: str
    icon: str
    step: str
    title: str
    meaning: str = ""
    words: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    dialogue: tuple[Line, ...] = ()
    attempt: Any = None
    link: str = ""
    quote: str = ""
    thread: int | None = None  # the mail that came in, whose conversation is shown elsewhere
    wait: str = ""


def stations(trace: Trace) -> list[Station]:
    """Oldest first, with the time that passed between them."""
    message = trace.message
    hits = {hit.pk: hit for hit in Hit.objects.filter(message=message).select_related("link")}
    found = [_station(moment, message, hits) for moment in _final(trace.moments)]
    found += _lead(message)
    found.sort(key=lambda s: s.at)
    for before, after in pairwise(found):
        after.wait = pause((after.at - before.at).total_seconds())
    return found


def _station(moment: Moment, message: Message, hits: dict[int, Hit]) -> Station:
    kind = str(moment.kind)
    station = Station(
        moment.at, kind, ICONS.get(kind, ICONS[EventType.UNKNOWN])["icon"], COLOURS.get(kind, kind),
        moment.sentence, moment.meaning, moment.words, dialogue=_folded(moment.dialogue), attempt=moment.attempt,
    )  # fmt: skip
    data = moment.data or {}
    if kind in (EventType.REFUSED, EventType.BOUNCED, EventType.DEFERRED) and data.get("rule"):
        station.meaning = of_rule(str(data["rule"]), str(data.get("fault", "")))
    if kind in (EventType.OPENED, EventType.CLICKED):
        _add_hit(station, data, hits.get(int(data.get("hit") or 0)))
    elif data.get("inbound"):
        _add_inbound(station, message, data)
    elif kind == EventType.ACCEPTED and message.remote_id:
        station.facts.append((_("Their queue id"), message.remote_id))
    known = {
        name: value for name, value in data.items() if value != "after_acceptance"
    }  # the title says that
    station.facts += [(name, str(known[key])) for key, name in _codes() if known.get(key)]
    return station


def _final(moments: Iterable[Moment]) -> list[Moment]:
    """Each open and click once, with the last verdict on it: a later signal can change what an earlier one was."""
    last: dict[object, Moment] = {}
    for position, moment in enumerate(moments):
        last[(moment.data or {}).get("hit") or -position - 1] = moment
    return list(last.values())


def _folded(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The dialogue with each reply of several lines (RFC 5321 4.2.1) on one; the postmaster's text has every line."""
    found: list[Line] = []
    unfinished = False
    for line in lines:
        if unfinished and line.side == "<":
            before = found[-1]
            found[-1] = Line(before.ms, before.side, f"{before.text} · {line.text[4:]}")
        else:
            found.append(line)
        unfinished = line.side == "<" and line.text[3:4] == "-"
    return tuple(found)


def _codes() -> list[tuple[str, str]]:
    return [
        ("code", _("Code")),
        ("status", _("Status")),
        ("where", _("At the step")),
        ("rule", _("Rule")),
        ("mx_host", _("Server")),
    ]


def _add_hit(station: Station, data: dict[str, Any], hit: Hit | None) -> None:
    """Who or what it was, and why we think so."""
    verdict = str(data.get("verdict", ""))
    station.meaning = verdict_sentence(station.kind, verdict, data.get("shows_inbox"))
    if verdict in ("machine", "likely_machine"):
        station.step = "machine"
        station.icon = "robot"
    if hit is not None:
        station.reasons = hit_reasons(hit.reasons)
        station.facts += [(_("IP address"), hit.ip), (_("Browser"), hit.user_agent or "–")]
        if hit.link:
            station.link = hit.link.url


def _add_inbound(station: Station, message: Message, data: dict[str, Any]) -> None:
    """The mail that came back: its subject and its own words. Of a bounce the server's answer has been quoted from the report
    already; what the report says to people is shown only where it quotes no answer.
    """
    inbound = Inbound.objects.filter(message=message, pk=int(data.get("inbound") or 0)).first()
    if inbound is None:
        return
    station.facts.append((_("Subject"), inbound.subject))
    station.thread = inbound.pk
    if not station.words:
        station.quote = inbound.text[:2000]


def _lead(message: Message) -> list[Station]:
    lead = Lead.objects.select_related("owner").filter(message_id=message.pk).first()
    if lead is None:
        return []
    owner = str(lead.owner) if lead.owner else _("nobody yet")
    facts = [(_("Owner"), owner), (_("State"), lead.state_label)]
    return [
        Station(
            lead.created_at,
            "lead",
            ICONS["lead"]["icon"],
            COLOURS["lead"],
            _("Became a lead for sales."),
            facts=facts,
        )
    ]


def pause(seconds: float) -> str:
    """How long nothing happened, in the coarsest unit that tells; nothing for less than a second."""
    if seconds < 1:
        return ""
    for size, text in (
        (86400, _("%(n)s days later")),
        (3600, _("%(n)s hours later")),
        (60, _("%(n)s minutes later")),
    ):
        if seconds >= 2 * size:
            return text % {"n": round(seconds / size)}
    return _("%(n)s seconds later") % {"n": round(seconds)}


@dataclass(frozen=True, slots=True)
class SixStep:
    step: str
    reached: bool
    failed: bool = False


def six_steps(message: Message) -> list[SixStep]:
    """The six steps of the way, and which of them this message took."""
    engaged = getattr(message, "engagement", None)
    took = {
        "planned": True,
        "accepted": message.accepted_at is not None,
        "inbox": bool(engaged and engaged.inbox_at),
        "seen": bool(engaged and engaged.opened_human_at),
        "clicked": bool(engaged and engaged.clicked_human_at),
        "replied": bool(engaged and engaged.replied_at),
    }
    return [SixStep(name, reached) for name, reached in took.items()]


def lead(message: Message) -> str:
    """The main sentence: what became of this message."""
    return _what_the_reader_did(message) or _state_sentence(message)


def _what_the_reader_did(message: Message) -> str:
    """The strongest sign of the reader, or nothing."""
    engaged = getattr(message, "engagement", None)
    if engaged is None:
        return ""
    if engaged.replied_at:
        return _("Answered by a person.")
    if engaged.complained_at:
        return _("The reader reported it as spam.")
    if engaged.opened_human_at or engaged.clicked_human_at:
        return _("Read by a person.")
    if engaged.inbox_at and message.state == MessageState.ACCEPTED:
        return _("In the inbox; whether a person has read it is not known.")
    return ""


def _state_sentence(message: Message) -> str:
    values = {
        "provider": sentences.provider_name(message.provider),
        "why": sentences.reason_sentence(message.reason),
        "time": sentences.moment(message.due_at),
    }
    return str(LEADS.get(MessageState(message.state), LEADS[MessageState.QUEUED])) % values


LEADS: dict[MessageState, Promise] = {
    MessageState.QUEUED: gettext_lazy("Waiting for its turn."),
    MessageState.ACCEPTED: gettext_lazy(
        "%(provider)s accepted it. Whether it lies in the inbox is not known."
    ),
    MessageState.REFUSED: gettext_lazy("%(provider)s refused it."),
    MessageState.BOUNCED: gettext_lazy("Accepted at first, then it bounced."),
    MessageState.SKIPPED: gettext_lazy("Not sent. %(why)s"),
    MessageState.DEFERRED: gettext_lazy("%(provider)s made us wait; the next try is at %(time)s."),
    MessageState.UNKNOWN: gettext_lazy(
        "Nobody knows whether it arrived: the connection broke before the answer was read."
    ),
    MessageState.EXPIRED: gettext_lazy("Given up: the campaign's time was over before the provider took it."),
}
