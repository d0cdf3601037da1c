"""What a message of a peer means to the side that answers requests."""

from __future__ import annotations

import dataclasses

from askwire_protocol.close_codes import CloseCode
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ErrorCode
from askwire_protocol.messages.agents import Hello

__all__ = [
    "Accepted",
    "CancelAsked",
    "ControlAsked",
    "CreditGiven",
    "HelloAsked",
    "Ignored",
    "IncomingEvent",
    "Pulse",
    "Refused",
]


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
class HelloAsked:
    """The peer says who it is: to be checked, then answered by ``greeted`` or refused."""

    envelope: Envelope
    hello: Hello


@dataclasses.dataclass(frozen=True, slots=True)
class CreditGiven:
    """The peer can take more chunks of one of its requests."""

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


IncomingEvent = Accepted | ControlAsked | CancelAsked | HelloAsked | CreditGiven | Refused | Ignored
