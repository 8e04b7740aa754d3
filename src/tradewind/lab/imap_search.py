"""The little languages of IMAP: strings, number sets, search keys and fetch items."""

import email
import email.policy
import re
from collections.abc import Callable

from tradewind.lab.boxes import Letter

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_ITEM = re.compile(r"BODY(?:\.PEEK)?\[[^\]]*\](?:<[^>]*>)?|[A-Z0-9.]+", re.IGNORECASE)
_KNOWN = {"UID", "FLAGS", "RFC822.SIZE", "INTERNALDATE", "RFC822", "RFC822.HEADER", "RFC822.TEXT"}
_FIELDS = {"SUBJECT": "subject", "FROM": "from", "TO": "to", "CC": "cc"}


class SearchError(ValueError):
    """A command that this server does not understand."""


def tokens(text: str) -> list[str]:
    """Atoms and quoted strings, unquoted."""
    found = []
    for match in _TOKEN.finditer(text):
        found.append(re.sub(r"\\(.)", r"\1", match[1]) if match[1] is not None else match[2])
    return found


def parse_set(text: str, last: int) -> set[int]:
    """The numbers of a sequence set such as ``1:3,7,9:*``."""
    numbers: set[int] = set()
    for part in text.split(","):
        first, _, end = part.partition(":")
        try:
            low = last if first == "*" else int(first)
            high = low if not end else last if end == "*" else int(end)
        except ValueError:
            raise SearchError(f"{text} is no set of numbers") from None
        numbers.update(range(min(low, high), min(max(low, high), max(last, 0)) + 1))
    return numbers


def fetch_items(text: str, uid: bool) -> list[str]:
    """The items of a FETCH, macros resolved; UID first where the command was UID FETCH."""
    macros = {
        "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
        "FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    }
    names: list[str] = []
    for item in _ITEM.findall(text.strip().removeprefix("(").removesuffix(")")):
        names += macros.get(item.upper(), [item.upper()])
    for name in names:
        if name not in _KNOWN and not name.startswith("BODY"):
            raise SearchError(f"{name} cannot be fetched here")
    return (["UID"] if uid and "UID" not in names else []) + names


def matches(
    words: list[str],
    number: int,
    letter: Letter,
    seen: bool,
    letters: list[Letter],
    raw: Callable[[], bytes],
) -> bool:
    """True when a letter fulfils all search keys. Raises SearchError for keys that are not known."""
    queue = list(words)
    if queue[:1] and queue[0].upper() == "CHARSET":
        del queue[:2]
    while queue:
        if not _one(queue, number, letter, seen, letters, raw):
            return False
    return True


def _one(
    queue: list[str], number: int, letter: Letter, seen: bool, letters: list[Letter], raw: Callable[[], bytes]
) -> bool:
    key = queue.pop(0).upper()
    simple = {
        "ALL": True,
        "SEEN": seen,
        "UNSEEN": not seen,
        "DELETED": False,
        "UNDELETED": True,
        "RECENT": False,
    }
    simple |= {
        "ANSWERED": False,
        "UNANSWERED": True,
        "FLAGGED": False,
        "UNFLAGGED": True,
        "NEW": False,
        "OLD": True,
    }
    if key in simple:
        return simple[key]
    if key == "NOT":
        return not _one(queue, number, letter, seen, letters, raw)
    if key == "OR":
        first = _one(queue, number, letter, seen, letters, raw)
        return _one(queue, number, letter, seen, letters, raw) or first
    if not queue:
        if re.fullmatch(r"[\d:*,]+", key):
            return number in parse_set(key, len(letters))
        raise SearchError(f"{key} needs a value")
    if key == "HEADER" and len(queue) >= 2:
        return _in_header(raw(), queue.pop(0), queue.pop(0))
    if key == "UID":
        return letter.uid in parse_set(queue.pop(0), max(x.uid for x in letters))
    if key in _FIELDS:
        return _in_header(raw(), _FIELDS[key], queue.pop(0))
    if key in ("TEXT", "BODY"):
        return queue.pop(0).lower() in raw().decode("utf-8", "replace").lower()
    raise SearchError(f"{key} is not known here")


def _in_header(raw: bytes, name: str, wanted: str) -> bool:
    message = email.message_from_bytes(
        raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=email.policy.default
    )
    try:
        values = [str(value) for value in message.get_all(name, [])]
    except (ValueError, IndexError):
        return False
    return any(wanted.lower() in value.lower() for value in values)
