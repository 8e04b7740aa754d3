"""A message as it was sent, made again from its values: for the trace. Ordinary Django, not the hot path."""

import email
import email.policy
import hashlib
import json
from dataclasses import dataclass
from email.message import EmailMessage

import dkim as dkimpy
from django.db import connection

from tradewind.core import dns
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.delivery.compose import Composed, Composer
from tradewind.delivery.desk import tracking_base
from tradewind.ledger.door import OriginBrief, brief
from tradewind.ledger.models import Message
from tradewind.ledger.sql import statement


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """One DKIM signature, verified against what the DNS publishes now. `ok` None: it could not be checked."""

    domain: str
    selector: str
    algorithm: str
    ok: bool | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Recomposed:
    """`exact` is True if these are byte for byte what was sent, False if something changed since (a key, a
    sender's name), None if nothing was sent yet to compare with."""

    message: bytes
    exact: bool | None
    envelope_sender: str
    subject: str
    headers: tuple[tuple[str, str], ...]
    html: str
    text: str
    signatures: tuple[SignatureCheck, ...]


def origin_brief(origin_id: int) -> OriginBrief | None:
    """What the engine composes from, for one origin."""
    with connection.cursor() as cursor:
        cursor.execute(statement("origin_briefs"), {"ids": [origin_id]})
        names = [column.name for column in cursor.description]
        row = cursor.fetchone()
    if row is None:
        return None
    facts = dict(zip(names, row, strict=True))
    for name in ("constants", "keys", "channel", "links"):
        if isinstance(facts[name], str):  # Django leaves jsonb of raw statements as text
            facts[name] = json.loads(facts[name])
    return brief(facts)


def recompose(message_id: int, *, check_dns: bool = True) -> Recomposed | None:
    """The message as it was (or, if it was not sent yet and has values, would be) sent.

    None if it has no values yet. Raises `CannotCompose`. With `check_dns`, asks the DNS for the DKIM keys.
    """
    row = Message.objects.filter(pk=message_id).first()
    if row is None or row.values is None:
        return None
    facts = origin_brief(row.origin_id)
    if facts is None:
        return None
    composer = Composer(facts, tracking_base(facts.tracking_host))
    made = composer.compose(row.pk, row.email, row.values, row.composed_at or row.created_at)
    exact = hashlib.sha256(made.message).digest() == bytes(row.digest) if row.digest else None
    return _opened(made, exact, check_signatures(made.message) if check_dns else ())


def _opened(made: Composed, exact: bool | None, signatures: tuple[SignatureCheck, ...]) -> Recomposed:
    parsed = email.message_from_bytes(made.message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    parts = {
        part.get_content_type(): str(part.get_content()).replace("\r\n", "\n") for part in parsed.iter_parts()
    }
    return Recomposed(
        message=made.message,
        exact=exact,
        envelope_sender=made.envelope.sender,
        subject=made.subject,
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        html=parts.get("text/html", ""),
        text=parts.get("text/plain", ""),
        signatures=signatures,
    )


def check_signatures(message: bytes) -> tuple[SignatureCheck, ...]:
    """Each DKIM signature, verified by an implementation that is not ours."""
    fields = email.message_from_bytes(message).get_all("DKIM-Signature") or []
    return tuple(_check(message, n, _tags(str(field))) for n, field in enumerate(fields))


def _check(message: bytes, index: int, tags: dict[str, str]) -> SignatureCheck:
    ok: bool | None
    try:
        ok = bool(dkimpy.DKIM(message).verify(idx=index, dnsfunc=_published))
        why = "" if ok else "The key in the DNS is missing or does not fit the signature."
    except dkimpy.NaClNotFoundError:
        ok, why = None, "Ed25519 signatures cannot be verified on this installation."
    except _Unanswered as error:
        ok, why = None, str(error)
    except dkimpy.DKIMException as error:
        ok, why = False, str(error)
    return SignatureCheck(tags.get("d", ""), tags.get("s", ""), tags.get("a", ""), ok, why)


class _Unanswered(Exception):
    """The DNS did not answer: nothing is known about the key."""


def _published(name: bytes, timeout: int = 5) -> bytes | None:
    answer = dns.ask(name.decode("ascii").rstrip("."), "TXT")
    if not answer.known:
        raise _Unanswered(answer.why)
    return answer.values[0].encode() if answer.values else None


def _tags(field: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in field.split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}


__all__ = ["CannotCompose", "Recomposed", "SignatureCheck", "check_signatures", "recompose"]
