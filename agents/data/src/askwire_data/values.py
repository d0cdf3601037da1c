"""Read what stands in the tables: number of rows, distinct values, smallest and largest; each in bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection

from askwire_data.catalog_queries import ColumnRow, RelationRow, fetch
from askwire_data.value_index import MAX_CHARACTERS, MAX_VALUES, FoundValues, KeptValues, keep

__all__ = ["ColumnContent", "TableContent", "ValueReader"]

_STATEMENT_MS = 1_500
_COUNTED_ROWS = 200_000
"""Up to so many rows a table is read whole; of a larger one, about as many are sampled."""
_DISTINCT_ROWS = 50_000
"""Up to so many rows distinct numbers are counted; above, the statistics have to do."""
_NUMBERS_AND_DATES = frozenset(
    {"int2", "int4", "int8", "numeric", "float4", "float8", "money", "date", "timestamp", "timestamptz"}
)


class ColumnContent(msgspec.Struct, frozen=True, kw_only=True):
    """What one column holds."""

    distinct: int | None = None
    kept: KeptValues = KeptValues()
    minimum: str | None = None
    maximum: str | None = None


class TableContent(msgspec.Struct, frozen=True, kw_only=True):
    """What one table holds; columns by number."""

    rows: int | None = None
    columns: dict[int, ColumnContent] = {}


class ValueReader:
    """Reads tables until its time is over; later ones then have no values, and a next reading begins with them."""

    def __init__(self, connection: AsyncConnection[Any], *, total_s: float, now_s: Callable[[], float]) -> None:
        self._connection = connection
        self._now_s = now_s
        self._ends_s = now_s() + total_s

    @classmethod
    def on_clock(cls, connection: AsyncConnection[Any], total_s: float) -> ValueReader:
        """Return a reader that ends ``total_s`` seconds from now."""
        return cls(connection, total_s=total_s, now_s=time.monotonic)

    @property
    def exhausted(self) -> bool:
        """True when the time is over."""
        return self._now_s() >= self._ends_s

    async def read(self, table: RelationRow, columns: list[ColumnRow]) -> TableContent:
        """Return what the table holds, as far as bounded queries can tell.

        Raises:
            psycopg.Error: anything but a query that took too long or may not be run.
        """
        if table.hides_rows:
            return TableContent()
        name = f"{_quoted(table.schema)}.{_quoted(table.name)}"
        rows, exact = await self._rows(table, name)
        small = exact and rows is not None and rows <= _COUNTED_ROWS
        contents = await self._ranges(name, columns, rows, small=small)
        for column in columns:
            if column.category == "S":
                contents[column.number] = await self._values(table, name, column, rows, whole=small)
        return TableContent(rows=rows, columns=contents)

    async def _rows(self, table: RelationRow, name: str) -> tuple[int | None, bool]:
        """Return the number of rows, and whether it was counted."""
        if table.tuples is not None and table.tuples > 2 * _COUNTED_ROWS:
            return _rounded(table.tuples), False
        sql = f"SELECT count(*)::text FROM (SELECT FROM {name} LIMIT {_COUNTED_ROWS + 1}) AS bounded"  # noqa: S608
        counted = await self._bounded(int, sql)
        if counted is not None and counted <= _COUNTED_ROWS:
            return counted, True
        if table.tuples is not None and table.tuples > 0:
            return _rounded(table.tuples), False
        return counted, False

    async def _ranges(
        self, name: str, columns: list[ColumnRow], rows: int | None, *, small: bool
    ) -> dict[int, ColumnContent]:
        contents = {column.number: ColumnContent(distinct=_estimate(column, rows)) for column in columns}
        ranged = [column for column in columns if column.base in _NUMBERS_AND_DATES]
        # one query for all columns of a small table; of a large one each by itself, since some have an index
        groups = [ranged] if small else [[column] for column in ranged]
        count_distinct = small and rows is not None and rows <= _DISTINCT_ROWS
        for group in groups:
            if not group:
                continue
            parts = [_range_part(_quoted(column.name), count_distinct) for column in group]
            sql = f"SELECT json_build_array({', '.join(parts)})::text FROM {name}"  # noqa: S608 - quoted names
            found = await self._bounded(list[tuple[str | None, str | None, int | None]], sql)
            for column, (minimum, maximum, distinct) in zip(group, found or (), strict=False):
                contents[column.number] = ColumnContent(
                    minimum=minimum,
                    maximum=maximum,
                    distinct=distinct if distinct is not None else contents[column.number].distinct,
                )
        return contents

    async def _values(
        self, table: RelationRow, name: str, column: ColumnRow, rows: int | None, *, whole: bool
    ) -> ColumnContent:
        source = name if whole else _sample(table, name, _quoted(column.name), rows)
        found = await self._bounded(FoundValues, _values_query(source, _quoted(column.name)))
        estimate = _estimate(column, rows)
        if found is None:
            return ColumnContent(distinct=estimate)
        return ColumnContent(distinct=found.distinct if whole else estimate, kept=keep(found, sampled=not whole))

    async def _bounded(self, kind: type[Any], sql: str) -> Any:
        """Run one query; None when it takes too long or the role may not run it."""
        left_ms = int((self._ends_s - self._now_s()) * 1000)
        if left_ms <= 0:
            return None
        try:
            await self._connection.execute(f"SET statement_timeout = {max(1, min(_STATEMENT_MS, left_ms))}".encode())
            return await fetch(self._connection, kind, sql)
        except psycopg.OperationalError as problem:
            if problem.sqlstate is None or problem.sqlstate.startswith(("08", "57P")):
                raise
            return None
        except (psycopg.DataError, psycopg.ProgrammingError, psycopg.InternalError):
            # a view whose definition fails, a table that was dropped meanwhile, a function without a privilege
            return None


def _values_query(source: str, column: str) -> str:
    limit = MAX_CHARACTERS
    return f"""
        WITH found AS (
          SELECT left({column}::text, {limit + 1}) AS value, count(*) AS times
          FROM {source} WHERE {column} IS NOT NULL GROUP BY 1)
        SELECT json_build_object(
          'distinct', (SELECT count(*) FROM found),
          'too_long', (SELECT count(*) FROM found WHERE length(value) > {limit}),
          'mean_characters', (SELECT avg(length(value)) FROM found),
          'values', (SELECT json_agg(value ORDER BY times DESC, value COLLATE "C")
                     FROM (SELECT value, times FROM found WHERE length(value) <= {limit} AND btrim(value) <> ''
                           ORDER BY times DESC, value COLLATE "C" LIMIT {MAX_VALUES}) AS frequent))::text
    """  # noqa: S608 - names are quoted, numbers are ours


def _sample(table: RelationRow, name: str, column: str, rows: int | None) -> str:
    if table.kind == "v" or rows is None:
        return f"(SELECT {column} FROM {name} LIMIT {_COUNTED_ROWS // 4}) AS first_rows"  # noqa: S608
    percent = min(100.0, 100.0 * _COUNTED_ROWS / max(rows, 1))
    # the same pages each time, so that the catalog's version stays while the table does
    return f"{name} TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (7)"


def _range_part(column: str, count_distinct: bool) -> str:
    distinct = f"count(DISTINCT {column})" if count_distinct else "NULL::bigint"
    return f"json_build_array(min({column})::text, max({column})::text, {distinct})"


def _estimate(column: ColumnRow, rows: int | None) -> int | None:
    if column.labels is not None and column.distinct is None:
        return len(column.labels)
    if column.distinct is None:
        return None
    if column.distinct >= 0:
        return _rounded(column.distinct)
    return _rounded(-column.distinct * rows) if rows is not None else None


def _rounded(number: float) -> int:
    """Return the number with two significant digits, so that an estimate's noise is no change of the catalog."""
    return int(float(f"{number:.1e}")) if number >= 1000 else round(number)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
