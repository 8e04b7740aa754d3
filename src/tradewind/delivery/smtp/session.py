"""The SMTP client: opens a session, sends messages over it, and says exactly how each one ended.

    session = await open_session(endpoint, options)
    outcome = await session.send(envelope, message, marker)
    await session.quit()

Timeouts are those of RFC 5321 4.5.3.2. A message is never sent twice by this module: whatever
ends without a reply to the final dot comes back as `Ending.UNKNOWN`.
"""

import ssl
from contextlib import suppress
from functools import lru_cache

from tradewind.delivery.smtp import commands
from tradewind.delivery.smtp.auth import log_in
from tradewind.delivery.smtp.capabilities import NOTHING, Capabilities, parse_ehlo
from tradewind.delivery.smtp.dialogue import Dialogue
from tradewind.delivery.smtp.errors import (
    CannotCarry,
    OpenFailed,
    Phase,
    ProtocolError,
    SessionRefused,
    SmtpError,
    TlsError,
    TlsUnavailable,
)
from tradewind.delivery.smtp.flight import Flight, as_hoped
from tradewind.delivery.smtp.replies import Reply
from tradewind.delivery.smtp.values import (
    Ending,
    Endpoint,
    Envelope,
    Marker,
    NoMarker,
    Outcome,
    SessionOptions,
    TlsMode,
)
from tradewind.delivery.smtp.wire import Wire, connect

_BLOCK = 256 * 1024
"""Octets written at once. Nearly every message is smaller and goes out with its final dot in one write."""


@lru_cache(maxsize=16)
def tls_context(*, verify: bool, ca_file: str | None = None) -> ssl.SSLContext:
    """A client context with TLS 1.2 or newer. Without `verify` any certificate is taken (RFC 7435)."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def open_session(endpoint: Endpoint, options: SessionOptions) -> "Session":
    """A session ready for MAIL: connected, greeted, in TLS and logged in as `options` ask.

    Raises `OpenFailed` with the cause and the conversation until then.
    """
    dialogue = Dialogue()
    dialogue.note(f"connecting to {endpoint.host} [{endpoint.address}]:{endpoint.port}")
    session: Session | None = None
    try:
        wire = await _connect(endpoint, options)
        session = Session(wire, endpoint, options, dialogue)
        await session.start()
    except SmtpError as error:
        if session is not None:
            session.close()
        dialogue.note(str(error))
        raise OpenFailed(error, dialogue.lines()) from error
    except BaseException:
        if session is not None:
            session.close()
        raise
    return session


async def _connect(endpoint: Endpoint, options: SessionOptions) -> Wire:
    implicit = options.tls is TlsMode.IMPLICIT
    return await connect(
        endpoint.address,
        endpoint.port,
        within=options.timeouts.connect,
        source=options.source_address,
        tls=tls_context(verify=options.verify, ca_file=options.ca_file) if implicit else None,
        host=endpoint.host,
    )


class Session:
    """One open session. Not for concurrent use: one message at a time."""

    def __init__(self, wire: Wire, endpoint: Endpoint, options: SessionOptions, dialogue: Dialogue) -> None:
        self.wire = wire
        self.endpoint = endpoint
        self.capabilities: Capabilities = NOTHING
        self.messages = 0
        self._options = options
        self._times = options.timeouts
        self._dialogue = dialogue
        self._ahead: Envelope | None = None
        self._reset_due = False
        self._dot_written = False
        self._body_wanted = False

    @property
    def protected(self) -> bool:
        """True inside TLS."""
        return bool(self.wire.tls_facts())

    @property
    def usable(self) -> bool:
        """True if another message may be sent over this session."""
        return self.wire.alive or (self._ahead is not None and not self.wire.failed)

    # opening

    async def start(self) -> None:
        greeting = await self._heard(self._times.greeting, Phase.GREETING)
        if greeting.code != 220:
            raise SessionRefused(Phase.GREETING, f"turned away: {greeting}", greeting)
        if self.wire.unread:
            raise ProtocolError(Phase.GREETING, "the server speaks before it is asked")
        await self._ehlo()
        await self._protect()
        if self._options.credentials is not None:
            await log_in(self, self._options.credentials, self._times.auth)

    async def _ehlo(self) -> None:
        name = self._options.ehlo_name
        reply = await self.say(commands.ehlo(name), self._times.ehlo, Phase.EHLO)
        if reply.code in (500, 502, 504):
            reply = await self.say(commands.ehlo(name, "HELO"), self._times.ehlo, Phase.EHLO)
            self.capabilities = NOTHING
        elif reply.code == 250:
            self.capabilities = parse_ehlo(reply)
        if reply.code != 250:
            raise SessionRefused(Phase.EHLO, f"greeting refused: {reply}", reply)

    async def _protect(self) -> None:
        mode = self._options.tls
        if mode is TlsMode.IMPLICIT:
            self._dialogue.note(f"TLS: {self.wire.tls_facts()}")
        if mode in (TlsMode.IMPLICIT, TlsMode.NONE):
            return
        if not self.capabilities.starttls:
            if mode is TlsMode.OPPORTUNISTIC:
                self._dialogue.note("no TLS offered; the message goes in plain text")
                return
            raise TlsUnavailable(Phase.TLS, "TLS is required and the server does not offer STARTTLS")
        reply = await self.say(commands.STARTTLS, self._times.tls, Phase.TLS)
        if reply.code != 220:
            raise TlsUnavailable(Phase.TLS, f"STARTTLS refused: {reply}", reply)
        await self._handshake()

    async def _handshake(self) -> None:
        context = tls_context(verify=self._options.verify, ca_file=self._options.ca_file)
        await self.wire.start_tls(context, self.endpoint.host, self._times.tls)
        self._dialogue.note(f"TLS: {self.wire.tls_facts()}")
        self.capabilities = NOTHING
        await self._ehlo()
        if self.capabilities.starttls:
            raise TlsError(Phase.TLS, "STARTTLS offered again inside TLS; somebody is in between")

    # talking

    async def say(self, command: bytes, within: float, phase: Phase, shown: str = "") -> Reply:
        """Write one command and read its reply. `shown` replaces the command in the record (secrets)."""
        if shown:
            self._dialogue.sent_as(shown)
        else:
            self._dialogue.sent(command)
        self.wire.write(command)
        return await self._heard(within, phase)

    async def _heard(self, within: float, phase: Phase) -> Reply:
        reply = await self.wire.reply(within, phase)
        self._dialogue.heard(reply)
        if reply.code == 421:
            self.wire.refuse_more()
        return reply

    # sending

    async def send(
        self, envelope: Envelope, message: bytes, marker: Marker | None = None, ahead: Envelope | None = None
    ) -> Outcome:
        """Send one message (CRLF line ends, not dot-stuffed) and say how it ended.

        `ahead` is the envelope of the message that will follow on this session; with PIPELINING its
        commands travel in the same flight as this message's final dot (RFC 2920), which saves a round
        trip. The next call of `send` must then be for that envelope, else the session is closed.
        """
        if self.messages:
            self._dialogue = Dialogue()
            self._dialogue.note(f"connection reused, message {self.messages + 1}")
        self.messages += 1
        self._dot_written = self._body_wanted = False
        try:
            return await self._send(envelope, message, marker or NoMarker(), ahead)
        except SmtpError as error:
            return self._broken(error)
        except commands.UnsafeCommandError as error:
            return self._cannot_carry(str(error))
        except OSError as error:
            # Only the marker touches files, and it does so before the dot: the message is still ours.
            return self._broken(SmtpError(Phase.DATA, f"the journal cannot be written: {error}"))
        except BaseException:
            self.close()
            raise

    async def _send(
        self, envelope: Envelope, message: bytes, marker: Marker, ahead: Envelope | None
    ) -> Outcome:
        commands.check_line_ends(message)
        flight = Flight(envelope, message, self.capabilities)
        if flight.obstacle:
            return self._cannot_carry(flight.obstacle)
        refused = await self._ask(flight)
        if refused is not None:
            return refused
        next_flight = Flight(ahead, b"", self.capabilities) if ahead else None
        reply = await self._body(commands.dot_stuffed(message), marker, next_flight)
        if not (reply.positive or reply.transient or reply.permanent) or reply.code == 354:
            raise ProtocolError(Phase.DOT, f"unexpected answer to the message: {reply}", reply)
        with suppress(OSError):  # the outcome in our hands is worth more than its copy on a full disk
            marker.after_reply(reply)
        self._reset_due = not reply.positive and self._ahead is None
        return self._outcome(Ending.ACCEPTED if reply.positive else Ending.REFUSED, Phase.DOT, reply)

    async def _ask(self, flight: Flight) -> Outcome | None:
        """MAIL, RCPT, DATA. None means: the server waits for the message."""
        if self._ahead is not None and self._ahead != flight.envelope:
            raise ProtocolError(Phase.MAIL, "another message was announced to the server")
        piped = self.capabilities.pipelining
        if self._ahead is None:
            steps = flight.steps(reset=self._reset_due)
            self._reset_due = False
            if piped:
                self._write(b"".join(command for _, command in steps))
        else:
            steps = flight.steps(reset=False)
            self._dialogue.note("MAIL, RCPT and DATA went out with the message before")
            self._dialogue.sent(b"".join(command for _, command in steps))
            self._ahead = None
        return await self._read_answers(steps, piped)

    async def _read_answers(self, steps: list[tuple[Phase, bytes]], piped: bool) -> Outcome | None:
        refused: tuple[Phase, Reply] | None = None
        for phase, command in steps:
            if not piped:
                self._write(command)
            reply = await self._heard(self._time_of(phase), phase)
            if refused is None and not as_hoped(phase, reply):
                refused = phase, reply
            self._body_wanted = phase is Phase.DATA and reply.code == 354
            if refused is not None and (not piped or reply.code == 421):
                break
        if refused is None:
            return None
        if self._body_wanted:
            self.close()  # it waits for a message that nobody will get
        self._reset_due = True
        return self._outcome(Ending.REFUSED, *refused)

    async def _body(self, stuffed: bytes, marker: Marker, ahead: Flight | None) -> Reply:
        """The message and its final dot, then the reply. Small ones go in one write."""
        size = len(stuffed)
        while len(stuffed) > _BLOCK and not self.wire.unread:
            block, stuffed = stuffed[:_BLOCK], stuffed[_BLOCK:]
            self.wire.write(block)
            await self.wire.drained(self._times.block, Phase.DATA)
        if self.wire.unread:
            return await self._early_answer()
        marker.before_dot()
        self._dot_written = True
        self._dialogue.sent_as(f"[{size} bytes] .")
        self.wire.write(stuffed + commands.FINAL_DOT + self._announce(ahead))
        return await self._heard(self._times.dot, Phase.DOT)

    def _announce(self, ahead: Flight | None) -> bytes:
        if ahead is None or ahead.obstacle or not self.capabilities.pipelining:
            return b""
        self._ahead = ahead.envelope
        return b"".join(command for _, command in ahead.steps(reset=False))

    async def _early_answer(self) -> Reply:
        """A refusal before the end of the message counts; an acceptance of half a message is nonsense."""
        reply = await self._heard(self._times.dot, Phase.DATA)
        self.close()
        if reply.positive:
            raise ProtocolError(Phase.DATA, "the server accepted before the message was complete", reply)
        return reply

    def _write(self, command: bytes) -> None:
        self._dialogue.sent(command)
        self.wire.write(command)

    def _time_of(self, phase: Phase) -> float:
        times = {Phase.RCPT: self._times.rcpt, Phase.DATA: self._times.data}
        return times.get(phase, self._times.mail)

    # endings

    def _outcome(
        self, ending: Ending, phase: Phase, reply: Reply | None = None, error: SmtpError | None = None
    ) -> Outcome:
        stale = ending is Ending.UNSENT and self.messages > 1 and phase is Phase.MAIL and reply is None
        return Outcome(
            ending,
            phase,
            reply,
            error,
            self._dialogue.lines(),
            self.endpoint.host,
            self.endpoint.address,
            self.wire.tls_facts(),
            stale,
        )

    def _broken(self, error: SmtpError) -> Outcome:
        self._dialogue.note(str(error))
        self.close()
        if self._dot_written:
            return self._outcome(Ending.UNKNOWN, Phase.DOT, error.reply, error)
        return self._outcome(Ending.UNSENT, error.phase, error.reply, error)

    def _cannot_carry(self, why: str) -> Outcome:
        self._dialogue.note(why)
        return self._outcome(Ending.UNSENT, Phase.MAIL, None, CannotCarry(Phase.MAIL, why))

    # closing

    async def quit(self) -> None:
        """Say QUIT and close. Never raises; a server that does not answer is left."""
        if self.usable and self._ahead is None:
            with suppress(SmtpError):
                await self.say(commands.QUIT, self._times.quit, Phase.QUIT)
        self.close()

    def close(self) -> None:
        """Drop the connection at once."""
        self.wire.close()
