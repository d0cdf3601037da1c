"""The catalog says what may be asked, no more, and its version tells every change."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from askwire.demo.postgres import PostgresServer
from askwire_data.catalog import CatalogReader, read_catalog
from askwire_protocol.messages import Catalog, Column, ForeignKey, Table

_SCHEMA = """
CREATE SCHEMA shelf;
CREATE SCHEMA other;
CREATE TYPE shelf.state AS ENUM ('new', 'used');
CREATE TABLE shelf.author (id int PRIMARY KEY, name text NOT NULL, born date, UNIQUE (name, born));
COMMENT ON TABLE shelf.author IS 'people who write';
COMMENT ON COLUMN shelf.author.born IS 'day of birth';
INSERT INTO shelf.author VALUES (1, 'Ann', '1950-01-02'), (2, 'Bob', '1960-03-04'), (3, '', NULL);
CREATE TABLE shelf."Book"
  (isbn varchar(13) PRIMARY KEY, author_id int, state shelf.state, price numeric(8,2), note text);
ALTER TABLE shelf."Book" ADD FOREIGN KEY (author_id) REFERENCES shelf.author NOT VALID;
INSERT INTO shelf."Book" VALUES ('1', 1, 'new', 9.5, repeat('long ', 50)), ('2', 2, 'used', 3, repeat('prose ', 40));
CREATE VIEW shelf.cheap AS SELECT isbn, price FROM shelf."Book" WHERE price < 5;
CREATE MATERIALIZED VIEW shelf.names AS SELECT name FROM shelf.author;
CREATE TABLE shelf.sale (day date, author_id int REFERENCES shelf.author, place text) PARTITION BY RANGE (day);
CREATE TABLE shelf.sale_2024 PARTITION OF shelf.sale FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shelf.sale_2025 PARTITION OF shelf.sale FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO shelf.sale VALUES ('2024-05-01', 1, 'north'), ('2025-05-01', 2, 'south');
CREATE TABLE shelf.diary (id int, owner text);
INSERT INTO shelf.diary VALUES (1, 'kept from view');
ALTER TABLE shelf.diary ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shelf.diary USING (owner = current_user);
CREATE TABLE shelf.staff (id int PRIMARY KEY, name text, pay int);
INSERT INTO shelf.staff VALUES (1, 'Zoe', 5);
CREATE TABLE shelf.hidden (id int);
CREATE VIEW shelf.broken AS SELECT 1 / (id - id) AS x, 'a'::text AS y FROM shelf.author;
CREATE TABLE other.thing (id int);
CREATE ROLE librarian LOGIN PASSWORD 'l';
GRANT USAGE ON SCHEMA shelf, other TO librarian;
GRANT SELECT ON shelf.author, shelf."Book", shelf.cheap, shelf.names, shelf.sale, shelf.diary, shelf.broken, other.thing
  TO librarian;
GRANT SELECT (id, name) ON shelf.staff TO librarian;
"""


@pytest.fixture(scope="module")
def owner_url(postgres: PostgresServer) -> str:
    """A database with every kind of object, as its owner sees it."""
    url = postgres.create_database("library")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SCHEMA.encode())
    return url


@pytest.fixture
async def connection(owner_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A session of a role that may read most of it."""
    address = owner_url.rpartition("@")[2]
    async with await psycopg.AsyncConnection.connect(
        f"postgresql://librarian:l@{address}", autocommit=True
    ) as connection:
        yield connection


def table(catalog: Catalog, name: str) -> Table:
    """Return the table with this name."""
    return next(table for table in catalog.tables if table.name == name)


def column(catalog: Catalog, name: str, of: str) -> Column:
    """Return the column with this name."""
    return next(column for column in table(catalog, of).columns if column.name == name)


async def test_only_what_the_role_may_read_is_there(connection: psycopg.AsyncConnection) -> None:
    """Partitions are a part of their parent, and hidden tables and columns do not exist."""
    catalog = await read_catalog(connection, ["shelf"])

    assert [(item.name, item.kind) for item in catalog.tables] == [
        *[("Book", "table"), ("author", "table"), ("broken", "view"), ("cheap", "view"), ("diary", "table")],
        *[("names", "materialized view"), ("sale", "table"), ("staff", "table")],
    ]
    assert [item.name for item in table(catalog, "staff").columns] == ["id", "name"]


async def test_no_schemas_means_all_that_the_role_may_use(connection: psycopg.AsyncConnection) -> None:
    """The system's own schemas are never among them."""
    catalog = await read_catalog(connection)

    assert {item.schema for item in catalog.tables} == {"other", "shelf"}


async def test_structure_is_complete(connection: psycopg.AsyncConnection) -> None:
    """Types, keys, comments and nullability are PostgreSQL's; a key that was not validated counts too."""
    catalog = await read_catalog(connection)
    book, author = table(catalog, "Book"), table(catalog, "author")

    assert [(item.name, item.type, item.nullable) for item in book.columns] == [
        ("isbn", "character varying", False),
        ("author_id", "integer", True),
        ("state", "shelf.state", True),
        ("price", "numeric", True),
        ("note", "text", True),
    ]
    assert book.primary_key == ("isbn",)
    assert book.foreign_keys == (
        ForeignKey(columns=("author_id",), schema="shelf", table="author", referenced_columns=("id",)),
    )
    assert author.unique_keys == (("name", "born"),)
    assert author.comment == "people who write"
    assert column(catalog, "born", "author").comment == "day of birth"
    assert table(catalog, "sale").foreign_keys[0].table == "author"


async def test_values_of_texts_and_ranges_of_numbers_are_known(connection: psycopg.AsyncConnection) -> None:
    """Distinct values of short texts and enums; smallest and largest of dates and numbers; no prose."""
    catalog = await read_catalog(connection)
    name, born = column(catalog, "name", "author"), column(catalog, "born", "author")

    assert (name.values, name.values_complete, name.distinct) == (("Ann", "Bob"), True, 3)
    assert (born.minimum, born.maximum, born.distinct) == ("1950-01-02", "1960-03-04", 2)
    assert column(catalog, "state", "Book").values == ("new", "used")
    assert column(catalog, "note", "Book").values == ()
    assert column(catalog, "price", "cheap").maximum == "3.00"
    assert column(catalog, "place", "sale").values == ("north", "south")
    assert column(catalog, "name", "names").values == ("Ann", "Bob")
    assert (table(catalog, "author").rows, table(catalog, "sale").rows) == (3, 2)


async def test_rows_under_a_policy_are_not_indexed(connection: psycopg.AsyncConnection) -> None:
    """What a role sees there depends on who asks."""
    catalog = await read_catalog(connection)

    assert table(catalog, "diary").rows is None
    assert column(catalog, "owner", "diary").values == ()


async def test_a_view_that_fails_keeps_its_structure(connection: psycopg.AsyncConnection) -> None:
    """One failing query costs that view's values, not the catalog."""
    catalog = await read_catalog(connection)

    assert [item.name for item in table(catalog, "broken").columns] == ["x", "y"]


async def test_the_version_tells_changes_of_structure_and_values(
    connection: psycopg.AsyncConnection, owner_url: str
) -> None:
    """The same database gives the same version, also to another reader; each change gives another."""
    reader = CatalogReader(())
    first = await reader.read(connection)
    assert (await reader.read(connection)).version == first.version
    assert (await read_catalog(connection)).version == first.version

    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("UPDATE shelf.author SET name = 'Cleo' WHERE id = 2")
        second = await reader.read(connection, anew=True)
        owner.execute("ALTER TABLE shelf.author ADD COLUMN country text")
        third = await reader.read(connection)
        owner.execute("ALTER TABLE shelf.author DROP COLUMN country")
        owner.execute("UPDATE shelf.author SET name = 'Bob' WHERE id = 2")
        fourth = await reader.read(connection, anew=True)

    assert len({first.version, second.version, third.version}) == 3
    assert column(second, "name", "author").values == ("Ann", "Cleo")
    assert "country" in [item.name for item in table(third, "author").columns]
    assert fourth.version == first.version


async def test_a_large_table_is_sampled(connection: psycopg.AsyncConnection, owner_url: str) -> None:
    """Its rows are an estimate, its values a part."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            "CREATE TABLE other.large AS SELECT n AS id, (ARRAY['red', 'blue'])[n % 2 + 1] AS colour "
            "FROM generate_series(1, 450000) n"
        )
        owner.execute("ANALYZE other.large")
        owner.execute("GRANT SELECT ON other.large TO librarian")
        catalog = await read_catalog(connection, ["other"])
        owner.execute("DROP TABLE other.large")

    colour = column(catalog, "colour", "large")
    assert table(catalog, "large").rows == 450_000
    assert (colour.values, colour.values_complete) == (("blue", "red"), False)
    assert column(catalog, "id", "large").maximum == "450000"


async def test_when_the_time_is_over_the_structure_is_there(connection: psycopg.AsyncConnection) -> None:
    """Values are left out, and read at the next time."""
    reader = CatalogReader((), total_s=0.0)

    catalog = await reader.read(connection)

    assert table(catalog, "author").primary_key == ("id",)
    assert column(catalog, "name", "author").values == ()
