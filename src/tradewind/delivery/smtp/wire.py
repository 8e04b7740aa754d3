"""Bytes to and from one server: an asyncio protocol that yields replies. Knows no SMTP commands."""

import asyncio
import os
import ssl
from collections import deque
from collections.abc import Callable
from typing import cast

from tradewind.delivery.smtp.errors import (
    ConnectError,
    Disconnected,
    Phase,
    PhaseTimeout,
    ProtocolError,
    SmtpError,
    TlsError,
    TlsInjection,
)
from tradewind.delivery.smtp.replies import Reply, ReplyParser, ReplySyntaxError

MAX_UNREAD = 64
"""Replies that nobody asked for. A server that sends more is broken or hostile."""


class Wire(asyncio.Protocol):
    """One connection. After the first failure every wait raises, with the phase of that wait."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = ReplyParser()
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._failure = ""
        self._garbage = False
        self._paused = False

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._replies.extend(self._parser.feed(data))
        except ReplySyntaxError as error:
            self._garbage = True
            self._fail(str(error))
        if len(self._replies) > MAX_UNREAD:
            self._garbage = True
            self._fail("the server sends replies to nothing")
        self._wake()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"connection lost: {exc}" if exc else "the server closed the connection")

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._wake()

    # the session calls these

    @property
    def alive(self) -> bool:
        """True if nothing failed and the server said nothing unasked (such as a 421 while idle)."""
        return not self._failure and not self._replies

    @property
    def unread(self) -> bool:
        """True if a reply, or part of one, is there that was not asked for yet."""
        return bool(self._replies) or self._parser.pending

    @property
    def failed(self) -> bool:
        """True if the connection is of no more use."""
        return bool(self._failure)

    def refuse_more(self) -> None:
        """The server announced that it will close (421): what was read stays, nothing more is sent."""
        self._fail("the server is closing the connection (421)")

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._failure:
            self._transport.write(data)

    async def reply(self, within: float, phase: Phase) -> Reply:
        """The next reply. Replies that came before a failure are still given out.

        Raises `PhaseTimeout`, `Disconnected` or `ProtocolError`, with `phase`.
        """
        if not self._replies:
            await self._wait(within, phase, lambda: bool(self._replies))
        return self._replies.popleft()

    async def drained(self, within: float, phase: Phase) -> None:
        """Wait until the operating system took what was written, at most `within` seconds."""
        if self._paused or self._failure:
            await self._wait(within, phase, lambda: not self._paused or bool(self._replies))

    async def _wait(self, within: float, phase: Phase, done: Callable[[], bool]) -> None:
        deadline = self._loop.time() + within
        while not done():
            if self._failure:
                raise self._error(phase)
            self._waiter = self._loop.create_future()
            handle = self._loop.call_at(deadline, self._wake)
            try:
                await self._waiter
            finally:
                handle.cancel()
                self._waiter = None
            if self._loop.time() >= deadline and not (done() or self.failed):
                raise PhaseTimeout(phase, f"no answer within {within:g} s")

    async def start_tls(self, context: ssl.SSLContext, host: str, within: float) -> None:
        """Change to TLS. Raises `TlsInjection` if plain text is waiting, `TlsError` if it fails."""
        if self.unread or self._transport is None:
            raise TlsInjection(Phase.TLS, "plain text behind the STARTTLS reply; connection dropped")
        try:
            transport = await self._loop.start_tls(
                self._transport, self, context, server_hostname=host, ssl_handshake_timeout=within
            )
        except (OSError, ssl.SSLError, TimeoutError) as error:
            raise TlsError(Phase.TLS, f"TLS handshake with {host} failed: {error}") from error
        if transport is None:
            raise TlsError(Phase.TLS, f"TLS handshake with {host} failed: connection lost")
        self._transport = transport

    def tls_facts(self) -> str:
        """Protocol and cipher in use, or an empty string."""
        session = self._transport.get_extra_info("ssl_object") if self._transport else None
        cipher = session.cipher() if session is not None else None
        return f"{cipher[1]} {cipher[0]}" if cipher else ""

    def close(self) -> None:
        """Drop the connection at once; unwritten octets are discarded."""
        if self._transport is not None:
            self._transport.abort()
        self._fail("connection closed by us")

    def _error(self, phase: Phase) -> SmtpError:
        kind = ProtocolError if self._garbage else Disconnected
        return kind(phase, self._failure)

    def _fail(self, why: str) -> None:
        self._failure = self._failure or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def connect(
    address: str,
    port: int,
    *,
    within: float,
    source: str | None = None,
    tls: ssl.SSLContext | None = None,
    host: str = "",
) -> Wire:
    """A connected wire. With `tls` the handshake comes first (implicit TLS, RFC 8314), for name `host`.

    Raises `ConnectError` or `TlsError`.
    """
    loop = asyncio.get_running_loop()
    local = (source, 0) if source else None
    try:
        async with asyncio.timeout(within):
            _, wire = await loop.create_connection(
                Wire, address, port, local_addr=local, ssl=tls, server_hostname=host if tls else None
            )
    except TimeoutError as error:
        raise ConnectError(Phase.CONNECT, f"no connection to {address}:{port} within {within:g} s") from error
    except ssl.SSLError as error:
        raise TlsError(Phase.TLS, f"TLS handshake with {host} failed: {error}") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConnectError(Phase.CONNECT, f"no connection to {address}:{port}: {reason}") from error
    return wire
