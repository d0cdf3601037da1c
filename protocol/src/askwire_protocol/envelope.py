"""The envelope: the one JSON object that every message is.

The field names of protocol 1.0 (``type``, ``message_id``, ``response_to``, ``client_id``, ``timestamp``, ``data``,
``error``, and those of the heartbeat) keep their meaning for ever; everything else is optional.
"""

from __future__ import annotations

import msgspec

from askwire_protocol.errors import ErrorBody

__all__ = [
    "ANSWERS",
    "CONTROL_TYPES",
    "FEATURES",
    "MAX_ANSWER_BYTES",
    "NO_DATA",
    "PROTOCOL_VERSION",
    "PROTOCOL_VERSIONS",
    "SUBPROTOCOL",
    "Envelope",
    "answer_type",
]

PROTOCOL_VERSION = "1.1"
PROTOCOL_VERSIONS = ("1.0", "1.1")
SUBPROTOCOL = "askwire.v1"
NO_DATA = msgspec.Raw()
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Largest message that the asking side reads; a larger one would cost the connection and all that is in flight."""

FEATURES = ("cancel", "chunks", "describe", "goaway", "hello", "progress")
"""What a peer of this version understands beyond protocol 1.0; new message types go only to peers that list them."""

CONTROL_TYPES = frozenset({"heartbeat", "health_check", "stats", "describe"})
"""Types that every agent answers at once, before any limit on requests."""

ANSWERS = {
    "generate_chart": "chart_generation_response",
    "export_chart": "chart_export_response",
}
"""Answer types that are not simply ``<type>_response``."""


def answer_type(request_type: str) -> str:
    """Return the type of the message that answers ``request_type``."""
    return ANSWERS.get(request_type, f"{request_type}_response")


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message; ``data`` stays undecoded until somebody knows its type."""

    type: str
    message_id: str | None = None
    response_to: str | None = None
    client_id: str | None = None
    timestamp: str | float | None = None
    data: msgspec.Raw = NO_DATA
    error: ErrorBody | None = None

    # heartbeat_response, flat as in protocol 1.0
    server_time: float | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    echo: str | float | None = None
    status: str | None = None
    in_flight: int | None = None
    queued: int | None = None
    loop_lag_ms: float | None = None
    instance_id: str | None = None

    # optional since 1.1
    v: str | None = None
    seq: int | None = None
    final: bool | None = None
    deadline_ms: float | None = None
    idempotency_key: str | None = None
    attempt: int | None = None
    accept: tuple[str, ...] | None = None
    credit: int | None = None
    chunk_bytes: int | None = None
    traceparent: str | None = None
    tracestate: str | None = None
