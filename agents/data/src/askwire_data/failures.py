"""Say what a PostgreSQL error means for the one who asked.

The server's own words are passed on only for classes whose messages are made of the query's text; a message about data
(``invalid input syntax for type integer: "…"``) could carry values of rows, so those get a sentence of ours.
"""

from __future__ import annotations

import psycopg

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed

__all__ = ["failure_of", "unreachable"]

_OWN_WORDS = {
    "21000": "a subquery that may give one row gave more",
    "22003": "a number is out of its type's range",
    "22007": "a text can't be read as a date or time",
    "22008": "a date or time is out of range",
    "22012": "division by zero",
    "2201B": "a regular expression is not valid",
    "22021": "a text holds bytes that its encoding does not allow",
    "22023": "an argument of a function is out of range",
    "22P02": "a text can't be read as the type that is wanted there",
    "25006": "the statement would write; only reading is possible",
    "53100": "the query needs more disk than there is",
    "53200": "the query needs more memory than the database gives",
    "53400": "the query needs more temporary space than the role may use",
    "55P03": "a table is locked by somebody else; try again",
    "40001": "the database changed while the query ran; try again",
    "40P01": "the query stood in another's way; try again",
}
_PASSED_ON = ("42", "0A", "54", "3F")
"""Classes whose messages name only what stands in the query: syntax, names, types, features, limits."""


def failure_of(error: psycopg.Error, *, position: int | None = None) -> RequestFailed:
    """Return the failure for an error of the driver; ``position`` is in the caller's text."""
    state = error.sqlstate or ""
    if state == "57014":
        return RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "The query took longer than its time and was stopped.")
    if state == "53300":
        return RequestFailed(ErrorCode.OVERLOADED, "The database takes no more connections.", retry_after_ms=1000)
    if state.startswith(("08", "57P")) or (not state and isinstance(error, psycopg.OperationalError)):
        return unreachable("the connection to the database was lost")
    sentence = _sentence(error, state)
    detail = ErrorDetail(field="data.sql", reason=f"SQLSTATE {state or 'unknown'}", position=position)
    return RequestFailed(ErrorCode.SQL_FAILED, sentence, details=(detail,))


def unreachable(reason: str) -> RequestFailed:
    """Return the failure of a request that the database could not be asked for."""
    return RequestFailed(
        ErrorCode.UPSTREAM,
        f"The database can't be reached: {reason}",
        details=(ErrorDetail(upstream="database", reason=reason),),
        retry_after_ms=1000,
    )


def _sentence(error: psycopg.Error, state: str) -> str:
    if state in _OWN_WORDS:
        return _OWN_WORDS[state]
    if state.startswith(_PASSED_ON):
        message = error.diag.message_primary or "the database refuses the statement"
        hint = error.diag.message_hint
        return f"{message}. {hint}" if hint else message
    return f"the database refuses the statement (SQLSTATE {state or 'unknown'})"
