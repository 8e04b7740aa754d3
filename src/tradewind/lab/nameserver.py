"""The DNS server: UDP and TCP on one loopback port, authoritative for every name there is in the lab."""

import asyncio
import socket
import struct
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype

from tradewind.lab.zones import Status, Zones

_RCODES = {
    Status.FOUND: dns.rcode.NOERROR,
    Status.NO_DATA: dns.rcode.NOERROR,
    Status.NO_NAME: dns.rcode.NXDOMAIN,
    Status.SERVFAIL: dns.rcode.SERVFAIL,
    Status.REFUSED: dns.rcode.REFUSED,
}
_CACHE_LIMIT = 20_000


class Responder:
    """Turns query octets into answer octets."""

    def __init__(self, zones: Zones) -> None:
        self.zones = zones
        self.queries = 0
        self._cache: dict[tuple[bytes, bool], bytes] = {}
        self._cached_version = -1

    def answer(self, wire: bytes, over_udp: bool) -> bytes | None:
        """The answer to one query; None when nothing is to be sent (a zone that times out, or no query at
        all).
        """
        self.queries += 1
        if self._cached_version != self.zones.version:
            self._cache.clear()
            self._cached_version = self.zones.version
        key = (wire[2:], over_udp)
        cached = self._cache.get(key)
        if cached is not None:
            return wire[:2] + cached
        response = self._compose(wire, over_udp)
        if response is not None and len(self._cache) < _CACHE_LIMIT:
            self._cache[key] = response[2:]
        return response

    def _compose(self, wire: bytes, over_udp: bool) -> bytes | None:
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if query.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
            return response.to_wire()
        if not self._fill(response, query):
            return None
        limit = max(query.payload, 512) if query.edns >= 0 else 512
        try:
            return response.to_wire(max_size=min(limit, 4096) if over_udp else 65535)
        except dns.exception.TooBig:
            return _truncated(query, response.rcode()).to_wire()

    def _fill(self, response: dns.message.Message, query: dns.message.Message) -> bool:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        found = self.zones.lookup(name, dns.rdatatype.to_text(question.rdtype))
        if found.status is Status.TIMEOUT:
            return False
        response.set_rcode(_RCODES[found.status])
        if found.status in (Status.SERVFAIL, Status.REFUSED):
            return True
        response.flags |= dns.flags.AA
        response.answer.extend(found.rrsets)
        if found.status is not Status.FOUND:
            response.authority.append(self.zones.soa(found.zone))
        return True


def _truncated(query: dns.message.Message, rcode: dns.rcode.Rcode) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(rcode)
    response.flags |= dns.flags.TC | dns.flags.AA
    return response


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._responder.answer(data, over_udp=True)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


class DnsServer:
    """Both listeners on ``host``; ``port`` is known after ``start``."""

    def __init__(self, zones: Zones, host: str = "127.0.0.1") -> None:
        self.responder = Responder(zones)
        self.host = host
        self.port = 0
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.BaseTransport | None = None

    async def start(self, port: int) -> None:
        """Bind UDP and TCP to the same port. Raises OSError when it is taken."""
        for attempt in range(20):
            stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                stream.bind((self.host, port))
                self.port = int(stream.getsockname()[1])
                packets.bind((self.host, self.port))
                break
            except OSError:
                stream.close()
                packets.close()
                if port or attempt == 19:
                    raise
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve_stream, sock=stream)
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self.responder), sock=packets)

    async def _serve_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await asyncio.wait_for(reader.readexactly(2), 30)
                wire = await asyncio.wait_for(reader.readexactly(struct.unpack("!H", head)[0]), 30)
                answer = self.responder.answer(wire, over_udp=False)
                if answer is not None:
                    writer.write(struct.pack("!H", len(answer)) + answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            pass
        finally:
            writer.close()

    async def stop(self) -> None:
        """Close both listeners."""
        if self._tcp is not None:
            self._tcp.close()
        if self._udp is not None:
            self._udp.close()
