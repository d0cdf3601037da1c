"""A role that can do more than read is recognised, and told how to do better."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from askwire.demo.postgres import PostgresServer
from askwire_data.role_check import RoleFacts, make_role_sql, problems_of, read_role_facts, warnings_of


@pytest.fixture(scope="module")
def owner_url(postgres: PostgresServer) -> str:
    """A database with one table."""
    url = postgres.create_database("roles")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA app")
        connection.execute("CREATE TABLE app.t (id int, note text)")
        connection.execute("CREATE TABLE app.unread (id int)")
        connection.execute("CREATE ROLE makers NOLOGIN")
        connection.execute("GRANT CREATE ON SCHEMA app TO makers")
    return url


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A session of the superuser, whose changes are taken back."""
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        yield connection
        await connection.rollback()


async def facts_of(owner: psycopg.AsyncConnection, role_options: str = "", *grants: str) -> RoleFacts:
    """Return the facts of a new role that may read the table, and has these grants."""
    for statement in (
        f"CREATE ROLE tried NOLOGIN {role_options}",
        "GRANT USAGE ON SCHEMA app TO tried",
        "GRANT SELECT ON app.t TO tried",
        *grants,
        "SET LOCAL ROLE tried",
    ):
        await owner.execute(statement.encode())
    return await read_role_facts(owner)


async def test_a_role_that_only_reads_has_no_problem(owner: psycopg.AsyncConnection) -> None:
    """SELECT alone is what is wanted."""
    facts = await facts_of(owner)

    assert (facts.role, facts.schemas) == ("tried", ("app",))
    assert problems_of(facts) == ()


@pytest.mark.parametrize(
    ("options", "grant", "problem"),
    [
        ("SUPERUSER", "SELECT 1", "it is a superuser"),
        ("BYPASSRLS", "SELECT 1", "it bypasses row-level security"),
        ("", "ALTER TABLE app.t OWNER TO tried", "it owns app.t"),
        ("", "GRANT INSERT ON app.t TO tried", "it may write to app.t"),
        ("", "GRANT UPDATE (note) ON app.t TO tried", "it may write to app.t"),
        ("", "GRANT TRUNCATE ON app.t TO tried", "it may write to app.t"),
        ("", "GRANT CREATE ON SCHEMA app TO tried", "it may create objects in the schema app"),
        ("", "GRANT CREATE ON DATABASE roles TO tried", "it may create schemas"),
        ("", "GRANT pg_read_all_data TO tried", "it is a member of pg_read_all_data"),
        ("", "GRANT pg_monitor TO tried", "it is a member of pg_monitor"),
        ("CREATEROLE", "SELECT 1", "it may create roles"),
        ("", "GRANT TEMPORARY ON DATABASE roles TO tried", "it may create temporary tables"),
        ("IN ROLE makers", "SELECT 1", "it may create objects in the schema app"),
        ("NOINHERIT IN ROLE makers", "SELECT 1", "it may create objects in the schema app"),
        ("", "GRANT INSERT ON app.unread TO tried", "it may write to app.unread"),
    ],
)
async def test_each_right_beyond_reading_is_named(
    owner: psycopg.AsyncConnection, options: str, grant: str, problem: str
) -> None:
    """The clause says what the role can do."""
    assert problem in " | ".join(problems_of(await facts_of(owner, options, grant)))


@pytest.mark.parametrize(
    ("grants", "warnings"),
    [
        ((), ["TEMPORARY ON DATABASE roles"]),
        (("REVOKE TEMPORARY ON DATABASE roles FROM PUBLIC",), []),
        (("GRANT CREATE ON SCHEMA app TO PUBLIC",), ["CREATE ON SCHEMA app", "TEMPORARY ON DATABASE roles"]),
        (
            ('CREATE SCHEMA "Odd ""one"', 'GRANT CREATE ON SCHEMA app, "Odd ""one" TO PUBLIC'),
            ['CREATE ON SCHEMA "Odd ""one", app', "TEMPORARY ON DATABASE roles"],
        ),
        (("GRANT CREATE ON DATABASE roles TO PUBLIC",), ["CREATE, TEMPORARY ON DATABASE roles"]),
    ],
)
async def test_what_everybody_may_is_a_warning_with_the_statement_that_ends_it(
    owner: psycopg.AsyncConnection, grants: tuple[str, ...], warnings: list[str]
) -> None:
    """Databases made as up to PostgreSQL 14 are served; each statement does what it says."""
    facts = await facts_of(owner, "", *grants)
    assert problems_of(facts) == ()
    statements = [warning.partition("this ends it: ")[2] for warning in warnings_of(facts)]
    assert statements == [f"REVOKE {rights} FROM PUBLIC;" for rights in warnings]

    await owner.execute("RESET ROLE")
    for statement in statements:
        await owner.execute(statement.encode())
    await owner.execute("SET LOCAL ROLE tried")

    assert warnings_of(await read_role_facts(owner)) == ()


async def test_a_right_of_its_own_beside_that_of_everybody_stays_a_problem(owner: psycopg.AsyncConnection) -> None:
    """Taking it from everybody would not take it from the role."""
    facts = await facts_of(owner, "", "GRANT CREATE ON SCHEMA app TO PUBLIC", "GRANT CREATE ON SCHEMA app TO tried")

    assert problems_of(facts) == ("it may create objects in the schema app",)
    assert not [warning for warning in warnings_of(facts) if "SCHEMA" in warning]


async def test_the_advice_makes_a_role_without_problems(owner: psycopg.AsyncConnection) -> None:
    """The SQL that is shown does what it says."""
    facts = RoleFacts(role="x", database="roles", schemas=("app",))
    # roles belong to the whole server, and other databases on it give rights to the usual name
    await owner.execute(make_role_sql(facts, reader="advised").encode())
    await owner.execute("SET LOCAL ROLE advised")

    facts = await read_role_facts(owner)

    assert facts.schemas == ("app",)
    assert problems_of(facts) == ()


def test_the_usual_name_is_shown() -> None:
    """Whoever is shown the SQL gets the name that the documentation uses."""
    assert "TO askwire_reader;" in make_role_sql(RoleFacts(role="x", database="d"))
