"""When to try to connect again: full jitter, doubled after each failure, reset only by a useful connection (no I/O)."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Backoff"]


class Backoff:
    """Delays before connection attempts.

    A connection counts as useful once it was welcomed, answered a heartbeat and lived for ``useful_after_s``: a peer
    that accepts and closes at once would otherwise be dialled without pause. Before the first connection ever the
    delays stay short for a while, because agents start together with us. ``random`` returns a number in [0, 1).
    """

    def __init__(
        self,
        random: Callable[[], float],
        *,
        first_s: float = 0.5,
        limit_s: float = 30.0,
        useful_after_s: float = 10.0,
        eager_failures: int = 60,
        eager_limit_s: float = 0.5,
    ) -> None:
        self._random = random
        self._first_s = first_s
        self._limit_s = limit_s
        self._useful_after_s = useful_after_s
        self._eager_left = eager_failures
        self._eager_limit_s = eager_limit_s
        self.failures = 0

    def failed(self, *, lasting: bool = False) -> float:
        """Count a failure and return the seconds to wait; one that will last is not worth being eager."""
        if self._eager_left and not lasting:
            self._eager_left -= 1
            return self._eager_limit_s * self._random()
        ceiling_s: float = min(self._limit_s, self._first_s * 2**self.failures)
        self.failures = min(self.failures + 1, 32)
        return ceiling_s * self._random()

    def ended(self, *, lived_s: float, answered: bool) -> float:
        """Count the end of a connection and return the seconds to wait."""
        self._eager_left = 0
        if answered and lived_s >= self._useful_after_s:
            self.failures = 0
        return self.failed()
