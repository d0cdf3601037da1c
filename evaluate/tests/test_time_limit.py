"""Ending what would never end."""

from __future__ import annotations

import itertools

import pytest

from askwire_evaluate.time_limit import TooSlow, limit_time


def test_endless_computing_is_ended() -> None:
    """The block is left with a sentence."""
    with pytest.raises(TooSlow, match=r"more than 0\.05 s"), limit_time(0.05):
        for _ in itertools.count():
            pass


def test_what_ends_in_time_is_left_alone() -> None:
    """Nothing comes after the block either."""
    with limit_time(0.01):
        total = sum(range(10))

    assert sum(range(2_000_000)) > total
