"""Complete the database's message about an unknown column with the names that are near."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askwire_data.guard.refusal import did_you_mean
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import Catalog

__all__ = ["is_about_schema", "with_near_columns"]

_COLUMN = re.compile(r'column "?(?:[^".\s]+\.)?([^"\s]+)"? does not exist')
_SCHEMA_STATES = ("SQLSTATE 42P01", "SQLSTATE 42703")
_UNKNOWN_TABLE = "there is no table"


def is_about_schema(failure: RequestFailed) -> bool:
    """Say whether the failure may mean that the schema is not as the catalog has it."""
    if failure.code == ErrorCode.SQL_REJECTED:
        return failure.message.startswith(_UNKNOWN_TABLE)
    return any(detail.reason in _SCHEMA_STATES for detail in failure.details)


def with_near_columns(failure: RequestFailed, tables: Sequence[str], catalog: Catalog) -> RequestFailed:
    """Return the failure, with near columns of the tables that the statement reads."""
    match = _COLUMN.search(failure.message)
    if failure.code != ErrorCode.SQL_FAILED or match is None or "Perhaps you meant" in failure.message:
        return failure
    columns = [
        column.name for table in catalog.tables if f"{table.schema}.{table.name}" in tables for column in table.columns
    ]
    near = did_you_mean(match[1], columns)
    if not near:
        return failure
    return RequestFailed(failure.code, failure.message + near, details=failure.details)
