"""How many requests this process takes in, and what it counts of them (no I/O)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.agents import TypeStats

__all__ = ["Admission"]


@dataclasses.dataclass(slots=True)
class _Count:
    requests: int = 0
    errors: int = 0
    last_error: str | None = None
    time_ns: int = 0


class Admission:
    """Limit over all connections, and the counters behind ``stats``."""

    def __init__(self, max_in_flight: int) -> None:
        self._max_in_flight = max_in_flight
        self._counts: dict[str, _Count] = {}
        self.in_flight = 0
        self.rejected = 0
        self.cancelled = 0
        self.deadline_exceeded = 0
        self.draining = False
        self.on_idle: Callable[[], None] = lambda: None
        """Called when the last request in work has ended."""

    @property
    def full(self) -> bool:
        """True when the next request would be refused."""
        return self.in_flight >= self._max_in_flight

    def enter(self) -> RequestFailed | None:
        """Take one request in; returns the refusal instead when that is not possible."""
        if self.draining:
            self.rejected += 1
            return RequestFailed(ErrorCode.DRAINING, "This process is shutting down; ask another one.")
        if self.full:
            self.rejected += 1
            text = f"{self._max_in_flight} requests are in work in this process already."
            return RequestFailed(ErrorCode.OVERLOADED, text, retry_after_ms=500)
        self.in_flight += 1
        return None

    def leave(self) -> None:
        """End one request that was taken in."""
        self.in_flight -= 1
        if not self.in_flight:
            self.on_idle()

    def count(self, type_: str, *, elapsed_ns: int, failure: RequestFailed | None) -> None:
        """Count the outcome of one request."""
        count = self._counts.setdefault(type_, _Count())
        count.requests += 1
        count.time_ns += elapsed_ns
        if failure is None:
            return
        count.errors += 1
        count.last_error = f"{failure.code}: {failure.message}"[:300]
        self.cancelled += failure.code == ErrorCode.CANCELLED
        self.deadline_exceeded += failure.code == ErrorCode.DEADLINE_EXCEEDED

    def type_stats(self, types: tuple[str, ...]) -> tuple[TypeStats, ...]:
        """Return the counters of each type, also of those that were never asked."""
        return tuple(_stats(name, self._counts.get(name, _Count())) for name in types)


def _stats(name: str, count: _Count) -> TypeStats:
    return TypeStats(
        name=name,
        num_requests=count.requests,
        num_errors=count.errors,
        last_error=count.last_error,
        processing_time_ns=count.time_ns,
        average_processing_time_ns=count.time_ns // count.requests if count.requests else 0,
    )
