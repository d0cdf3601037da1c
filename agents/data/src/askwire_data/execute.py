"""Run one guarded statement: read-only transaction, named cursor, caps on rows, bytes and cells."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncRawServerCursor, pq

from askwire_data.background import run_in_background
from askwire_data.cells import CellType, TooDeep
from askwire_data.column_types import ColumnTypes
from askwire_data.database import TextConnection
from askwire_data.deadline import run_bounded
from askwire_data.failures import failure_of
from askwire_data.guard import GuardedStatement
from askwire_data.row_stream import RowStream
from askwire_data.rows import Rows
from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages import ChunkSummary, ResultColumn

__all__ = ["EncodedAnswer", "Limits", "execute"]

_CURSOR = "askwire"
_DECLARE_PREFIX = len(f'DECLARE "{_CURSOR}" NO SCROLL CURSOR FOR ')
_BATCH_ROWS = 1000
_BATCH_BYTES = 48 * 1024 * 1024
_CELL_CHARACTERS = 65_536
_NARROW_BYTES = 256
_CONVERTED_ON_LOOP = 2000
"""Values that are converted at once without leaving the event loop (about a millisecond)."""

_SET_LIMITS = """
SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', '2000', true),
       set_config('idle_in_transaction_session_timeout', '60000', true),
       set_config('search_path', 'pg_catalog, pg_temp', true),
       set_config('cursor_tuple_fraction', '1', true),
       set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'iso_8601', true),
       set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true),
       current_setting('transaction_read_only')
"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one answer."""

    max_rows: int
    max_bytes: int
    timeout_s: float


class EncodedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``SqlAnswer`` is on the wire, with rows that are JSON already."""

    columns: tuple[ResultColumn, ...]
    rows: msgspec.Raw
    row_count: int
    truncated: bool
    elapsed_ms: float
    summary: ChunkSummary | None = None


async def execute(
    connection: TextConnection,
    statement: GuardedStatement,
    parameters: Sequence[Any],
    limits: Limits,
    types: ColumnTypes,
    stream: RowStream | None = None,
) -> EncodedAnswer:
    """Run the statement and return its rows; the transaction is always rolled back.

    With a stream, rows of a result that does not fit into one batch are sent as they come, and the answer has none.
    Cancelling it cancels the query in PostgreSQL; the connection is then closed.

    Raises:
        RequestFailed: SQL_FAILED, DEADLINE_EXCEEDED, UPSTREAM, OVERLOADED.
    """
    started_s = time.monotonic()
    run = _Run(connection, statement, tuple(parameters), limits, types, stream)
    try:
        columns, rows = await run_bounded(connection, run.run(), limits.timeout_s)
    except psycopg.Error as error:
        raise failure_of(error, position=run.position_of(error)) from error
    except (TooDeep, UnicodeError, RecursionError, ValueError) as problem:
        text = "the result holds a value that can't be carried: " + str(problem)
        raise RequestFailed(ErrorCode.SQL_FAILED, text, details=(ErrorDetail(field="data.sql"),)) from problem
    return EncodedAnswer(
        columns=columns,
        rows=rows.take(),
        row_count=rows.count,
        truncated=rows.truncated,
        elapsed_ms=round((time.monotonic() - started_s) * 1000, 3),
        summary=stream.summary(rows.count) if stream is not None else None,
    )


class _Run:
    def __init__(
        self,
        connection: TextConnection,
        statement: GuardedStatement,
        parameters: tuple[Any, ...],
        limits: Limits,
        types: ColumnTypes,
        stream: RowStream | None,
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._statement = statement
        # None, not an empty tuple: the statement then is sent with its $ and % as they are
        self._parameters = parameters or None
        self._limits = limits
        self._types = types
        self._analysing = False

    def position_of(self, error: psycopg.Error) -> int | None:
        """Return the place of an error in the caller's text, where the server named one."""
        place = error.diag.statement_position
        if place is None or not self._analysing:
            return None
        return self._statement.original_position(int(place) - 1 - _DECLARE_PREFIX)

    async def run(self) -> tuple[tuple[ResultColumn, ...], Rows]:
        connection = self._connection
        await connection.execute("BEGIN TRANSACTION READ ONLY")
        try:
            await self._set_limits()
            return await self._read()
        finally:
            if connection.pgconn.transaction_status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR):
                await connection.execute("ROLLBACK")

    async def _set_limits(self) -> None:
        # our own query goes first: after it the transaction's mode can't be changed any more
        timeout_ms = str(max(1, round(self._limits.timeout_s * 1000)))
        cursor = psycopg.AsyncRawCursor(self._connection)
        await cursor.execute(_SET_LIMITS, (timeout_ms,))
        row = await cursor.fetchone()
        if row is None or row[-1] != "on":
            raise RequestFailed(ErrorCode.INTERNAL, "The transaction is not read-only; nothing was run.")

    async def _read(self) -> tuple[tuple[ResultColumn, ...], Rows]:
        cursor = AsyncRawServerCursor(self._connection, _CURSOR, scrollable=False)
        try:
            self._analysing = True
            await cursor.execute(self._statement.sql, self._parameters)
            self._analysing = False
            description = cursor.description or []
            kinds = await self._types.resolve(self._connection, [column.type_code for column in description])
            columns = tuple(
                ResultColumn(name=column.name, type=kind.name) for column, kind in zip(description, kinds, strict=True)
            )
            cell_characters = min(_CELL_CHARACTERS, max(256, self._limits.max_bytes // max(1, len(kinds))))
            if any(kind.is_wide for kind in kinds):
                await cursor.execute(_with_capped_cells(self._statement.sql, kinds, cell_characters), self._parameters)
            rows = Rows(
                kinds,
                max_rows=self._limits.max_rows,
                max_bytes=self._limits.max_bytes,
                max_characters=cell_characters,
            )
            await self._fetch(cursor, columns, rows, _batch_rows(kinds, cell_characters))
            return columns, rows
        finally:
            # the ROLLBACK that follows ends the cursor in the server; this only tells the driver's object
            await cursor.close()

    async def _fetch(
        self, cursor: AsyncRawServerCursor[Any], columns: tuple[ResultColumn, ...], rows: Rows, batch_rows: int
    ) -> None:
        stream, more = self._stream, True
        while more:
            size = min(batch_rows, rows.wanted)
            batch = await cursor.fetchmany(size)
            if len(batch) * rows.width <= _CONVERTED_ON_LOOP:
                rows.add(batch)
            else:
                await run_in_background(rows.add, batch)
            more = len(batch) == size and rows.wanted > 0
            if stream is not None and (more or stream.begun):
                await stream.send(columns, rows.take())


def _with_capped_cells(sql: str, kinds: Sequence[CellType], max_characters: int) -> str:
    """Let the server cut texts, so that one value of a gigabyte never comes to this process.

    One character above the cap is asked for, to know that there was more.
    """
    names = [f"c{number}" for number in range(1, len(kinds) + 1)]
    # the function by its schema: the statement's own text can't change what it means
    cells = [
        f"pg_catalog.left(q.{name}::pg_catalog.text, {max_characters + 1})" if kind.is_wide else f"q.{name}"
        for name, kind in zip(names, kinds, strict=True)
    ]
    return f"SELECT {', '.join(cells)} FROM (\n{sql}\n) AS q({', '.join(names)})"  # noqa: S608 - guarded before


def _batch_rows(kinds: Sequence[CellType], max_characters: int) -> int:
    widest = sum(max_characters if kind.is_wide else _NARROW_BYTES for kind in kinds)
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, widest)))
