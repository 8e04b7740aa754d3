"""The laboratory as one object: builds all parts, starts and stops the servers."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import uvicorn

from tradewind.lab import behaviour, providers
from tradewind.lab.books import Books
from tradewind.lab.boxes import Boxes
from tradewind.lab.clock import Agenda, LabClock
from tradewind.lab.config import LabConfig
from tradewind.lab.dice import Dice
from tradewind.lab.door import Door
from tradewind.lab.habits import Desk
from tradewind.lab.imap import ImapServer
from tradewind.lab.internet import Internet
from tradewind.lab.mailer import Mailer
from tradewind.lab.names import split_address
from tradewind.lab.nameserver import DnsServer
from tradewind.lab.people import People, read_csv
from tradewind.lab.reputation import Reputations
from tradewind.lab.smtp import Session
from tradewind.lab.story import Stage
from tradewind.lab.tls import server_context
from tradewind.lab.verify import Gate
from tradewind.lab.web import Browser
from tradewind.lab.zones import Zones

LOOPBACK = "127.0.0.1"


class Lab:
    """One small internet. ``start`` binds everything; ``ready`` says where."""

    def __init__(self, config: LabConfig) -> None:
        self.config = config
        self.dice = Dice(config.seed)
        self.clock = LabClock(config.pace)
        self.zones = Zones()
        figures = behaviour.load(config.behaviour)
        catalogue = providers.load()
        self.internet = Internet(self.zones, self.dice, catalogue)
        self.people = People(self.dice, figures, self.clock.now)
        self.reputations = Reputations(self.dice, figures.noise)
        self.books = Books(config.state)
        self.boxes = Boxes(config.state)
        self.agenda = Agenda(self.clock)
        self.desks = {key: Desk(provider, self.clock, self.dice) for key, provider in catalogue.items()}
        self.stage = Stage(
            agenda=self.agenda,
            books=self.books,
            internet=self.internet,
            people=self.people,
            reputations=self.reputations,
            behaviour=figures,
            dice=self.dice,
            browser=Browser(self.zones, config.web_port),
            mailer=Mailer(self.zones, config.inbound_port),
        )
        self.door = Door(
            dice=self.dice,
            internet=self.internet,
            people=self.people,
            gate=Gate(self.zones),
            reputations=self.reputations,
            books=self.books,
            boxes=self.boxes,
            tell=self.stage.begin,
        )
        self.dns = DnsServer(self.zones)
        self.imap = ImapServer(self)
        self.smtp_port = 0
        self.http_port = 0
        self._tls: ssl.SSLContext | None = None
        self._listeners: dict[str, asyncio.Server] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._web: uvicorn.Server | None = None
        if config.people is not None:
            self.add_people(read_csv(config.people.read_text("utf-8-sig")))

    def add_people(self, rows: Iterable[dict[str, str]]) -> dict[str, int]:
        """Make homes for the domains of these people and note what their rows lay down. Returns what was
        added.
        """
        domains: set[str] = set()
        count = 0
        for row in rows:
            domains.add(split_address(row["email"])[1])
            traits = {name: row[name] for name in ("country", "language") if row.get(name)}
            if traits:
                self.people.lay_down(row["email"], {n: value.lower() for n, value in traits.items()})
            count += 1
        return {"people": count, "new_domains": self.internet.add_domains(domains)}

    async def start(self) -> None:
        """Bind all servers. Raises OSError, naming the port, when one is taken."""
        hosts = [host for place in self.internet.places() for host in place.hosts]
        self._tls = server_context(self.config.state, hosts)
        await self.dns.start(self.config.dns_port)
        await self._listen_smtp(self.config.smtp_port)
        await self.imap.start(self.config.imap_port)
        await self._listen_http(self.config.http_port)
        self._tasks.append(asyncio.create_task(self.agenda.run()))

    async def _listen_smtp(self, port: int) -> None:
        for attempt in range(20):
            try:
                for address, key in self.internet.addresses().items():
                    await self._open(address, self.desks[key], self.smtp_port or port)
                return
            except OSError:
                await self._close_listeners()
                self.smtp_port = 0
                if port or attempt == 19:
                    raise

    async def _open(self, address: str, desk: Desk, port: int) -> None:
        assert self._tls is not None
        tls = self._tls
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Session(desk, self.door, address, tls), address, port, backlog=512, reuse_address=True
        )
        self._listeners[address] = server
        self.smtp_port = self.smtp_port or int(server.sockets[0].getsockname()[1])

    async def _close_listeners(self) -> None:
        for server in self._listeners.values():
            server.close()
        self._listeners.clear()

    async def apply_orders(self, key: str) -> None:
        """Open or close a provider's listeners as its orders say; open connections go on."""
        desk = self.desks[key]
        for address, owner in self.internet.addresses().items():
            if owner != key:
                continue
            if desk.orders.down and address in self._listeners:
                self._listeners.pop(address).close()
            elif not desk.orders.down and address not in self._listeners:
                await self._open(address, desk, self.smtp_port)

    async def _listen_http(self, port: int) -> None:
        from tradewind.lab.control import application  # control knows the lab; the lab only starts it

        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
        self.http_port = int(sock.getsockname()[1])
        config = uvicorn.Config(application(self), log_level="warning", access_log=False, lifespan="off")
        self._web = _QuietServer(config)
        self._tasks.append(asyncio.create_task(self._web.serve(sockets=[sock])))
        while not self._web.started:  # noqa: ASYNC110 - uvicorn has a flag and no event
            await asyncio.sleep(0.01)

    def ready(self) -> dict[str, Any]:
        """What a program must know to meet the lab."""
        return {
            "ready": True,
            "seed": self.config.seed,
            "pace": self.config.pace,
            "dns": f"{LOOPBACK}:{self.dns.port}",
            "dns_port": self.dns.port,
            "smtp_port": self.smtp_port,
            "imap": f"{LOOPBACK}:{self.imap.port}",
            "imap_port": self.imap.port,
            "http": f"http://{LOOPBACK}:{self.http_port}",
            "http_port": self.http_port,
            "inbound_port": self.config.inbound_port,
            "web_port": self.config.web_port,
            "state": str(Path(self.config.state).absolute()),
            "ca": str((Path(self.config.state) / "lab-ca.pem").absolute()),
        }

    async def reset(self) -> None:
        """Empty books, boxes, reputations, habits and agenda; domains, people and DNS records stay."""
        await self.agenda.clear()
        self.books.clear()
        self.boxes.clear()
        self.reputations.clear()
        for key, desk in self.desks.items():
            desk.restore()
            await self.apply_orders(key)

    async def stop(self) -> None:
        """Close everything; what is on the agenda is forgotten."""
        await self.agenda.clear()
        await self.dns.stop()
        await self.imap.stop()
        await self._close_listeners()
        if self._web is not None:
            self._web.should_exit = True
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.books.close()
        self.boxes.close()


class _QuietServer(uvicorn.Server):
    """Leaves the signals of the process to whoever runs the lab."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def run(config: LabConfig) -> None:
    """Run a lab until the task is cancelled; prints one line of JSON when it can be used."""
    lab = Lab(config)
    try:
        await lab.start()
        print(json.dumps(lab.ready()), flush=True)
        await asyncio.Event().wait()
    finally:
        await lab.stop()
