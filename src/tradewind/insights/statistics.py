"""Intervals for shares, right also where there are few to count."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959964
"""Two-sided 95 % of the normal distribution."""

FEW = 2_000
"""Below this many a share is shown with its interval: at 2,000 it is still ±2 points wide."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def apart_from(self, other: "Interval") -> bool:
        """Do the two not even touch? A stricter question than a test of the difference, and easier to
        explain.
        """
        return self.high < other.low or other.high < self.low


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of`: a share with its 95 % interval. Of nothing there is no share: `value` is None."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval:
        return wilson(self.count, self.of)

    @property
    def is_small(self) -> bool:
        """Is the interval worth showing?"""
        return 0 < self.of < FEW


def wilson(count: int, of: int, z: float = Z95) -> Interval:
    """The score interval of E. B. Wilson (1927): within 0 to 1, and sensible at 0 and at all of few. Of
    none: 0 to 1.
    """
    if of <= 0:
        return Interval(0.0, 1.0)
    share = count / of
    centre = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))
