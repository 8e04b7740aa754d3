"""From an origin and a recipient to the exact bytes of a message: compiled once, filled per recipient.

The same message id, values and instant give the same bytes again; the trace relies on it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tradewind.content.liquid import environment
from tradewind.delivery.compile.links import Link
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.delivery.compile.template import CompiledTemplate, Sources, clean_values
from tradewind.delivery.dkim import BadKeyError, Signer, load_key
from tradewind.delivery.headers import Header, UnsafeHeaderError, date, header, mailbox, unstructured
from tradewind.delivery.smtp.commands import UnsafeCommandError
from tradewind.delivery.smtp.values import Envelope
from tradewind.ledger import tokens
from tradewind.ledger.door import OriginBrief

ONE_TO_ONE = "transactional"
"""The kind of origin whose messages carry no List-* headers: an answer to a person is no mailing."""


@dataclass(frozen=True, slots=True)
class Composed:
    """One message, signed, ready for the SMTP client. `digest` is SHA-256 over `message`."""

    envelope: Envelope
    message: bytes
    digest: bytes
    subject: str


class Composer:
    """Composes the messages of one origin."""

    def __init__(self, brief: OriginBrief, tracking_base: str, *, tracked: bool = True) -> None:
        """`tracking_base` is where links, pixel and unsubscribe page live. Raises `CannotCompose`."""
        self._brief = brief
        self._base = tracking_base
        self._constants = clean_values(brief.constants)
        self._template = CompiledTemplate(
            Sources(brief.subject, brief.html, brief.text),
            plain=environment(html=False),
            rich=environment(html=True),
            links=[Link(link.id, link.url) for link in brief.links],
            tracked=tracked,
        )
        try:
            self._shared = _shared_headers(brief, self._template.content_type)
            keys = [load_key(brief.domain, key.selector, key.private_pem) for key in brief.keys]
        except (UnsafeHeaderError, UnsafeCommandError, BadKeyError) as error:
            raise CannotCompose(str(error)) from error
        self._shared_raw = b"".join(item.raw for item in self._shared)
        self._signer = Signer(keys, self._shared)

    def compose(self, message_id: int, email: str, values: Mapping[str, object], at: datetime) -> Composed:
        """The message for one recipient, dated `at` (whole seconds count). Raises `CannotCompose`."""
        filled = self._values(message_id, values)
        subject = self._template.subject(filled)
        body = self._template.body(filled, self._address(message_id))
        try:
            own = self._own_headers(message_id, email, str(filled.get("full_name") or ""), subject, at)
        except (UnsafeHeaderError, UnsafeCommandError) as error:
            raise CannotCompose(str(error)) from error
        signatures = self._signer.sign(own, body, at)
        head = b"".join([item.raw for item in own])
        message = b"".join([signatures, self._shared_raw, head, b"\r\n", body])
        sender = f"b+{tokens.verp_token(message_id)}@{self._brief.return_path_host}"
        return Composed(Envelope(sender, email), message, hashlib.sha256(message).digest(), subject)

    def _values(self, message_id: int, values: Mapping[str, object]) -> dict[str, object]:
        link = tokens.unsubscribe_url(self._base, message_id)
        return {**clean_values(values), **self._constants, "unsubscribe_url": link}

    def _address(self, message_id: int) -> "TrackedAddress":
        return TrackedAddress(self._base, message_id)

    def _own_headers(
        self, message_id: int, email: str, name: str, subject: str, at: datetime
    ) -> list[Header]:
        identity = tokens.id_token(message_id)
        own = [
            mailbox("To", name, email),
            unstructured("Subject", subject),
            header("Date", date(at.astimezone(UTC))),
            header("Message-ID", f"<{identity}@{self._brief.domain}>"),
            header("CFBL-Feedback-ID", identity),
        ]
        if self._brief.kind != ONE_TO_ONE:
            own.append(header("List-Unsubscribe", self._ways_out(message_id)))
        return own

    def _ways_out(self, message_id: int) -> str:
        token = tokens.unsubscribe_token(message_id)
        page = tokens.unsubscribe_url(self._base, message_id)
        return f"<{page}>,\r\n <mailto:u+{token}@{self._brief.return_path_host}?subject=unsubscribe>"


@dataclass(frozen=True, slots=True)
class TrackedAddress:
    """Tracking URLs of one message."""

    base: str
    message_id: int

    def __call__(self, link_id: int | None) -> str:
        if link_id is None:
            return tokens.open_url(self.base, self.message_id)
        return tokens.click_url(self.base, self.message_id, link_id)


def _shared_headers(brief: OriginBrief, content_type: str) -> list[Header]:
    """Headers that are the same in all messages of the origin."""
    shared = [mailbox("From", brief.from_name, brief.from_email)]
    if brief.reply_to and brief.reply_to != brief.from_email:
        shared.append(mailbox("Reply-To", "", brief.reply_to))
    shared += [
        header("MIME-Version", "1.0"),
        header("Content-Type", content_type.replace("; ", ";\r\n ")),
        header("Feedback-ID", feedback_id(brief)),
        # RFC 9477: where a mailbox provider may report complaints without any registration.
        header("CFBL-Address", f"fbl@{brief.return_path_host}; report=arf"),
    ]
    if brief.kind != ONE_TO_ONE:
        shared.append(header("List-Id", f"<{brief.workspace_slug}.{brief.domain}>"))
        shared.append(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return shared


def feedback_id(brief: OriginBrief) -> str:
    """Google's Feedback-ID: up to three identifiers for its statistics, then a sender id of 5 to 15.

    None of them is personal, and none repeats in another field (Google's rules for the header).
    """
    sender = hashlib.sha256(brief.domain.encode()).hexdigest()[:12]
    return f"o{brief.id}:v{brief.version_id}:w{brief.workspace_id}:tw{sender}"
