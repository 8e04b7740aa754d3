"""The figures of behaviour.toml as values."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class BehaviourError(ValueError):
    """A behaviour file that lacks a figure or holds an unknown one; the text names it."""


@dataclass(frozen=True)
class Reading:
    """How people read."""

    open: float
    open_in_spam: float
    median_delay: float
    longest_delay: float
    images_off: float
    click: float
    second_click: float
    click_delay: float


@dataclass(frozen=True)
class Endings:
    """What a reader does in the end."""

    reply: float
    complain: float
    unsubscribe: float
    median_delay: float
    longest_delay: float


@dataclass(frozen=True)
class Machines:
    """What programs at the recipient's side do."""

    auto_reply: float
    auto_reply_delay: float
    prefetch_delay: float
    prefetch_longest: float
    scan_delay: float
    scan_longest: float
    scan_gap: float
    late_report_delay: float
    late_report_longest: float


@dataclass(frozen=True)
class Behaviour:
    """All figures."""

    reading: Reading
    endings: Endings
    machines: Machines
    replies: Mapping[str, float]
    emptied: float
    emptied_after: float
    noise: float


def load(path: Path | None = None) -> Behaviour:
    """The lab's own figures, or those of another file, where missing tables and figures are the lab's own."""
    base = tomllib.loads((HERE / "behaviour.toml").read_text("utf-8"))
    if path is not None:
        for table, figures in tomllib.loads(path.read_text("utf-8")).items():
            if table not in base:
                raise BehaviourError(f"{path}: there is no table [{table}]; known: {', '.join(base)}")
            base[table] = {**base[table], **figures}
    return Behaviour(
        reading=Reading(**_figures(Reading, base, "reading")),
        endings=Endings(**_figures(Endings, base, "endings")),
        machines=Machines(**_figures(Machines, base, "machines")),
        replies={str(kind): float(weight) for kind, weight in base["replies"].items()},
        emptied=float(base["boxes"]["emptied"]),
        emptied_after=float(base["boxes"]["emptied_after"]),
        noise=float(base["inbox"]["noise"]),
    )


def _figures(kind: type[Any], base: Mapping[str, Any], table: str) -> dict[str, float]:
    known = {field.name for field in fields(kind)}
    unknown = base[table].keys() - known
    if unknown:
        raise BehaviourError(f"[{table}] has unknown figures: {', '.join(sorted(unknown))}")
    return {name: float(base[table][name]) for name in known}
