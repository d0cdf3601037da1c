"""What every agent says of itself: welcome, health, stats, progress."""

from __future__ import annotations

import msgspec

__all__ = [
    "AgentLimits",
    "Cancel",
    "Check",
    "Credit",
    "GoAway",
    "HealthReport",
    "HeartbeatTiming",
    "Hello",
    "HelloAnswer",
    "Progress",
    "StatsReport",
    "TypeInfo",
    "TypeStats",
    "Welcome",
]


class TypeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One request type that the agent answers."""

    name: str
    answer: str
    idempotent: bool = False
    streams: bool = False


class AgentLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent accepts on one connection."""

    max_message_bytes: int
    max_in_flight: int
    max_deadline_ms: int
    hello_timeout_ms: int = 5000
    """Time for a hello with the token, where it did not come with the handshake and ``auth`` is ``required``."""


class HeartbeatTiming(msgspec.Struct, frozen=True, kw_only=True):
    """How often heartbeats are expected, and after what silence the other side is taken for lost."""

    interval_ms: int
    timeout_ms: int


class Welcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``data`` of ``connection_established``; all but ``capabilities`` may be absent from a peer of protocol 1.0."""

    capabilities: tuple[str, ...] = ()
    """Names of the request types that are answered."""
    agent: str | None = None
    agent_type: str | None = None
    instance_id: str | None = None
    """Random for each process, so that a restart is seen."""
    version: str | None = None
    started_at: str | None = None
    protocol_versions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    auth: str | None = None
    limits: AgentLimits | None = None
    heartbeat: HeartbeatTiming | None = None
    types: tuple[TypeInfo, ...] = ()
    formats: tuple[str, ...] = ()
    """Export formats of a viz agent."""


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``data`` of ``progress_update``; ``progress`` rises from 0 to 1."""

    stage: str
    progress: float | None = None
    message: str | None = None


class Cancel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``data`` of ``cancel``, which has no answer of its own: the named request ends in its one outcome."""

    request_id: str
    reason: str | None = None


class Hello(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``data`` of ``hello``: what the client is and understands.

    Optional unless the welcome says ``auth: required`` and no token came with the handshake.
    """

    client: str | None = None
    version: str | None = None
    protocol_versions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    """Message types and ways beyond protocol 1.0 that may be sent to this client."""
    token: str | None = None
    """The mesh's token, from clients that cannot send it in the handshake."""


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``data`` of ``hello_response``: what both sides use from now on."""

    protocol_version: str
    features: tuple[str, ...]


class GoAway(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``data`` of ``goaway``: no new requests on this connection; those in flight finish, then it is closed."""

    reason: str
    """``shutdown``, ``rebalance``, ``max_age`` or ``overload``."""
    grace_ms: int
    """Time that requests in flight are given."""
    retry_after_ms: int | None = None


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """``data`` of ``credit``: the requester took ``n`` chunks and is ready for as many more."""

    request_id: str
    n: int


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One named condition of health."""

    name: str
    ok: bool
    message: str = ""
    age_s: float | None = None


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """``data`` of ``health_check_response``: ``status`` is ok, degraded, overloaded or draining."""

    status: str
    ready: bool
    live: bool
    instance_id: str
    checks: tuple[Check, ...] = ()


class TypeStats(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of one request type since the start."""

    name: str
    num_requests: int = 0
    num_errors: int = 0
    last_error: str | None = None
    processing_time_ns: int = 0
    average_processing_time_ns: int = 0


class StatsReport(msgspec.Struct, frozen=True, kw_only=True):
    """``data`` of ``stats_response``."""

    agent: str
    instance_id: str
    version: str
    started: str
    uptime_s: float
    types: tuple[TypeStats, ...]
    in_flight: int = 0
    queued: int = 0
    rejected: int = 0
    cancelled: int = 0
    deadline_exceeded: int = 0
    connections: int = 0
    loop_lag_ms: float = 0.0
