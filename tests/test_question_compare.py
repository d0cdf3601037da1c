"""The judge of the acceptance questions: lenient about form, never about a value."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from questions.compare import Rows, difference
from questions.questions import Question


def make_question(**fields: Any) -> Question:
    """Build a question whose text and SQL don't matter."""
    return Question(id="q", question="q", sql="SELECT 1", kinds=(), **fields)


def make_rows(header: str, *rows: tuple[Any, ...]) -> Rows:
    """Build a result from "name:type, name:type" and its rows."""
    pairs = [column.strip().split(":") for column in header.split(",")]
    return Rows(tuple(name for name, _ in pairs), tuple(type_name for _, type_name in pairs), rows)


GENRES = make_rows("id:int4, name:varchar, tracks:int8", (1, "Rock", 30), (2, "Jazz", 20), (3, "Pop", 20))
BY_GENRE = make_question(required=("tracks",), either=(("id", "name"),))
RANKED = make_question(required=(), either=(("id", "name"),), ordered=True, key=("tracks",), top=2)


@pytest.mark.parametrize(
    "answer",
    [
        make_rows("name:text, n:bigint", ("Rock", 30), ("Jazz", 20), ("Pop", 20)),
        make_rows("n:bigint, name:text", (20, "Pop"), (30, "Rock"), (20, "Jazz")),
        make_rows("genre_id:integer, n:bigint", (3, 20), (2, 20), (1, 30)),
        make_rows("a:text, name:text, n:bigint", ("x", "Rock", 30), ("x", "Jazz", 20), ("x", "Pop", 20)),
        make_rows("name:text, n:numeric", ("Rock", "30.0"), ("Jazz", "20.0002"), ("Pop", 20)),
    ],
)
def test_form_is_free(answer: Rows) -> None:
    """Order of rows and columns, names of columns, an id for a name and a further label do not matter."""
    assert difference(BY_GENRE, GENRES, answer) is None


@pytest.mark.parametrize(
    "answer",
    [
        make_rows("name:text, n:bigint", ("Rock", 30), ("Jazz", 20), ("Pop", 21)),
        make_rows("name:text, n:bigint", ("Rock", 20), ("Jazz", 30), ("Pop", 20)),
        make_rows("name:text, n:bigint", ("Rock", 30), ("Jazz", 20)),
        make_rows("name:text, n:bigint", ("Rock", 30), ("Jazz", 20), ("Pop", 20), ("Pop", 20)),
        make_rows("name:text, n:bigint", ("Rock", 30), ("Jazz", 20), ("Jazz", 20)),
        make_rows("name:text", ("Rock",), ("Jazz",), ("Pop",)),
        make_rows("n:bigint", (30,), (20,), (20,)),
        make_rows("name:text, n:bigint, x_id:integer", ("Rock", 30, 7), ("Jazz", 20, 8), ("Pop", 20, 9)),
        make_rows("name:text, n:bigint, x:text", ("Rock", 30, "7"), ("Jazz", 20, "8"), ("Pop", 20, "9")),
        make_rows(
            "name:text, n:bigint, x:text",
            *[(*row, "since 2024-01") for row in (("Rock", 30), ("Jazz", 20), ("Pop", 20))],
        ),
        make_rows("name:text, n:numeric", ("Rock", "30.001"), ("Jazz", 20), ("Pop", 20)),
        make_rows("name:text, n:bigint", ("Rock", None), ("Jazz", 20), ("Pop", 20)),
    ],
)
def test_a_wrong_value_never_passes(answer: Rows) -> None:
    """A wrong, missing, swapped, doubled or additional number makes the answer wrong."""
    assert difference(BY_GENRE, GENRES, answer) is not None


@pytest.mark.parametrize("names", [("Rock", "Jazz"), ("Rock", "Pop"), ("Rock", "Jazz", "Pop"), ("Rock", "Pop", "Jazz")])
def test_any_winner_of_a_tie_is_right(names: tuple[str, ...]) -> None:
    """The last place of a top list may go to any of those that tie for it, or to all."""
    assert difference(RANKED, GENRES, make_rows("name:text", *[(name,) for name in names])) is None


@pytest.mark.parametrize("names", [("Jazz", "Rock"), ("Jazz", "Pop"), ("Rock",), ("Rock", "Rock"), ("Rock", "Folk")])
def test_a_top_list_must_hold_the_top_in_order(names: tuple[str, ...]) -> None:
    """Rows above a tie are all shown, first come first; nothing else takes a place."""
    assert difference(RANKED, GENRES, make_rows("name:text", *[(name,) for name in names])) is not None


def test_order_matters_only_by_the_key() -> None:
    """Where an order was asked for, rows with equal keys may change places and others may not."""
    question = make_question(ordered=True, key=("tracks",), required=("name", "tracks"))
    right = make_rows("name:text, n:bigint", ("Rock", 30), ("Pop", 20), ("Jazz", 20))
    wrong = make_rows("name:text, n:bigint", ("Pop", 20), ("Rock", 30), ("Jazz", 20))
    assert difference(question, GENRES, right) is None
    assert difference(question, GENRES, wrong) is not None


def test_dates_are_compared_as_texts() -> None:
    """A timestamp at midnight is its date, however it was carried; another day is another value."""
    question = make_question()
    gold = make_rows("day:timestamp", (datetime.datetime(2024, 3, 1),))  # noqa: DTZ001 the column has no zone
    assert difference(question, gold, make_rows("d:date", ("2024-03-01",))) is None
    assert difference(question, gold, make_rows("d:timestamp with time zone", ("2024-03-01T00:00:00+00:00",))) is None
    assert difference(question, gold, make_rows("d:timestamp", ("2024-03-01 00:00:01",))) is not None
    assert difference(question, gold, make_rows("d:date", ("2024-03-02",))) is not None


def test_single_precision_is_compared_by_its_own_precision() -> None:
    """A sum of reals may differ in the seventh digit; a sum of decimals may not."""
    question = make_question()
    answer = make_rows("x:double precision", (64942.69,))
    assert difference(question, make_rows("x:float4", (64942.74,)), answer) is None
    assert difference(question, make_rows("x:float4", (64943.74,)), answer) is not None
    assert difference(question, make_rows("x:numeric", (Decimal("64942.74"),)), answer) is not None


def test_no_rows_are_right_only_where_the_gold_has_none() -> None:
    """An empty answer equals an empty gold and nothing else."""
    empty = make_rows("name:text")
    assert difference(make_question(), empty, empty) is None
    assert difference(BY_GENRE, GENRES, empty) is not None
    assert difference(make_question(), empty, GENRES) is not None


def test_null_equals_only_null() -> None:
    """Null is no zero and no empty text."""
    gold = make_rows("x:int8", (None,))
    assert difference(make_question(), gold, make_rows("y:numeric", (None,))) is None
    assert difference(make_question(), gold, make_rows("y:bigint", (0,))) is not None
