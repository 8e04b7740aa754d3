"""The control interface over HTTP: DNS panel, people, habits, books, time. JSON in and out; the pages for
people beside it.
"""

import json
import urllib.parse
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from tradewind.lab import pages
from tradewind.lab.habits import Desk
from tradewind.lab.lab import Lab
from tradewind.lab.people import TraitError, read_csv
from tradewind.lab.providers import ProviderError
from tradewind.lab.zones import Record, RecordError, ZoneMode

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_BODY_LIMIT = 50_000_000


@dataclass(frozen=True)
class Request:
    """What the handlers see of a request."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    kind: str
    host: str

    def json(self) -> Any:
        """The body as JSON. Raises ProblemError when it is none."""
        try:
            return json.loads(self.body or b"null")
        except ValueError as problem:
            raise ProblemError(f"the body is not JSON: {problem}") from problem

    def table(self) -> dict[str, Any]:
        """The body as a JSON object."""
        value = self.json()
        if not isinstance(value, dict):
            raise ProblemError("the body must be a JSON object")
        return value


@dataclass(frozen=True)
class Response:
    """What goes back."""

    status: int
    body: bytes
    kind: str = "application/json"


class ProblemError(Exception):
    """A request that cannot be done; shown to the caller."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def _json(value: object, status: int = 200) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _records(request: Request) -> list[Record]:
    given = request.json()
    if not isinstance(given, list):
        raise ProblemError("the body must be a list of records")
    records = []
    for item in given:
        if not isinstance(item, dict) or not {"name", "type", "data"} <= item.keys():
            raise ProblemError("a record has name, type, data and perhaps ttl")
        ttl = item.get("ttl", 300)
        if not isinstance(ttl, int):
            raise ProblemError("ttl is a number of seconds")
        records.append(Record(str(item["name"]), str(item["type"]), str(item["data"]), ttl))
    return records


class Control:
    """Handlers by method and first part of the path."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._routes: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("PUT", "/dns/records"): self.publish,
            ("DELETE", "/dns/records"): self.withdraw,
            ("POST", "/control/dns"): self.dns_mode,
            ("POST", "/people"): self.add_people,
            ("GET", "/control"): self.status,
            ("POST", "/control/finish"): self.finish,
            ("POST", "/control/reset"): self.reset,
            ("POST", "/control/habits"): self.habits,
            ("GET", "/control/habits"): self.show_habits,
            ("GET", "/control/reputations"): self.reputations,
            ("GET", "/books"): self.books,
            ("GET", "/books/messages"): self.messages,
            ("GET", "/books/failures"): self.failures,
            ("GET", "/.well-known/mta-sts.txt"): self.transport_policy,
        }

    async def answer(self, request: Request) -> Response:
        """The response to any request."""
        try:
            handler = self._routes.get((request.method, request.path))
            if handler is not None:
                return await handler(request)
            return self._by_prefix(request)
        except (ProblemError, RecordError, ProviderError, TraitError) as problem:
            return _json({"error": str(problem)}, getattr(problem, "status", 400))

    def _by_prefix(self, request: Request) -> Response:
        path = urllib.parse.unquote(request.path)
        if request.method == "GET" and path.startswith("/dns/zone/"):
            return _json(
                [asdict(record) for record in self._lab.zones.records(path.removeprefix("/dns/zone/"))]
            )
        if path.startswith("/people/") and request.method in ("PUT", "GET"):
            return self._person(path.removeprefix("/people/"), request)
        if request.method == "GET" and path.startswith("/raw/"):
            return Response(200, pages.raw(self._lab, path), "text/plain; charset=utf-8")
        page = pages.render(self._lab, path, request.query) if request.method == "GET" else None
        if page is not None:
            return Response(200, page.encode("utf-8", "replace"), "text/html; charset=utf-8")
        raise ProblemError(f"there is no {request.method} {request.path}", 404)

    def _person(self, address: str, request: Request) -> Response:
        people = self._lab.people
        if request.method == "PUT":
            people.lay_down(address, request.table())
            self._lab.internet.add_domains([address.rpartition("@")[2]])
        place = self._lab.internet.place(address.lower().rpartition("@")[2])
        if place is None:
            raise ProblemError(f"nobody in the lab has mailboxes at the domain of {address}", 404)
        provider = self._lab.desks[place.provider].provider
        return _json(
            {
                "address": address,
                "provider": place.provider,
                "host": place.hosts[0],
                "mx_address": place.address,
                "state": people.state(address.lower(), provider, knock=False).value,
                "person_address": self._lab.internet.person_address(address.lower()),
                "laid_down": {
                    name: value for name, value in asdict(people.of(address.lower())).items() if value
                },
            }
        )

    async def publish(self, request: Request) -> Response:
        """PUT /dns/records"""
        return _json({"published": self._lab.zones.publish(_records(request))})

    async def withdraw(self, request: Request) -> Response:
        """DELETE /dns/records: a list of {name, type} and perhaps data"""
        given = request.json()
        if not isinstance(given, list):
            raise ProblemError("the body must be a list of {name, type} and perhaps data")
        gone = 0
        for item in given:
            gone += self._lab.zones.withdraw(str(item["name"]), str(item["type"]), item.get("data"))
        return _json({"withdrawn": gone})

    async def dns_mode(self, request: Request) -> Response:
        """POST /control/dns {"zone", "mode": ok | servfail | refused | timeout}"""
        given = request.table()
        try:
            mode = ZoneMode(given.get("mode", ""))
        except ValueError:
            raise ProblemError(f"mode is one of {', '.join(ZoneMode)}") from None
        self._lab.zones.set_mode(str(given.get("zone", "")), mode)
        return _json({"zone": given.get("zone"), "mode": mode.value})

    async def add_people(self, request: Request) -> Response:
        """POST /people: CSV text, or a JSON list of addresses or objects with email"""
        rows: Iterable[dict[str, str]]
        if "json" in request.kind:
            given = request.json()
            items = given if isinstance(given, list) else []
            rows = [{"email": item} if isinstance(item, str) else item for item in items]
            rows = [row for row in rows if "@" in row.get("email", "")]
        else:
            rows = read_csv(request.body.decode("utf-8-sig", "replace"))
        return _json(self._lab.add_people(rows))

    async def status(self, _request: Request) -> Response:
        """GET /control"""
        lab = self._lab
        state = {
            "lab_seconds": round(lab.clock.now(), 1),
            "pending": lab.agenda.pending,
            "done": lab.agenda.done,
        }
        return _json({**lab.ready(), **state, "dns_queries": lab.dns.responder.queries})

    async def finish(self, request: Request) -> Response:
        """POST /control/finish {"wait": true} waits at the lab's pace; without it, what remains happens
        now
        """
        given = request.json() or {}
        left = await self._lab.agenda.finish(hurry=not given.get("wait", False))
        return _json({"finished": left, "pending": self._lab.agenda.pending})

    async def reset(self, _request: Request) -> Response:
        """POST /control/reset"""
        await self._lab.reset()
        return _json({"reset": True})

    async def habits(self, request: Request) -> Response:
        """POST /control/habits {"provider": key or "*", "restore": true, or figures and orders}"""
        changes = request.table()
        key = str(changes.pop("provider", ""))
        restore = bool(changes.pop("restore", False))
        keys = list(self._lab.desks) if key == "*" else [key]
        if not all(known in self._lab.desks for known in keys):
            raise ProblemError(f"{key!r} is no provider; these are: {', '.join(self._lab.desks)}", 404)
        for known in keys:
            desk = self._lab.desks[known]
            if restore:
                desk.restore()
            desk.change(changes)
            await self._lab.apply_orders(known)
        return _json([_desk(self._lab.desks[known]) for known in keys])

    async def show_habits(self, _request: Request) -> Response:
        """GET /control/habits"""
        return _json([_desk(desk) for desk in self._lab.desks.values()])

    async def reputations(self, _request: Request) -> Response:
        """GET /control/reputations"""
        return _json(self._lab.reputations.listing())

    async def books(self, _request: Request) -> Response:
        """GET /books"""
        return _json(self._lab.books.totals())

    async def messages(self, request: Request) -> Response:
        """GET /books/messages?recipient=&provider=: JSON lines"""
        wanted = {name: value for name, value in request.query.items() if name in ("recipient", "provider")}
        rows = (
            row
            for row in self._lab.books.rows.values()
            if all(getattr(row, n) == v for n, v in wanted.items())
        )
        lines = [json.dumps(asdict(row), ensure_ascii=False) for row in rows]
        text = "".join(line + "\n" for line in lines)
        return Response(200, text.encode("utf-8", "replace"), "application/x-ndjson")

    async def failures(self, _request: Request) -> Response:
        """GET /books/failures: what people and machines could not do, and why"""
        return _json(self._lab.books.failures)

    async def transport_policy(self, request: Request) -> Response:
        """The MTA-STS policy of the provider whose name is asked for (mta-sts.<domain>)"""
        place = self._lab.internet.place(request.host.partition(":")[0].removeprefix("mta-sts."))
        if place is None:
            raise ProblemError("no policy for this host", 404)
        hosts = "".join(f"mx: {host}\r\n" for host in place.hosts)
        text = f"version: STSv1\r\nmode: testing\r\n{hosts}max_age: 86400\r\n"
        return Response(200, text.encode(), "text/plain")


def _desk(desk: Desk) -> dict[str, Any]:
    figures = {
        name: value for name, value in vars(desk.provider).items() if name not in ("replies", "mx", "domains")
    }
    return {**figures, "needs": sorted(desk.provider.needs), "orders": vars(desk.orders)}


def application(lab: Lab) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The ASGI application."""
    control = Control(lab)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = await control.answer(await _request(scope, receive))
        headers = [(b"content-type", response.kind.encode()), (b"x-content-type-options", b"nosniff")]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    return app


async def _request(scope: Scope, receive: Receive) -> Request:
    body = bytearray()
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body") or len(body) > _BODY_LIMIT:
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(urllib.parse.parse_qsl(scope["query_string"].decode("latin-1")))
    path = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
    kind, host = headers.get("content-type", ""), headers.get("host", "")
    return Request(scope["method"], path, query, bytes(body), kind, host)
