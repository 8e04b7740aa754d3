"""Typed, strict readers of environment variables.

Every variable the program knows is read through one of these functions, which also note it in `REGISTRY`:
`docs/settings.md` is made from that, and a test fails when the page and the registry disagree.

A variable that is set to something that cannot be meant is an `EnvError`, never a silent default. A variable
that is set to the empty string counts as unset (that is what Compose files and systemd units produce for
"nothing").
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

PREFIX = "TRADEWIND_"

T = TypeVar("T")
N = TypeVar("N", int, float)


class EnvError(ValueError):
    """A setting cannot be used; the text says which, why, and how to mend it."""


@dataclass(frozen=True)
class Setting:
    """What the program knows about one environment variable."""

    name: str
    kind: str
    default: str
    about: str
    group: str
    secret: bool = False


REGISTRY: dict[str, Setting] = {}

_environ: Mapping[str, str] = os.environ


def _note(setting: Setting) -> None:
    known = REGISTRY.get(setting.name)
    if known is not None and known != setting:
        raise RuntimeError(f"{setting.name} is declared twice, differently: read it in one place")
    REGISTRY[setting.name] = setting


def _raw(name: str) -> str | None:
    value = _environ.get(name)
    return value if value else None


def _read(name: str, parse: Callable[[str], T], default: T) -> T:
    raw = _raw(name)
    if raw is None:
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise EnvError(f"{name} is {raw!r}: {error}. Correct it, or unset it to use the default.") from None


def text(
    name: str,
    default: str,
    about: str,
    *,
    group: str = "General",
    choices: Sequence[str] = (),
    shown: str | None = None,
) -> str:
    """A string; with `choices`, one of them."""
    kind = "one of " + ", ".join(f"`{c}`" for c in choices) if choices else "text"
    _note(Setting(name, kind, default if shown is None else shown, about, group))

    def parse(raw: str) -> str:
        if choices and raw not in choices:
            raise ValueError("must be one of " + ", ".join(choices))
        return raw

    return _read(name, parse, default)


def whole(
    name: str,
    default: int,
    about: str,
    *,
    group: str = "General",
    least: int | None = None,
    most: int | None = None,
    shown: str | None = None,
) -> int:
    """A whole number between `least` and `most` (both inclusive)."""
    _note(Setting(name, "whole number" + _bounds(least, most), shown or str(default), about, group))

    def parse(raw: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]+", raw.strip()):
            raise ValueError("must be a whole number")
        return _within(int(raw), least, most)

    return _read(name, parse, default)


def number(
    name: str,
    default: float,
    about: str,
    *,
    group: str = "General",
    least: float | None = None,
    most: float | None = None,
) -> float:
    """A finite number between `least` and `most` (both inclusive)."""
    _note(Setting(name, "number" + _bounds(least, most), f"{default:g}", about, group))

    def parse(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            raise ValueError("must be a number") from None
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError("must be a finite number")
        return _within(value, least, most)

    return _read(name, parse, default)


def flag(name: str, default: bool, about: str, *, group: str = "General") -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off; anything else is an error."""
    _note(Setting(name, "`1` or `0`", "1" if default else "0", about, group))

    def parse(raw: str) -> bool:
        word = raw.strip().lower()
        if word in ("1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise ValueError("must be 1 or 0 (true, yes, on, false, no and off are understood as well)")

    return _read(name, parse, default)


def path(name: str, default: Path, about: str, *, group: str = "General", shown: str | None = None) -> Path:
    """An absolute path; `~` is expanded, a relative one is taken from the current folder."""
    _note(Setting(name, "path", shown or str(default), about, group))
    return _read(name, lambda raw: Path(raw).expanduser().absolute(), default)


def words(name: str, default: Sequence[str], about: str, *, group: str = "General") -> list[str]:
    """A list, separated by commas; blanks around items and empty items are dropped."""
    _note(Setting(name, "list, separated by commas", ",".join(default), about, group))
    return _read(name, lambda raw: [item.strip() for item in raw.split(",") if item.strip()], list(default))


def url(
    name: str,
    default: str | None,
    about: str,
    *,
    schemes: Sequence[str],
    group: str = "General",
    shown: str | None = None,
    secret: bool = False,
) -> str | None:
    """A URL with one of `schemes` and a host (a host may be missing for PostgreSQL sockets); None when unset
    without default."""
    kind = "URL (" + ", ".join(f"`{s}://`" for s in schemes) + ")"
    _note(Setting(name, kind, shown if shown is not None else default or "", about, group, secret))
    raw = _secret_raw(name) if secret else _raw(name)
    if raw is None:
        return default
    parts = urlsplit(raw.strip())
    if parts.scheme not in schemes:
        raise EnvError(f"{name} must begin with " + " or ".join(f"{s}://" for s in schemes) + ".")
    if not parts.netloc and not parts.path.startswith("/"):
        raise EnvError(f"{name} has no host. Write it like {schemes[0]}://host.")
    return raw.strip()


def secret(
    name: str, about: str, *, group: str = "General", least_length: int = 0, shown: str = ""
) -> str | None:
    """A secret from `NAME`, or from the file that `NAME_FILE` names (a final line end is dropped); None when
    neither is set."""
    _note(Setting(name, f"secret (or a file that holds it, in `{name}_FILE`)", shown, about, group, True))
    value = _secret_raw(name)
    if value is not None and len(value) < least_length:
        raise EnvError(f"{name} is too short: {least_length} characters at least. Make a new one, at random.")
    return value


def _secret_raw(name: str) -> str | None:
    direct, file = _raw(name), _raw(f"{name}_FILE")
    if direct is not None and file is not None:
        raise EnvError(f"{name} and {name}_FILE are both set. Keep one of them.")
    if file is None:
        return direct
    try:
        value = Path(file).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvError(f"{name}_FILE names {file}, which cannot be read: {error}.") from None
    if not value:
        raise EnvError(f"{name}_FILE names {file}, which is empty.")
    return value


def _bounds(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f", {least:g} to {most:g}"
    if least is not None:
        return f", {least:g} or more"
    return f", {most:g} or less" if most is not None else ""


def _within(value: N, least: float | None, most: float | None) -> N:
    if (least is not None and value < least) or (most is not None and value > most):
        raise ValueError("is out of bounds" + _bounds(least, most))
    return value


def unknown() -> dict[str, str | None]:
    """Variables with our prefix that nothing reads, each with the name that was probably meant (or None)."""
    known = set(REGISTRY) | {f"{s.name}_FILE" for s in REGISTRY.values() if s.secret}
    ends = [name.removeprefix(PREFIX) for name in known if name.startswith(PREFIX)]

    def meant(name: str) -> str | None:
        close = get_close_matches(name.removeprefix(PREFIX), ends, 1)
        return PREFIX + close[0] if close else None

    return {name: meant(name) for name in sorted(_environ) if name.startswith(PREFIX) and name not in known}
