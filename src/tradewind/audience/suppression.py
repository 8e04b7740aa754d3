"""Addresses and domains that are never mailed, whatever brings them back into the audience."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.db import connection
from django.db.models import Q, QuerySet

from tradewind.audience.addresses import Bad, normalize, normalize_domain
from tradewind.audience.models import Suppression
from tradewind.audience.words import SuppressionKind, SuppressionReason

LONGEST_NOTE = 500
_BATCH = 5_000
_ADD = """
INSERT INTO audience_suppression (workspace_id, kind, value, reason, note, message_id, created_at)
SELECT %(workspace)s, kind, value, %(reason)s, %(note)s, %(message)s, now()
FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS given (kind, value)
ON CONFLICT (workspace_id, kind, value) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What a suppression is found by."""

    kind: SuppressionKind
    value: str


@dataclass(slots=True)
class Suppressed:
    """What became of a pasted or uploaded list."""

    added: int = 0
    known: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)  # (what was written, sentence)


def read_key(text: str, kind: SuppressionKind | None = None) -> Key | Bad:
    """The address or domain in `text`; without `kind`, a text with something before an @ is an address."""
    text = text.strip()
    if kind is None:
        kind = SuppressionKind.ADDRESS if text.find("@") > 0 else SuppressionKind.DOMAIN
    if kind is SuppressionKind.DOMAIN:
        domain = normalize_domain(text)
        return domain if isinstance(domain, Bad) else Key(kind, domain.ascii)
    address = normalize(text)
    return address if isinstance(address, Bad) else Key(kind, address.email_key)


def suppress(
    workspace_id: int,
    value: str,
    reason: SuppressionReason,
    kind: SuppressionKind = SuppressionKind.ADDRESS,
    message_id: int | None = None,
    note: str = "",
) -> bool:
    """Never mail `value` again. True when that is new. ValueError with a sentence when it is no address (or domain)."""
    key = read_key(value, kind)
    if isinstance(key, Bad):
        raise ValueError(str(key.reason.sentence))
    return _add(workspace_id, [key], reason, note, message_id) == 1


def suppress_many(
    workspace_id: int, values: Iterable[str], reason: SuppressionReason, note: str = ""
) -> Suppressed:
    """Addresses and domains, mixed, in batches; what is neither is handed back (at most 1,000 of it)."""
    result = Suppressed()
    lines = (line for value in values if (line := value.strip()))
    while batch := list(islice(lines, _BATCH)):
        keys: set[Key] = set()
        for line in batch:
            key = read_key(line)
            if isinstance(key, Key):
                keys.add(key)
            elif len(result.bad) < 1000:
                result.bad.append((line[:200], str(key.reason.sentence)))
        added = _add(workspace_id, sorted(keys, key=lambda k: (k.kind, k.value)), reason, note, None)
        result.added += added
        result.known += len(keys) - added
    return result


def release(workspace_id: int, value: str, kind: SuppressionKind = SuppressionKind.ADDRESS) -> bool:
    """Take `value` off the list. False when it was not on it."""
    key = read_key(value, kind)
    if isinstance(key, Bad):
        return False
    deleted, _by_model = Suppression.objects.filter(
        workspace_id=workspace_id, kind=kind, value=key.value
    ).delete()
    return deleted > 0


def standing(workspace_id: int, email_key: str) -> Suppression | None:
    """What keeps this address from being mailed: its own row before that of its domain; None when nothing does."""
    domain = email_key.rpartition("@")[2]
    return (
        Suppression.objects.filter(workspace_id=workspace_id)
        .filter(
            Q(kind=SuppressionKind.ADDRESS, value=email_key) | Q(kind=SuppressionKind.DOMAIN, value=domain)
        )
        .order_by("kind")
        .first()
    )


def search(workspace_id: int, text: str) -> QuerySet[Suppression]:
    """Entries that begin with `text`, or are exactly it; all for an empty text."""
    found = Suppression.objects.filter(workspace_id=workspace_id)
    text = text.strip().lower().replace("\0", "")
    return found.filter(value__startswith=text) if text else found


def _add(
    workspace_id: int, keys: list[Key], reason: SuppressionReason, note: str, message_id: int | None
) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            {
                "workspace": workspace_id,
                "kinds": [key.kind.value for key in keys],
                "values": [key.value for key in keys],
                "reason": SuppressionReason(reason).value,
                "note": " ".join(note.split())[:LONGEST_NOTE],
                "message": message_id,
            },
        )
        return int(cursor.rowcount)
