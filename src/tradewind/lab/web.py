"""A small HTTP client for people and machines: names from the lab's DNS, a source address of its own,
loopback only.
"""

import asyncio
import ipaddress
import ssl
import urllib.parse
from dataclasses import dataclass

import h11

from tradewind.lab.zones import Zones

_LIMIT = 2_000_000
_TIMEOUT = 15.0
_REDIRECTS = 4


class WebError(Exception):
    """A request that could not be made or got no answer; the text says why."""


@dataclass(frozen=True)
class Page:
    """What the server answered in the end."""

    status: int
    url: str
    first_status: int
    """Of the first answer, before any redirect."""
    body: str

    @property
    def ok(self) -> bool:
        """The first answer was no error."""
        return 200 <= self.first_status < 400


@dataclass(frozen=True)
class Browser:
    """Makes requests. ``web_port`` is where URLs without a port lead; 0 takes the scheme's own."""

    zones: Zones
    web_port: int = 0

    async def get(self, url: str, source: str, agent: str, follow: bool = True) -> Page:
        """GET, following redirects as long as they stay in the lab. Raises WebError."""
        first = status = 0
        body = ""
        for _ in range(_REDIRECTS + 1):
            try:
                status, location, body = await self._request("GET", url, source, agent, b"")
            except WebError:
                if first:
                    break  # the target is often a page outside the lab: the click itself was served
                raise
            first = first or status
            if not follow or not location or status not in (301, 302, 303, 307, 308):
                break
            url = urllib.parse.urljoin(url, location)
        return Page(status, url, first, body)

    async def post(self, url: str, source: str, agent: str, form: dict[str, str]) -> Page:
        """POST a form, redirects not followed. Raises WebError."""
        data = urllib.parse.urlencode(form).encode()
        status, _, body = await self._request("POST", url, source, agent, data)
        return Page(status, url, status, body)

    def _target(self, url: str) -> tuple[urllib.parse.SplitResult, str, int, bool]:
        try:
            parts = urllib.parse.urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as problem:
            raise WebError(f"{url!r} is not a URL") from problem
        if parts.scheme not in ("http", "https") or not host:
            raise WebError(f"{url!r} is not an http URL")
        address = _address(self.zones, host)
        tls = parts.scheme == "https"
        if port is None and self.web_port:
            return parts, address, self.web_port, False
        return parts, address, port or (443 if tls else 80), tls

    async def _request(
        self, method: str, url: str, source: str, agent: str, data: bytes
    ) -> tuple[int, str, str]:
        parts, address, port, tls = self._target(url)
        try:
            async with asyncio.timeout(_TIMEOUT):
                reader, writer = await asyncio.open_connection(
                    address, port, local_addr=(source, 0), ssl=_unverified() if tls else None
                )
                try:
                    return await _exchange(reader, writer, _head(method, parts, agent, data), data)
                finally:
                    writer.close()
        except (OSError, TimeoutError, h11.ProtocolError, ssl.SSLError) as problem:
            raise WebError(f"{method} {url}: {str(problem) or type(problem).__name__}") from problem


def _address(zones: Zones, host: str) -> str:
    try:
        found = _numeric(host) or zones.addresses(host)
    except UnicodeError:
        found = []
    if not found:
        raise WebError(f"{host} has no address in the lab")
    if not ipaddress.IPv4Address(found[0]).is_loopback:
        raise WebError(f"{host} is at {found[0]}: the lab's people go nowhere but to loopback")
    return found[0]


def _numeric(host: str) -> list[str]:
    try:
        return ["127.0.0.1"] if host == "localhost" else [str(ipaddress.IPv4Address(host))]
    except ValueError:
        return []


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _head(method: str, parts: urllib.parse.SplitResult, agent: str, data: bytes) -> h11.Request:
    path = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + urllib.parse.quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    headers = [("Host", parts.netloc.rpartition("@")[2]), ("Accept", "*/*"), ("Connection", "close")]
    headers += [("User-Agent", agent)] if agent else []
    headers += [("X-Forwarded-Proto", "https")] if parts.scheme == "https" else []
    if method == "POST":
        headers += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(data)))]
    return h11.Request(method=method, target=path + query, headers=headers)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: h11.Request, data: bytes
) -> tuple[int, str, str]:
    talk = h11.Connection(h11.CLIENT)
    out = talk.send(head) or b""
    out += (talk.send(h11.Data(data=data)) or b"") if data else b""
    writer.write(out + (talk.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    status, location, body = 0, "", bytearray()
    while True:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            talk.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Response):
            status = event.status_code
            location = next((v.decode("latin-1") for k, v in event.headers if k == b"location"), "")
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _LIMIT:
                raise OSError("the answer is longer than 2 MB")
        elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            return status, location, body.decode("utf-8", "replace")
