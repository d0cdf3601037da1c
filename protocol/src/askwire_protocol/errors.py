"""Error codes, the error body on the wire, and the exceptions of this distribution.

    ProtocolError
    ├── MessageError     a peer's message is wrong; answered with an error, the connection stays usable
    ├── RequestFailed    the one terminal outcome of a request that did not succeed
    └── ConnectionFailed no usable connection to the peer (refused, no welcome, lost)

``ERROR_CODES`` is the table that code, documentation and schemas are made from.
"""

from __future__ import annotations

import enum
from typing import Any

import msgspec

__all__ = [
    "ERROR_CODES",
    "ERROR_TYPE",
    "ConnectionFailed",
    "ErrorBody",
    "ErrorCode",
    "ErrorDetail",
    "ErrorSpec",
    "MessageError",
    "ProtocolError",
    "RequestFailed",
]


ERROR_TYPE = "server_error"


class ErrorCode(enum.StrEnum):
    """Stable class of an error; a peer decides by it, never by the message."""

    INVALID_MESSAGE = "INVALID_MESSAGE"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    UNSUPPORTED_VERSION = "UNSUPPORTED_VERSION"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    NOT_FOUND = "NOT_FOUND"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    DUPLICATE_ID = "DUPLICATE_ID"
    TOO_LARGE = "TOO_LARGE"
    OVERLOADED = "OVERLOADED"
    DRAINING = "DRAINING"
    NO_AGENT = "NO_AGENT"
    CONNECTION_LOST = "CONNECTION_LOST"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    CANCELLED = "CANCELLED"
    UPSTREAM = "UPSTREAM"
    SQL_REJECTED = "SQL_REJECTED"
    SQL_FAILED = "SQL_FAILED"
    CHART_FAILED = "CHART_FAILED"
    INTERNAL = "INTERNAL"


class ErrorSpec(msgspec.Struct, frozen=True):
    """One row of the table of error codes.

    ``not_executed`` is True where the request provably did not start, None where that is unknown.
    """

    code: ErrorCode
    retryable: bool
    not_executed: bool | None
    http_status: int
    meaning: str


_ROWS = (
    (ErrorCode.INVALID_MESSAGE, False, True, 400, "the message is not a valid envelope"),
    (ErrorCode.UNKNOWN_TYPE, False, True, 501, "this peer does not answer messages of that type"),
    (ErrorCode.INVALID_ARGUMENT, False, True, 400, "a field of the request is missing or out of range"),
    (ErrorCode.UNSUPPORTED_VERSION, False, True, 400, "the protocol version is not spoken here"),
    (ErrorCode.UNAUTHENTICATED, False, True, 401, "credentials are missing, wrong or expired"),
    (ErrorCode.PERMISSION_DENIED, False, True, 403, "not allowed, or not existing for this caller"),
    (ErrorCode.NOT_FOUND, False, True, 404, "what the request names does not exist"),
    (ErrorCode.FAILED_PRECONDITION, False, True, 409, "something has to be done first; the message says what"),
    (ErrorCode.DUPLICATE_ID, False, True, 409, "a request with this message_id is still in flight"),
    (ErrorCode.TOO_LARGE, False, True, 413, "the message or a field is above its limit"),
    (ErrorCode.OVERLOADED, True, True, 429, "the limit of requests is reached; try later"),
    (ErrorCode.DRAINING, True, True, 503, "the peer is shutting down; try another one at once"),
    (ErrorCode.NO_AGENT, True, True, 503, "no agent that answers this type is connected"),
    (ErrorCode.CONNECTION_LOST, False, None, 502, "the connection was lost before the answer came"),
    (ErrorCode.DEADLINE_EXCEEDED, False, None, 504, "the request's time is over"),
    (ErrorCode.CANCELLED, False, None, 499, "the requester cancelled"),
    (ErrorCode.UPSTREAM, True, None, 502, "something that the agent depends on failed"),
    (ErrorCode.SQL_REJECTED, False, True, 422, "the guard refuses this SQL"),
    (ErrorCode.SQL_FAILED, False, None, 422, "the database refuses this SQL"),
    (ErrorCode.CHART_FAILED, False, None, 422, "no chart can be made of these rows"),
    (ErrorCode.INTERNAL, False, None, 500, "a defect of the agent; its log has the cause"),
)
ERROR_CODES: dict[ErrorCode, ErrorSpec] = {row[0]: ErrorSpec(*row) for row in _ROWS}


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One machine-readable fact about an error."""

    field: str | None = None
    """Path of the field that is wrong, as in ``data.row_limit``."""
    reason: str | None = None
    """What is wrong, in a few words."""
    position: int | None = None
    """Offset in the text that was refused, in characters from 0."""
    upstream: str | None = None
    """What failed behind the agent, as ``database``."""


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The ``error`` member of an error message.

    ``type`` is always ``ERROR_TYPE``; the class of the error is in ``code``, which peers of protocol 1.0 ignore.
    """

    message: str
    """One sentence for people."""
    type: str = msgspec.field(default_factory=lambda: ERROR_TYPE)  # a factory, because plain defaults are not sent
    code: str | None = None
    """A value of ``ErrorCode``, or one that a newer peer has."""
    retryable: bool | None = None
    """Whether the same request may succeed later."""
    not_executed: bool | None = None
    """True where the request provably did not start."""
    retry_after_ms: int | None = None
    """How long to wait before trying again."""
    details: tuple[ErrorDetail, ...] = ()


class ProtocolError(Exception):
    """Root of this distribution's errors."""


class MessageError(ProtocolError):
    """A message from a peer is wrong; ``message_id`` is set where it could be read."""

    def __init__(self, code: ErrorCode, message: str, *, message_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_id = message_id


class RequestFailed(ProtocolError):
    """The terminal error of one request; raised by handlers to answer so, and by clients when answered so."""

    def __init__(
        self,
        code: ErrorCode | str,
        message: str,
        *,
        details: tuple[ErrorDetail, ...] = (),
        retryable: bool | None = None,
        not_executed: bool | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        try:
            known: ErrorCode | str = ErrorCode(code)
        except ValueError:
            known = code
        spec = ERROR_CODES.get(known) if isinstance(known, ErrorCode) else None
        self.code = known
        self.message = message
        self.details = details
        self.retryable = retryable if retryable is not None else bool(spec and spec.retryable)
        self.not_executed = not_executed if not_executed is not None else (spec.not_executed if spec else None)
        self.retry_after_ms = retry_after_ms

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions with keyword-only state do not survive pickling by default; workers raise these across processes.
        return (
            _rebuild,
            (str(self.code), self.message, self.details, self.retryable, self.not_executed, self.retry_after_ms),
        )

    def body(self) -> ErrorBody:
        """Return the body that goes on the wire."""
        return ErrorBody(
            message=self.message,
            code=str(self.code),
            retryable=self.retryable,
            not_executed=self.not_executed,
            retry_after_ms=self.retry_after_ms,
            details=self.details,
        )

    @classmethod
    def of(cls, body: ErrorBody) -> RequestFailed:
        """Rebuild the failure from its body; an error without a code (protocol 1.0) becomes INTERNAL."""
        return cls(
            body.code or ErrorCode.INTERNAL,
            body.message,
            details=body.details,
            retryable=body.retryable,
            not_executed=body.not_executed,
            retry_after_ms=body.retry_after_ms,
        )


def _rebuild(
    code: str,
    message: str,
    details: tuple[ErrorDetail, ...],
    retryable: bool,
    not_executed: bool | None,
    retry_after_ms: int | None,
) -> RequestFailed:
    return RequestFailed(
        code, message, details=details, retryable=retryable, not_executed=not_executed, retry_after_ms=retry_after_ms
    )


class ConnectionFailed(ProtocolError):
    """There is no usable connection to ``url``; ``reason`` says why in one clause.

    ``lasting`` is True where trying again soon is of no use: somebody has to mend credentials or certificates first.
    """

    def __init__(self, url: str, reason: str, *, lasting: bool = False) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.lasting = lasting
