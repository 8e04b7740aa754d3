"""A polite SMTP server that keeps what it accepted, with one habit per recipient."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.delivery.hostile import EHLO, Peer

Habit = Callable[[str, int], str | None]
"""From recipient and number of the try to a reply for RCPT or the dot: "rcpt 550 ...", "dot 451 ...",
"drop before", "drop after", "silent"; None accepts."""


class Sink:
    def __init__(self, habit: Habit) -> None:
        self.habit = habit
        self.accepted: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self.bodies: dict[str, bytes] = {}
        self.connections = 0
        self.most_at_once = 0
        self.now = 0
        self.port = 0
        self.dot_delay = 0.0
        self.in_data = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            peer = Peer(reader, writer)
            await peer.hello(EHLO)
            await self._talk(peer)
        except (ConnectionError, AssertionError, asyncio.CancelledError):
            pass
        finally:
            self.now -= 1
            writer.close()

    async def _talk(self, peer: Peer) -> None:
        recipient, refused = "", False
        while line := await peer.line():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.partition(b"<")[2].rpartition(b">")[0].decode()
                self.tries[recipient] += 1
                habit = self.habit(recipient, self.tries[recipient]) or ""
                refused = habit.startswith("rcpt ")
                await peer.say(habit[5:].encode() + b"\r\n" if refused else b"250 2.1.5 ok\r\n")
            elif verb == b"DATA":
                await peer.say(b"554 5.5.1 no valid recipients\r\n" if refused else b"354 go\r\n")
                if not refused and not await self._data(peer, recipient):
                    return
            elif verb == b"QUIT":
                await peer.say(b"221 bye\r\n")
                return
            else:
                await peer.say(b"250 ok\r\n")

    async def _data(self, peer: Peer, recipient: str) -> bool:
        habit = self.habit(recipient, self.tries[recipient]) or ""
        body = await peer.body()
        self.in_data.set()
        if habit == "drop before":
            peer.drop()
            return False
        await asyncio.sleep(self.dot_delay)
        if habit.startswith("dot "):
            await peer.say(habit[4:].encode() + b"\r\n")
            return True
        self.accepted[recipient] += 1
        self.bodies[recipient] = body
        if habit == "drop after":
            peer.drop()
            return False
        await peer.say(f"250 2.0.0 Ok: queued as Q{self.accepted.total()}\r\n".encode())
        return True


@asynccontextmanager
async def sinking(habit: Habit = lambda recipient, number: None) -> AsyncIterator[Sink]:
    sink = Sink(habit)
    server = await asyncio.start_server(sink.handle, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()


Work = Callable[[], Awaitable[None]]
