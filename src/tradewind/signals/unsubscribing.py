"""Unsubscribe wishes that came over HTTP: read the form, and do what it says, once per message.

The stored hit is the order: it is carried out when `judged_at` is empty, in one transaction with
setting it. The edge does that at
once; what a crash or an absent database left undone, `apply_due` finds.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

import structlog
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.core import clock
from tradewind.ledger.models import Message
from tradewind.signals.models import Hit
from tradewind.signals.wishes import unsubscribe
from tradewind.signals.words import HitKind

log = structlog.get_logger()


class Way(StrEnum):
    ONE_CLICK = "one_click"  # the mail service's button (RFC 8058)
    PAGE = "page"  # the button of our page
    REASON = "reason"  # the question afterwards


REASONS: dict[str, Promise] = {
    "too_many": _("Too many mails"),
    "not_relevant": _("Not about my business"),
    "never_asked": _("I never asked for them"),
    "bought_elsewhere": _("I have found another supplier"),
    "other": _("Something else"),
}


@dataclass(frozen=True, slots=True)
class Form:
    way: Way
    reason: str = ""

    @property
    def by_person(self) -> bool:
        return self.way is not Way.ONE_CLICK


_MULTIPART_FIELD = re.compile(
    rb'name="?(confirm|reason)"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([a-z_0-9]{1,40})\r?\n'
)


def read_form(body: bytes, content_type: str) -> Form:
    """What was sent. Whatever is none of our own forms is a mail service's click: a POST to this address means one thing."""
    if content_type.lower().startswith("multipart/"):
        fields = {name.decode(): value.decode() for name, value in _MULTIPART_FIELD.findall(body)}
    else:
        text = body.decode("latin-1")
        try:
            fields = {k: v[-1] for k, v in parse_qs(text, keep_blank_values=True, max_num_fields=20).items()}
        except ValueError:
            fields = {}
    if fields.get("reason") in REASONS:
        return Form(Way.REASON, fields["reason"])
    return Form(Way.PAGE) if "confirm" in fields or "reason" in fields else Form(Way.ONE_CLICK)


async def apply_now(message_id: int) -> None:
    """Carry out the wish that was just stored. A failure here delays it by a moment, it does not lose it."""
    try:
        await sync_to_async(_apply_and_hang_up, thread_sensitive=False)(message_id)
    except Exception:
        log.exception(
            "unsubscribe_delayed",
            message=message_id,
            sentence="The wish is stored and is carried out a moment later.",
        )


def _apply_and_hang_up(message_id: int) -> None:
    try:
        apply(message_id)
    finally:
        connection.close()  # the thread may be gone with the next request


def apply_due(limit: int = 500) -> int:
    """Carry out all stored wishes that were not; how many messages."""
    due = list(
        Hit.objects.filter(kind=HitKind.UNSUBSCRIBE, judged_at__isnull=True)
        .order_by("message_id")
        .values_list("message_id", flat=True)
        .distinct()[:limit]
    )
    for message_id in due:
        apply(message_id)
    return len(due)


@transaction.atomic
def apply(message_id: int) -> bool:
    """Unsubscribe the contact of this message everywhere; True if something was to be done."""
    message = Message.objects.select_for_update(no_key=True).filter(pk=message_id).first()
    if message is None:
        return False
    hits = Hit.objects.filter(
        message_id=message_id, kind=HitKind.UNSUBSCRIBE, judged_at__isnull=True
    ).order_by("at")
    first = hits.first()
    if first is None:
        return False
    unsubscribe(
        message, at=first.at, data={"hit": first.pk, "way": first.headers.get("way", Way.ONE_CLICK.value)}
    )
    hits.update(judged_at=clock.now())
    return True
