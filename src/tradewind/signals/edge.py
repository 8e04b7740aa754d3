"""The tracking edge: a small ASGI application in front of Django for what mails link to.

    GET  /t/o/<token>.gif   a picture of one pixel
    GET  /t/c/<token>       to the link's own target (never one that stands in the request)
    GET  /u/<token>         the unsubscribe page; changes nothing, because scanners follow links
    POST /u/<token>         unsubscribes: the page's form, or the mail service's one click (RFC 8058)

Every request with a token of ours is stored before its answer; see keeper.py. No session, no cookie, no ORM on this path.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import structlog
from django.conf import settings

from tradewind.core import clock, paths
from tradewind.core.databases import conninfo
from tradewind.ledger import tokens
from tradewind.signals import pages, targets, unsubscribing
from tradewind.signals.answers import Answer, gif, plain, redirect
from tradewind.signals.clients import Clients
from tradewind.signals.keeper import Keeper, Kept, Request, Where
from tradewind.signals.spill import Spill
from tradewind.signals.words import HitKind

log = structlog.get_logger()

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATHS = re.compile(r"/(t/o|t/c|u)/([a-zA-Z2-7]{1,256})(\.gif)?/?")
LONGEST_BODY = 16_384
TELLING = (
    "accept",
    "accept-language",
    "purpose",
    "sec-purpose",
    "x-moz",
    "x-purpose",
    "via",
    "sec-fetch-mode",
    "sec-fetch-dest",
    "x-requested-with",
)


def wrap(app: App) -> "Edge":
    """`app` (Django) with the edge before it."""
    return Edge(app)


class Edge:
    """Answers the paths above and passes everything else on. Also speaks ASGI's lifespan, to store what
    is queued at the end.
    """

    def __init__(self, app: App, keeper: Keeper | None = None) -> None:
        self._app = app
        self._keeper = keeper
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients = Clients(settings.WEB_PROXIES)
        self._targets = targets.Targets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        path = scope["path"] if scope["type"] == "http" else ""
        if not path.startswith(("/t/", "/u/")):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        answer = await self._answer(scope, headers, receive)
        await _respond(send, answer, head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Answer:
        languages = headers.get("accept-language", "")
        found = PATHS.fullmatch(scope["path"])
        if found is None:
            return pages.unknown_link(languages)
        what, token, method = found.group(1), found.group(2), scope["method"]
        if method not in ("GET", "HEAD", "POST") or (method == "POST" and what != "u"):
            return plain("This address cannot be used that way.\n", 405)
        if what == "t/o":
            return await self._open(tokens.read_open(token), scope, headers)
        if what == "t/c":
            return await self._click(tokens.read_click(token), scope, headers)
        message_id = tokens.read_unsubscribe(token)
        if message_id is None:
            return pages.unknown_link(languages)
        if method == "POST":
            return await self._post(message_id, scope, headers, await _body(receive))
        return await self._page(message_id, scope, headers)

    async def _open(self, message_id: int | None, scope: Scope, headers: Mapping[str, str]) -> Answer:
        if message_id is not None:
            await self._keep(HitKind.OPEN, message_id, None, scope, headers)
        return gif()  # always: a broken picture in a mail helps nobody

    async def _click(self, ids: tuple[int, int] | None, scope: Scope, headers: Mapping[str, str]) -> Answer:
        languages = headers.get("accept-language", "")
        if ids is None:
            return pages.unknown_link(languages)
        kept = await self._keep(HitKind.CLICK, ids[0], ids[1], scope, headers)
        if kept.known is None:
            remembered = self._targets.remembered(ids[1])
            if remembered:
                return redirect(remembered)
            return (
                pages.unknown_link(languages) if kept.where is Where.DATABASE else pages.try_again(languages)
            )
        target = self._targets.of(ids[1], kept.known)
        if target is None and not kept.known.composed:
            return pages.try_again(
                languages
            )  # a scanner was faster than our own books; the values are stored in a moment
        return redirect(target) if target else pages.unknown_link(languages)

    async def _page(self, message_id: int, scope: Scope, headers: Mapping[str, str]) -> Answer:
        kept = await self._keep(HitKind.UNSUBSCRIBE_PAGE, message_id, None, scope, headers)
        languages = headers.get("accept-language", "")
        if kept.known is None and kept.where is Where.DATABASE:
            return pages.unknown_link(languages)
        return pages.ask(languages, kept.known)

    async def _post(
        self, message_id: int, scope: Scope, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        languages = headers.get("accept-language", "")
        if body is None:
            return plain("That was too long.\n", 413)
        form = unsubscribing.read_form(body, headers.get("content-type", ""))
        more = {"way": form.way.value} | ({"reason": form.reason} if form.reason else {})
        kept = await self._keep(HitKind.UNSUBSCRIBE, message_id, None, scope, headers, more)
        if kept.where is Where.DATABASE and kept.known is None:
            return pages.unknown_link(languages)
        if kept.where is Where.NOWHERE:
            return pages.not_kept(languages, form.by_person)
        if kept.where is Where.DATABASE:
            await unsubscribing.apply_now(message_id)
        return pages.done(languages, kept.known, form)

    async def _keep(
        self,
        kind: HitKind,
        message_id: int,
        link_id: int | None,
        scope: Scope,
        headers: Mapping[str, str],
        more: Mapping[str, str] | None = None,
    ) -> Kept:
        request = Request(
            kind=kind,
            message_id=message_id,
            link_id=link_id,
            at=clock.now(),
            method=scope["method"],
            ip=self._clients.address(scope.get("client"), headers.get("x-forwarded-for", "")),
            agent=headers.get("user-agent", "")[:500],
            headers={name: headers[name][:200] for name in TELLING if name in headers} | dict(more or {}),
        )
        return await self._current_keeper().keep(request)

    def _current_keeper(self) -> Keeper:
        """The keeper of the running loop (a process has one loop; tests have several)."""
        loop = asyncio.get_running_loop()
        if self._keeper is None or (self._loop is not None and self._loop is not loop):
            self._keeper = Keeper(conninfo(), Spill(paths.DATA / "spill"))
        self._loop = loop
        return self._keeper

    async def close(self) -> None:
        if self._keeper is not None:
            await self._keeper.close()
            self._keeper = None

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _headers(scope: Scope) -> dict[str, str]:
    """The request's headers as text without control characters (PostgreSQL's JSON takes no NUL); repeated ones joined."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        value = "".join(char for char in raw_value.decode("latin-1") if char.isprintable())
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def _body(receive: Receive) -> bytes | None:
    """The body, or None when it is longer than any form of ours."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > LONGEST_BODY:
            return None
        if not message.get("more_body"):
            return body


async def _respond(send: Send, answer: Answer, *, head: bool) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
