"""What `up` does with a database that was given."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from askwire.demo.postgres import PostgresServer
from askwire.failures import CommandFailed, ExitCode
from askwire.runner.database import open_given
from askwire.state_folder import StateFolder


class _Given:
    """A database with one table, and a role that owns nothing yet."""

    def __init__(self, admin_url: str, role: str) -> None:
        self.admin_url = admin_url
        self.role = role
        known = conninfo_to_dict(admin_url)
        self.url = f"postgresql://{role}:secret@{known['host']}:{known['port']}/{known['dbname']}"

    def run(self, *statements: str) -> None:
        """Run statements as the superuser."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture
def given(postgres: PostgresServer) -> Iterator[_Given]:
    """A database of this test alone, and its role."""
    name = f"asked_{secrets.token_hex(4)}"
    made = _Given(postgres.create_database(name), f"{name}_role")
    made.run("CREATE TABLE plain (n int)", f"CREATE ROLE {made.role} LOGIN PASSWORD 'secret'")
    yield made
    made.run(f"REASSIGN OWNED BY {made.role} TO postgres", f"DROP OWNED BY {made.role}", f"DROP ROLE {made.role}")
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _never(sentence: str) -> None:
    raise AssertionError(sentence)


def test_reader_is_used_as_it_is(given: _Given, state_path: Path) -> None:
    """A role that only reads is not changed, and what everybody may do is a warning."""
    given.run(f"GRANT SELECT ON plain TO {given.role}")
    asked = open_given(given.url, StateFolder(state_path), _never, accept_owner=False)
    assert (asked.url, asked.warnings) == (given.url, ())
    assert asked.description.endswith(f" as {given.role}, which only reads")
    given.run("GRANT CREATE ON SCHEMA public TO PUBLIC")
    open_to_all = open_given(given.url, StateFolder(state_path), _never, accept_owner=False)
    assert open_to_all.description.endswith(f" as {given.role}")
    assert open_to_all.warnings[0].endswith('this ends it: REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;')


def test_owner_is_refused_with_the_sql_and_can_be_accepted(given: _Given, state_path: Path) -> None:
    """Who may write and make no roles gets the SQL to hand on, or says that it is meant so."""
    given.run(f"ALTER TABLE plain OWNER TO {given.role}")
    with pytest.raises(CommandFailed, match=f"The role {given.role} owns 1 table, may write to 1 table: ") as caught:
        open_given(given.url, StateFolder(state_path), _never, accept_owner=False)
    assert caught.value.code is ExitCode.NOT_STARTED
    assert any(line.startswith('CREATE ROLE "askwire_reader" ') for line in caught.value.details)
    asked = open_given(given.url, StateFolder(state_path), _never, accept_owner=True)
    assert asked.url == given.url
    assert asked.warnings[0].endswith("protect the data (--accept-owner).")
