"""A scripted SMTP server that misbehaves exactly as a test tells it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tradewind.delivery.smtp.values import Endpoint

EHLO = (
    b"250-mx.test hello\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
)


class Peer:
    """The server's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.heard: list[bytes] = []
        self.bodies: list[bytes] = []

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def line(self, begins: bytes = b"") -> bytes:
        line = await self.reader.readline()
        self.heard.append(line)
        assert line.startswith(begins), (line, begins)
        return line

    async def body(self) -> bytes:
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError("cut off before the final dot")
            lines.append(line[1:] if line.startswith(b".") else line)
        self.bodies.append(b"".join(lines))
        return self.bodies[-1]

    async def hello(self, ehlo: bytes = EHLO) -> None:
        await self.say(b"220 mx.test ESMTP\r\n")
        await self.line(b"EHLO")
        await self.say(ehlo)

    async def envelope(self) -> None:
        for verb, reply in ((b"MAIL", b"250 2.1.0 ok\r\n"), (b"RCPT", b"250 2.1.5 ok\r\n")):
            await self.line(verb)
            await self.say(reply)
        await self.line(b"DATA")
        await self.say(b"354 go\r\n")

    async def message(self, reply: bytes = b"250 2.0.0 ok queued as A1\r\n") -> None:
        await self.envelope()
        await self.body()
        await self.say(reply)

    async def tls(self, context: ssl.SSLContext) -> None:
        await self.line(b"STARTTLS")
        await self.say(b"220 go\r\n")
        await self.writer.start_tls(context)

    def drop(self) -> None:
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


class Server:
    """Runs one script per connection and keeps what went wrong in it."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.peers: list[Peer] = []
        self.tasks: list[asyncio.Task[None] | None] = []
        self.errors: list[AssertionError] = []
        self.endpoint = Endpoint("mx.test", "127.0.0.1", 0)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        self.tasks.append(asyncio.current_task())
        script = self.scripts[min(len(self.peers), len(self.scripts)) - 1]
        try:
            await script(peer)
        except (ConnectionError, ssl.SSLError, TimeoutError, asyncio.CancelledError):
            pass
        except AssertionError as error:
            self.errors.append(error)
        finally:
            writer.close()


@asynccontextmanager
async def serving(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """The server on a free port of 127.0.0.1; fails at the end if a script's own assertion failed."""
    server = Server(*scripts)
    listener = await asyncio.start_server(server.handle, "127.0.0.1", 0, ssl=tls)
    server.endpoint = Endpoint("mx.test", "127.0.0.1", listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        tasks = [task for task in server.tasks if task is not None]
        _, hanging = await asyncio.wait(tasks, timeout=0.2) if tasks else (set(), set())
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
    assert not server.errors, server.errors


@lru_cache
def certificate(name: str) -> Path:
    """A self-signed certificate with its key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = Path(mkdtemp()) / "cert.pem"
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(encoding, form, plain) + made.public_bytes(encoding))
    return path


def server_tls(name: str = "mx.test") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(name))
    return context
