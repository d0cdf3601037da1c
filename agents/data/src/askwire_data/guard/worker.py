"""The guard inside a worker process: it keeps the relations, so that a call carries only the text."""

from __future__ import annotations

from askwire_data.guard.relations import Relations
from askwire_data.guard.statement import GuardedStatement, check_statement
from askwire_protocol.errors import ErrorCode, RequestFailed

__all__ = ["check", "install"]

_installed: list[Relations] = []


def install(relations: Relations) -> None:
    """Keep what statements may read, in this process."""
    _installed[:] = [relations]


def check(sql: str, parameter_count: int) -> GuardedStatement:
    """Check a statement against the relations that were installed.

    Raises:
        RequestFailed: SQL_REJECTED, or FAILED_PRECONDITION where nothing was installed.
    """
    if not _installed:
        raise RequestFailed(ErrorCode.FAILED_PRECONDITION, "The catalog was not read yet; try again in a moment.")
    return check_statement(sql, parameter_count, _installed[0])
