"""Complete the database's message about an unknown column: near names, or that the schema has changed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askwire_data.guard.refusal import did_you_mean
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import Catalog

__all__ = ["is_about_schema", "missing_column", "tables_with", "with_changed_schema", "with_near_columns"]

_COLUMN = re.compile(r'column (?:"(.+?)"|[^"]+\.([^".]+)) does not exist')
_SCHEMA_STATES = ("SQLSTATE 42P01", "SQLSTATE 42703")
_UNKNOWN_TABLE = "there is no table"


def is_about_schema(failure: RequestFailed) -> bool:
    """Say whether the failure may mean that the schema is not as the catalog has it."""
    if failure.code == ErrorCode.SQL_REJECTED:
        return failure.message.startswith(_UNKNOWN_TABLE)
    return any(detail.reason in _SCHEMA_STATES for detail in failure.details)


def missing_column(failure: RequestFailed) -> str | None:
    """Return the column that the database does not find, without its table; None where it says something else."""
    match = _COLUMN.search(failure.message)
    if failure.code != ErrorCode.SQL_FAILED or match is None:
        return None
    return match[1] or match[2]


def tables_with(column: str, tables: Sequence[str], catalog: Catalog) -> tuple[str, ...]:
    """Return those of the tables (``schema.name``) in which the catalog has the column."""
    return tuple(name for name, columns in _columns_of(tables, catalog) if column in columns)


def with_near_columns(failure: RequestFailed, missing: str, tables: Sequence[str], catalog: Catalog) -> RequestFailed:
    """Return the failure, with columns near the missing one of the tables that the statement reads."""
    if "Perhaps you meant" in failure.message:
        return failure
    columns = {column for _, names in _columns_of(tables, catalog) for column in names}
    near = did_you_mean(missing, columns - {missing})
    if not near:
        return failure
    return RequestFailed(failure.code, failure.message + near, details=failure.details)


def with_changed_schema(failure: RequestFailed) -> RequestFailed:
    """Return the failure of a statement that is right by the catalog, and wrong by now."""
    sentence = f"{failure.message.rstrip('.')}. The schema has changed; it is being read again."
    return RequestFailed(failure.code, sentence, details=failure.details)


def _columns_of(tables: Sequence[str], catalog: Catalog) -> list[tuple[str, set[str]]]:
    return [
        (f"{table.schema}.{table.name}", {column.name for column in table.columns})
        for table in catalog.tables
        if f"{table.schema}.{table.name}" in tables
    ]
