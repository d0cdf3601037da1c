"""The data agent over a real socket, in front of a real database."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from askwire.demo.postgres import PostgresServer
from askwire.demo.reader_role import make_reader
from askwire_agent import Service
from askwire_data.handler import build
from askwire_protocol.client import WebSocketLink, connect
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import CatalogAnswer, CatalogRequest, Check, RowChunk, SqlAnswer, SqlQuery
from askwire_resources.settings import DataSettings


@contextlib.asynccontextmanager
async def serving(url_file: Path | None, **settings: Any) -> AsyncIterator[tuple[Service, WebSocketLink]]:
    """Run an agent, and a connection to it."""
    agent = build(
        DataSettings(
            websocket_port=0,
            http_port=0,
            database_url_file=str(url_file) if url_file else None,
            drain_s=1.0,
            **settings,
        )
    )
    service = Service(agent)
    running = asyncio.create_task(service.run())
    started = asyncio.create_task(service.started.wait())
    await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
    try:
        async with connect(f"ws://127.0.0.1:{service.websocket_port}") as link:
            yield service, link
    finally:
        service.stop.set()
        await running


async def ask(link: WebSocketLink, sql: str, *parameters: Any, deadline_s: float = 20.0, **fields: Any) -> SqlAnswer:
    """Send one statement."""
    query = SqlQuery(sql=sql, parameters=parameters, **fields)
    return await link.request("sql_query", query, answer=SqlAnswer, deadline_s=deadline_s)


async def refused(link: WebSocketLink, sql: str, *parameters: Any, **fields: Any) -> RequestFailed:
    """Send one statement that fails."""
    with pytest.raises(RequestFailed) as caught:
        await ask(link, sql, *parameters, **fields)
    return caught.value


def check(service: Service, name: str) -> Check:
    """Return a named condition of readiness."""
    return service.agent.checks[name]()


async def until(service: Service, name: str, *, ok: bool) -> Check:
    """Wait until a condition holds, or does not."""
    while check(service, name).ok is not ok:
        await asyncio.sleep(0)
    return check(service, name)


async def test_statements_and_catalog_are_answered(sandbox_url_file: Path) -> None:
    """The first request waits for the catalog; names need no schema; the catalog is sent once for each version."""
    async with serving(sandbox_url_file) as (service, link):
        answer = await ask(link, "SELECT count(*) AS n FROM orders WHERE amount > $1", 100)
        assert (answer.rows, answer.columns[0].type) == ([[120]], "bigint")

        catalog = await link.request("catalog", CatalogRequest(), answer=CatalogAnswer, deadline_s=20)
        assert catalog.tables is not None
        assert [table.name for table in catalog.tables] == ["big", "customers", "orders", "v_with_write"]
        known = CatalogRequest(if_version_not=catalog.version)
        assert (await link.request("catalog", known, answer=CatalogAnswer, deadline_s=20)).tables is None

        assert all(check(service, name).ok for name in ("database", "role", "catalog"))


async def test_a_large_answer_comes_whole(sandbox_url_file: Path) -> None:
    """Ten thousand rows in one message, and the row limit of a request lowers the agent's."""
    async with serving(sandbox_url_file) as (_, link):
        assert (await ask(link, "SELECT id, name FROM big")).row_count == 10_000
        few = await ask(link, "SELECT id, name FROM big", row_limit=7)
        assert (few.row_count, few.truncated) == (7, True)


async def test_a_large_answer_comes_in_parts_where_that_is_accepted(sandbox_url_file: Path) -> None:
    """The parts have the same rows as the whole answer, the columns come first, and the digest is theirs."""
    parts: list[RowChunk] = []

    async def take(part: RowChunk) -> None:
        parts.append(part)

    async with serving(sandbox_url_file) as (_, link):
        whole = await ask(link, "SELECT id, name FROM big ORDER BY id")
        query = SqlQuery(sql="SELECT id, name FROM big ORDER BY id")
        end = await link.request("sql_query", query, answer=SqlAnswer, deadline_s=20, on_chunk=take)
        few = SqlQuery(sql="SELECT id FROM big LIMIT 3")
        small = await link.request("sql_query", few, answer=SqlAnswer, deadline_s=20, on_chunk=take)

    rows = [row for part in parts for row in msgspec.json.decode(part.rows)]
    digest = hashlib.sha256(b"".join(bytes(part.rows) for part in parts)).hexdigest()
    assert rows == whole.rows
    assert [part.columns is not None for part in parts] == [True] + [False] * (len(parts) - 1)
    assert end.rows == []
    assert end.summary is not None
    assert (end.summary.chunks, end.summary.rows, end.summary.digest) == (len(parts), 10_000, digest)
    assert (small.row_count, small.summary) == (3, None)


@pytest.mark.parametrize(
    ("sql", "parameters", "code", "words"),
    [
        ("DROP TABLE app.orders", (), ErrorCode.SQL_REJECTED, "this is DROP"),
        ("SELECT * FROM salaries", (), ErrorCode.SQL_REJECTED, "no table salaries"),
        ("SELECT * FROM order", (), ErrorCode.SQL_REJECTED, "syntax error"),
        ("SELECT * FROM ordrs", (), ErrorCode.SQL_REJECTED, "did you mean orders?"),
        ("SELECT amuont FROM orders", (), ErrorCode.SQL_FAILED, "orders.amount"),
        (
            "SELECT o.amuont FROM orders o",
            (),
            ErrorCode.SQL_FAILED,
            'Perhaps you meant to reference the column "o.amount"',
        ),
        ("SELECT $1", (), ErrorCode.SQL_REJECTED, "0 values are given"),
        ("SELECT $1", ({"a": 1},), ErrorCode.INVALID_ARGUMENT, "a number or a text"),
        ("SELECT 1; SELECT 2", (), ErrorCode.SQL_REJECTED, "only one statement"),
    ],
)
async def test_a_refusal_says_why(
    sandbox_url_file: Path, sql: str, parameters: tuple[Any, ...], code: ErrorCode, words: str
) -> None:
    """Code, sentence and the field that is wrong."""
    async with serving(sandbox_url_file) as (_, link):
        failure = await refused(link, sql, *parameters)

    assert failure.code == code
    assert words in failure.message
    assert (failure.details[0].field or "").startswith("data.")


async def test_fields_are_checked(sandbox_url_file: Path) -> None:
    """Neither text, or a row limit of nothing, is the caller's mistake."""
    async with serving(sandbox_url_file) as (_, link):
        with pytest.raises(RequestFailed, match="sql is missing"):
            await link.request("sql_query", SqlQuery(), answer=SqlAnswer, deadline_s=5)
        assert (await refused(link, "SELECT 1", row_limit=0)).code == ErrorCode.INVALID_ARGUMENT
        query = SqlQuery(query="SELECT 1")
        assert (await link.request("sql_query", query, answer=SqlAnswer, deadline_s=5)).rows == [[1]]


async def test_a_new_table_is_found_without_a_restart(sandbox_url_file: Path, sandbox_owner_url: str) -> None:
    """A refresh reads the schema anew, and the guard knows the table with it."""
    async with serving(sandbox_url_file) as (_, link):
        assert (await refused(link, "SELECT * FROM fresh")).code == ErrorCode.SQL_REJECTED
        with psycopg.connect(sandbox_owner_url, autocommit=True) as owner:
            owner.execute("CREATE TABLE app.fresh AS SELECT 1 AS id")
            owner.execute("GRANT SELECT ON app.fresh TO agent_ro")
            try:
                refresh = CatalogRequest(refresh=True)
                catalog = await link.request("catalog", refresh, answer=CatalogAnswer, deadline_s=20)
                assert "fresh" in [table.name for table in catalog.tables or ()]
                assert (await ask(link, "SELECT * FROM fresh")).rows == [[1]]
            finally:
                owner.execute("DROP TABLE app.fresh")


async def test_a_column_that_is_gone_is_told_and_looked_for(sandbox_url_file: Path, sandbox_owner_url: str) -> None:
    """Its own name is never offered; the schema is read again, also when that was done just now."""
    with psycopg.connect(sandbox_owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE app.book AS SELECT 1 AS id, 2 AS pages")
        owner.execute("GRANT SELECT ON app.book TO agent_ro")
        try:
            async with serving(sandbox_url_file) as (_, link):
                hidden = await refused(link, "WITH b AS (SELECT id FROM book) SELECT pages FROM b")
                assert hidden.message == 'column "pages" does not exist'

                owner.execute("ALTER TABLE app.book RENAME pages TO leaves")
                gone = await refused(link, "SELECT book.pages FROM book")
                assert gone.message == (
                    "column book.pages does not exist. The schema has changed; it is being read again."
                )
                assert gone.details[0].reason == "SQLSTATE 42703"
                columns: set[str] = set()
                while "leaves" not in columns:
                    catalog = await link.request("catalog", CatalogRequest(), answer=CatalogAnswer, deadline_s=20)
                    columns = {column.name for table in catalog.tables or () for column in table.columns}
        finally:
            owner.execute("DROP TABLE app.book")


async def test_the_deadline_of_a_request_reaches_the_database(sandbox_url_file: Path, sandbox_owner_url: str) -> None:
    """The error comes in time, and nothing runs on."""
    sql = "SELECT count(*) FROM big a, big b, big c WHERE a.name || b.name || c.name = 'x'"
    async with serving(sandbox_url_file) as (_, link):
        await ask(link, "SELECT 1")
        failure = await refused(link, sql, deadline_s=1.0)
        assert failure.code == ErrorCode.DEADLINE_EXCEEDED
        with psycopg.connect(sandbox_owner_url, autocommit=True) as owner:
            active = "FROM pg_stat_activity WHERE usename = 'agent_ro' AND query LIKE 'FETCH%' AND state = 'active'"
            while owner.execute(f"SELECT count(*) {active}").fetchone() != (0,):
                await asyncio.sleep(0)


async def test_a_role_that_may_write_is_not_served(tmp_path: Path, sandbox_owner_url: str, sandbox_url: str) -> None:
    """Readiness says what is wrong and how to make a right role; with one, it serves without a restart."""
    file = tmp_path / "url"
    file.write_text(sandbox_owner_url)
    async with serving(file) as (service, link):
        failure = await refused(link, "SELECT 1")
        assert failure.code == ErrorCode.FAILED_PRECONDITION
        assert "superuser" in failure.message
        assert failure.message.endswith("/readyz show the SQL that makes a role which can only read.")
        assert "CREATE ROLE askwire_reader" in check(service, "role").message

        file.write_text(sandbox_url)
        await until(service, "role", ok=True)
        await until(service, "catalog", ok=True)
        assert (await ask(link, "SELECT count(*) FROM orders")).rows == [[200]]


async def test_a_role_that_may_what_everybody_may_is_served(postgres: PostgresServer, tmp_path: Path) -> None:
    """The reader made for a database in the style of PostgreSQL 14 answers at once; the check warns until the end."""
    url = postgres.create_database("old_style")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE TABLE public.t AS SELECT 1 AS id")
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        file = tmp_path / "url"
        file.write_text(make_reader(url, reader="old_style_reader").url)
        async with serving(file) as (service, link):
            assert (await ask(link, "SELECT id FROM t")).rows == [[1]]
            warning = check(service, "role")
            assert warning.ok
            assert "REVOKE CREATE ON SCHEMA public FROM PUBLIC;" in warning.message

            owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            owner.execute("REVOKE TEMPORARY ON DATABASE old_style FROM PUBLIC")
            await link.request("catalog", CatalogRequest(refresh=True), answer=CatalogAnswer, deadline_s=20)
            assert check(service, "role") == Check(name="role", ok=True)


async def test_a_role_that_may_write_is_served_where_that_is_accepted(tmp_path: Path, sandbox_owner_url: str) -> None:
    """Each transaction stays read-only, and the check goes on to warn."""
    file = tmp_path / "url"
    file.write_text(sandbox_owner_url)
    async with serving(file, accept_owner=True) as (service, link):
        assert (await ask(link, "SELECT count(*) FROM salaries")).rows == [[1]]
        assert check(service, "role").ok
        assert "superuser" in check(service, "role").message


async def test_without_a_database_it_says_so(free_port: int, tmp_path: Path, sandbox_url: str) -> None:
    """The process stays up, names the reason, and serves as soon as the database is there."""
    file = tmp_path / "url"
    file.write_text(f"postgresql://a:b@127.0.0.1:{free_port}/x")
    async with serving(file) as (service, link):
        failure = await refused(link, "SELECT 1")
        assert failure.code == ErrorCode.UPSTREAM
        assert "refused" in check(service, "database").message

        file.write_text(sandbox_url)
        await until(service, "catalog", ok=True)
        assert (await ask(link, "SELECT 1")).rows == [[1]]
        assert check(service, "database").ok


async def test_a_database_that_stops_is_told_and_found_again(tmp_path: Path, free_port: int) -> None:
    """While it is away requests fail as UPSTREAM; when it is back they work, with no restart of the agent."""
    folder = Path(tempfile.mkdtemp(prefix="askwire-test-"))
    try:
        server = await asyncio.to_thread(PostgresServer.start, folder, free_port, durable=False)
        file = tmp_path / "url"
        file.write_text(server.superuser_url(database="postgres"))
        async with serving(file, accept_owner=True) as (service, link):
            assert (await ask(link, "SELECT 1")).rows == [[1]]

            await asyncio.to_thread(server.stop)
            assert (await refused(link, "SELECT 1")).code == ErrorCode.UPSTREAM
            assert not (await until(service, "database", ok=False)).ok

            server = await asyncio.to_thread(PostgresServer.start, folder, free_port, durable=False)
            await until(service, "database", ok=True)
            assert (await ask(link, "SELECT 1")).rows == [[1]]
        await asyncio.to_thread(server.stop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_without_a_file_it_says_which(tmp_path: Path) -> None:
    """A missing secret is one sentence of readiness."""
    async with serving(tmp_path / "absent") as (service, link):
        await refused(link, "SELECT 1")
        assert "absent, can't be read: No such file" in check(service, "database").message
    async with serving(None) as (service, link):
        await refused(link, "SELECT 1")
        assert "DATABASE_URL_FILE is not set" in check(service, "database").message


async def test_the_process_runs_and_ends_on_its_signal(sandbox_url_file: Path) -> None:
    """``python -m askwire_data`` serves, writes one audit line for a request, and exits with 0 on SIGTERM."""
    environment = {
        **os.environ,
        "WEBSOCKET_PORT": "0",
        "HTTP_PORT": "0",
        "DATABASE_URL_FILE": str(sandbox_url_file),
        "DRAIN_SECONDS": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "askwire_data", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines: list[dict[str, Any]] = []
    try:
        while not any(line["event"] == "catalog read" for line in lines):
            lines.append(json.loads(await process.stdout.readline()))
        port = next(line["websocket_port"] for line in lines if "websocket_port" in line)
        async with connect(f"ws://127.0.0.1:{port}") as link:
            await ask(link, "SELECT count(*) FROM orders")
        while lines[-1]["event"] != "sql query":
            lines.append(json.loads(await process.stdout.readline()))
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()

    audit = lines[-1]
    assert (audit["tables"], audit["rows"], audit["verdict"]) == (["app.orders"], 1, "answered")
    assert "SELECT" not in json.dumps(audit)
    assert process.returncode == 0
