"""Read the fields of ``sql_query``."""

from __future__ import annotations

import dataclasses
from typing import Any

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages import SqlQuery

__all__ = ["Query", "read_query"]

_MAX_PARAMETERS = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """What is asked, with every field in its bounds."""

    sql: str
    parameters: tuple[Any, ...]
    max_rows: int


def read_query(data: SqlQuery, *, row_limit: int) -> Query:
    """Return the query.

    Raises:
        RequestFailed: INVALID_ARGUMENT with the field's path.
    """
    if data.sql is None and data.query is None:
        raise _invalid("data.sql", "sql is missing: the statement to run")
    if data.sql is not None and data.query is not None and data.sql != data.query:
        raise _invalid("data.query", "sql and query say different things; give one of them")
    if data.row_limit is not None and data.row_limit < 1:
        raise _invalid("data.row_limit", "row_limit must be at least 1")
    if len(data.parameters) > _MAX_PARAMETERS:
        raise _invalid("data.parameters", f"there are more than {_MAX_PARAMETERS} parameters")
    for number, value in enumerate(data.parameters):
        _check_parameter(f"data.parameters[{number}]", value)
    return Query(
        sql=data.sql if data.sql is not None else data.query or "",
        parameters=data.parameters,
        max_rows=min(row_limit, data.row_limit or row_limit),
    )


def _check_parameter(field: str, value: Any) -> None:
    if value is None or isinstance(value, (bool, int, float)):
        return
    if not isinstance(value, str):
        raise _invalid(field, "a parameter may be null, a boolean, a number or a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _invalid(field, "the text holds a character that is no Unicode text (a lone surrogate)") from None
    if "\0" in value:
        raise _invalid(field, "the text holds a NUL character")


def _invalid(field: str, sentence: str) -> RequestFailed:
    return RequestFailed(ErrorCode.INVALID_ARGUMENT, sentence, details=(ErrorDetail(field=field, reason=sentence),))
