"""A worker's journal: what it had in hand, so that a killed process loses only what was in flight at that instant.

One append-only file per life of a worker, one JSON array per line:

    ["H", boot id]                                                 the first line
    ["C", message, claimed_at, attempts, provider, values]          claimed
    ["D", message, composed_at, digest, host, address, started_at]  the final dot goes out next
    ["R", message, code, [texts], at]                               the server answered to the dot
    ["S", [messages]]                                               settled in the database

Lines are handed to the operating system before the act they announce, and not forced to the disk. That is
enough against a killed process. After a crash of the whole machine lines may be missing; the boot id tells,
and then nothing is sent again: see `recovery`.

The file is locked (flock) as long as its worker lives, so a journal that can be locked belongs to a dead one.
"""

import errno
import fcntl
import json
import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tradewind.core import clock
from tradewind.delivery.smtp.replies import Reply
from tradewind.ledger.door import Claimed

LARGEST = 32 * 1024 * 1024
"""Octets after which the journal is written anew with what is not settled yet."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """A name for the time since this machine was started; empty where the system gives none."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class Journal:
    """The journal of a living worker. Methods raise OSError when the disk does not take the line; then the
    file is as it was before."""

    def __init__(self, path: Path) -> None:
        """Make and lock a new journal."""
        self.path = path
        self._handle = _locked(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)
        self._size = 0
        self._open: dict[int, list[bytes]] = {}
        self._write(_line("H", boot_id()))

    @classmethod
    def create(cls, folder: Path) -> "Journal":
        """A journal with a new name in `folder`, which is made if missing."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(folder / f"{uuid.uuid4().hex}.journal")

    def claimed(self, messages: Sequence[Claimed]) -> None:
        """These are in hand now. Must be written before any of them is sent."""
        lines = {
            m.id: _line("C", m.id, m.claimed_at.isoformat(), m.attempts, m.provider, m.values)
            for m in messages
        }
        self._write(b"".join(lines.values()))
        for message_id, line in lines.items():
            self._open[message_id] = [line]

    def dot(self, message_id: int, composed_at: datetime, digest: bytes, host: str, address: str) -> None:
        """The final dot of this message goes out next."""
        now = clock.now().isoformat()
        self._note(
            message_id, _line("D", message_id, composed_at.isoformat(), digest.hex(), host, address, now)
        )

    def replied(self, message_id: int, reply: Reply) -> None:
        """The server answered to the final dot."""
        self._note(message_id, _line("R", message_id, reply.code, reply.lines, clock.now().isoformat()))

    def settled(self, ids: Iterable[int]) -> None:
        """The database has these; nothing needs to be recovered."""
        done = list(ids)
        for message_id in done:
            self._open.pop(message_id, None)
        self._write(_line("S", done))
        if self._size > LARGEST:
            self._rewrite()

    def probe(self) -> bool:
        """True if the disk takes lines (again). What is settled makes room first: perhaps we filled the disk."""
        try:
            if not self._open:
                self._size = len(_line("H", boot_id()))  # the first line stays
                os.ftruncate(self._handle, self._size)
            self._write(_line("S", []) * 64)
        except OSError:
            return False
        return True

    def close(self, *, remove: bool) -> None:
        """The worker ends; with `remove` nothing is left to recover."""
        if remove:
            self.path.unlink(missing_ok=True)
        handle, self._handle = self._handle, -1  # a late write must fail, not reach another file
        os.close(handle)

    def _note(self, message_id: int, line: bytes) -> None:
        self._write(line)
        self._open.setdefault(message_id, []).append(line)

    def _write(self, lines: bytes) -> None:
        written = 0
        try:
            written = os.write(self._handle, lines)
            if written != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        except OSError:
            if written:
                os.ftruncate(self._handle, self._size)  # a half line would spoil the next one
            raise
        self._size += written

    def _rewrite(self) -> None:
        """Start again with what is open. The old file stays valid until the new one takes its name."""
        fresh = self.path.with_suffix(".new")
        lines = b"".join([_line("H", boot_id()), *(line for kept in self._open.values() for line in kept)])
        try:
            handle = _locked(fresh, os.O_CREAT | os.O_TRUNC | os.O_RDWR)
            if os.write(handle, lines) != len(lines):
                os.close(handle)
                return
            fresh.rename(self.path)
        except OSError:
            return  # no room for a second file: the old one goes on
        os.close(self._handle)
        self._handle, self._size = handle, len(lines)


def _locked(path: Path, flags: int) -> int:
    handle = os.open(path, flags | os.O_APPEND | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _line(*parts: object) -> bytes:
    return json.dumps(parts, ensure_ascii=True, default=str, separators=(",", ":")).encode() + b"\n"


@dataclass(slots=True)
class Entry:
    """What a journal says about one message."""

    message_id: int
    claimed_at: datetime
    attempts: int = 0
    provider: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    composed_at: datetime | None = None
    digest: bytes | None = None
    host: str = ""
    address: str = ""
    started_at: datetime | None = None
    reply: Reply | None = None
    replied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A dead worker's journal, read: unsettled entries by message, and the boot it was written in."""

    boot: str
    entries: dict[int, Entry]


def read(path: Path) -> Story:
    """What is in a journal. A torn last line is left out; OSError if the file cannot be read."""
    boot = ""
    entries: dict[int, Entry] = {}
    with path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                break
            try:
                kind, *facts = json.loads(raw)
            except ValueError:
                break  # torn by a crash of the machine: what follows is not to be believed either
            if kind == "H":
                boot = facts[0]
            else:
                _apply(entries, kind, facts)
    return Story(boot, entries)


def _apply(entries: dict[int, Entry], kind: str, facts: list[Any]) -> None:
    if kind == "S":
        for message_id in facts[0]:
            entries.pop(message_id, None)
    elif kind == "C":
        message_id, claimed_at, attempts, provider, values = facts
        entries[message_id] = Entry(
            message_id, datetime.fromisoformat(claimed_at), attempts, provider, values
        )
    elif kind == "D" and facts[0] in entries:
        entry = entries[facts[0]]
        _, composed_at, digest, entry.host, entry.address, started_at = facts
        entry.composed_at, entry.digest = datetime.fromisoformat(composed_at), bytes.fromhex(digest)
        entry.started_at = datetime.fromisoformat(started_at)
        entry.reply = None
    elif kind == "R" and facts[0] in entries:
        entry = entries[facts[0]]
        entry.reply = Reply(facts[1], tuple(facts[2]))
        entry.replied_at = datetime.fromisoformat(facts[3])


class Abandoned:
    """The journal of a dead worker, locked by us while it is recovered."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path, self._handle = path, handle

    @classmethod
    def take(cls, path: Path) -> "Abandoned | None":
        """None if its worker lives, another one recovers it, or it is gone."""
        try:
            return cls(path, _locked(path, os.O_RDWR))
        except OSError:
            return None

    def close(self, *, remove: bool) -> None:
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._handle)
