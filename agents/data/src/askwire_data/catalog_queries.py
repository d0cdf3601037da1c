"""Queries of the system catalogs, and the types of what they give; each gives one JSON text."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from psycopg import AsyncConnection, AsyncRawCursor

__all__ = [
    "ColumnRow",
    "ForeignKeyRow",
    "KeyRow",
    "RelationRow",
    "fetch",
    "read_attribute_functions",
    "read_columns",
    "read_foreign_keys",
    "read_keys",
    "read_relations",
]

T = TypeVar("T")


class RelationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One table or view that the role may read."""

    oid: int
    schema: str
    name: str
    kind: str
    comment: str | None = None
    tuples: float | None = None
    """The statistics' number of rows; None or negative where never analysed."""
    changes: str | None = None
    """A text that differs after each write to the table; None where that is not known."""
    hides_rows: bool = False
    """True under row-level security: what is read depends on who reads."""


class ColumnRow(msgspec.Struct, frozen=True, kw_only=True):
    """One column that the role may read."""

    table: int
    number: int
    name: str
    type: str
    category: str
    base: str
    nullable: bool
    comment: str | None = None
    labels: tuple[str, ...] | None = None
    distinct: float | None = None
    """As pg_stats has it: below zero it is a share of the rows."""


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A primary key or a unique index without a condition."""

    table: int
    primary: bool
    columns: tuple[str, ...]


class ForeignKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key, also one that was not validated."""

    table: int
    columns: tuple[str, ...]
    referenced: int
    referenced_columns: tuple[str, ...]


_RELATIONS = """
SELECT coalesce(json_agg(r ORDER BY r.schema, r.name), '[]')::text FROM (
  SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         obj_description(c.oid, 'pg_class') AS comment, leaves.tuples, leaves.changes,
         row_security_active(c.oid)
           OR coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1',
                                             'security_invoker=yes'], false) AS hides_rows
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (
    SELECT CASE WHEN min(l.reltuples) < 0 THEN NULL ELSE sum(l.reltuples) END AS tuples,
           md5(string_agg(concat_ws(' ', l.oid, l.relfilenode, pg_stat_get_tuples_inserted(l.oid),
                                    pg_stat_get_tuples_updated(l.oid), pg_stat_get_tuples_deleted(l.oid)), ','
                          ORDER BY l.oid) FILTER (WHERE l.relkind <> 'v')) AS changes
    FROM (SELECT c.oid WHERE c.relkind <> 'p'
          UNION ALL
          SELECT t.relid::oid FROM pg_partition_tree(c.oid) t WHERE c.relkind = 'p' AND t.isleaf) parts(oid)
    JOIN pg_class l ON l.oid = parts.oid) leaves
  WHERE c.relkind IN ('r', 'v', 'm', 'p')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (cardinality($1::text[]) = 0 OR n.nspname = ANY ($1::text[]))
    AND has_schema_privilege(n.oid, 'USAGE')
    AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
    AND NOT (c.relispartition AND has_any_column_privilege(pg_partition_root(c.oid), 'SELECT'))
    AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) r
"""

_COLUMNS = """
SELECT coalesce(json_agg(r ORDER BY r."table", r.number), '[]')::text FROM (
  SELECT a.attrelid::bigint AS "table", a.attnum AS number, a.attname AS name,
         format_type(a.atttypid, NULL) AS type, t.typcategory AS category, b.typname AS base,
         NOT a.attnotnull AS nullable, col_description(a.attrelid, a.attnum) AS comment,
         (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = b.oid) AS labels,
         s.n_distinct AS distinct
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
                      AND s.inherited = (c.relkind = 'p')
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')) r
"""

_KEYS = """
SELECT coalesce(json_agg(r ORDER BY r."table", r.name), '[]')::text FROM (
  SELECT i.indrelid::bigint AS "table", x.relname AS name, i.indisprimary AS "primary",
         ARRAY(SELECT a.attname FROM generate_series(0, i.indnkeyatts - 1) AS place
               JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place]
               ORDER BY place) AS columns
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
  WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  ) r
"""

_FOREIGN_KEYS = """
SELECT coalesce(json_agg(r ORDER BY r."table", r.name), '[]')::text FROM (
  SELECT k.conrelid::bigint AS "table", k.conname AS name, k.confrelid::bigint AS referenced,
         ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS u(number, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY place) AS columns,
         ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS u(number, place)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY place)
           AS referenced_columns
  FROM pg_constraint k
  WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY ($1::oid[]) AND k.confrelid = ANY ($1::oid[])) r
"""

_ATTRIBUTE_FUNCTIONS = """
SELECT coalesce(json_agg(DISTINCT p.proname), '[]')::text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'pg_catalog' AND (p.provariadic <> 0 OR (p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1))
"""


async def fetch(connection: AsyncConnection[Any], kind: type[T], sql: str, *parameters: object) -> T:
    """Run a query that gives one JSON text, and read it as ``kind``.

    Raises:
        psycopg.Error: the database can't be asked, or refuses.
    """
    cursor = AsyncRawCursor(connection)
    await cursor.execute(sql.encode(), parameters or None)
    row = await cursor.fetchone()
    return msgspec.json.decode(row[0] if row else "null", type=kind)


async def read_relations(connection: AsyncConnection[Any], schemas: tuple[str, ...]) -> list[RelationRow]:
    """Return tables and views, partitions folded into their parents; no schemas means all."""
    return await fetch(connection, list[RelationRow], _RELATIONS, list(schemas))


async def read_columns(connection: AsyncConnection[Any], tables: list[int]) -> list[ColumnRow]:
    """Return the readable columns of these tables, in their order."""
    return await fetch(connection, list[ColumnRow], _COLUMNS, tables)


async def read_keys(connection: AsyncConnection[Any], tables: list[int]) -> list[KeyRow]:
    """Return primary and unique keys."""
    return await fetch(connection, list[KeyRow], _KEYS, tables)


async def read_foreign_keys(connection: AsyncConnection[Any], tables: list[int]) -> list[ForeignKeyRow]:
    """Return foreign keys between these tables."""
    return await fetch(connection, list[ForeignKeyRow], _FOREIGN_KEYS, tables)


async def read_attribute_functions(connection: AsyncConnection[Any]) -> frozenset[str]:
    """Return the names of the server's functions that ``x.name`` could call."""
    return await fetch(connection, frozenset[str], _ATTRIBUTE_FUNCTIONS)
