"""Read the catalog: everything that may be asked of the database, with a version that tells every change."""

from __future__ import annotations

import contextlib
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from psycopg import AsyncConnection

from askwire_data.background import run_in_background
from askwire_data.catalog_queries import (
    ColumnRow,
    ForeignKeyRow,
    KeyRow,
    RelationRow,
    read_columns,
    read_foreign_keys,
    read_keys,
    read_relations,
)
from askwire_data.value_index import KeptValues, fit
from askwire_data.values import ColumnContent, TableContent, ValueReader
from askwire_protocol.messages import Catalog, Column, ForeignKey, Table

__all__ = ["MAX_VALUE_BYTES", "CatalogReader", "read_catalog"]

MAX_VALUE_BYTES = 2 * 1024 * 1024
"""Size of all values of all columns together."""

_TOTAL_S = 20.0
_STRUCTURE_MS = 10_000
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view"}


class _Structure(msgspec.Struct, frozen=True, kw_only=True):
    relations: list[RelationRow]
    columns: dict[int, list[ColumnRow]]
    keys: dict[int, list[KeyRow]]
    foreign_keys: dict[int, list[ForeignKeyRow]]


class CatalogReader:
    """Reads again and again; values of tables that nobody wrote to since are taken from the reading before.

    What views show can change without a trace, so they are read each time.
    """

    def __init__(self, schemas: tuple[str, ...], *, total_s: float = _TOTAL_S) -> None:
        self._schemas = schemas
        self._total_s = total_s
        self._contents: dict[int, tuple[object, TableContent]] = {}

    async def read(self, connection: AsyncConnection[Any], *, anew: bool = False) -> Catalog:
        """Read the catalog; the connection's session settings are changed, its data never.

        With ``anew`` all values are read again: the server's counters of writes may lag by some seconds.

        Raises:
            psycopg.Error: the database can't be asked.
        """
        await connection.execute("SET default_transaction_read_only = on")
        await connection.execute("SET search_path = pg_catalog, pg_temp")
        await connection.execute("SET DateStyle = 'ISO'")
        await connection.execute(f"SET statement_timeout = {_STRUCTURE_MS}".encode())
        structure = await _read_structure(connection, self._schemas)
        reader = ValueReader.on_clock(connection, self._total_s)
        contents: dict[int, tuple[object, TableContent]] = {}
        if anew:
            self._contents.clear()
        for relation in structure.relations:
            columns = structure.columns.get(relation.oid, [])
            state = (relation.changes, tuple(columns), relation.hides_rows)
            known = self._contents.get(relation.oid)
            if known is not None and known[0] == state and relation.changes is not None:
                contents[relation.oid] = known
                continue
            content = await reader.read(relation, columns)
            # a table that the time did not suffice for is read first at the next reading
            contents[relation.oid] = (None if reader.exhausted else state, content)
        self._contents = contents
        return await run_in_background(_assemble, structure, {oid: kept[1] for oid, kept in contents.items()})


async def read_catalog(source: AsyncConnection[Any] | str, schemas: Iterable[str] = ()) -> Catalog:
    """Read the catalog over a connection in autocommit, or of the database at a libpq URL; no schemas means all.

    Raises:
        psycopg.Error: the database can't be asked.
    """
    async with _connected(source) as connection:
        return await CatalogReader(tuple(schemas)).read(connection)


@contextlib.asynccontextmanager
async def _connected(source: AsyncConnection[Any] | str) -> AsyncIterator[AsyncConnection[Any]]:
    if isinstance(source, str):
        async with await AsyncConnection.connect(source, autocommit=True) as connection:
            yield connection
    else:
        yield source


async def _read_structure(connection: AsyncConnection[Any], schemas: tuple[str, ...]) -> _Structure:
    relations = await read_relations(connection, schemas)
    oids = [relation.oid for relation in relations]
    columns: dict[int, list[ColumnRow]] = defaultdict(list)
    for column in await read_columns(connection, oids):
        columns[column.table].append(column)
    keys: dict[int, list[KeyRow]] = defaultdict(list)
    for key in await read_keys(connection, oids):
        keys[key.table].append(key)
    foreign_keys: dict[int, list[ForeignKeyRow]] = defaultdict(list)
    for foreign_key in await read_foreign_keys(connection, oids):
        foreign_keys[foreign_key.table].append(foreign_key)
    return _Structure(relations=relations, columns=columns, keys=keys, foreign_keys=foreign_keys)


def _assemble(structure: _Structure, contents: dict[int, TableContent]) -> Catalog:
    fitted = fit(
        {
            (oid, number): column.kept
            for oid, content in contents.items()
            for number, column in content.columns.items()
            if column.kept.values
        },
        MAX_VALUE_BYTES,
    )
    names = {relation.oid: relation for relation in structure.relations}
    readable = {oid: {column.name for column in columns} for oid, columns in structure.columns.items()}
    tables = tuple(
        _table(relation, structure, contents[relation.oid], fitted, names, readable)
        for relation in structure.relations
        if structure.columns.get(relation.oid)
    )
    digest = hashlib.sha256(msgspec.json.encode(tables)).hexdigest()
    return Catalog(version=digest[:16], tables=tables)


def _table(
    relation: RelationRow,
    structure: _Structure,
    content: TableContent,
    fitted: dict[tuple[int, int], KeptValues],
    names: dict[int, RelationRow],
    readable: dict[int, set[str]],
) -> Table:
    oid = relation.oid
    keys = [key for key in structure.keys.get(oid, ()) if set(key.columns) <= readable[oid]]
    return Table(
        schema=relation.schema,
        name=relation.name,
        kind=_KINDS[relation.kind],
        comment=relation.comment,
        rows=content.rows,
        columns=tuple(
            _column(column, content.columns.get(column.number, ColumnContent()), fitted.get((oid, column.number)))
            for column in structure.columns[oid]
        ),
        primary_key=next((key.columns for key in keys if key.primary), ()),
        unique_keys=tuple(key.columns for key in keys if not key.primary),
        foreign_keys=tuple(
            ForeignKey(
                columns=key.columns,
                schema=names[key.referenced].schema,
                table=names[key.referenced].name,
                referenced_columns=key.referenced_columns,
            )
            for key in structure.foreign_keys.get(oid, ())
            if set(key.columns) <= readable[oid] and set(key.referenced_columns) <= readable.get(key.referenced, set())
        ),
    )


def _column(row: ColumnRow, content: ColumnContent, fitted: KeptValues | None) -> Column:
    kept = fitted or content.kept
    if row.labels is not None:
        kept = KeptValues(values=row.labels, complete=True)
    return Column(
        name=row.name,
        type=row.type,
        nullable=row.nullable,
        comment=row.comment,
        distinct=content.distinct,
        values=kept.values,
        values_complete=kept.complete,
        minimum=content.minimum,
        maximum=content.maximum,
    )
