"""The mailboxes: letters on disk, an index in memory."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Letter:
    """One letter in a box."""

    recipient: str
    uid: int
    row: int
    folder: str
    """inbox or spam"""
    offset: int
    length: int
    received: float
    subject: str
    sender: str


class Boxes:
    """Letters by address. Bodies lie one after the other in ``mail.bin``, where they are in
    ``letters.jsonl``.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._letters: dict[str, list[Letter]] = {}
        index = folder / "letters.jsonl"
        if index.exists():
            for line in index.read_bytes().split(b"\n"):
                try:
                    self._keep(Letter(**json.loads(line)))
                except (ValueError, TypeError):
                    continue  # cut by a kill
        self._index = os.open(index, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._bodies = os.open(folder / "mail.bin", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._end = os.fstat(self._bodies).st_size

    def _keep(self, letter: Letter) -> None:
        self._letters.setdefault(letter.recipient, []).append(letter)

    def file(self, recipient: str, row: int, folder: str, raw: bytes, subject: str, sender: str) -> Letter:
        """Put a letter into a box; it is on disk when this returns."""
        uid = len(self._letters.get(recipient, ())) + 1
        letter = Letter(recipient, uid, row, folder, self._end, len(raw), time.time(), subject, sender)
        self._end += os.write(self._bodies, raw)
        os.write(self._index, json.dumps(asdict(letter)).encode() + b"\n")
        self._keep(letter)
        return letter

    def raw(self, letter: Letter) -> bytes:
        """The letter as it came, with the lab's trace fields on top."""
        return os.pread(self._bodies, letter.length, letter.offset)

    def letters(self, recipient: str, folder: str | None = None) -> list[Letter]:
        """The letters of a box, oldest first."""
        return [letter for letter in self._letters.get(recipient, ()) if folder in (None, letter.folder)]

    def counts(self) -> list[tuple[str, int, int]]:
        """Every box with letters: address, letters in the inbox, letters in spam."""
        return [
            (
                address,
                sum(letter.folder == "inbox" for letter in letters),
                sum(x.folder == "spam" for x in letters),
            )
            for address, letters in sorted(self._letters.items())
        ]

    def clear(self) -> None:
        """Empty all boxes."""
        self._letters.clear()
        os.ftruncate(self._index, 0)
        os.ftruncate(self._bodies, 0)
        self._end = 0

    def close(self) -> None:
        """Close the files."""
        os.close(self._index)
        os.close(self._bodies)
