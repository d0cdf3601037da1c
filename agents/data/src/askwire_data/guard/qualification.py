"""Decide which relation or type a name means, and write the schema into the text where it was left out."""

from __future__ import annotations

import dataclasses

from askwire_data.guard.refusal import did_you_mean, refuse
from askwire_data.guard.relations import Relations, quote_identifier

__all__ = ["Insertion", "insert", "resolve_table", "resolve_type"]


@dataclasses.dataclass(frozen=True, slots=True)
class Insertion:
    """``text`` goes in front of the character at ``position``."""

    position: int
    text: str


def insert(sql: str, insertions: list[Insertion]) -> str:
    """Return ``sql`` with the insertions; every other character stays."""
    for insertion in sorted(insertions, key=lambda item: item.position, reverse=True):
        sql = sql[: insertion.position] + insertion.text + sql[insertion.position :]
    return sql


def resolve_table(relations: Relations, schema: str | None, name: str, position: int | None) -> str:
    """Return the schema of a table that may be read.

    Raises:
        RequestFailed: SQL_REJECTED; the sentence names near tables of the catalog, never others.
    """
    schemas = relations.tables.get(name, ())
    if schema is not None:
        if schema in schemas:
            return schema
        written = f"{quote_identifier(schema)}.{quote_identifier(name)}"
        raise refuse(f"there is no table {written} that may be read{_near_table(relations, name, schema)}", position)
    if len(schemas) == 1:
        return schemas[0]
    if schemas:
        choices = " or ".join(f"{quote_identifier(item)}.{quote_identifier(name)}" for item in schemas)
        raise refuse(f"the table {quote_identifier(name)} is in more than one schema; write {choices}", position)
    raise refuse(
        f"there is no table {quote_identifier(name)} that may be read{_near_table(relations, name, None)}", position
    )


def resolve_type(relations: Relations, schema: str | None, name: str, position: int | None) -> str:
    """Return the schema of a type that some column of the catalog has.

    Raises:
        RequestFailed: SQL_REJECTED.
    """
    schemas = relations.types.get(name, ())
    if schema is not None and schema in schemas:
        return schema
    if schema is None and len(schemas) == 1:
        return schemas[0]
    raise refuse(
        f"the type {quote_identifier(name)} may not be used{did_you_mean(name, relations.types)}",
        position,
    )


def _near_table(relations: Relations, name: str, schema: str | None) -> str:
    qualified = {
        table.lower(): [f"{quote_identifier(item)}.{quote_identifier(table)}" for item in schemas]
        for table, schemas in relations.tables.items()
    }
    exact = qualified.get(name.lower())
    if exact:
        return f"; did you mean {' or '.join(exact[:3])}?"
    near = did_you_mean(name, (quote_identifier(table) for table in relations.tables))
    if near or schema is None:
        return near
    return did_you_mean(f"{schema}.{name}", relations.table_names())
