"""The lab's own books: one row for each recipient and message, kept in an append-only file that survives a
kill.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

TOTALS = (
    "accepted",
    "refused",
    "bounced",
    "complained",
    "opened_human",
    "opened_machine",
    "clicked_human",
    "clicked_machine",
    "replied",
    "auto_replied",
    "unsubscribed",
    "duplicates",
)


@dataclass
class Row:
    """What happened between one recipient and one message."""

    id: int
    recipient: str
    return_path: str
    provider: str
    message_id: str = ""
    subject: str = ""
    ordinal: int = 0
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    last: str = ""
    final_reply: str = ""
    folder: str = ""
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    late_dsn_sent: bool = False
    pressed_spam: bool = False
    complaint_sent: bool = False
    read: bool = False
    opened_human: bool = False
    opened_machine: bool = False
    clicked_human: bool = False
    clicked_machine: bool = False
    replied: bool = False
    auto_replied: bool = False
    unsubscribed: str = ""
    at: float = 0.0

    def counts(self) -> Counter[str]:
        """This row's share of the totals."""
        return Counter(
            accepted=int(self.accepted > 0),
            refused=int(self.accepted == 0 and self.last == "refused"),
            bounced=int(self.late_dsn_sent),
            complained=int(self.complaint_sent),
            opened_human=int(self.opened_human),
            opened_machine=int(self.opened_machine),
            clicked_human=int(self.clicked_human),
            clicked_machine=int(self.clicked_machine),
            replied=int(self.replied),
            auto_replied=int(self.auto_replied),
            unsubscribed=int(bool(self.unsubscribed)),
            duplicates=max(self.accepted - 1, 0),
        )


_FIELDS = {field.name for field in fields(Row)}


class Books:
    """All rows, in memory and in ``books.jsonl`` of the state folder: each line is a new row or a change
    of one.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "books.jsonl"
        self.rows: dict[int, Row] = {}
        self._by_path: dict[tuple[str, str], int] = {}
        self._by_message: dict[tuple[str, str], int] = {}
        self._letters: Counter[str] = Counter()
        self._next = 1
        self.failures: list[dict[str, object]] = []
        self._replay()
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _replay(self) -> None:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            try:
                entry: dict[str, Any] = json.loads(line)
            except ValueError:
                continue  # the last line of a killed process may be cut
            values = {name: value for name, value in entry.items() if name in _FIELDS}
            if values["id"] in self.rows:
                self._apply(self.rows[values["id"]], values)
            else:
                self._enter(Row(**values))

    def _enter(self, row: Row) -> None:
        self.rows[row.id] = row
        self._next = max(self._next, row.id + 1)
        self._index(row)
        self._letters[row.recipient] = max(self._letters[row.recipient], row.ordinal)

    def _index(self, row: Row) -> None:
        self._by_path[row.recipient, row.return_path] = row.id
        if row.message_id:
            self._by_message[row.recipient, row.message_id] = row.id

    def _apply(self, row: Row, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        if "message_id" in values:
            self._index(row)
        if "ordinal" in values:
            self._letters[row.recipient] = max(self._letters[row.recipient], row.ordinal)

    def _write(self, entry: dict[str, Any]) -> None:
        # One write call for a line: a kill leaves whole lines behind, and nothing waits in a buffer of ours.
        os.write(self._file, json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def note(self, row: Row, **values: Any) -> None:
        """Change a row, on disk first."""
        self._write({"id": row.id, **values})
        self._apply(row, values)

    def attempt(
        self, recipient: str, return_path: str, provider: str, reply: str, message_id: str = ""
    ) -> Row:
        """Enter one answer that a recipient of a message got. Returns the row."""
        row = self._row(recipient, return_path, provider, message_id, fresh_after_acceptance=not message_id)
        kind = {"2": "accepted", "4": "deferred"}.get(reply[:1], "refused")
        values: dict[str, Any] = {kind: getattr(row, kind) + 1, "last": kind, "final_reply": reply}
        if message_id and not row.message_id:
            values["message_id"] = message_id
        self.note(row, **values)
        return row

    def _row(
        self, recipient: str, path: str, provider: str, message_id: str, fresh_after_acceptance: bool
    ) -> Row:
        known = self._by_message.get((recipient, message_id)) if message_id else None
        if known is None:
            known = self._by_path.get((recipient, path))
            # At RCPT no Message-ID is known; the return path of an accepted letter may carry another now.
            if known is not None and message_id and self.rows[known].message_id:
                known = None
            if known is not None and fresh_after_acceptance and self.rows[known].accepted:
                known = None
        if known is not None:
            return self.rows[known]
        row = Row(self._next, recipient, path, provider, message_id, at=time.time())
        self._write(asdict(row))
        self._enter(row)
        return row

    def next_ordinal(self, recipient: str) -> int:
        """The number of the next letter that this box takes: 1 for the first."""
        return self._letters[recipient] + 1

    def fail(self, what: str, recipient: str, reason: str) -> None:
        """Remember an action that could not be carried out (the last 1,000)."""
        self.failures.append({"what": what, "recipient": recipient, "reason": reason, "at": time.time()})
        del self.failures[:-1000]

    def totals(self, rows: Iterable[Row] | None = None) -> dict[str, Any]:
        """The totals, and under ``by_provider`` the same for each provider."""
        whole: Counter[str] = Counter()
        parts: dict[str, Counter[str]] = {}
        for row in self.rows.values() if rows is None else rows:
            counts = row.counts()
            whole.update(counts)
            parts.setdefault(row.provider, Counter()).update(counts)
        by_provider = {key: {name: part[name] for name in TOTALS} for key, part in sorted(parts.items())}
        return {**{name: whole[name] for name in TOTALS}, "by_provider": by_provider}

    def clear(self) -> None:
        """Begin new books; the old ones are lost."""
        os.ftruncate(self._file, 0)
        for kept in (self.rows, self._by_path, self._by_message, self._letters, self.failures):
            kept.clear()

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
