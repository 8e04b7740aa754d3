"""`tradewind inbound`: takes mail by SMTP (or LMTP, behind a mail server of one's own) and stores it before it says 250.

Only for our own addresses: return paths and mailto addresses whose token is ours, complaints, and
everything at a sending domain
(people answer there). It never sends anything, so it cannot be made to scatter mail.
"""

import asyncio
import signal
import time
from dataclasses import dataclass
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection

from tradewind.senders.models import SendingDomain
from tradewind.signals.inbound.act import receive
from tradewind.signals.inbound.find import return_path_id

log = structlog.get_logger()

LARGEST = 25 * 1024 * 1024
MOST_RECIPIENTS = 20
AT_ONCE = 8
KNOWN_FOR = 15.0
LEAST_WAIT = 1.0
SERVICE = frozenset({"fbl", "postmaster", "abuse"})


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts for which mail is taken."""

    return_paths: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def takes(self, address: str) -> bool:
        """True for an address of ours."""
        local, _, host = address.lower().rpartition("@")
        if host in self.return_paths and (local in SERVICE or return_path_id(address) is not None):
            return True
        return bool(local) and host in self.domains


class Handler:
    """aiosmtpd's hooks."""

    def __init__(self) -> None:
        self._hosts = Hosts()
        self._read_at = -KNOWN_FOR
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            if not await self._takes(address):
                return "550 5.1.1 No such address here"
        except DatabaseError:
            log.warning("inbound_database_away", sentence="Mail is put off until the database answers.")
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = (
            envelope.content
            if isinstance(envelope.content, bytes)
            else (envelope.content or "").encode("utf-8", "replace")
        )
        sender = envelope.mail_from or ""
        try:
            async with self._slots:
                await sync_to_async(_store, thread_sensitive=False)(sender, list(envelope.rcpt_tos), raw)
        except Exception:  # whatever it was: an answer that begins with 5 would lose the mail
            log.exception(
                "inbound_not_stored",
                sentence="A mail could not be stored; its sender keeps it and comes again.",
            )
            return "451 4.3.0 Could not store the message, try again later"
        return "250 2.0.0 Stored"

    async def _takes(self, address: str) -> bool:
        age = time.monotonic() - self._read_at
        if age > KNOWN_FOR or (age > LEAST_WAIT and not self._hosts.takes(address)):
            self._hosts = await sync_to_async(_known_hosts, thread_sensitive=False)()
            self._read_at = time.monotonic()
        return self._hosts.takes(address)


def _known_hosts() -> Hosts:
    try:
        rows = list(SendingDomain.objects.values_list("return_path_host", "name"))
    finally:
        connection.close()
    return Hosts(frozenset(host.lower() for host, _ in rows), frozenset(name.lower() for _, name in rows))


def _store(mail_from: str, recipients: list[str], raw: bytes) -> None:
    try:
        for recipient in recipients:
            receive(mail_from, recipient, raw)
    finally:
        connection.close()


async def listen(host: str, port: int, *, lmtp: bool = False) -> asyncio.Server:
    """A listening server; port 0 takes a free one."""
    handler, loop = Handler(), asyncio.get_running_loop()
    kind = LMTP if lmtp else SMTP
    options: dict[str, Any] = {
        "data_size_limit": LARGEST,
        "enable_SMTPUTF8": True,
        "ident": "Tradewind",
        "timeout": 120,
        "loop": loop,
    }
    return await loop.create_server(lambda: kind(handler, **options), host, port)


async def serve(host: str, port: int, *, lmtp: bool = False) -> None:
    """Listen until SIGTERM or SIGINT; sessions that run get a moment to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await listen(host, port, lmtp=lmtp)
    where = server.sockets[0].getsockname()
    log.info(
        "inbound_listens", host=where[0], port=where[1], sentence=f"Taking mail on {where[0]}:{where[1]}."
    )
    await stop.wait()
    server.close()
    await asyncio.sleep(0.5)
    log.info("inbound_stopped", sentence="Inbound mail stopped.")


def run(host: str | None = None, port: int | None = None, *, lmtp: bool = False) -> None:
    """The process behind `tradewind inbound`; returns after a stop signal."""
    asyncio.run(
        serve(host or settings.INBOUND_HOST, settings.INBOUND_PORT if port is None else port, lmtp=lmtp)
    )
