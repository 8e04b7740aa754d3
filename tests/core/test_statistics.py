"""Wilson's interval, against figures from the literature and against its own meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.statistics import Interval, at_least, wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 5, 0.5655, 1.0), (10, 100, 0.0552, 0.1744), (1, 1000, 0.0002, 0.0056)],
)
def test_known_values(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_inside(pair: tuple[int, int]) -> None:
    hits, of = pair
    found = wilson(hits, of)
    low, high = found.low, found.high
    share = hits / of if of else 0.0
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
    assert at_least(hits, of) >= low


def test_nothing_tried_and_nonsense() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)
