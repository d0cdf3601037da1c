"""WebSocket close codes that peers of this protocol use, and what the other side does after each."""

from __future__ import annotations

import enum

import msgspec

__all__ = ["CLOSE_CODES", "NOT_TEXT", "CloseCode", "CloseSpec", "Reconnect"]

NOT_TEXT = "messages are text frames"
"""Reason that goes with ``UNSUPPORTED_DATA``."""


class CloseCode(enum.IntEnum):
    """Close codes of RFC 6455 that are used here, and ours from 4400 on."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    INVALID_TEXT = 1007
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    TRY_LATER = 1013
    BAD_MESSAGES = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NO_COMMON_VERSION = 4406
    HELLO_TIMEOUT = 4408
    TOO_MANY_CONNECTIONS = 4429
    SLOW_CONSUMER = 4430
    HEARTBEAT_MISSED = 4440


class Reconnect(enum.StrEnum):
    """What a client does after the close."""

    NEVER = "never"
    AT_ONCE = "at once, with jitter of up to 1 s"
    BACKOFF = "with backoff"
    LATER = "later, backoff not reset"
    NEW_CREDENTIALS = "once, with new credentials"


class CloseSpec(msgspec.Struct, frozen=True):
    """One row of the table of close codes."""

    code: CloseCode
    reconnect: Reconnect
    meaning: str


_ROWS = (
    (CloseCode.NORMAL, Reconnect.NEVER, "done"),
    (CloseCode.GOING_AWAY, Reconnect.BACKOFF, "the process ends without drain"),
    (CloseCode.PROTOCOL_ERROR, Reconnect.BACKOFF, "frame error"),
    (CloseCode.UNSUPPORTED_DATA, Reconnect.BACKOFF, "binary frame; messages are text"),
    (CloseCode.INVALID_TEXT, Reconnect.BACKOFF, "text that is not UTF-8"),
    (CloseCode.POLICY, Reconnect.LATER, "repeated abuse"),
    (CloseCode.TOO_BIG, Reconnect.BACKOFF, "message far above the limit; do not send it again"),
    (CloseCode.INTERNAL, Reconnect.BACKOFF, "internal error or keepalive timeout"),
    (CloseCode.RESTART, Reconnect.AT_ONCE, "end of drain"),
    (CloseCode.TRY_LATER, Reconnect.LATER, "overloaded or too many connections"),
    (CloseCode.BAD_MESSAGES, Reconnect.NEVER, "undecodable messages again and again"),
    (CloseCode.UNAUTHENTICATED, Reconnect.NEW_CREDENTIALS, "credentials missing, wrong or expired"),
    (CloseCode.FORBIDDEN, Reconnect.NEVER, "known but not allowed"),
    (CloseCode.NO_COMMON_VERSION, Reconnect.NEVER, "no common protocol version"),
    (CloseCode.HELLO_TIMEOUT, Reconnect.BACKOFF, "hello did not come in time"),
    (CloseCode.TOO_MANY_CONNECTIONS, Reconnect.LATER, "too many connections of this client"),
    (CloseCode.SLOW_CONSUMER, Reconnect.BACKOFF, "did not read within the write deadline"),
    (CloseCode.HEARTBEAT_MISSED, Reconnect.BACKOFF, "heartbeats were not answered"),
)
CLOSE_CODES: dict[CloseCode, CloseSpec] = {row[0]: CloseSpec(*row) for row in _ROWS}
