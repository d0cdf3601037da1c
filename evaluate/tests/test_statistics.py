"""Intervals and percentiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askwire_evaluate.statistics import mean_of, percentile, share_of


def test_interval_of_wilson() -> None:
    """The interval is the published one (Newcombe 1998, table I: 81 of 263 and 15 of 148)."""
    assert (share_of(81, 263).low, share_of(81, 263).high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (share_of(15, 148).low, share_of(15, 148).high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_interval_holds_the_share(one: int, other: int) -> None:
    """Between 0 and 1, with the share inside, whatever the counts."""
    share = share_of(min(one, other), max(one, other))

    assert 0 <= share.low <= share.share <= share.high <= 1


def test_mean_and_its_interval() -> None:
    """The interval is symmetric, and vanishes where all scores are the same."""
    assert mean_of([]).mean == 0
    assert mean_of([0.0] * 10) == mean_of([0.0] * 20)
    spread = mean_of([1.0, -10.0, 0.0, 1.0])
    assert spread.mean == -2
    assert spread.mean - spread.low == pytest.approx(spread.high - spread.mean)


def test_percentile_is_a_measured_value() -> None:
    """The nearest rank, never something between."""
    values = [5.0, 1.0, 4.0, 2.0, 3.0]

    assert percentile(values, 0.5) == 3
    assert percentile(values, 0.95) == 5
    assert percentile(values, 0.0) == 1
    assert percentile([], 0.5) == 0
