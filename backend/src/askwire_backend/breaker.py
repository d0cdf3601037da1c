"""Whether a replica is worth asking: opened by failures that are its own, tried again with one request (no I/O)."""

from __future__ import annotations

from collections import deque

from askwire_protocol.errors import ErrorCode

__all__ = ["FAILURES", "Breaker"]

FAILURES = frozenset({ErrorCode.CONNECTION_LOST, ErrorCode.DEADLINE_EXCEEDED, ErrorCode.INTERNAL})
"""Outcomes that speak against the replica; all others, and the caller's own mistakes, speak for it."""


class Breaker:
    """Opens after ``in_a_row`` failures or when half of the last ``window`` requests failed.

    While open nothing is sent for ``pause_s``; then one request is let through, and its outcome decides. The clock is
    passed in as seconds of any monotonic clock.
    """

    def __init__(self, *, in_a_row: int = 5, window: int = 20, pause_s: float = 5.0) -> None:
        self._in_a_row = in_a_row
        self._pause_s = pause_s
        self._outcomes: deque[bool] = deque(maxlen=window)
        self._failures_in_a_row = 0
        self._opened_at_s: float | None = None
        self._probing = False

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open``."""
        if self._opened_at_s is None:
            return "closed"
        return "half-open" if self._probing else "open"

    def allows(self, now_s: float) -> bool:
        """Tell whether a request may be sent now."""
        if self._opened_at_s is None:
            return True
        return not self._probing and now_s - self._opened_at_s >= self._pause_s

    def sent(self) -> None:
        """A request was sent; if the breaker is open, it is the one that decides."""
        if self._opened_at_s is not None:
            self._probing = True

    def ended(self, code: ErrorCode | str | None, now_s: float) -> None:
        """A request ended: with None well, else with that code; CANCELLED says nothing about the replica."""
        if code == ErrorCode.CANCELLED:
            self._probing = False
            return
        failed = code in FAILURES
        if self._opened_at_s is not None:
            self._probing = False
            if failed:
                self._opened_at_s = now_s
            else:
                self.reset()
            return
        self._outcomes.append(failed)
        self._failures_in_a_row = self._failures_in_a_row + 1 if failed else 0
        full = len(self._outcomes) == self._outcomes.maxlen
        if self._failures_in_a_row >= self._in_a_row or (full and 2 * sum(self._outcomes) >= len(self._outcomes)):
            self._opened_at_s = now_s

    def reset(self) -> None:
        """Forget everything; also when a new process took the replica's place."""
        self._outcomes.clear()
        self._failures_in_a_row = 0
        self._opened_at_s = None
        self._probing = False
