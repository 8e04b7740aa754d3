"""One colour, one icon and one word for each state, wherever it is shown."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradewind.ledger.words import STATE_LABELS


@dataclass(frozen=True)
class Shown:
    icon: str
    label: Promise


def _message(name: str, icon: str) -> Shown:
    return Shown(icon, {state.value: label for state, label in STATE_LABELS.items()}[name])


STATES: dict[str, Shown] = {
    # a message
    "queued": _message("queued", icon="clock"),
    "claimed": _message("claimed", icon="loader"),
    "deferred": _message("deferred", icon="hourglass"),
    "accepted": _message("accepted", icon="check"),
    "refused": _message("refused", icon="x"),
    "bounced": _message("bounced", icon="arrow-back-up"),
    "expired": _message("expired", icon="calendar-off"),
    "skipped": _message("skipped", icon="minus"),
    "unknown": _message("unknown", icon="help"),
    # the steps of the way
    "planned": Shown(icon="clock", label=_("Planned")),
    "inbox": Shown(icon="inbox", label=_("In the inbox (estimate)")),
    "seen": Shown(icon="eye", label=_("Opened by people")),
    "opened": Shown(icon="eye", label=_("Opened")),
    "clicked": Shown(icon="click", label=_("Clicked")),
    "replied": Shown(icon="message-circle", label=_("Replied")),
    "machine": Shown(icon="robot", label=_("Machine")),
    "unsubscribed": Shown(icon="door-exit", label=_("Unsubscribed")),
    "complained": Shown(icon="flag", label=_("Marked as spam")),
    # a campaign
    "draft": Shown(icon="pencil", label=_("Draft")),
    "scheduled": Shown(icon="calendar", label=_("Scheduled")),
    "planning": Shown(icon="loader", label=_("Being planned")),
    "sending": Shown(icon="send", label=_("Sending")),
    "paused": Shown(icon="player-pause", label=_("Paused")),
    "held": Shown(icon="hand-stop", label=_("Held")),
    "finished": Shown(icon="check", label=_("Finished")),
    "cancelled": Shown(icon="ban", label=_("Cancelled")),
    # a domain, a lane, an import
    "pending": Shown(icon="clock", label=_("Records not seen yet")),
    "authenticated": Shown(icon="shield-check", label=_("Authenticated")),
    "failing": Shown(icon="alert-triangle", label=_("Records missing or wrong")),
    "open": Shown(icon="check", label=pgettext_lazy("a lane", "Open")),
    "suspended": Shown(icon="player-pause", label=_("Resting")),
    "uploaded": Shown(icon="file", label=_("Uploaded")),
    "mapped": Shown(icon="file", label=_("Ready to import")),
    "running": Shown(icon="loader", label=_("Running")),
    "done": Shown(icon="check", label=_("Done")),
    "failed": Shown(icon="x", label=_("Failed")),
    # a judgement
    "good": Shown(icon="check", label=_("Good")),
    "warn": Shown(icon="alert-triangle", label=_("Better mended")),
    "bad": Shown(icon="x", label=_("Wrong")),
}
# Words of rooms that mean the same step.
SAME = {
    "opened_human": "seen",
    "clicked_human": "clicked",
    "opened_machine": "machine",
    "clicked_machine": "machine",
    "auto_replied": "replied",
    "opened": "seen",
    "suspended": "paused",
    "open": "good",
    "uploaded": "draft",
    "mapped": "draft",
}
