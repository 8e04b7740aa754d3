"""The conversation with a server, as the message trace shows it: timed lines, secrets removed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tradewind.delivery.smtp.replies import Reply, clean_text

CLIENT, SERVER, NOTE = ">", "<", "!"
_LINE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `direction` is ">" (we said), "<" (the server said) or "!" (what happened);
    `ms` counts from the start of the attempt."""

    direction: str
    ms: int
    text: str


class Dialogue:
    """Collects lines. Cheap while sending: texts are made only by `lines()`."""

    __slots__ = ("_clock", "_entries", "_start")

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._start = clock()
        self._entries: list[tuple[float, str, bytes | str | Reply]] = []

    def sent(self, command: bytes) -> None:
        """What we wrote, one or more commands. Use `note` for secrets and bodies."""
        self._entries.append((self._clock(), CLIENT, command))

    def sent_as(self, text: str) -> None:
        """What we wrote, in the words that may be shown."""
        self._entries.append((self._clock(), CLIENT, text))

    def heard(self, reply: Reply) -> None:
        self._entries.append((self._clock(), SERVER, reply))

    def note(self, text: str) -> None:
        """Something that happened beside the conversation, such as "TLS 1.3 agreed"."""
        self._entries.append((self._clock(), NOTE, text))

    def lines(self) -> tuple[Line, ...]:
        """All lines so far, in order."""
        found: list[Line] = []
        for at, direction, what in self._entries:
            ms = round((at - self._start) * 1000)
            found.extend(Line(direction, ms, text[:_LINE_LIMIT]) for text in _texts(what))
        return tuple(found)


def _texts(what: bytes | str | Reply) -> list[str]:
    if isinstance(what, str):
        return [what]
    if isinstance(what, bytes):
        return [clean_text(line) for line in what.rstrip(b"\r\n").split(b"\r\n")]
    last = len(what.lines) - 1
    return [f"{what.code}{' ' if n == last else '-'}{text}" for n, text in enumerate(what.lines)]
