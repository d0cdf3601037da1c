"""Run an answer as the data agent would: guard, read-only transaction, bounds."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import msgspec

from askwire_data.catalog import read_catalog
from askwire_data.catalog_queries import read_attribute_functions
from askwire_data.column_types import ColumnTypes
from askwire_data.database import TextConnection, text_adapters
from askwire_data.execute import Limits, execute
from askwire_data.guard import Relations, check_statement, relations_of
from askwire_evaluate.cells import Row, row_of
from askwire_evaluate.failures import EvaluationFailed
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.catalog import Catalog
from askwire_protocol.messages.queries import SqlAnswer

__all__ = ["AskedDatabase", "open_database"]

_LIMITS = Limits(max_rows=20_000, max_bytes=16 * 1024 * 1024, timeout_s=20.0)


class AskedDatabase:
    """One database of the evaluation with its catalog."""

    def __init__(self, connection: TextConnection, catalog: Catalog, relations: Relations) -> None:
        self.catalog = catalog
        self._connection = connection
        self._relations = relations
        self._types = ColumnTypes()

    async def run(self, sql: str) -> SqlAnswer:
        """Run one statement.

        Raises:
            RequestFailed: the guard or the server refuses it, it takes too long, or its result is too large.
        """
        statement = check_statement(sql, 0, self._relations)
        executed = await execute(self._connection, statement, (), _LIMITS, self._types)
        # as the asker reads it: what a result becomes on the wire is what is judged
        answer = msgspec.json.decode(msgspec.json.encode(executed), type=SqlAnswer)
        if answer.truncated:
            raise RequestFailed(ErrorCode.TOO_LARGE, f"the result has more than {answer.row_count} rows")
        return answer

    async def rows(self, sql: str) -> list[Row]:
        """Run one statement and return its rows in the form that is compared.

        Raises:
            RequestFailed: as `run`.
        """
        return [row_of(row) for row in (await self.run(sql)).rows]


@contextlib.asynccontextmanager
async def open_database(url: str) -> AsyncIterator[AskedDatabase]:
    """Connect and read the catalog; the role should be one that can only read.

    Raises:
        EvaluationFailed: the role may read nothing.
        psycopg.Error: no connection.
    """
    catalog = await read_catalog(url)
    if not catalog.tables:
        raise EvaluationFailed("A database of the evaluation has no table that can be read.")
    async with await TextConnection.connect(
        url, context=text_adapters(), autocommit=True, prepare_threshold=None, client_encoding="utf8"
    ) as connection:
        relations = relations_of(catalog, await read_attribute_functions(connection))
        yield AskedDatabase(connection, catalog, relations)
