"""Statements run read-only and bounded, against the real sandbox; the guard is left out to test what lies below it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

from askwire_data.column_types import ColumnTypes
from askwire_data.database import Database
from askwire_data.execute import Limits, execute
from askwire_data.guard import GuardedStatement
from askwire_protocol.codec import decode_data, encode_data
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import SqlAnswer

_SLEEPING = "FROM pg_stat_activity WHERE usename = 'agent_ro' AND wait_event = 'PgSleep'"
_ENDLESS = "SELECT pg_sleep(600)"


async def ask(database: Database, sql: str, *parameters: Any, **limits: Any) -> SqlAnswer:
    """Run a text as it is, as if the guard had let it pass."""
    statement = GuardedStatement(sql=sql, tables=(), parameters=len(parameters))
    async with database.lend(5.0) as connection:
        bounds = Limits(**{"max_rows": 10, "max_bytes": 100_000, "timeout_s": 10.0, **limits})
        encoded = await execute(connection, statement, parameters, bounds, ColumnTypes())
        return decode_data(encode_data(encoded), SqlAnswer)


async def refused(database: Database, sql: str, **limits: Any) -> RequestFailed:
    """Return how the statement failed."""
    with pytest.raises(RequestFailed) as caught:
        await ask(database, sql, **limits)
    return caught.value


async def wait_until_sleeping(owner_url: str, count: int) -> None:
    """Return when so many of the role's statements sleep in the server."""
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        while True:
            row = await (await connection.execute(f"SELECT count(*) {_SLEEPING}")).fetchone()
            if row == (count,):
                return


async def test_values_keep_their_types(database: Database) -> None:
    """Columns are named by PostgreSQL's types, and values are what JSON carries exactly."""
    answer = await ask(
        database,
        "SELECT 1 AS a, 12.50 AS b, 9007199254740993 AS c, 'x%s' AS d, NULL AS e, date '2024-01-31' AS f, "
        "ARRAY[1, NULL] AS g, interval '1 day' AS h, '\\xff'::bytea AS i, '{\"k\": 1}'::jsonb AS j, 'a' AS a",
    )

    assert [(column.name, column.type) for column in answer.columns] == [
        *[("a", "integer"), ("b", "numeric"), ("c", "bigint"), ("d", "text"), ("e", "text"), ("f", "date")],
        *[("g", "integer[]"), ("h", "interval"), ("i", "bytea"), ("j", "jsonb"), ("a", "text")],
    ]
    assert answer.rows == [
        [1, 12.5, "9007199254740993", "x%s", None, "2024-01-31", [1, None], "P1D", "\\xff", '{"k": 1}', "a"]
    ]


async def test_parameters_are_bound(database: Database) -> None:
    """A value is a value, whatever stands in it."""
    answer = await ask(
        database, "SELECT $1::text, $2 + 1, $3::bool, $4::text, $5::numeric", "'; --", 1, True, None, 2.5
    )

    assert answer.rows == [["'; --", 2, True, None, 2.5]]


async def test_rows_are_capped(database: Database) -> None:
    """The cap is said."""
    answer = await ask(database, "SELECT * FROM generate_series(1, 100)", max_rows=3)

    assert answer.rows == [[1], [2], [3]]
    assert answer.row_count == 3
    assert answer.truncated


async def test_bytes_are_capped(database: Database) -> None:
    """Few wide rows end at the byte cap."""
    answer = await ask(database, "SELECT repeat('x', 400) FROM generate_series(1, 10)", max_bytes=1000)

    assert answer.row_count == 2
    assert answer.truncated


async def test_a_huge_value_is_cut_in_the_server(database: Database) -> None:
    """Fifty million characters never come here."""
    answer = await ask(database, "SELECT repeat('x', 50000000)", max_bytes=100_000)

    assert answer.rows == [["x" * 65_536]]
    assert answer.truncated


async def test_the_order_of_the_statement_stays(database: Database) -> None:
    """Cutting texts does not lose ORDER BY."""
    answer = await ask(database, "SELECT name FROM app.big ORDER BY id DESC -- last first", max_rows=2)

    assert answer.rows == [["name 50000"], ["name 49999"]]


async def test_many_rows_come_in_batches(database: Database) -> None:
    """Nothing is lost or doubled between batches."""
    answer = await ask(database, "SELECT id FROM app.big ORDER BY id", max_rows=5000, max_bytes=1_000_000)

    assert answer.rows == [[number] for number in range(1, 5001)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO app.big VALUES (1)",
        "COMMIT; DROP TABLE app.orders",
        "SET transaction_read_only = off",
        "WITH d AS (DELETE FROM app.orders RETURNING 1) SELECT * FROM d",
        "SELECT 1) AS q(c1); DROP TABLE app.orders; --",
        "SELECT nextval('app.orders_id_seq')",
        "COPY app.orders TO STDOUT",
        "SELECT * INTO app.copied FROM app.orders",
    ],
)
async def test_a_write_fails_without_the_guard_too(database: Database, sandbox_owner_url: str, sql: str) -> None:
    """Cursor, transaction and role each refuse; the connection is of use afterwards."""
    failure = await refused(database, sql)

    assert failure.code == ErrorCode.SQL_FAILED
    assert (await ask(database, "SELECT count(*) FROM app.orders")).rows == [[200]]


async def test_nothing_is_left_in_the_session(database: Database) -> None:
    """Even a superuser's function could not change what the next request finds."""
    await ask(database, "SELECT set_config('app.tenant_id', '2', false), set_config('search_path', 'secret', false)")

    answer = await ask(database, "SELECT count(*), current_setting('app.tenant_id') FROM app.orders")
    assert answer.rows == [[200, "1"]]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT 1 / (id - id) FROM app.big", "division by zero"),
        ("SELECT name::int FROM app.big", "a text can't be read"),
        ("SELECT 1 FROM secret.salaries", "permission denied for schema secret"),
        ("SELECT card_number FROM app.customers", "permission denied for table customers"),
        ("SELECT array_fill(1, ARRAY[100000000, 100])", "array size exceeds"),
        ("SELECT repeat('[', 5000)::text || repeat(']', 5000), (repeat('[', 70) || repeat(']', 70))::json", "nested"),
    ],
)
async def test_a_message_holds_no_data(database: Database, sql: str, words: str) -> None:
    """The server's own words are passed on only where they speak of the query."""
    failure = await refused(database, sql)

    assert failure.code == ErrorCode.SQL_FAILED
    assert words in failure.message
    assert "name 1" not in failure.message


async def test_an_error_has_its_place(database: Database) -> None:
    """The position is in the text of the one who asked."""
    failure = await refused(database, "SELECT 'ü', nope FROM app.big")

    assert 'column "nope" does not exist' in failure.message
    assert failure.details[0].position == 12
    assert failure.details[0].reason == "SQLSTATE 42703"


async def test_the_deadline_ends_the_query_in_the_server(database: Database, sandbox_owner_url: str) -> None:
    """The error is ours, and nothing goes on behind it."""
    failure = await refused(database, _ENDLESS, timeout_s=0.3)

    assert failure.code == ErrorCode.DEADLINE_EXCEEDED
    await wait_until_sleeping(sandbox_owner_url, 0)
    assert (await ask(database, "SELECT 1")).rows == [[1]]


async def test_a_cancelled_caller_ends_the_query_in_the_server(database: Database, sandbox_owner_url: str) -> None:
    """Whoever leaves takes the query along."""
    task = asyncio.create_task(ask(database, _ENDLESS, timeout_s=50.0))
    await wait_until_sleeping(sandbox_owner_url, 1)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_until_sleeping(sandbox_owner_url, 0)
    assert (await ask(database, "SELECT 1")).rows == [[1]]


async def test_a_server_that_ignores_cancel_is_left(database: Database) -> None:
    """Padding looks at no cancel; the socket is closed, and the next request gets a connection."""
    failure = await refused(database, "SELECT length(format('%300000000s', 'x'))", timeout_s=0.2)

    assert failure.code == ErrorCode.DEADLINE_EXCEEDED
    assert (await ask(database, "SELECT 1")).rows == [[1]]


async def test_a_backend_that_is_killed_is_an_upstream_error(database: Database, sandbox_owner_url: str) -> None:
    """It is said that the connection was lost, and the next request works."""
    task = asyncio.create_task(refused(database, _ENDLESS, timeout_s=50.0))
    await wait_until_sleeping(sandbox_owner_url, 1)
    with psycopg.connect(sandbox_owner_url, autocommit=True) as owner:
        owner.execute(f"SELECT pg_terminate_backend(pid) {_SLEEPING}")

    assert (await task).code == ErrorCode.UPSTREAM
    assert (await ask(database, "SELECT 1")).rows == [[1]]


async def test_more_requests_than_connections_take_turns(database: Database) -> None:
    """Two connections serve ten requests."""
    answers = await asyncio.gather(*(ask(database, "SELECT $1::int", number) for number in range(10)))

    assert [answer.rows for answer in answers] == [[[number]] for number in range(10)]


async def test_waiting_requests_are_bounded(database: Database) -> None:
    """Above the bound the refusal comes at once."""
    outcomes = await asyncio.gather(*(ask(database, "SELECT 1") for _ in range(60)), return_exceptions=True)

    codes = {outcome.code for outcome in outcomes if isinstance(outcome, RequestFailed)}
    assert codes == {ErrorCode.OVERLOADED}


async def test_a_database_that_is_away_is_told(tmp_path: Path, free_port: int, sandbox_url: str) -> None:
    """The error names the reason; when the URL is right again, it works without a restart."""
    file = tmp_path / "url"
    file.write_text(f"postgresql://someone:secret@127.0.0.1:{free_port}/nowhere")
    database = Database(str(file), max_connections=2)
    await database.open()
    try:
        failure = await refused(database, "SELECT 1")
        assert failure.code == ErrorCode.UPSTREAM
        assert "refused" in failure.message
        assert "secret" not in failure.message

        file.write_text(sandbox_url)
        while database.link.failure is not None:
            with contextlib.suppress(RequestFailed):
                await ask(database, "SELECT 1")
        assert (await ask(database, "SELECT 1")).rows == [[1]]
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "can't be read: No such file"), ("", "is empty"), ("nonsense", "is no libpq URL")],
)
async def test_a_wrong_file_is_one_sentence(tmp_path: Path, content: str | None, words: str) -> None:
    """What is wrong with the URL's file is said, without what stands in it."""
    file = tmp_path / "url"
    if content is not None:
        file.write_text(content)
    database = Database(str(file), max_connections=1)
    await database.open()
    try:
        failure = await refused(database, "SELECT 1")
    finally:
        await database.close()

    assert failure.code == ErrorCode.UPSTREAM
    assert words in failure.message
    assert str(os.fspath(file)) in failure.message or "libpq" in failure.message


async def test_another_url_takes_effect(tmp_path: Path, sandbox_url: str, sandbox_owner_url: str) -> None:
    """Idle connections of the old URL are closed."""
    file = tmp_path / "url"
    file.write_text(sandbox_url)
    database = Database(str(file), max_connections=2)
    await database.open()
    try:
        await database.renew()
        assert (await ask(database, "SELECT current_user")).rows == [["agent_ro"]]
        file.write_text(sandbox_owner_url)
        await database.renew()
        assert (await ask(database, "SELECT current_user")).rows == [["postgres"]]
    finally:
        await database.close()
