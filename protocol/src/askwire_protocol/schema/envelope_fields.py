"""The fields of the envelope: what they mean, and which kinds of messages have them."""

from __future__ import annotations

import msgspec

from askwire_protocol.schema.table import Kind

__all__ = ["ENVELOPE_MEANINGS", "SHAPES", "Shape"]

ENVELOPE_MEANINGS = {
    "type": "what the message is; up to 64 letters, digits and `_ . -`",
    "message_id": "the requester's name for a request, 1 to 128 characters of `A-Z a-z 0-9 _ . : + = @ -`; may be left "
    "out where the answer comes at once (`heartbeat`, `health_check`, `stats`, `describe`, `hello`) or there is none",
    "response_to": "the `message_id` that this message belongs to; in every answer, progress and error, where the "
    "request had one that could be read",
    "client_id": "in messages of an agent: the id that it gave to this connection; in requests: any text",
    "timestamp": "when it was sent (ISO 8601 in UTC in what Askwire sends); any text or number is accepted",
    "data": "the payload; every answer has it, but that to a heartbeat",
    "error": "what went wrong; in messages of type `error` alone",
    "server_time": "heartbeat_response: clock of the agent, in seconds of the epoch",
    "from": "heartbeat_response, connection_established: name of the agent",
    "echo": "heartbeat_response: the heartbeat's `timestamp`, unless that is a text above 64 characters",
    "status": "heartbeat_response: ok, degraded (not ready), overloaded (at its limit of requests) or draining",
    "in_flight": "heartbeat_response: requests in work",
    "queued": "heartbeat_response: jobs that wait for a worker process",
    "loop_lag_ms": "heartbeat_response: the longest delay of the agent's event loop in the last seconds",
    "instance_id": "heartbeat_response: random for each process, so that a restart is seen",
    "v": "version of the protocol that the request is written in, as `1.1`; another major version is refused",
    "seq": "progress_update, result_chunk: 0, 1, 2, … for each request, one count for both",
    "deadline_ms": "time that the request may take, from its arrival; never above the agent's own limit",
    "attempt": "number of the attempt, from a requester that tries again; handed to the agent's handler",
    "traceparent": "trace of the requester (W3C); handed to the agent's handler",
    "tracestate": "as `traceparent`; read and not used",
    "final": "answer: true after chunks, which it ends",
    "idempotency_key": "the same key and type: the same effect, and the remembered answer; each process of an agent "
    "keeps its newest 256 answers up to 256 KiB, none in chunks",
    "accept": "`chunks` for rows in parts before the answer, where the type can do so; other words are ignored",
    "credit": "how many chunks may be sent before the requester takes some; 8 where it is left out",
    "chunk_bytes": "read and not used yet",
}
"""What the fields of the envelope mean; those of payloads are told where they are defined."""


class Shape(msgspec.Struct, frozen=True):
    """The envelope of one kind of message; ``type`` and ``data`` come on top."""

    fields: tuple[str, ...]
    required: tuple[str, ...] = ()


_FROM_PORT = ("client_id", "timestamp")
_TRACE = ("traceparent", "tracestate")
_ASKED = ("message_id", *_FROM_PORT, "v", *_TRACE)
_LIMITED = (
    "message_id",
    *_FROM_PORT,
    "v",
    "deadline_ms",
    "idempotency_key",
    "attempt",
    "accept",
    "credit",
    "chunk_bytes",
    *_TRACE,
)
_PULSE = ("server_time", "from", "echo", "status", "in_flight", "queued", "loop_lag_ms", "instance_id")
SHAPES = {
    Kind.REQUEST: Shape(_LIMITED, ("message_id",)),
    Kind.CONTROL: Shape(_ASKED),
    Kind.HEARTBEAT: Shape(_ASKED),
    Kind.NOTICE: Shape(_ASKED),
    Kind.PART: Shape(("response_to", "seq", *_FROM_PORT), ("response_to",)),
    Kind.EVENT: Shape((*_FROM_PORT, "from")),
    Kind.ERROR: Shape(("response_to", *_FROM_PORT, "error"), ("error",)),
    Kind.ANSWER: Shape(("response_to", *_FROM_PORT, "final"), ("response_to",)),
    Kind.CONTROL_ANSWER: Shape(("response_to", *_FROM_PORT)),
    Kind.PULSE: Shape(("response_to", *_FROM_PORT, *_PULSE)),
}
