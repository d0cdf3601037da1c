"""Load the databases of an evaluation onto a server, each once, and give a role that can only read them.

A database is called after its file and the hash of its content: a later run finds it, and a changed file makes a new
one. It is loaded under another name and renamed when it is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from askwire_evaluate.dumps import load_dump
from askwire_evaluate.failures import EvaluationFailed

__all__ = ["database_file", "database_name", "load_databases", "reader_login"]

_READERS = "askwire_evaluate"
"""The role that holds the rights; a run's own login is a member of it for its time."""
_LOADING = "loading"


def database_file(folder: Path, name: str) -> Path:
    """Return the file of a database.

    Raises:
        EvaluationFailed: there is none, or the name is not that of a file.
    """
    file = folder / f"{name}.sql.gz"
    if "/" in name or not file.is_file():
        raise EvaluationFailed(f"The database {name} that the questions name is not there: {file}.")
    return file


def database_name(file: Path) -> str:
    """Return the name of a file's database on the server; it differs with the content."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"evaluate_{file.name.removesuffix('.sql.gz').lower()[:35]}_{digest}"


def load_databases(server_url: str, files: Iterable[Path], jobs: int, progress: Callable[[str], None]) -> None:
    """Load what the server does not have yet, `jobs` at a time.

    Raises:
        EvaluationFailed: no connection, no right to make databases, or a file that the server refuses.
    """
    try:
        with psycopg.connect(server_url, autocommit=True) as connection:
            known = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            _make_group(connection)
    except psycopg.Error as problem:
        raise EvaluationFailed(f"The database server can't be used: {_reason(problem)}.") from problem
    missing = [file for file in files if database_name(file) not in known]
    if not missing:
        return
    progress(f"loading {len(missing)} databases (once)")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        list(pool.map(lambda file: _load(server_url, file), missing))


@contextlib.contextmanager
def reader_login(server_url: str) -> Iterator[Callable[[str], str]]:
    """Make a login that can only read, for as long as the block; yields a function from database name to URL."""
    login, password = f"{_READERS}_{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    try:
        with psycopg.connect(server_url, autocommit=True) as connection:
            _drop_expired(connection)
            _make_login(connection, login, password)
    except psycopg.Error as problem:
        raise EvaluationFailed(f"A role that only reads can't be made: {_reason(problem)}.") from problem
    try:
        yield lambda name: make_conninfo(server_url, user=login, password=password, dbname=name)
    finally:
        with contextlib.suppress(psycopg.Error), psycopg.connect(server_url, autocommit=True) as connection:
            # what stays behind can't log in after a day, and is dropped by a later run
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(login)))


def _make_group(connection: psycopg.Connection) -> None:
    with connection.transaction():
        # two runs at once would both find no role
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('askwire evaluate role'))")
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (_READERS,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOSUPERUSER").format(sql.Identifier(_READERS)))


def _make_login(connection: psycopg.Connection, login: str, password: str) -> None:
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    role = sql.Identifier(login)
    until = connection.execute("SELECT (now() + interval '1 day')::text").fetchone()
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER PASSWORD {} VALID UNTIL {} IN ROLE {}").format(
            role, sql.Literal(verifier), sql.Literal(until[0] if until else "infinity"), sql.Identifier(_READERS)
        )
    )
    connection.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role))


def _drop_expired(connection: psycopg.Connection) -> None:
    names = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE %s AND rolvaliduntil < now()", (f"{_READERS}\\_%",)
    ).fetchall()
    for (name,) in names:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def _load(server_url: str, file: Path) -> None:
    name = database_name(file)
    loading = f"{_LOADING}_{secrets.token_hex(4)}_{name}"[:63]
    try:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(loading)))
            try:
                url = make_conninfo(server_url, dbname=loading)
                load_dump(file, url)
                _grant(url, loading)
                with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                    rename = "ALTER DATABASE {} RENAME TO {}"
                    connection.execute(sql.SQL(rename).format(sql.Identifier(loading), sql.Identifier(name)))
            finally:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(loading)))
    except (psycopg.Error, OSError, EOFError, UnicodeError) as problem:
        raise EvaluationFailed(f"{file} can't be loaded: {_reason(problem)}.") from problem


def _grant(url: str, name: str) -> None:
    readers = sql.Identifier(_READERS)
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), readers))
        schemas = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        ).fetchall()
        for (schema,) in schemas:
            for grant in ("USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA"):
                statement = sql.SQL("GRANT {} {} TO {}").format(sql.SQL(grant), sql.Identifier(schema), readers)
                connection.execute(statement)


def _reason(problem: Exception) -> str:
    message = problem.diag.message_primary if isinstance(problem, psycopg.Error) else None
    lines = (message or str(problem)).strip().splitlines()
    return lines[0].rstrip(".") if lines else "no reason given"
