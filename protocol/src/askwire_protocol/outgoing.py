"""The requests that we sent to a peer, until each has its one outcome (no I/O: messages in, events out).

The clock is passed in as seconds of any monotonic clock.
"""

from __future__ import annotations

import dataclasses

import msgspec

from askwire_protocol.codec import decode, decode_data, encode, encode_data
from askwire_protocol.envelope import PROTOCOL_VERSION, Envelope
from askwire_protocol.errors import ErrorCode, MessageError, RequestFailed
from askwire_protocol.messages.agents import Credit, GoAway, Progress, Welcome

__all__ = [
    "Answered",
    "Chunked",
    "Dropped",
    "Failed",
    "GoingAway",
    "HeartbeatAnswered",
    "HeartbeatAsked",
    "Outgoing",
    "OutgoingEvent",
    "Progressed",
    "Welcomed",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """Request ``message_id`` succeeded."""

    message_id: str
    envelope: Envelope


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """Request ``message_id`` failed."""

    message_id: str
    failure: RequestFailed


@dataclasses.dataclass(frozen=True, slots=True)
class Progressed:
    """Request ``message_id`` is at a new stage."""

    message_id: str
    progress: Progress


@dataclasses.dataclass(frozen=True, slots=True)
class HeartbeatAnswered:
    """A heartbeat came back; ``message_id`` is None from a peer of protocol 1.0."""

    message_id: str | None
    envelope: Envelope


@dataclasses.dataclass(frozen=True, slots=True)
class HeartbeatAsked:
    """The peer sent a heartbeat of its own."""

    envelope: Envelope


@dataclasses.dataclass(frozen=True, slots=True)
class Welcomed:
    """The peer said who it is."""

    welcome: Welcome


@dataclasses.dataclass(frozen=True, slots=True)
class Dropped:
    """A message that belongs to nothing: late, duplicate, unknown or malformed."""

    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Chunked:
    """A part of the answer to request ``message_id`` came."""

    message_id: str
    envelope: Envelope


@dataclasses.dataclass(frozen=True, slots=True)
class GoingAway:
    """The peer takes no new requests on this connection and will close it."""

    going: GoAway


OutgoingEvent = (
    Answered | Failed | Progressed | Chunked | HeartbeatAnswered | HeartbeatAsked | Welcomed | GoingAway | Dropped
)


@dataclasses.dataclass(slots=True)
class _Flight:
    """One request in flight: when its time is over, and what may still come of it."""

    expires_at_s: float
    chunks: bool
    credit: int
    stall_s: float | None
    heard_at_s: float
    sequence: int = -1

    def stalled(self, now_s: float) -> bool:
        """True when the answer has begun and nothing more of it comes."""
        return self.stall_s is not None and self.sequence >= 0 and now_s - self.heard_at_s > self.stall_s


class Outgoing:
    """Table of the requests in flight on one connection.

    An answer counts only here, on the connection that carried the request; ``dropped`` counts what matched nothing.
    """

    def __init__(self, id_prefix: str) -> None:
        self._prefix = id_prefix
        self._count = 0
        self._flights: dict[str, _Flight] = {}
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._flights)

    def new_id(self) -> str:
        """Return an id that this connection has not used."""
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def request(
        self,
        type_: str,
        data: msgspec.Raw,
        *,
        now_s: float,
        deadline_s: float,
        client_id: str | None = None,
        traceparent: str | None = None,
        attempt: int | None = None,
        idempotency_key: str | None = None,
        timestamp: str | None = None,
        chunk_credit: int | None = None,
        stall_s: float | None = None,
    ) -> tuple[str, bytes]:
        """Enter one request; returns its id and the message to send.

        ``chunk_credit`` accepts the answer in parts, at most so many unacknowledged; ``stall_s`` ends the request when
        nothing is heard of it for so long.
        """
        message_id = self.new_id()
        chunks = chunk_credit is not None
        self._flights[message_id] = _Flight(now_s + deadline_s, chunks, chunk_credit or 0, stall_s, now_s)
        envelope = Envelope(
            type=type_,
            message_id=message_id,
            client_id=client_id,
            timestamp=timestamp,
            data=data,
            v=PROTOCOL_VERSION,
            deadline_ms=round(deadline_s * 1000, 3),
            traceparent=traceparent,
            attempt=attempt,
            idempotency_key=idempotency_key,
            accept=("chunks", "progress") if chunks else None,
            credit=chunk_credit,
        )
        return message_id, encode(envelope)

    def heartbeat(self, *, wall_time_s: float) -> tuple[str, bytes]:
        """Return id and message of a heartbeat; its answer is not a request's outcome, so nothing is entered."""
        message_id = self.new_id()
        return message_id, encode(Envelope(type="heartbeat", message_id=message_id, timestamp=wall_time_s))

    def forget(self, message_id: str) -> bool:
        """Drop a request whose caller left; its answer will be dropped. False when it had ended already."""
        return self._flights.pop(message_id, None) is not None

    def credit(self, message_id: str, n: int) -> bytes | None:
        """Return the message that lets ``n`` more chunks come; None when the request has ended."""
        flight = self._flights.get(message_id)
        if flight is None:
            return None
        flight.credit += n
        return encode(Envelope(type="credit", data=encode_data(Credit(request_id=message_id, n=n))))

    def receive(self, message: bytes | str, *, now_s: float = 0.0) -> OutgoingEvent:
        """Take one message of the peer and say what it means."""
        try:
            envelope = decode(message)
        except MessageError as problem:
            return self._drop(problem.message)
        return self.receive_envelope(envelope, now_s=now_s)

    def receive_envelope(self, envelope: Envelope, *, now_s: float = 0.0) -> OutgoingEvent:
        """Take one decoded message of the peer and say what it means."""
        flight = self._flights.get(envelope.response_to or "")
        if flight is not None:
            flight.heard_at_s = now_s
        if envelope.type == "heartbeat_response":
            return HeartbeatAnswered(envelope.response_to, envelope)
        if envelope.type == "heartbeat":
            return HeartbeatAsked(envelope)
        if envelope.type == "connection_established":
            return self._welcome(envelope)
        if envelope.type == "progress_update":
            return self._progress(envelope)
        if envelope.type == "result_chunk":
            return self._chunk(envelope)
        if envelope.type == "goaway":
            return self._go_away(envelope)
        if envelope.type == "error":
            return self._error(envelope)
        return self._answer(envelope)

    def _welcome(self, envelope: Envelope) -> OutgoingEvent:
        try:
            return Welcomed(decode_data(envelope.data, Welcome))
        except RequestFailed as problem:
            return self._drop(f"welcome: {problem.message}")

    def _progress(self, envelope: Envelope) -> OutgoingEvent:
        message_id = envelope.response_to
        if message_id is None or message_id not in self._flights:
            return self._drop("progress of no request in flight")
        try:
            progress = decode_data(envelope.data, Progress)
        except RequestFailed as problem:
            return self._drop(f"progress: {problem.message}")
        if progress.progress is not None and not 0 <= progress.progress <= 1:
            progress = msgspec.structs.replace(progress, progress=min(1.0, max(0.0, progress.progress)))
        return Progressed(message_id, progress)

    def _chunk(self, envelope: Envelope) -> OutgoingEvent:
        message_id = envelope.response_to
        flight = self._flights.get(message_id or "")
        if message_id is None or flight is None:
            return self._drop("chunk of no request in flight")
        if not flight.chunks or envelope.seq is None or envelope.seq <= flight.sequence:
            return self._drop("chunk that was not asked for, or came twice")
        flight.sequence = envelope.seq
        flight.credit -= 1
        if flight.credit < 0:
            del self._flights[message_id]
            return Failed(message_id, RequestFailed(ErrorCode.INTERNAL, "The agent sent more chunks than it may."))
        return Chunked(message_id, envelope)

    def _go_away(self, envelope: Envelope) -> OutgoingEvent:
        try:
            return GoingAway(decode_data(envelope.data, GoAway))
        except RequestFailed as problem:
            return self._drop(f"goaway: {problem.message}")

    def _error(self, envelope: Envelope) -> OutgoingEvent:
        message_id = envelope.response_to
        if message_id is None and len(self._flights) == 1:
            # Errors of protocol 1.0 name no request; with exactly one in flight there is nothing to guess.
            message_id = next(iter(self._flights))
        if message_id is None or self._flights.pop(message_id, None) is None:
            text = envelope.error.message if envelope.error else "no text"
            return self._drop(f"error of no request in flight: {text}")
        if envelope.error is None:
            return Failed(message_id, RequestFailed(ErrorCode.INTERNAL, "The agent sent an error without a body."))
        return Failed(message_id, RequestFailed.of(envelope.error))

    def _answer(self, envelope: Envelope) -> OutgoingEvent:
        message_id = envelope.response_to
        if message_id is None or self._flights.pop(message_id, None) is None:
            return self._drop(f"{envelope.type} to no request in flight")
        return Answered(message_id, envelope)

    def _drop(self, reason: str) -> Dropped:
        self.dropped += 1
        return Dropped(reason)

    def expire(self, now_s: float) -> tuple[Failed, ...]:
        """End every request whose time is over, or of which nothing was heard for too long."""
        late = [
            (message_id, flight.expires_at_s <= now_s)
            for message_id, flight in self._flights.items()
            if flight.expires_at_s <= now_s or flight.stalled(now_s)
        ]
        failed = []
        for message_id, over in late:
            stall_s = self._flights.pop(message_id).stall_s
            text = (
                "The answer did not come within the request's time."
                if over
                else (f"The agent began an answer and then was silent about it for {stall_s:g} s.")
            )
            failed.append(Failed(message_id, RequestFailed(ErrorCode.DEADLINE_EXCEEDED, text)))
        return tuple(failed)

    def lose(self, reason: str) -> tuple[Failed, ...]:
        """End every request because the connection is gone."""
        lost = tuple(self._flights)
        self._flights.clear()
        return tuple(Failed(one, RequestFailed(ErrorCode.CONNECTION_LOST, reason)) for one in lost)
