"""Know types by their OIDs; PostgreSQL names them only there in a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, AsyncRawCursor

from askwire_data.cells import CellType

__all__ = ["ColumnTypes"]

_QUERY = """
SELECT json_agg(json_build_object(
         'oid', t.oid::bigint, 'name', format_type(t.oid, NULL), 'base', coalesce(e.typname, t.typname),
         'is_array', e.oid IS NOT NULL, 'delimiter', coalesce(e.typdelim, ','),
         'is_wide', t.typlen < 0 AND t.typname <> 'numeric'))::text
FROM pg_catalog.pg_type t
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE t.oid = ANY ($1::oid[])
"""


class ColumnTypes:
    """A cache of types; OIDs of user types may be used again after a DROP, so ``clear`` it when the schema changes."""

    def __init__(self) -> None:
        self._known: dict[int, CellType] = {}

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()

    async def resolve(self, connection: AsyncConnection[Any], oids: Sequence[int]) -> list[CellType]:
        """Return the type of each OID, asking the database for those that are new.

        Raises:
            psycopg.Error: the database can't be asked.
        """
        missing = sorted({oid for oid in oids if oid not in self._known})
        if missing:
            cursor = AsyncRawCursor(connection)
            await cursor.execute(_QUERY, ("{" + ",".join(map(str, missing)) + "}",))
            row = await cursor.fetchone()
            for kind in msgspec.json.decode(row[0] or "[]", type=list[CellType]) if row else []:
                self._known[kind.oid] = kind
        return [self._known.get(oid) or CellType(oid=oid, name="unknown") for oid in oids]
