"""Speaking ASGI with the edge, without a server."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.core.databases import conninfo
from tradewind.signals.edge import Edge
from tradewind.signals.keeper import Keeper
from tradewind.signals.spill import Spill


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """Stands for Django."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"django"})


async def ask(
    edge: Edge,
    path: str,
    method: str = "GET",
    body: bytes = b"",
    client: tuple[str, int] | None = ("198.51.100.7", 4711),
    **headers: str,
) -> Got:
    names = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": names,
        "client": client,
        "query_string": b"",
    }
    sent: list[dict[str, Any]] = []
    chunks = [body[:7], body[7:]]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": chunks.pop(0) if chunks else b"", "more_body": bool(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    await edge(scope, receive, send)
    found = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Got(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))


def with_edge(work: Callable[[Edge], Awaitable[Any]], folder: Path, database: str | None = None) -> Any:
    """Run `work` with an edge on the test database (or another one), and close it properly."""

    async def main() -> Any:
        edge = Edge(nothing, Keeper(database or conninfo(), Spill(folder)))
        try:
            return await work(edge)
        finally:
            await edge.close()

    return asyncio.run(main())


def visit(folder: Path, path: str, method: str = "GET", database: str | None = None, **more: Any) -> Got:
    """One request to an edge of its own."""
    got: Got = with_edge(lambda edge: ask(edge, path, method, **more), folder, database)
    return got


def visits(folder: Path, requests: Sequence[dict[str, Any]], database: str | None = None) -> list[Got]:
    """Requests one after the other to one edge."""

    async def work(edge: Edge) -> list[Got]:
        return [await ask(edge, **request) for request in requests]

    got: list[Got] = with_edge(work, folder, database)
    return got
