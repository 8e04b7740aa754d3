"""What can go wrong with an SMTP session, and in which phase.

Refusals of a message are values (`session.Outcome`), not exceptions: they are expected. These
exceptions mean that the *session* could not be opened or broke.
"""

from enum import StrEnum

from tradewind.delivery.smtp.dialogue import Line
from tradewind.delivery.smtp.replies import Reply


class Phase(StrEnum):
    """Where in the conversation something happened."""

    DNS = "dns"
    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    RSET = "rset"
    QUIT = "quit"


class SmtpError(Exception):
    """Base of all session errors. `phase` is where, `reply` what the server said, if it said anything."""

    def __init__(self, phase: Phase, message: str, reply: Reply | None = None) -> None:
        super().__init__(message)
        self.phase = phase
        self.reply = reply


class ConnectError(SmtpError):
    """No TCP connection: refused, unreachable, or not answered in time."""


class Disconnected(SmtpError):
    """The connection ended while a reply was due."""


class PhaseTimeout(SmtpError):
    """The server did not answer, or did not take our data, within the time of that phase."""


class ProtocolError(SmtpError):
    """The server said something that is no SMTP reply, or a code that makes no sense in this phase."""


class SessionRefused(SmtpError):
    """The server turned the session away, at the greeting or at EHLO. `reply` says why."""


class TlsError(SmtpError):
    """TLS could not be had: the handshake or the certificate failed. There is no fall-back to plain text."""


class TlsUnavailable(TlsError):
    """TLS is required and the server does not offer it, or refused STARTTLS."""


class TlsInjection(TlsError):
    """There was plain text behind the STARTTLS reply: somebody writes into the connection (RFC 3207 6)."""


class AuthError(SmtpError):
    """The server refused our user name and password. `reply` says why."""


class AuthUnavailable(AuthError):
    """The server offers no log-in method that we may use on this connection."""


class CannotCarry(SmtpError):
    """This server cannot take this message at all: too large, or an address that needs SMTPUTF8."""


class OpenFailed(Exception):
    """The session could not be opened. `error` is the cause, `dialogue` what was said until then."""

    def __init__(self, error: SmtpError, dialogue: tuple[Line, ...]) -> None:
        super().__init__(str(error))
        self.error = error
        self.dialogue = dialogue
