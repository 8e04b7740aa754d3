"""Intervals for shares, right also where there are few to count."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959964
"""Two-sided 95 % of the normal distribution."""

Z95_ONE_SIDED = 1.644854

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
    none: 0 to 1. Raises ValueError for an impossible count.
    """
    if of == 0:
        return Interval(0.0, 1.0)
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    share = count / of
    centre = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    # At the ends the bounds are exact; rounding must not say otherwise.
    low = 0.0 if count == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if count == of else min(1.0, (centre + spread) / scale)
    return Interval(low, high)


def at_least(count: int, of: int) -> float:
    """The share is above this with 95 % confidence (one-sided)."""
    return wilson(count, of, Z95_ONE_SIDED).low
