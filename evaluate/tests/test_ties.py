"""Queries that show which rows tie, and reading what they give."""

from __future__ import annotations

import pytest

from askwire_evaluate.cells import row_of
from askwire_evaluate.comparison import Gold
from askwire_evaluate.sql_reading import parse
from askwire_evaluate.ties import make_tie_query, read_ties


def _query(sql: str) -> str | None:
    query = parse(sql, "postgres")
    assert query is not None
    made = make_tie_query(query)
    return made.sql if made is not None else None


def test_limit_is_taken_away_and_keys_are_shown() -> None:
    """The order stays."""
    sql = _query("SELECT name FROM pet GROUP BY name ORDER BY count(*) DESC, name LIMIT 2")

    assert sql == (
        "SELECT name, COUNT(*) AS tie_key_0, name AS tie_key_1 FROM pet GROUP BY name ORDER BY COUNT(*) DESC, name"
    )


def test_key_by_its_alias() -> None:
    """A key that names a column of the result is written out, for it can't be named among the columns."""
    assert _query("SELECT count(*) AS n FROM pet ORDER BY n DESC LIMIT 1") == (
        "SELECT COUNT(*) AS n, COUNT(*) AS tie_key_0 FROM pet ORDER BY n DESC"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM pet",
        "SELECT DISTINCT name FROM pet ORDER BY age",
        "SELECT * FROM pet ORDER BY age LIMIT 1",
        "SELECT name FROM pet ORDER BY 1",
        "SELECT name FROM pet UNION SELECT name FROM dog ORDER BY name",
        "SELECT name FROM pet ORDER BY age LIMIT 1 OFFSET 1",
    ],
)
def test_queries_without_known_ties(sql: str) -> None:
    """Where the keys can't be shown beside the rows, no tie is claimed."""
    assert _query(sql) is None


def test_ties_end_with_the_block_of_the_last_row() -> None:
    """The last block is whole, later ones are left out."""
    gold = Gold(rows=(row_of(["a"]), row_of(["c"])), count=2, ordered=False)
    rows = [row_of(row) for row in (["a", 3], ["b", 2], ["c", 2], ["d", 1])]

    tied = read_ties(gold, rows, 1)

    assert tied is not None
    assert tied.blocks == ((("a",),), (("b",), ("c",)))
    assert tied.count() == 3


def test_ties_that_do_not_hold_the_gold_are_not_believed() -> None:
    """PostgreSQL may order otherwise than SQLite did."""
    gold = Gold(rows=(row_of(["z"]),), count=1, ordered=False)

    assert read_ties(gold, [row_of(["a", 3]), row_of(["b", 3])], 1) is None
    assert read_ties(gold, [], 1) is None
