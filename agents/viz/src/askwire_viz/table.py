"""Take the rows of a request apart into columns, and refuse what is too much or does not fit together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages.queries import ResultColumn
from askwire_viz.labels import make_plain

__all__ = ["MAX_CELLS", "MAX_COLUMNS", "MAX_ROWS", "Table", "TableColumn", "read_table"]

MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELLS = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class TableColumn:
    """``name`` is plain text for people; ``type`` is the base of the PostgreSQL type, "" where unknown."""

    name: str
    type: str
    cells: list[Any]  # whatever JSON holds


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length."""

    columns: tuple[TableColumn, ...]
    row_count: int


def read_table(columns: Sequence[ResultColumn | str], rows: Sequence[list[Any] | dict[str, Any]]) -> Table:
    """Make the table of a request.

    Raises:
        RequestFailed: INVALID_ARGUMENT where rows and columns do not fit, TOO_LARGE above the limits.
    """
    if len(rows) > MAX_ROWS:
        raise _too_large(f"{len(rows):,} rows were sent, a chart takes at most {MAX_ROWS:,}", "data.rows")
    names, types = _read_columns(columns, rows)
    if len(names) > MAX_COLUMNS:
        raise _too_large(f"{len(names)} columns were sent, a chart takes at most {MAX_COLUMNS}", "data.columns")
    if len(names) * len(rows) > MAX_CELLS:
        raise _too_large(
            f"{len(names) * len(rows):,} values were sent, a chart takes at most {MAX_CELLS:,}", "data.rows"
        )
    arrays = [_read_row(row, names, index) for index, row in enumerate(rows)]
    cells = [list(values) for values in zip(*arrays, strict=True)] if arrays else [[] for _ in names]
    made = tuple(
        TableColumn(make_plain(name, 80) or f"column {position}", _base_type(kind), values)
        for position, (name, kind, values) in enumerate(zip(names, types, cells, strict=True), start=1)
    )
    return Table(made, len(rows))


def _read_columns(
    columns: Sequence[ResultColumn | str], rows: Sequence[list[Any] | dict[str, Any]]
) -> tuple[list[str], list[str]]:
    if columns:
        names = [column if isinstance(column, str) else column.name for column in columns]
        return names, ["" if isinstance(column, str) else column.type for column in columns]
    if not rows:
        return [], []
    if not isinstance(rows[0], dict):
        raise RequestFailed(
            ErrorCode.INVALID_ARGUMENT,
            "columns are missing: rows that are arrays need the names of their columns",
            details=(ErrorDetail(field="data.columns"),),
        )
    names = list(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))
    return names, [""] * len(names)


def _read_row(row: list[Any] | dict[str, Any], names: list[str], index: int) -> list[Any]:
    if isinstance(row, dict):
        return [row.get(name) for name in names]
    if len(row) != len(names):
        raise RequestFailed(
            ErrorCode.INVALID_ARGUMENT,
            f"row {index} has {len(row)} values for {len(names)} columns",
            details=(ErrorDetail(field=f"data.rows[{index}]"),),
        )
    return row


def _base_type(kind: str) -> str:
    # "numeric(10,2)" -> "numeric", "timestamp(3) without time zone" -> "timestamp"; arrays keep their brackets.
    lowered = kind.strip().lower()
    if lowered.endswith("[]"):
        return "array"
    return lowered.split("(", 1)[0].split(" with", 1)[0].strip()


def _too_large(message: str, field: str) -> RequestFailed:
    return RequestFailed(ErrorCode.TOO_LARGE, message, details=(ErrorDetail(field=field),))
