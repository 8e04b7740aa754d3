"""A small read-only IMAP server (RFC 3501) for the lab's boxes: enough for programs that look where a
letter landed.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from tradewind.lab.books import Books
from tradewind.lab.boxes import Boxes, Letter
from tradewind.lab.habits import Desk
from tradewind.lab.imap_search import SearchError, fetch_items, matches, parse_set, tokens
from tradewind.lab.internet import Internet
from tradewind.lab.names import split_address
from tradewind.lab.people import People

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")
_LINE_LIMIT = 65_536


class World(Protocol):
    """What the server needs of the lab."""

    books: Books
    boxes: Boxes
    people: People
    internet: Internet
    desks: dict[str, Desk]


class ImapServer:
    """Listens on loopback; ``port`` is known after ``start``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Bind. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=_LINE_LIMIT)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the listener."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError, ValueError):
            await _Talk(self._world, reader, writer).run()
        writer.close()


class _Talk:
    def __init__(self, world: World, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._world = world
        self._reader = reader
        self._writer = writer
        self._box = ""
        self._letters: list[Letter] | None = None
        self._open = True

    async def run(self) -> None:
        self._send("* OK [CAPABILITY IMAP4rev1 SPECIAL-USE ID LITERAL+] Laboratory IMAP ready")
        while self._open:
            line = await self._line()
            if line is None:
                return
            self._command(line)
            await self._writer.drain()

    def _send(self, text: str) -> None:
        self._writer.write(text.encode("utf-8", "replace") + b"\r\n")

    async def _line(self) -> bytes | None:
        """One command with its literals put in as quoted strings."""
        whole = b""
        while True:
            line = await asyncio.wait_for(self._reader.readline(), 1800)
            if not line.endswith(b"\n"):
                return None
            line = line.rstrip(b"\r\n")
            match = _LITERAL.search(line)
            if match is None or int(match[1]) > _LINE_LIMIT:
                return whole + line
            if not match[2]:
                self._send("+ go on")
                await self._writer.drain()
            literal = await self._reader.readexactly(int(match[1]))
            quoted = (
                literal.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\r", b"").replace(b"\n", b" ")
            )
            whole += line[: match.start()] + b'"' + quoted + b'"'

    def _command(self, line: bytes) -> None:
        tag, _, rest = line.decode("utf-8", "replace").partition(" ")
        word, _, arguments = rest.partition(" ")
        word = word.upper()
        uid = word == "UID"
        if uid:
            word, _, arguments = arguments.partition(" ")
            word = word.upper()
        handler = _HANDLERS.get(word)
        if handler is None or (uid and word not in ("FETCH", "SEARCH")):
            self._send(f"{tag} BAD unknown command")
            return
        if word not in _BEFORE_LOGIN and not self._box:
            self._send(f"{tag} NO log in first")
            return
        try:
            handler(self, tag, arguments, uid)
        except SearchError as problem:
            self._send(f"{tag} BAD {problem}")

    def _capability(self, tag: str, _arguments: str, _uid: bool) -> None:
        self._send("* CAPABILITY IMAP4rev1 SPECIAL-USE ID LITERAL+")
        self._send(f"{tag} OK done")

    def _noop(self, tag: str, _arguments: str, _uid: bool) -> None:
        self._send(f"{tag} OK done")

    def _id(self, tag: str, _arguments: str, _uid: bool) -> None:
        self._send('* ID ("name" "Laboratory")')
        self._send(f"{tag} OK done")

    def _logout(self, tag: str, _arguments: str, _uid: bool) -> None:
        self._send("* BYE good bye")
        self._send(f"{tag} OK done")
        self._open = False

    def _login(self, tag: str, arguments: str, _uid: bool) -> None:
        words = tokens(arguments)
        if len(words) != 2:
            self._send(f"{tag} BAD LOGIN needs a name and a password")
            return
        address = words[0].lower()
        password = self._world.people.of(address).password or "lab"
        if self._world.internet.place(split_address(address)[1]) is None or words[1] != password:
            self._send(f"{tag} NO [AUTHENTICATIONFAILED] wrong name or password")
            return
        self._box = address
        self._send(f"{tag} OK logged in")

    def _junk(self) -> str:
        place = self._world.internet.place(split_address(self._box)[1])
        return self._world.desks[place.provider].provider.junk if place else "Junk"

    def _list(self, tag: str, arguments: str, _uid: bool) -> None:
        words = tokens(arguments)
        pattern = words[-1] if words else "*"
        if pattern == "":
            self._send('* LIST (\\Noselect) "/" ""')
        else:
            wanted = re.compile(
                re.escape(pattern).replace(r"\*", ".*").replace("%", "[^/]*") + "$", re.IGNORECASE
            )
            for name, flags in (("INBOX", "\\HasNoChildren"), (self._junk(), "\\HasNoChildren \\Junk")):
                if wanted.match(name):
                    self._send(f'* LIST ({flags}) "/" "{name}"')
        self._send(f"{tag} OK done")

    def _select(self, tag: str, arguments: str, _uid: bool) -> None:
        letters = self._folder(tokens(arguments)[0] if tokens(arguments) else "")
        if letters is None:
            self._send(f"{tag} NO there is no such folder")
            return
        self._letters = letters
        unseen = sum(not self._seen(letter) for letter in letters)
        self._send("* FLAGS (\\Seen \\Answered)")
        self._send(f"* {len(letters)} EXISTS")
        self._send("* 0 RECENT")
        self._send(f"* OK [UNSEEN {unseen}] unseen")
        self._send("* OK [UIDVALIDITY 1] valid")
        self._send(f"* OK [UIDNEXT {max((letter.uid for letter in letters), default=0) + 1}] next")
        self._send(f"{tag} OK [READ-ONLY] done")

    def _folder(self, name: str) -> list[Letter] | None:
        if name.upper() == "INBOX":
            return self._world.boxes.letters(self._box, "inbox")
        return self._world.boxes.letters(self._box, "spam") if name.lower() == self._junk().lower() else None

    def _status(self, tag: str, arguments: str, _uid: bool) -> None:
        words = tokens(arguments.replace("(", " ").replace(")", " "))
        letters = self._folder(words[0]) if words else None
        if letters is None:
            self._send(f"{tag} NO there is no such folder")
            return
        figures = {
            "MESSAGES": len(letters),
            "UNSEEN": sum(not self._seen(x) for x in letters),
            "UIDVALIDITY": 1,
        }
        figures |= {"RECENT": 0, "UIDNEXT": max((x.uid for x in letters), default=0) + 1}
        shown = " ".join(
            f"{word.upper()} {figures[word.upper()]}" for word in words[1:] if word.upper() in figures
        )
        self._send(f'* STATUS "{words[0]}" ({shown})')
        self._send(f"{tag} OK done")

    def _seen(self, letter: Letter) -> bool:
        row = self._world.books.rows.get(letter.row)
        return row is not None and row.read

    def _search(self, tag: str, arguments: str, uid: bool) -> None:
        if self._letters is None:
            self._send(f"{tag} BAD select a folder first")
            return
        words = tokens(arguments.replace("(", " ").replace(")", " "))
        raw = self._world.boxes.raw
        hits = []
        for number, letter in enumerate(self._letters, 1):
            if matches(words, number, letter, self._seen(letter), self._letters, partial(raw, letter)):
                hits.append(letter.uid if uid else number)
        self._send("* SEARCH" + "".join(f" {hit}" for hit in hits))
        self._send(f"{tag} OK done")

    def _fetch(self, tag: str, arguments: str, uid: bool) -> None:
        if self._letters is None:
            self._send(f"{tag} BAD select a folder first")
            return
        which, _, what = arguments.partition(" ")
        last = len(self._letters) if not uid else max((letter.uid for letter in self._letters), default=0)
        wanted = parse_set(which, last)
        names = fetch_items(what, uid)
        for number, letter in enumerate(self._letters, 1):
            if (letter.uid if uid else number) in wanted:
                self._writer.write(self._fetched(number, letter, names))
        self._send(f"{tag} OK done")

    def _fetched(self, number: int, letter: Letter, names: list[str]) -> bytes:
        raw = self._world.boxes.raw(letter)
        parts: list[bytes] = []
        for name in names:
            if name == "UID":
                parts.append(b"UID %d" % letter.uid)
            elif name == "FLAGS":
                parts.append(b"FLAGS (\\Seen)" if self._seen(letter) else b"FLAGS ()")
            elif name == "RFC822.SIZE":
                parts.append(b"RFC822.SIZE %d" % len(raw))
            elif name == "INTERNALDATE":
                stamp = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(letter.received))
                parts.append(b'INTERNALDATE "' + stamp.encode() + b'"')
            else:
                content = section(raw, name)
                parts.append(name.replace(".PEEK", "").encode() + b" {%d}\r\n" % len(content) + content)
        return b"* %d FETCH (" % number + b" ".join(parts) + b")\r\n"


def section(raw: bytes, name: str) -> bytes:
    """The octets of a body section: [], [HEADER], [TEXT] or [HEADER.FIELDS (...)]; RFC822 is the whole."""
    head, _, body = raw.partition(b"\r\n\r\n")
    inner = name.partition("[")[2].rstrip("]").upper()
    if inner.startswith("HEADER.FIELDS"):
        wanted = {word.encode() for word in inner.partition("(")[2].rstrip(")").split()}
        fields = re.split(rb"\r\n(?![ \t])", head)
        return b"".join(f + b"\r\n" for f in fields if f.partition(b":")[0].upper() in wanted) + b"\r\n"
    if inner == "HEADER" or name == "RFC822.HEADER":
        return head + b"\r\n\r\n"
    return body if inner == "TEXT" or name == "RFC822.TEXT" else raw


_BEFORE_LOGIN = {"CAPABILITY", "NOOP", "LOGOUT", "LOGIN", "ID"}
_HANDLERS: dict[str, Callable[[_Talk, str, str, bool], None]] = {
    "CAPABILITY": _Talk._capability,
    "NOOP": _Talk._noop,
    "CHECK": _Talk._noop,
    "CLOSE": _Talk._noop,
    "ID": _Talk._id,
    "LOGOUT": _Talk._logout,
    "LOGIN": _Talk._login,
    "LIST": _Talk._list,
    "LSUB": _Talk._list,
    "SELECT": _Talk._select,
    "EXAMINE": _Talk._select,
    "STATUS": _Talk._status,
    "SEARCH": _Talk._search,
    "FETCH": _Talk._fetch,
}
