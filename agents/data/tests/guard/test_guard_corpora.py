"""Every line of the two collections of statements does on a real server what the line says."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from askwire_data.column_types import ColumnTypes
from askwire_data.database import Database
from askwire_data.execute import Limits, execute
from askwire_data.guard import MAX_SQL_BYTES, GuardedStatement, Relations, check_statement
from askwire_protocol.codec import decode_data, encode_data
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import SqlAnswer

_SHARED = Path(os.environ.get("ASKWIRE_SHARED") or Path(__file__).parents[4].parent / "shared")
_LIMITS = Limits(max_rows=1000, max_bytes=1024 * 1024, timeout_s=1.0)
_MEMORY_KIB = 300 * 1024
_STATE = """
SELECT md5(string_agg(o::text, ',' ORDER BY id)),
       (SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM app.customers c),
       (SELECT count(*) FROM pg_class WHERE relnamespace IN ('app'::regnamespace, 'public'::regnamespace)),
       (SELECT last_value FROM app.orders_id_seq)
FROM app.orders o
"""


def _lines(name: str) -> list[Any]:
    file = _SHARED / "corpora" / name
    if not file.is_file():
        reason = f"{name} is absent: {file} (set ASKWIRE_SHARED)"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id=f"{name} is absent")]
    lines = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    return [pytest.param(line, id=line["id"]) for line in lines]


def _text(line: dict[str, str]) -> str:
    prefix = "@generate: "
    if not line["sql"].startswith(prefix):
        return line["sql"]
    names = {"map": map, "range": range, "str": str}
    return str(eval(line["sql"].removeprefix(prefix), {"__builtins__": names}))  # noqa: S307 - our own data


async def _ask(database: Database, relations: Relations, sql: str, *parameters: Any) -> SqlAnswer | RequestFailed:
    try:
        statement = check_statement(sql, len(parameters), relations)
        async with database.lend(5.0) as connection:
            encoded = await execute(connection, statement, parameters, _LIMITS, ColumnTypes())
            return decode_data(encode_data(encoded), SqlAnswer)
    except RequestFailed as failed:
        return failed


def _state(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(_STATE).fetchone()


def _fits(expectation: str, outcome: SqlAnswer | RequestFailed) -> bool:
    """Say whether an outcome is among those that the line allows, whose words come before the colon."""
    allowed = expectation.partition(":")[0]
    if isinstance(outcome, SqlAnswer):
        if "allow" in allowed or "a harmless plan" in allowed or "bound as a parameter" in allowed:
            return True
        if "normal answer" in expectation:
            return True
        return "truncate" in allowed and outcome.truncated
    kinds = {
        ErrorCode.SQL_REJECTED: ("reject_guard", "reject_size"),
        ErrorCode.SQL_FAILED: ("reject_db",),
        ErrorCode.DEADLINE_EXCEEDED: ("timeout", "truncate"),
    }
    if any((detail.reason or "").startswith(("SQLSTATE 53", "SQLSTATE 54")) for detail in outcome.details):
        # the role's limit of temporary files was reached before the time was over: a bound like it
        return "timeout" in expectation or "reject_db" in expectation
    return any(kind in expectation for kind in kinds.get(ErrorCode(outcome.code), ()))


@pytest.mark.parametrize("line", _lines("hostile_sql.jsonl"))
async def test_a_hostile_statement_is_refused_or_bounded(
    line: dict[str, str], database: Database, relations: Relations, sandbox_owner_url: str
) -> None:
    """The outcome is one that the line allows, nothing changed, memory is bounded, the database still answers."""
    before, memory = _state(sandbox_owner_url), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    outcome = await _ask(database, relations, _text(line))

    assert _fits(line["expect"], outcome), outcome
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < _MEMORY_KIB
    after = await _ask(database, relations, "SELECT count(*) FROM app.customers")
    assert isinstance(after, SqlAnswer)
    assert after.rows == [[50]]
    assert _state(sandbox_owner_url) == before


@pytest.mark.parametrize("line", _lines("hostile_sql.jsonl"))
async def test_a_hostile_statement_changes_nothing_without_the_guard(
    line: dict[str, str], database: Database, sandbox_owner_url: str
) -> None:
    """Were the guard wrong, role, read-only transaction and cursor would still hold."""
    before = _state(sandbox_owner_url)
    statement = GuardedStatement(sql=_text(line)[:MAX_SQL_BYTES], tables=(), parameters=0)

    with contextlib.suppress(RequestFailed):
        async with database.lend(5.0) as connection:
            await execute(connection, statement, (), replace(_LIMITS, timeout_s=0.3), ColumnTypes())

    assert _state(sandbox_owner_url) == before


@pytest.mark.parametrize("line", _lines("hostile_sql.jsonl"))
async def test_a_hostile_text_as_a_parameter_is_only_a_value(
    line: dict[str, str], database: Database, relations: Relations
) -> None:
    """A hostile text that is bound comes back as it was sent, and finds no row."""
    text = line["sql"]
    if not set(text) <= set(string.printable):
        text = text.encode("ascii", "ignore").decode().replace("\0", "")

    outcome = await _ask(database, relations, "SELECT $1::text, count(*) FROM customers WHERE name = $1", text)

    assert isinstance(outcome, SqlAnswer), outcome
    assert outcome.rows == [[text, 0]]


@pytest.mark.parametrize("line", _lines("benign_sql.jsonl"))
async def test_a_benign_statement_runs(line: dict[str, str], database: Database, relations: Relations) -> None:
    """A statement that harms nobody is never refused."""
    outcome = await _ask(database, relations, line["sql"])

    assert isinstance(outcome, SqlAnswer), outcome
    assert outcome.columns
