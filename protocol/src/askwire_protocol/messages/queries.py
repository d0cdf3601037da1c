"""``sql_query``: one guarded, read-only statement and its rows."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["ChunkSummary", "ResultColumn", "SqlAnswer", "SqlQuery"]


class SqlQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One SELECT; ``query`` is accepted in place of ``sql``."""

    sql: str | None = None
    """One statement; the guard says what is wrong with it (``SQL_REJECTED``)."""
    query: str | None = None
    """The name that protocol 1.0 has for ``sql``."""
    parameters: tuple[Any, ...] = ()
    """Values for ``$1``, ``$2``, …; only null, booleans, numbers and texts."""
    row_limit: int | None = None
    """Lowers the agent's own limit, never raises it."""


class ResultColumn(msgspec.Struct, frozen=True, kw_only=True):
    """Name and PostgreSQL type of a result column."""

    name: str
    type: str
    """PostgreSQL's name of the type, as in the catalog."""


class ChunkSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the receiver of chunks should have at the end; in the answer that follows them."""

    chunks: int
    rows: int
    """Number of rows in all chunks together."""
    digest: str
    """SHA-256 (hex) of the JSON arrays of all chunks, one after another."""


class SqlAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as arrays in the order of ``columns``.

    Numbers are delivered as doubles where that loses less than 1e-12 of their value (a long fraction, as of an
    average, is rounded to 15 significant digits), and as exact texts above 2^53. NaN, infinities and dates are texts
    as well; the column's type says what they are.
    """

    columns: tuple[ResultColumn, ...]
    rows: list[list[Any]]
    row_count: int
    """Number of rows delivered, in chunks too."""
    truncated: bool = False
    """True when the row or byte limit cut the result."""
    elapsed_ms: float = 0.0
    """From the request to its last row."""
    summary: ChunkSummary | None = None
    """Set when the rows came before, in ``result_chunk`` messages; ``rows`` is then empty."""
