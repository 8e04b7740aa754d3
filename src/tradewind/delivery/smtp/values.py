"""The words of the SMTP client: where to, how, with what timeouts, and how it ended."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tradewind.delivery.smtp.dialogue import Line
from tradewind.delivery.smtp.errors import Phase, SmtpError
from tradewind.delivery.smtp.replies import Reply


@dataclass(frozen=True, slots=True)
class Credentials:
    """User name with a password, or with an OAuth 2 access token. Neither is ever shown."""

    username: str
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)


class TlsMode(StrEnum):
    """How a connection is protected. A handshake that fails never falls back to plain text."""

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"
    STARTTLS = "starttls"
    IMPLICIT = "tls"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for the server, by phase (RFC 5321 4.5.3.2)."""

    connect: float = 30
    greeting: float = 300
    ehlo: float = 300
    tls: float = 60
    auth: float = 120
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600
    quit: float = 2


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server to talk to: `host` is its name (for TLS and the trace), `address` its IP."""

    host: str
    address: str
    port: int = 25


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How to talk to it. `verify` asks for a valid certificate for the host's name."""

    ehlo_name: str
    tls: TlsMode = TlsMode.OPPORTUNISTIC
    verify: bool = False
    credentials: Credentials | None = None
    source_address: str | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who it is from and to, as the receiving server sees it. An empty sender is the null return path."""

    sender: str
    recipient: str


class Ending(StrEnum):
    """How sending one message ended."""

    ACCEPTED = "accepted"
    """The server took responsibility."""
    REFUSED = "refused"
    """The server said no, for now (4xx) or for good (5xx)."""
    UNSENT = "unsent"
    """The session broke, or the message does not fit this server, before the final dot: it is still ours."""
    UNKNOWN = "unknown"
    """The final dot was written and no reply was read. It must not be sent again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended, where, and what was said. `stale` means that a reused connection had died before
    this message began, so that another connection may be tried at once."""

    ending: Ending
    phase: Phase
    reply: Reply | None = None
    error: SmtpError | None = None
    dialogue: tuple[Line, ...] = ()
    host: str = ""
    address: str = ""
    tls: str = ""
    stale: bool = False


class Marker(Protocol):
    """The journal's ear: called in the send path, synchronously."""

    def before_dot(self) -> None:
        """The final dot goes out next. If this raises OSError, it does not go out."""

    def after_reply(self, reply: Reply) -> None:
        """The server answered to the final dot."""


class NoMarker:
    """For sends that need no journal."""

    def before_dot(self) -> None:
        return

    def after_reply(self, reply: Reply) -> None:
        return
