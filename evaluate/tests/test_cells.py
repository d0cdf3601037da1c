"""Values of two database systems in one form."""

from __future__ import annotations

from typing import Any

import pytest

from askwire_evaluate.cells import cell_of, cells_equal, is_subset, multisets_equal, row_of, subtract


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (3, 3.0),
        (3, "3"),
        (2.4564, 2.4561),
        (105468.16666666667, 105468.1667),
        (True, 1),
        ("2011-01-22", "2011-01-22 00:00:00"),
        ("2011-01-22T10:30:00", "2011-01-22 10:30:00"),
        ("2011-01-22 10:30", "2011-01-22T10:30:00+00:00"),
        ("Oslo ", "Oslo"),
        ("12345678901234567890", "12345678901234567890"),
        (None, None),
    ],
)
def test_equal_values(one: Any, other: Any) -> None:
    """What both systems mean by one value is equal, however each writes it."""
    assert cells_equal(cell_of(one), cell_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (3, 4),
        (2.456, 2.458),
        (0, None),
        ("", None),
        ("Oslo", "oslo"),
        ("007", "7"),
        ("2011-01-22 10:30:00", "2011-01-22"),
        ("3 pieces", 3),
        ("NaN", 0),
    ],
)
def test_unequal_values(one: Any, other: Any) -> None:
    """A number that differs in its third digit is another one, and null equals only null."""
    assert not cells_equal(cell_of(one), cell_of(other))


def test_subset_ignores_repetitions() -> None:
    """Sets are compared where no order is asked for."""
    assert is_subset([row_of(("a", 1)), row_of(("a", 1.0))], [row_of(("a", 1.0002))])
    assert not is_subset([row_of(("a", 1))], [row_of(("a", 2)), row_of(("b", 1))])


def test_multisets_count_repetitions() -> None:
    """Each row takes one equal row away."""
    one, two = row_of((1,)), row_of((2,))

    assert multisets_equal([one, two, one], [two, one, one])
    assert not multisets_equal([one, two, one], [two, two, one])
    assert subtract([one, one], [one]) == [one]
