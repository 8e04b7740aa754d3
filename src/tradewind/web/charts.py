"""The data of a chart, as frontend/src/charts.ts reads it.

    Chart("line", x=[...], series=[Series(_("Accepted"), [...], step="accepted")], x_is_time=True)

In a template: `{% chart chart _("Accepted per minute") %}`; the table behind it comes along.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Series:
    name: str
    values: Sequence[float | None]
    step: str = ""  # a word of web/states.py: its colour; else the palette's next
    links: Sequence[str] = ()  # where a click on each value leads


@dataclass(frozen=True)
class Chart:
    kind: Literal["line", "bars", "stacked", "spark"]
    x: Sequence[str | datetime]
    series: Sequence[Series]
    x_is_time: bool = False
    horizontal: bool = False
    unit: str = ""
    height: str = field(default="16rem")

    def as_json(self) -> dict[str, Any]:
        """Plain values; texts may be lazy translations, times become ISO 8601."""
        data = asdict(self) | {
            "x": [at.isoformat() if isinstance(at, datetime) else str(at) for at in self.x]
        }
        for series in data["series"]:
            series["name"] = str(series["name"])
            series["links"] = [str(link) for link in series["links"]]
        return data

    def rows(self) -> Iterator[tuple[str | datetime, list[tuple[float | None, str]]]]:
        """For the table: each x with every series' value and link."""
        for index, at in enumerate(self.x):
            yield at, [(s.values[index], s.links[index] if index < len(s.links) else "") for s in self.series]
