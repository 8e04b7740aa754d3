"""The SMTP dialogue (RFC 5321) of all providers: pipelining, STARTTLS, a strict end of data, no tasks per
connection.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from typing import cast

from tradewind.lab.door import Door, Envelope
from tradewind.lab.habits import Desk
from tradewind.lab.names import clean_name, split_address
from tradewind.lab.providers import fill

_PATH = re.compile(rb"^(?:MAIL FROM|RCPT TO):\s*<([^<>\r\n]*)>((?: [^ ]+)*)\s*$", re.IGNORECASE)
_LINE_LIMIT = 4096
_IDLE = 300.0
_END = b"\r\n.\r\n"


class Session(asyncio.Protocol):
    """One connection to one MX host."""

    def __init__(self, desk: Desk, door: Door, address: str, tls: ssl.SSLContext) -> None:
        self._desk = desk
        self._door = door
        self._address = address
        self._tls_context = tls
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._data: bytearray | None = None
        self._waiting = False
        self._tls = False
        self._ip = self._helo = ""
        self._host = address
        self._messages = 0
        self._idle: asyncio.TimerHandle | None = None
        self._upgrading: asyncio.Future[None] | None = None
        self._clear()

    def _clear(self) -> None:
        self._sender: str | None = None
        self._refused_mail = ""
        self._recipients: list[str] = []

    # -- connection --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ip = str(transport.get_extra_info("peername")[0])
        self._host = self._door.internet.zones.pointer(self._address) or self._address
        room = self._desk.arrive(self._ip)
        self._touch()
        ordered = self._desk.ordered("connect", self._ip, self._desk.connected)
        if ordered or not room:
            self._reply(ordered or self._say("connections"), close=True)
            return
        slots = self._door.slots(self._desk, self._envelope())
        self._reply("220 " + fill(self._desk.provider.banner, slots))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is None:
            return
        self._desk.leave(self._ip)
        if self._idle is not None:
            self._idle.cancel()
        self._transport = None

    def _touch(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(_IDLE, self._timed_out)

    def _timed_out(self) -> None:
        self._reply("421 4.4.2 Connection timed out", close=True)

    def _envelope(self) -> Envelope:
        return Envelope(
            self._ip, self._helo, self._sender or "", tuple(self._recipients), self._tls, self._host
        )

    def _say(self, name: str) -> str:
        return self._door.say(self._desk, name, self._envelope())

    def _reply(self, text: str, close: bool = False) -> None:
        """Send a reply, after the ordered delay if there is one; later input waits for it."""
        if self._desk.orders.slow > 0 and not self._waiting:
            self._waiting = True
            loop = asyncio.get_running_loop()
            loop.call_later(self._desk.orders.slow, self._reply_late, text, close)
            return
        if self._transport is not None:
            self._transport.write(text.encode("utf-8", "replace") + b"\r\n")
            if close:
                self._transport.close()

    def _reply_late(self, text: str, close: bool) -> None:
        if self._transport is not None:
            self._transport.write(text.encode("utf-8", "replace") + b"\r\n")
            if close:
                self._transport.close()
        self._waiting = False
        self._work()

    # -- input -------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._touch()
        self._work()

    def _work(self) -> None:
        while self._transport is not None and not self._waiting and not self._transport.is_closing():
            if not (self._take_data() if self._data is not None else self._take_line()):
                return

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0 or end > _LINE_LIMIT:
            if len(self._buffer) > _LINE_LIMIT:
                self._reply("500 5.5.2 Line too long", close=True)
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        if b"\n" in line or b"\r" in line or b"\0" in line:
            self._reply("500 5.5.2 Commands end with CRLF and hold no bare CR or LF", close=True)
            return False
        self._command(line)
        return True

    def _take_data(self) -> bool:
        assert self._data is not None
        start = max(len(self._data) - len(_END), 0)
        self._data += self._buffer
        self._buffer.clear()
        # Only CR LF dot CR LF ends a message; anything else that looks like an end is content (no smuggling).
        end = self._data.find(_END, start)
        if end < 0:
            return False
        message = bytes(self._data[2 : end + 2]).replace(b"\r\n..", b"\r\n.")
        message = message[1:] if message.startswith(b"..") else message
        self._buffer += self._data[end + len(_END) :]
        self._data = None
        self._finish(message)
        return True

    def _finish(self, message: bytes) -> None:
        self._messages += 1
        reply, drop = self._door.message(self._desk, self._envelope(), message)
        self._clear()
        if drop and self._transport is not None:
            self._transport.abort()
            return
        self._reply(reply)

    # -- commands ----------------------------------------------------------------------------------

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        handler = _COMMANDS.get(verb)
        if handler is None:
            self._reply("502 5.5.2 Error: command not recognized")
        else:
            handler(self, line)

    def _greet(self, line: bytes) -> None:
        self._helo = line[4:].strip().decode("ascii", "replace")
        if not self._helo:
            self._reply("501 5.5.4 EHLO needs a name")
            return
        self._clear()
        if line[:4].upper() == b"HELO":
            self._reply(f"250 {self._host}")
            return
        provider = self._desk.provider
        words = [
            f"{self._host} at your service, [{self._ip}]",
            f"SIZE {provider.size}",
            "8BITMIME",
            "ENHANCEDSTATUSCODES",
        ]
        words += ["PIPELINING"] if provider.pipelining else []
        words += ["SMTPUTF8"] if provider.smtputf8 else []
        words += ["STARTTLS"] if provider.starttls != "no" and not self._tls else []
        self._reply(
            "\r\n".join(f"250{'-' if i < len(words) - 1 else ' '}{word}" for i, word in enumerate(words))
        )

    def _start_tls(self, _line: bytes) -> None:
        if self._desk.provider.starttls == "no" or self._tls:
            self._reply("502 5.5.1 STARTTLS is not offered")
            return
        assert self._transport is not None
        # The handshake must reach the TLS layer, not this protocol: nothing is read until the layer is there.
        self._transport.pause_reading()
        self._transport.write(b"220 2.0.0 Ready to start TLS\r\n")
        self._waiting = True
        # What was sent in clear before the handshake must not count as sent under TLS (RFC 3207 section 4.2).
        self._buffer.clear()
        self._upgrading = asyncio.ensure_future(self._upgrade())

    async def _upgrade(self) -> None:
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        try:
            fresh = await loop.start_tls(self._transport, self, self._tls_context, server_side=True)
        except (OSError, ssl.SSLError):
            self.connection_lost(None)
            return
        if fresh is None:
            return
        self._transport = fresh
        self._tls = True
        self._helo = ""
        self._clear()
        self._waiting = False
        self._work()

    def _mail(self, line: bytes) -> None:
        match = _PATH.match(line)
        if not self._helo:
            self._reply("503 5.5.1 EHLO first")
        elif self._desk.provider.starttls == "required" and not self._tls:
            self._reply(self._say("no_tls"))
        elif self._sender is not None:
            self._reply("503 5.5.1 Sender already given")
        elif match is None or not line.upper().startswith(b"MAIL"):
            self._reply("501 5.1.7 Syntax: MAIL FROM:<address>")
        else:
            self._sender = match[1].decode("utf-8", "replace")
            self._begin(match[2].decode("ascii", "replace").upper())

    def _begin(self, parameters: str) -> None:
        size = re.search(r"SIZE=(\d+)", parameters)
        ordered = self._desk.ordered("mail", self._sender)
        if self._desk.session_full(self._messages):
            self._reply(self._say("per_connection"), close=True)
        elif ordered:
            self._refused_mail = ordered
            self._reply(ordered)
        elif size and int(size[1]) > self._desk.provider.size:
            self._refused_mail = self._say("too_big")
            self._reply(self._refused_mail)
        elif "SMTPUTF8" in parameters and not self._desk.provider.smtputf8:
            self._refused_mail = "555 5.6.7 SMTPUTF8 is not supported"
            self._reply(self._refused_mail)
        elif self._desk.too_fast(self._ip):
            self._slow_down()
        else:
            self._reply("250 2.1.0 OK")

    def _slow_down(self) -> None:
        self._refused_mail = self._say("rate")
        self._reply(self._refused_mail, close=self._refused_mail.startswith("421"))

    def _rcpt(self, line: bytes) -> None:
        match = _PATH.match(line)
        if match is None or not match[1]:
            self._reply("501 5.1.3 Syntax: RCPT TO:<address>")
            return
        address = _tidy(match[1].decode("utf-8", "replace"))
        if self._refused_mail and self._sender is not None:
            # A pipelining client names the recipient although the sender was refused: so the books know whom.
            self._door.books.attempt(address, self._sender, self._desk.provider.key, self._refused_mail)
            self._reply("503 5.5.1 MAIL was refused")
        elif self._sender is None:
            self._reply("503 5.5.1 MAIL first")
        elif len(self._recipients) >= 100:
            self._reply("452 4.5.3 Too many recipients")
        else:
            reply = self._door.recipient(self._desk, self._envelope(), address)
            if reply.startswith("250"):
                self._recipients.append(address)
            self._reply(reply, close=reply.startswith("421"))

    def _begin_data(self, _line: bytes) -> None:
        if not self._recipients:
            self._reply("503 5.5.1 No valid recipients")
            return
        self._data = bytearray(b"\r\n")
        self._reply("354 Go ahead")

    def _reset(self, _line: bytes) -> None:
        self._clear()
        self._reply("250 2.0.0 OK")

    def _noop(self, _line: bytes) -> None:
        self._reply("250 2.0.0 OK")

    def _verify(self, _line: bytes) -> None:
        self._reply("252 2.1.5 Send some mail, I will try my best")

    def _quit(self, _line: bytes) -> None:
        self._reply("221 2.0.0 closing connection", close=True)


_COMMANDS: dict[bytes, Callable[[Session, bytes], None]] = {
    b"EHLO": Session._greet,
    b"HELO": Session._greet,
    b"STAR": Session._start_tls,
    b"MAIL": Session._mail,
    b"RCPT": Session._rcpt,
    b"DATA": Session._begin_data,
    b"RSET": Session._reset,
    b"NOOP": Session._noop,
    b"VRFY": Session._verify,
    b"QUIT": Session._quit,
}


def _tidy(address: str) -> str:
    """The address as the lab's books write it; what is no address stays as it came."""
    try:
        local, domain = split_address(address)
        return f"{local}@{clean_name(domain)}" if domain else address
    except UnicodeError:
        return address
