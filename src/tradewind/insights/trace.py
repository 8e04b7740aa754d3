"""The whole journey of one message, in order: what happened, when, in which words, and what it means.

Everything comes from the ledger. Pages add what other rooms know (the browser behind a hit, the lead behind a reply).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from tradewind.insights.decisions import provider_name
from tradewind.insights.diagnosis import reason_sentence
from tradewind.insights.refusals import FAULT_SENTENCES, fault_of
from tradewind.ledger import tokens
from tradewind.ledger.models import Attempt, Event, Message
from tradewind.ledger.words import EventType

COMPOSED, ATTEMPT = "composed", "attempt"
BY_ENGINE = frozenset({EventType.ACCEPTED, EventType.REFUSED, EventType.DEFERRED, EventType.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an SMTP dialogue: milliseconds since the attempt began, who spoke, what."""

    ms: int
    side: str  # ">" we, "<" the server, "!" what happened to the connection
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One station. `kind` is an event type, "composed" or "attempt"; `words` are the other side's own."""

    at: datetime
    kind: str
    sentence: str
    meaning: str = ""
    words: str = ""
    data: dict[str, Any] | None = None
    attempt: Attempt | None = None
    dialogue: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    message: Message
    moments: tuple[Moment, ...]

    @property
    def message_id(self) -> str:
        """The Message-ID header, with its brackets."""
        return f"<{tokens.id_token(self.message.pk)}@{self.message.origin.domain.name}>"


ORDER = (EventType.QUEUED, COMPOSED, ATTEMPT)
"""What comes first when two stations bear the same instant."""


def trace(message: Message) -> Trace:
    """Every station of one message, oldest first."""
    moments = [*_attempts(message), *_events(message), *_composed(message)]
    moments.sort(key=lambda m: (m.at, ORDER.index(m.kind) if m.kind in ORDER else len(ORDER)))
    return Trace(message, tuple(moments))


def _composed(message: Message) -> Iterator[Moment]:
    if message.composed_at:
        yield Moment(message.composed_at, COMPOSED, _("Composed for this reader and signed."))


def _attempts(message: Message) -> Iterator[Moment]:
    for attempt in message.tries.order_by("number"):
        lines = tuple(Line(int(ms), str(side), str(text)) for ms, side, text in attempt.dialogue)
        where = attempt.mx_host or _("the mail server")
        sentence = _("Attempt %(number)s at %(host)s.") % {"number": attempt.number, "host": where}
        yield Moment(attempt.started_at, ATTEMPT, sentence, attempt=attempt, dialogue=lines)


def _events(message: Message) -> Iterator[Moment]:
    for event in Event.objects.filter(message=message.pk).order_by("at", "id"):
        kind = EventType(event.type)
        data = dict(event.data)
        yield Moment(
            event.at,
            kind,
            _sentence(kind, data, message),
            _meaning(kind, data),
            str(data.get("text", "")),
            data,
        )


def _meaning(kind: EventType, data: dict[str, Any]) -> str:
    """What a refusal or deferral means, for somebody who does not read SMTP."""
    if kind in (EventType.REFUSED, EventType.BOUNCED, EventType.DEFERRED) and data.get("fault"):
        return str(FAULT_SENTENCES[fault_of(str(data["fault"]))])
    if kind in (EventType.SKIPPED, EventType.EXPIRED, EventType.DEFERRED) and data.get("reason"):
        return reason_sentence(str(data["reason"]))
    return ""


def _sentence(kind: EventType, data: dict[str, Any], message: Message) -> str:
    provider = provider_name(str(data.get("provider", message.provider)))
    match kind:
        case EventType.QUEUED:
            return _("Planned. The gate had nothing against it; the mailbox is run by %(provider)s.") % {
                "provider": provider
            }
        case EventType.SKIPPED:
            return _("Skipped: the gate stopped it.")
        case EventType.ACCEPTED if data.get("evidence"):
            return _("Known to be accepted now: %(evidence)s.") % {"evidence": data["evidence"]}
        case EventType.ACCEPTED:
            return _("%(provider)s accepted it.") % {"provider": provider}
        case EventType.DEFERRED:
            return _("Not now: it is tried again later.")
        case EventType.REFUSED:
            return _("%(provider)s refused it.") % {"provider": provider}
        case _:
            return str(SENTENCES.get(kind, kind.value))


SENTENCES: dict[EventType, Promise] = {
    EventType.EXPIRED: gettext_lazy("Expired: the campaign's time was over before the provider took it."),
    EventType.UNKNOWN: gettext_lazy(
        "Unknown: the connection broke before the answer to the whole message was read."
    ),
    EventType.RETURNED: gettext_lazy("Put back: the worker stopped before the message was on its way."),
    EventType.BOUNCED: gettext_lazy("Bounced: a bounce message took the acceptance back."),
    EventType.COMPLAINED: gettext_lazy("The reader reported it as spam."),
    EventType.OPENED: gettext_lazy("The pictures were loaded."),
    EventType.CLICKED: gettext_lazy("A link was followed."),
    EventType.UNSUBSCRIBED: gettext_lazy("The reader unsubscribed."),
    EventType.REPLIED: gettext_lazy("A person replied."),
    EventType.AUTO_REPLIED: gettext_lazy("A program replied."),
    EventType.SUPPRESSED: gettext_lazy("The address was put on the suppression list."),
}


def for_postmaster(message: Message) -> str:
    """The facts that a receiver's postmaster asks for, as plain English text with times in UTC. Values of
    the reader stay out.
    """
    with override("en"):
        found = trace(message)
        origin = message.origin
        head = [
            f"Message-ID: {found.message_id}",
            f"From: {origin.sender.email}",
            f"To: {message.email}",
            f"Envelope sender domain: {origin.domain.return_path_host}",
            f"Signed by (DKIM d=): {origin.domain.name}",
            f"State: {message.state}"
            + (f" ({message.reply_status or message.reason})" if message.reason else ""),
        ]
        if message.remote_id:
            head.append(f"Your queue id: {message.remote_id}")
        body = [line for moment in found.moments for line in _as_text(moment)]
    return "\n".join([*head, "", *body, ""])


def _as_text(moment: Moment) -> Iterator[str]:
    if moment.kind in (EventType.OPENED, EventType.CLICKED, EventType.UNSUBSCRIBED, EventType.SUPPRESSED):
        return  # the reader's doings are not the postmaster's business
    yield f"{moment.at:%Y-%m-%d %H:%M:%S} UTC  {moment.sentence}"
    if moment.attempt is not None:
        yield f"    server {moment.attempt.mx_host} [{moment.attempt.mx_ip}], {moment.attempt.tls or 'no TLS'}"
    for line in moment.dialogue:
        yield f"    {line.ms:>7} ms {line.side} {line.text}"
    if moment.words and not moment.dialogue:
        yield f"    {moment.words}"
