"""The mail exactly as it was sent: composed again from what the ledger keeps, compared by its digest, its
signatures verified.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property

import dkim
from django.utils.translation import gettext as _

from tradewind.delivery import render
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.ledger.models import Message
from tradewind.senders.models import DkimKey

TRACKED = re.compile(r'(https?://[^"\'\s<>]+)?/(?:t/[oc]|u)/[a-z0-9]+(?:\.gif)?')


@dataclass(frozen=True)
class SignatureResult:
    ok: bool
    words: str


@dataclass(frozen=True)
class AsSent:
    """`identical`: the digest is the one that was noted when it left us."""

    raw: bytes
    identical: bool
    domain_id: int

    @cached_property
    def dkim(self) -> list[SignatureResult]:
        return signatures(self.raw, self.domain_id)

    @property
    def identical_words(self) -> str:
        return _("Identical to what was sent (SHA-256)")

    @property
    def different_words(self) -> str:
        return _("Not identical to what was sent: a key or a setting has changed since")

    @cached_property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"] or "")

    @property
    def headers(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def source(self) -> str:
        return self.raw.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def harmless_html(self) -> str:
        """The HTML part without its tracking addresses: looking at it here must not count as reading."""
        return TRACKED.sub("#", self._part("html"))

    def _part(self, kind: str) -> str:
        body = self.parsed.get_body((kind,))
        return str(body.get_content()) if body is not None else ""


def as_sent(message: Message) -> AsSent | None:
    """The message again, from its version, values and instant; None when it was never composed, or cannot be any more."""
    if message.composed_at is None or message.values is None:
        return None
    try:
        made = render.recompose(message.pk, check_dns=False)
    except CannotCompose:
        return None
    return AsSent(made.message, bool(made.exact), message.origin.domain_id) if made else None


def signatures(raw: bytes, domain_id: int) -> list[SignatureResult]:
    """Each DKIM signature verified against the public key that we ask to be published (RFC 6376)."""
    keys = {key.selector: key for key in DkimKey.objects.filter(domain=domain_id)}

    def record(name: bytes, timeout: int = 0) -> bytes | None:
        key = keys.get(name.decode("ascii", "replace").partition("._domainkey.")[0])
        return f"v=DKIM1; k={key.algorithm}; p={key.public_key}".encode() if key else None

    found = dkim.DKIM(raw)
    names = re.findall(rb"(?mi)^DKIM-Signature:(?:.|\r\n[ \t])*?\bs=([^;\s]+)", raw.partition(b"\r\n\r\n")[0])
    results = []
    for index, name in enumerate(names):
        try:
            good = bool(found.verify(idx=index, dnsfunc=record))
        except (dkim.DKIMException, ValueError):
            good = False
        results.append(SignatureResult(good, _words(good, name.decode("ascii", "replace"))))
    return results


def _words(good: bool, selector: str) -> str:
    if good:
        return _("DKIM signature “%(selector)s” is valid") % {"selector": selector}
    return _("DKIM signature “%(selector)s” is not valid") % {"selector": selector}
