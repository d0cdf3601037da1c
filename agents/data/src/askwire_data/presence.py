"""Ask the database whether a column of the catalog is still there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncRawCursor

from askwire_data.deadline import run_bounded
from askwire_protocol.errors import RequestFailed

__all__ = ["is_column_gone"]

_LOOK_S = 1.0
_QUERY = """
SELECT count(*)::text FROM json_array_elements_text($1::json) AS wanted (label)
WHERE NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname || '.' || c.relname = wanted.label AND a.attname = $2 AND NOT a.attisdropped)
"""


async def is_column_gone(
    connection: AsyncConnection[Any], tables: Sequence[str], column: str, *, timeout_s: float
) -> bool:
    """Say whether one of the tables (``schema.name``) has no such column any more; False where it can't be found out.

    Takes at most the time given, or about a second.
    """
    try:
        return await run_bounded(connection, _ask(connection, tables, column), min(timeout_s, _LOOK_S))
    except (psycopg.Error, RequestFailed):
        # the caller has a failure to report already, which this only explains
        return False


async def _ask(connection: AsyncConnection[Any], tables: Sequence[str], column: str) -> bool:
    cursor = AsyncRawCursor(connection)
    await cursor.execute(_QUERY, (msgspec.json.encode(tables).decode(), column))
    row = await cursor.fetchone()
    return row is not None and row[0] != "0"
