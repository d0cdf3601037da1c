"""What counts as right, strictly and leniently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askwire_evaluate.cells import Row, row_of
from askwire_evaluate.column_roles import Role
from askwire_evaluate.comparison import (
    Answer,
    Difference,
    Gold,
    Tied,
    Translation,
    find_difference,
    is_lenient,
    is_same_with_repetitions,
    is_strict,
    matches_ties,
)

ID, NAME, OTHER = Role.ID, Role.NAME, Role.OTHER


def _rows(rows: Sequence[Sequence[Any]]) -> tuple[Row, ...]:
    return tuple(map(row_of, rows))


def _gold(rows: Sequence[Sequence[Any]], *roles: Role, ordered: bool = False, count: int | None = None) -> Gold:
    return Gold(rows=_rows(rows), count=len(rows) if count is None else count, ordered=ordered, roles=roles)


def _answer(rows: Sequence[Sequence[Any]], *roles: Role) -> Answer:
    return Answer(rows=_rows(rows), width=len(rows[0]) if rows else 1, roles=roles)


def test_rows_in_any_order_where_none_is_asked_for() -> None:
    """Without an asked order, rows are a set."""
    assert is_strict(_gold([["a"], ["b"]]), _answer([["b"], ["a"], ["a"]]))
    assert not is_same_with_repetitions(_gold([["a"], ["b"]]), _answer([["b"], ["a"], ["a"]]))


def test_rows_in_order_where_it_is_asked_for() -> None:
    """With an asked order, rows are a list."""
    gold = _gold([["a"], ["b"]], ordered=True)

    assert is_strict(gold, _answer([["a"], ["b"]]))
    assert not is_lenient(gold, _answer([["b"], ["a"]]))
    assert not is_strict(gold, _answer([["a"], ["b"], ["b"]]))


def test_more_rows_than_are_stored() -> None:
    """Then the count and the stored rows must agree."""
    gold = _gold([["a"], ["b"]], count=4)

    assert is_strict(gold, _answer([["c"], ["b"], ["d"], ["a"]]))
    assert not is_strict(gold, _answer([["c"], ["b"], ["a"]]))
    assert not is_lenient(gold, _answer([["c"], ["b"], ["d"], ["e"]]))


def test_no_rows() -> None:
    """An empty result equals an empty result and nothing else."""
    assert is_strict(_gold([]), _answer([]))
    assert not is_lenient(_gold([]), _answer([["a"]]))
    assert not is_lenient(_gold([["a"]]), _answer([]))


def test_columns_in_another_order() -> None:
    """Lenient, not strict."""
    gold, answer = _gold([["a", 1], ["b", 2]]), _answer([[2, "b"], [1, "a"]])

    assert not is_strict(gold, answer)
    assert is_lenient(gold, answer)


def test_columns_must_agree_row_by_row() -> None:
    """Equal columns are not enough: the rows must be whole."""
    assert not is_lenient(_gold([["a", 1], ["b", 2]]), _answer([[2, "a"], [1, "b"]]))


def test_extra_id_and_name() -> None:
    """An id or name beside what was asked for is lenient-right."""
    assert is_lenient(_gold([[5], [6]]), _answer([["a", 5], ["b", 6]], NAME, OTHER))
    assert is_lenient(_gold([[5], [6]]), _answer([[1, "a", 5], [2, "b", 6]], ID, NAME, OTHER))
    assert not is_lenient(_gold([[5], [6]]), _answer([["a", 5], ["b", 6]], OTHER, OTHER))


def test_missing_id_or_name() -> None:
    """An id or name that is not shown is lenient-right, as long as something of the gold is."""
    gold = _gold([[1, "a"], [2, "b"]], ID, OTHER)

    assert is_lenient(gold, _answer([["a"], ["b"]], OTHER))
    assert not is_lenient(_gold([["a", 5]], OTHER, OTHER), _answer([["a"]], OTHER))
    assert not is_lenient(_gold([["a"]], NAME), _answer([["z"]], NAME))


def test_missing_column_does_not_hide_rows() -> None:
    """Without its ids, each row must still be there as often."""
    gold = _gold([[1, "a"], [2, "a"]], ID, OTHER)

    assert is_lenient(gold, _answer([["a"], ["a"]], OTHER))
    assert not is_lenient(gold, _answer([["a"]], OTHER))


@pytest.mark.parametrize("roles", [(OTHER,), (ID,), (NAME,), ()])
def test_wrong_number_never_passes(roles: tuple[Role, ...]) -> None:
    """Whatever a wrong number calls itself, it is wrong."""
    assert not is_lenient(_gold([[5]], *roles), _answer([[6]], *roles))
    assert not is_lenient(_gold([[5]], *roles), _answer([[6], [5]], *roles))


@given(st.integers(-1000, 1000), st.integers(-1000, 1000).filter(bool), st.sampled_from(Role))
def test_wrong_number_beside_a_right_name_never_passes(number: int, error: int, role: Role) -> None:
    """A name that is right does not excuse the number beside it."""
    gold = _gold([["a", number]], NAME, OTHER)

    assert not is_lenient(gold, _answer([["a", number + error]], NAME, OTHER))
    assert not is_lenient(gold, _answer([[number + error, number + error]], role, OTHER))


def test_name_in_the_place_of_an_id_is_looked_up() -> None:
    """It is right where it is the name of that id, and wrong where it is another's."""
    names = {1.0: "Ann", 2.0: "Ben"}
    labels = {(0, 0): Translation(names, of_gold=True)}

    assert is_lenient(_gold([[2]], ID), _answer([["Ben"]], NAME), labels)
    assert not is_lenient(_gold([[2]], ID), _answer([["Ann"]], NAME), labels)
    assert not is_lenient(_gold([[2]], ID), _answer([["Ben"]], NAME))


def test_id_in_the_place_of_a_name_is_looked_up() -> None:
    """The other way round as well."""
    labels = {(0, 0): Translation({1.0: "Ann", 2.0: "Ben"}, of_gold=False)}

    assert is_lenient(_gold([["Ben", 7]], NAME, OTHER), _answer([[2, 7]], ID, OTHER), labels)
    assert not is_lenient(_gold([["Ben", 7]], NAME, OTHER), _answer([[1, 8]], ID, OTHER), labels)


def _tied(*blocks: Sequence[Sequence[Any]]) -> Tied:
    return Tied(tuple(map(_rows, blocks)))


def test_other_winner_of_a_tie() -> None:
    """Any of those that tie may win, or all of them; nobody else."""
    gold = Gold(rows=_rows([["a"]]), count=1, ordered=False, tied=_tied([["a"], ["b"], ["c"]]))

    assert is_lenient(gold, _answer([["b"]]))
    assert is_lenient(gold, _answer([["c"], ["a"], ["b"]]))
    assert not is_lenient(gold, _answer([["d"]]))
    assert not is_lenient(gold, _answer([["a"], ["b"]]))


def test_those_before_the_tie_must_be_there() -> None:
    """Only the last place is open."""
    gold = Gold(rows=_rows([["a"], ["b"]]), count=2, ordered=False, tied=_tied([["a"]], [["b"], ["c"]]))

    assert is_lenient(gold, _answer([["c"], ["a"]]))
    assert not is_lenient(gold, _answer([["c"], ["b"]]))


def test_order_within_equal_keys_is_free() -> None:
    """Rows with equal keys may stand in any order, others not."""
    gold = Gold(rows=_rows([["a"], ["b"], ["c"]]), count=3, ordered=True, tied=_tied([["a"]], [["b"], ["c"]]))

    assert is_lenient(gold, _answer([["a"], ["c"], ["b"]]))
    assert not is_lenient(gold, _answer([["b"], ["a"], ["c"]]))


def test_ties_vouch_for_the_gold_itself() -> None:
    """Rows that the tied rows do not hold are not theirs."""
    assert matches_ties(_tied([["a"], ["b"]]), _rows([["b"]]), ordered=True)
    assert not matches_ties(_tied([["a"], ["b"]]), _rows([["z"]]), ordered=True)
    assert not matches_ties(_tied([["a"]]), _rows([["a"], ["a"]]), ordered=False)


@pytest.mark.parametrize(
    ("gold", "answer", "difference"),
    [
        (_gold([["a", 1]]), _answer([]), Difference.EMPTY),
        (_gold([["a"], ["b"]], ordered=True), _answer([["b"], ["a"]]), Difference.ORDER),
        (_gold([["a"], ["b"]]), _answer([["a", 1], ["b", 2]]), Difference.EXTRA),
        (_gold([["a", 1], ["b", 2]]), _answer([["a"], ["b"]]), Difference.MISSING),
        (_gold([["a"], ["b"]]), _answer([["a"]]), Difference.ROWS),
        (_gold([["a"]]), _answer([["b"]]), Difference.VALUES),
        (_gold([]), _answer([["b"]]), Difference.ROWS),
    ],
)
def test_differences(gold: Gold, answer: Answer, difference: Difference) -> None:
    """The way in which a wrong answer differs is named."""
    assert not is_lenient(gold, answer)
    assert find_difference(gold, answer) is difference
