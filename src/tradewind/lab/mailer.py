"""Mail out of the lab: finds the MX of a domain in the lab's zones and delivers there, in one plain SMTP
dialogue.
"""

import asyncio
import ipaddress
from dataclasses import dataclass

from tradewind.lab.names import split_address
from tradewind.lab.zones import Zones

_TIMEOUT = 30.0


class MailError(Exception):
    """A letter that was not taken; ``temporary`` says whether another attempt makes sense."""

    def __init__(self, text: str, temporary: bool) -> None:
        super().__init__(text)
        self.temporary = temporary


@dataclass(frozen=True)
class Mailer:
    """Delivers letters to the program's own mail server on ``port``."""

    zones: Zones
    port: int

    async def send(self, sender: str, recipient: str, message: bytes, source: str, helo: str) -> str:
        """Deliver one letter from the address ``source``. Returns the reply to the final dot; raises
        MailError.
        """
        address = self._address(recipient)
        try:
            async with asyncio.timeout(_TIMEOUT):
                reader, writer = await asyncio.open_connection(address, self.port, local_addr=(source, 0))
                try:
                    return await _dialogue(reader, writer, helo, sender, recipient, message)
                finally:
                    writer.close()
        except (OSError, TimeoutError, EOFError) as problem:
            reason = str(problem) or type(problem).__name__
            raise MailError(f"{address}:{self.port}: {reason}", temporary=True) from problem

    def _address(self, recipient: str) -> str:
        domain = split_address(recipient)[1]
        hosts = self.zones.mail_hosts(domain) if domain else []
        addresses = [address for host in hosts for address in self.zones.addresses(host)]
        if not addresses:
            raise MailError(f"{domain or recipient} has no mail server in the lab's DNS", temporary=False)
        if not ipaddress.IPv4Address(addresses[0]).is_loopback:
            raise MailError(f"{domain} is at {addresses[0]}, which is not loopback", temporary=False)
        return addresses[0]


async def _dialogue(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    helo: str,
    sender: str,
    recipient: str,
    message: bytes,
) -> str:
    await _expect(reader, "2")
    for command, wanted in (
        (f"EHLO {helo}", "2"),
        (f"MAIL FROM:<{sender}>", "2"),
        (f"RCPT TO:<{recipient}>", "2"),
        ("DATA", "3"),
    ):
        writer.write(command.encode("utf-8") + b"\r\n")
        await _expect(reader, wanted)
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    writer.write((b"." + stuffed if stuffed.startswith(b".") else stuffed) + b".\r\n")
    await writer.drain()
    reply = await _expect(reader, "2")
    writer.write(b"QUIT\r\n")
    return reply


async def _expect(reader: asyncio.StreamReader, wanted: str) -> str:
    lines = []
    while True:
        line = (await reader.readline()).decode("utf-8", "replace")
        if not line:
            raise EOFError("connection closed")
        lines.append(line.rstrip())
        if line[3:4] != "-":
            break
    if not lines[-1].startswith(wanted):
        raise MailError(" / ".join(lines), temporary=lines[-1].startswith("4"))
    return lines[-1]
