"""Wilson's score interval for a share (E. B. Wilson, 1927): honest on small samples, where the plain share is not."""

from math import sqrt

ONE_SIDED_95 = 1.6449
TWO_SIDED_95 = 1.96


def wilson(hits: int, of: int, z: float = TWO_SIDED_95) -> tuple[float, float]:
    """Lower and upper bound of the share behind `hits` in `of`; (0, 1) for nothing tried. Raises
    ValueError for an impossible count.
    """
    if of == 0:
        return 0.0, 1.0
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is no share")
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    # At the ends the bounds are exact; rounding must not say otherwise.
    low = 0.0 if hits == 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if hits == of else min(1.0, (middle + spread) / scale)
    return low, high


def at_least(hits: int, of: int) -> float:
    """The share is above this with 95 % confidence (one-sided)."""
    return wilson(hits, of, ONE_SIDED_95)[0]
