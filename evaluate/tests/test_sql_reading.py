"""What queries use, and where their results come from."""

from __future__ import annotations

import pytest
from sqlglot import exp

from askwire_evaluate.sql_reading import Construct, Origin, Schema, constructs_of, origins_of, parse, uses_of

SCHEMA = Schema({"Author": ["Id", "Name", "Country"], "book": ["id", "author_id", "title", "pages"]})


def _read(sql: str) -> exp.Query:
    query = parse(sql, "sqlite")
    assert query is not None
    return query


@pytest.mark.parametrize(
    ("sql", "constructs"),
    [
        ("SELECT name FROM author WHERE country = 'x'", {Construct.PLAIN}),
        ("SELECT count(*) FROM author", {Construct.AGGREGATE}),
        ("SELECT * FROM author JOIN book ON book.author_id = author.id", {Construct.JOIN}),
        ("SELECT * FROM a, b, c", {Construct.JOIN, Construct.LARGE_JOIN}),
        (
            "SELECT country FROM author GROUP BY country HAVING count(*) > 1",
            {Construct.AGGREGATE, Construct.GROUP_BY, Construct.HAVING},
        ),
        ("SELECT name FROM author ORDER BY name LIMIT 1", {Construct.ORDER_BY, Construct.LIMIT}),
        ("SELECT name FROM author WHERE id IN (SELECT author_id FROM book)", {Construct.NESTED}),
        ("SELECT t.name FROM (SELECT name FROM author) AS t", {Construct.NESTED}),
        ("SELECT name FROM author UNION SELECT title FROM book", {Construct.SET_OPERATION}),
        ("SELECT id FROM author EXCEPT SELECT author_id FROM book", {Construct.SET_OPERATION}),
    ],
)
def test_constructs(sql: str, constructs: set[Construct]) -> None:
    """Each construct is found, and no other."""
    assert set(constructs_of(_read(sql))) == constructs


def test_uses_are_tables_and_columns_of_the_schema() -> None:
    """Aliases are followed, case is no matter, and a text in double quotes is no column."""
    query = _read('SELECT T1.NAME FROM Author AS T1 JOIN Book AS T2 ON T1.id = T2.author_id WHERE country = "Peru"')

    assert uses_of(query, SCHEMA) == (
        Origin("author"),
        Origin("author", "country"),
        Origin("author", "id"),
        Origin("author", "name"),
        Origin("book"),
        Origin("book", "author_id"),
    )


def test_uses_of_nested_queries() -> None:
    """Columns of inner queries count, also those that come from the outer one."""
    query = _read("SELECT name FROM author WHERE EXISTS (SELECT 1 FROM book WHERE author_id = country)")

    assert {Origin("book", "author_id"), Origin("author", "country")} <= set(uses_of(query, SCHEMA))


@pytest.mark.parametrize(
    ("sql", "origins"),
    [
        ("SELECT a.name, count(*) FROM author AS a GROUP BY a.name", (Origin("author", "name"), None)),
        ("SELECT sum(pages) AS id FROM book", (None,)),
        ("SELECT * FROM author", (Origin("author", "id"), Origin("author", "name"), Origin("author", "country"))),
        ("SELECT t.n FROM (SELECT name AS n FROM author) AS t", (Origin("author", "name"),)),
        ("SELECT t.title FROM (SELECT * FROM book) AS t", (Origin("book", "title"),)),
        ("WITH t AS (SELECT title FROM book) SELECT title FROM t", (Origin("book", "title"),)),
        ("SELECT name FROM author UNION SELECT title FROM book", (Origin("author", "name"),)),
        ("SELECT id FROM author UNION SELECT count(*) FROM book", (None,)),
        ("SELECT missing FROM author", (None,)),
    ],
)
def test_origins(sql: str, origins: tuple[Origin | None, ...]) -> None:
    """A column of the result is followed to the table that holds it; what is computed has no origin."""
    assert origins_of(_read(sql), SCHEMA) == origins


@pytest.mark.parametrize("sql", ["", "DELETE FROM author", "SELECT FROM WHERE", "no sql at all"])
def test_what_is_no_query_is_not_read(sql: str) -> None:
    """Nothing but a query is."""
    assert parse(sql, "sqlite") is None
