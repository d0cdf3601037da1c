"""The requests that a peer sent us, until each got its one outcome (no I/O: messages in, events and messages out)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection

from askwire_protocol.close_codes import CloseCode
from askwire_protocol.codec import decode, decode_data, encode, encode_data
from askwire_protocol.envelope import CONTROL_TYPES, PROTOCOL_VERSION, PROTOCOL_VERSIONS, Envelope, answer_type
from askwire_protocol.errors import ErrorBody, ErrorCode, MessageError, RequestFailed
from askwire_protocol.messages.agents import Cancel, Progress, Welcome

__all__ = ["Accepted", "CancelAsked", "ControlAsked", "Ignored", "Incoming", "IncomingEvent", "Pulse", "Refused"]

_MAX_BAD_MESSAGES = 5
_MAX_ECHO = 64
_MAJOR = PROTOCOL_VERSION.partition(".")[0]
_NEVER_ANSWERED = frozenset({"heartbeat_response", "error"})
"""Or two peers could answer each other for ever."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pulse:
    """How a process is at this moment; part of each heartbeat's answer."""

    status: str = "ok"
    in_flight: int = 0
    queued: int = 0
    loop_lag_ms: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """A request to work on; ``deadline_s`` is its remaining time, already bounded by our maximum."""

    envelope: Envelope
    message_id: str
    deadline_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class ControlAsked:
    """A heartbeat, health_check, stats or describe: to be answered at once."""

    envelope: Envelope


@dataclasses.dataclass(frozen=True, slots=True)
class CancelAsked:
    """The peer gave up one of its requests, which is in work here: stop, then end it as any other."""

    message_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """The message was answered with an error; ``close`` is set when the connection has to end after it."""

    reply: bytes
    code: ErrorCode
    close: CloseCode | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Ignored:
    """A message that needs no answer."""

    reason: str


IncomingEvent = Accepted | ControlAsked | CancelAsked | Refused | Ignored


class Incoming:
    """Table of one peer's requests in work, and the maker of everything that is sent to it.

    Each request gets exactly one terminal message: after it, further ones of the same id return None.
    """

    def __init__(
        self,
        *,
        sender: str,
        client_id: str,
        instance_id: str,
        types: Collection[str],
        max_message_bytes: int,
        max_in_flight: int,
        max_deadline_s: float,
        timestamp: Callable[[], str],
    ) -> None:
        self._sender = sender
        self.client_id = client_id
        self._instance_id = instance_id
        self._types = frozenset(types)
        self._max_message_bytes = max_message_bytes
        self._max_in_flight = max_in_flight
        self._max_deadline_s = max_deadline_s
        self._timestamp = timestamp
        self._types_in_work: dict[str, str] = {}
        self._sequence: dict[str, int] = {}
        self._bad_in_a_row = 0
        self.draining = False

    def __len__(self) -> int:
        return len(self._types_in_work)

    def in_work(self) -> tuple[str, ...]:
        """Return the ids of the requests without an outcome."""
        return tuple(self._types_in_work)

    def receive(self, message: bytes | str) -> IncomingEvent:
        """Take one message of the peer and say what to do with it."""
        try:
            envelope = decode(message, max_bytes=self._max_message_bytes)
        except MessageError as problem:
            return self._refuse_malformed(problem)
        self._bad_in_a_row = 0
        return self.receive_envelope(envelope)

    def receive_envelope(self, envelope: Envelope) -> IncomingEvent:
        """Take one decoded message of the peer and say what to do with it."""
        kind = envelope.type
        if kind in CONTROL_TYPES:
            return ControlAsked(envelope)
        if kind == "cancel":
            return self._cancel(envelope)
        if kind in _NEVER_ANSWERED:
            return Ignored(f"{kind} needs no answer")
        if envelope.response_to is not None:
            return self._refuse(envelope, ErrorCode.INVALID_MESSAGE, "This side sent no request that you could answer.")
        if kind not in self._types:
            known = ", ".join(sorted(self._types | CONTROL_TYPES))
            return self._refuse(envelope, ErrorCode.UNKNOWN_TYPE, f"Unknown type {kind!r}; known are {known}.")
        return self._admit(envelope)

    def _admit(self, envelope: Envelope) -> IncomingEvent:
        message_id = envelope.message_id
        if message_id is None:
            return self._refuse(envelope, ErrorCode.INVALID_MESSAGE, f"{envelope.type} needs a message_id.")
        if message_id in self._types_in_work:
            text = f"A request with message_id {message_id} is still in work."
            return self._refuse(envelope, ErrorCode.DUPLICATE_ID, text)
        if not _spoken(envelope.v):
            text = f"This side speaks the protocol versions {', '.join(PROTOCOL_VERSIONS)}."
            return self._refuse(envelope, ErrorCode.UNSUPPORTED_VERSION, text)
        if self.draining:
            return self._refuse(envelope, ErrorCode.DRAINING, "This process is shutting down; ask another one.")
        if len(self._types_in_work) >= self._max_in_flight:
            return self._refuse(
                envelope,
                ErrorCode.OVERLOADED,
                f"{self._max_in_flight} requests are in work on this connection already.",
            )
        self._types_in_work[message_id] = envelope.type
        self._sequence[message_id] = 0
        wanted_s = envelope.deadline_ms / 1000 if envelope.deadline_ms is not None else self._max_deadline_s
        return Accepted(envelope, message_id, max(0.0, min(wanted_s, self._max_deadline_s)))

    def _cancel(self, envelope: Envelope) -> IncomingEvent:
        try:
            message_id = decode_data(envelope.data, Cancel).request_id
        except RequestFailed as problem:
            return Refused(self._error(envelope.message_id, problem.body()), ErrorCode.INVALID_ARGUMENT)
        if message_id in self._types_in_work:
            return CancelAsked(message_id)
        return Ignored("cancel of no request in work")

    def _refuse_malformed(self, problem: MessageError) -> Refused:
        self._bad_in_a_row += 1
        close = CloseCode.BAD_MESSAGES if self._bad_in_a_row >= _MAX_BAD_MESSAGES else None
        reply = self._error(problem.message_id, RequestFailed(problem.code, problem.message).body())
        return Refused(reply, problem.code, close)

    def _refuse(self, envelope: Envelope, code: ErrorCode, text: str) -> Refused:
        return Refused(self._error(envelope.message_id, RequestFailed(code, text).body()), code)

    def answer(self, message_id: str, data: object) -> bytes | None:
        """Return the message that ends a request well; None when it has ended already."""
        kind = self._end(message_id)
        if kind is None:
            return None
        return encode(
            Envelope(
                type=answer_type(kind),
                response_to=message_id,
                client_id=self.client_id,
                timestamp=self._timestamp(),
                data=encode_data(data),
            )
        )

    def fail(self, message_id: str, failure: RequestFailed) -> bytes | None:
        """Return the message that ends a request with an error; None when it has ended already."""
        if self._end(message_id) is None:
            return None
        return self._error(message_id, failure.body())

    def cancelled(self, message_id: str) -> bytes | None:
        """Return the message that ends a request which its requester gave up; None when it has ended already."""
        return self.fail(message_id, RequestFailed(ErrorCode.CANCELLED, "The requester gave up."))

    def progress(self, message_id: str, progress: Progress) -> bytes | None:
        """Return a progress message; None when the request has ended."""
        if message_id not in self._types_in_work:
            return None
        sequence = self._sequence[message_id]
        self._sequence[message_id] = sequence + 1
        return encode(
            Envelope(
                type="progress_update",
                response_to=message_id,
                client_id=self.client_id,
                timestamp=self._timestamp(),
                seq=sequence,
                data=encode_data(progress),
            )
        )

    def welcome(self, welcome: Welcome) -> bytes:
        """Return the first message of a connection."""
        return encode(
            Envelope(
                type="connection_established",
                client_id=self.client_id,
                timestamp=self._timestamp(),
                from_=self._sender,
                data=encode_data(welcome),
            )
        )

    def control_answer(self, envelope: Envelope, data: object) -> bytes:
        """Return the answer to a health_check, stats or describe."""
        return encode(
            Envelope(
                type=answer_type(envelope.type),
                response_to=envelope.message_id,
                client_id=self.client_id,
                timestamp=self._timestamp(),
                data=encode_data(data),
            )
        )

    def heartbeat_answer(self, envelope: Envelope, pulse: Pulse, *, wall_time_s: float) -> bytes:
        """Return the answer to a heartbeat."""
        return encode(
            Envelope(
                type="heartbeat_response",
                response_to=envelope.message_id,
                timestamp=self._timestamp(),
                server_time=wall_time_s,
                client_id=self.client_id,
                from_=self._sender,
                echo=_short(envelope.timestamp),
                status=pulse.status,
                in_flight=pulse.in_flight,
                queued=pulse.queued,
                loop_lag_ms=pulse.loop_lag_ms,
                instance_id=self._instance_id,
            )
        )

    def _end(self, message_id: str) -> str | None:
        self._sequence.pop(message_id, None)
        return self._types_in_work.pop(message_id, None)

    def _error(self, message_id: str | None, body: ErrorBody) -> bytes:
        return encode(
            Envelope(
                type="error",
                response_to=message_id,
                client_id=self.client_id,
                timestamp=self._timestamp(),
                error=body,
            )
        )


def _short(timestamp: str | float | None) -> str | float | None:
    return None if isinstance(timestamp, str) and len(timestamp) > _MAX_ECHO else timestamp


def _spoken(version: str | None) -> bool:
    return version is None or version.partition(".")[0] == _MAJOR
