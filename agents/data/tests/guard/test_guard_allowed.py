"""The lists of what is allowed, held against a real server."""

from __future__ import annotations

import psycopg
import pytest

from askwire.demo.postgres import PostgresServer
from askwire_data.guard import allowed

_CHANGING = {
    *("array_sample", "array_shuffle", "random", "random_normal"),
    *("clock_timestamp", "timeofday", "gen_random_uuid", "uuidv4", "uuidv7"),
}


@pytest.fixture(scope="module")
def connection(postgres: PostgresServer):
    """A session of the superuser."""
    with psycopg.connect(postgres.superuser_url(database="postgres"), autocommit=True) as connection:
        yield connection


def test_every_function_exists(connection: psycopg.Connection) -> None:
    """A name on the list that the server does not have would be a slip."""
    rows = connection.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace").fetchall()

    assert allowed.FUNCTIONS - {name for (name,) in rows} == set()


def test_functions_have_no_effects(connection: psycopg.Connection) -> None:
    """Only functions of time and chance are volatile; whatever else is could write, wait or look outside."""
    rows = connection.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND provolatile = 'v'"
    ).fetchall()

    assert allowed.FUNCTIONS & {name for (name,) in rows} == _CHANGING


def test_no_function_takes_the_name_of_a_relation(connection: psycopg.Connection) -> None:
    """A function with a reg* argument could read a table by its name in a text."""
    rows = connection.execute(
        """SELECT p.proname FROM pg_proc p, unnest(p.proargtypes) AS a(type) JOIN pg_type t ON t.oid = a.type
           WHERE p.pronamespace = 'pg_catalog'::regnamespace
             AND t.typname IN ('regclass', 'regproc', 'regrole', 'refcursor')"""
    ).fetchall()

    assert allowed.FUNCTIONS & {name for (name,) in rows} == {"text"} & {name for (name,) in rows}


def test_every_operator_and_type_exists(connection: psycopg.Connection) -> None:
    """The lists hold decoded names, as the server's catalogs do."""
    operators = connection.execute("SELECT oprname FROM pg_operator").fetchall()
    types = connection.execute("SELECT typname FROM pg_type").fetchall()

    assert allowed.OPERATORS - {name for (name,) in operators} == set()
    assert allowed.TYPES - {name for (name,) in types} == set()
