"""The requests that a peer sent us, until each got its one outcome (no I/O: messages in, events and messages out)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection

import msgspec

from askwire_protocol.close_codes import CloseCode
from askwire_protocol.codec import decode, decode_data, encode, encode_data
from askwire_protocol.envelope import (
    CONTROL_TYPES,
    FEATURES,
    PROTOCOL_VERSION,
    PROTOCOL_VERSIONS,
    Envelope,
    answer_type,
)
from askwire_protocol.errors import ErrorBody, ErrorCode, MessageError, RequestFailed
from askwire_protocol.incoming_events import (
    Accepted,
    CancelAsked,
    ControlAsked,
    CreditGiven,
    HelloAsked,
    Ignored,
    IncomingEvent,
    Pulse,
    Refused,
)
from askwire_protocol.messages.agents import Cancel, Credit, GoAway, Hello, HelloAnswer, Progress, Welcome

__all__ = [
    "Accepted",
    "CancelAsked",
    "ControlAsked",
    "CreditGiven",
    "HelloAsked",
    "Ignored",
    "Incoming",
    "IncomingEvent",
    "Pulse",
    "Refused",
]

_MAX_BAD_MESSAGES = 5
_MAX_ECHO = 64
_MAJOR = PROTOCOL_VERSION.partition(".")[0]
_DEFAULT_CREDIT = 8
_BEFORE_HELLO = frozenset({"hello", "heartbeat", "heartbeat_response", "error"})
"""What a peer that has yet to show the token may send."""
_MAX_STRANGER_BYTES = 64 * 1024
_MAX_CREDIT = 1024
_NEVER_ANSWERED = frozenset({"heartbeat_response", "error"})
"""Or two peers could answer each other for ever."""


@dataclasses.dataclass(slots=True)
class _Work:
    """One request in work: ``credit`` is None where the transport itself holds the sender back."""

    type: str
    chunks: bool
    credit: int | None
    sequence: int = 0
    chunks_sent: int = 0


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
        counts_credit: bool = True,
        authenticated: bool = True,
    ) -> None:
        self._sender = sender
        self.client_id = client_id
        self._instance_id = instance_id
        self._types = frozenset(types)
        self._max_message_bytes = max_message_bytes
        self._max_in_flight = max_in_flight
        self._max_deadline_s = max_deadline_s
        self._timestamp = timestamp
        self._counts_credit = counts_credit
        self._work: dict[str, _Work] = {}
        self._features: frozenset[str] | None = None
        self._bad_in_a_row = 0
        self.draining = False
        self.authenticated = authenticated
        """False while the peer has yet to show the token in its hello; see ``greeted``."""

    def __len__(self) -> int:
        return len(self._work)

    def in_work(self) -> tuple[str, ...]:
        """Return the ids of the requests without an outcome."""
        return tuple(self._work)

    def receive(self, message: bytes | str) -> IncomingEvent:
        """Take one message of the peer and say what to do with it."""
        max_bytes = self._max_message_bytes
        if not self.authenticated:
            max_bytes = min(max_bytes, _MAX_STRANGER_BYTES)
        try:
            envelope = decode(message, max_bytes=max_bytes)
        except MessageError as problem:
            return self._refuse_malformed(problem)
        self._bad_in_a_row = 0
        return self.receive_envelope(envelope)

    def receive_envelope(self, envelope: Envelope) -> IncomingEvent:
        """Take one decoded message of the peer and say what to do with it."""
        kind = envelope.type
        if not self.authenticated and kind not in _BEFORE_HELLO:
            return self._refuse(envelope, ErrorCode.UNAUTHENTICATED, "Say hello with the token before anything else.")
        if kind in CONTROL_TYPES:
            return ControlAsked(envelope)
        if kind == "cancel":
            return self._cancel(envelope)
        if kind == "credit":
            return self._credit(envelope)
        if kind == "hello":
            return self._hello(envelope)
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
        if message_id in self._work:
            text = f"A request with message_id {message_id} is still in work."
            return self._refuse(envelope, ErrorCode.DUPLICATE_ID, text)
        if not _spoken(envelope.v):
            text = f"This side speaks the protocol versions {', '.join(PROTOCOL_VERSIONS)}."
            return self._refuse(envelope, ErrorCode.UNSUPPORTED_VERSION, text)
        if self.draining:
            return self._refuse(envelope, ErrorCode.DRAINING, "This process is shutting down; ask another one.")
        if len(self._work) >= self._max_in_flight:
            return self._refuse(
                envelope,
                ErrorCode.OVERLOADED,
                f"{self._max_in_flight} requests are in work on this connection already.",
            )
        self._work[message_id] = self._begin(envelope)
        wanted_s = envelope.deadline_ms / 1000 if envelope.deadline_ms is not None else self._max_deadline_s
        return Accepted(envelope, message_id, max(0.0, min(wanted_s, self._max_deadline_s)))

    def _begin(self, envelope: Envelope) -> _Work:
        chunks = "chunks" in (envelope.accept or ())
        wished = envelope.credit if envelope.credit is not None else _DEFAULT_CREDIT
        credit = min(max(wished, 1), _MAX_CREDIT) if self._counts_credit else None
        return _Work(envelope.type, chunks, credit)

    def _credit(self, envelope: Envelope) -> IncomingEvent:
        try:
            credit = decode_data(envelope.data, Credit)
        except RequestFailed as problem:
            return Refused(self._error(envelope.message_id, problem.body()), ErrorCode.INVALID_ARGUMENT)
        work = self._work.get(credit.request_id)
        if work is None or work.credit is None:
            return Ignored("credit for no request in work")
        work.credit = min(work.credit + max(credit.n, 0), _MAX_CREDIT)
        return CreditGiven(credit.request_id)

    def _hello(self, envelope: Envelope) -> IncomingEvent:
        try:
            hello = decode_data(envelope.data, Hello)
        except RequestFailed as problem:
            return Refused(self._error(envelope.message_id, problem.body()), ErrorCode.INVALID_ARGUMENT)
        if self._features is not None:
            return self._refuse(envelope, ErrorCode.FAILED_PRECONDITION, "hello was said on this connection already.")
        if hello.protocol_versions and not any(_spoken(version) for version in hello.protocol_versions):
            text = f"This side speaks the protocol versions {', '.join(PROTOCOL_VERSIONS)}."
            refused = self._refuse(envelope, ErrorCode.UNSUPPORTED_VERSION, text)
            return dataclasses.replace(refused, close=CloseCode.NO_COMMON_VERSION)
        return HelloAsked(envelope, hello)

    def greeted(self, asked: HelloAsked) -> bytes:
        """Accept a hello: return its answer, and from now on answer requests and send what the peer understands."""
        self.authenticated = True
        self._features = frozenset(asked.hello.features) & frozenset(FEATURES)
        answer = HelloAnswer(protocol_version=PROTOCOL_VERSION, features=tuple(sorted(self._features)))
        return self.control_answer(asked.envelope, answer)

    def refuse_hello(self, asked: HelloAsked, failure: RequestFailed) -> bytes:
        """Return the error that answers a hello which was not accepted."""
        return self._error(asked.envelope.message_id, failure.body())

    def complain(self, failure: RequestFailed) -> bytes:
        """Return an error that answers no message: the last one before a close with a cause."""
        return self._error(None, failure.body())

    @property
    def greeted_features(self) -> frozenset[str] | None:
        """What the peer understands beyond protocol 1.0; None before its hello was accepted."""
        return self._features

    def go_away(self, going: GoAway) -> bytes | None:
        """Return the message that asks the peer to send nothing new; None for a peer that does not know it."""
        if "goaway" not in (self._features or ()):
            return None
        return encode(
            Envelope(type="goaway", client_id=self.client_id, timestamp=self._timestamp(), data=encode_data(going))
        )

    def takes_chunks(self, message_id: str) -> bool:
        """Tell whether the requester of this request accepts parts of its answer."""
        work = self._work.get(message_id)
        return work is not None and work.chunks

    def has_credit(self, message_id: str) -> bool:
        """Tell whether a chunk may be sent now; True for a request that has ended, whose chunk is then None."""
        work = self._work.get(message_id)
        return work is None or work.credit is None or work.credit > 0

    def chunk(self, message_id: str, data: object) -> bytes | None:
        """Return one part of an answer and use up one credit; None when the request has ended."""
        work = self._work.get(message_id)
        if work is None:
            return None
        if work.credit is not None:
            work.credit -= 1
        work.chunks_sent += 1
        return self._part(message_id, work, "result_chunk", encode_data(data))

    def _part(self, message_id: str, work: _Work, type_: str, data: msgspec.Raw) -> bytes:
        sequence = work.sequence
        work.sequence += 1
        return encode(
            Envelope(
                type=type_,
                response_to=message_id,
                client_id=self.client_id,
                timestamp=self._timestamp(),
                seq=sequence,
                data=data,
            )
        )

    def _cancel(self, envelope: Envelope) -> IncomingEvent:
        try:
            message_id = decode_data(envelope.data, Cancel).request_id
        except RequestFailed as problem:
            return Refused(self._error(envelope.message_id, problem.body()), ErrorCode.INVALID_ARGUMENT)
        if message_id in self._work:
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
        work = self._work.pop(message_id, None)
        if work is None:
            return None
        return encode(
            Envelope(
                type=answer_type(work.type),
                response_to=message_id,
                client_id=self.client_id,
                timestamp=self._timestamp(),
                final=True if work.chunks_sent else None,
                data=encode_data(data),
            )
        )

    def fail(self, message_id: str, failure: RequestFailed) -> bytes | None:
        """Return the message that ends a request with an error; None when it has ended already."""
        if self._work.pop(message_id, None) is None:
            return None
        return self._error(message_id, failure.body())

    def cancelled(self, message_id: str) -> bytes | None:
        """Return the message that ends a request which its requester gave up; None when it has ended already."""
        return self.fail(message_id, RequestFailed(ErrorCode.CANCELLED, "The requester gave up."))

    def progress(self, message_id: str, progress: Progress) -> bytes | None:
        """Return a progress message; None when the request has ended."""
        work = self._work.get(message_id)
        return None if work is None else self._part(message_id, work, "progress_update", encode_data(progress))

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
