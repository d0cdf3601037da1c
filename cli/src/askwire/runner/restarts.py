"""Decide when a process that ended is started again."""

from __future__ import annotations

import dataclasses

__all__ = ["RestartSchedule"]


@dataclasses.dataclass(slots=True)
class RestartSchedule:
    """Waits that double up to a cap; a process that ran long enough begins anew with the first wait."""

    first_s: float = 0.5
    cap_s: float = 30.0
    steady_after_s: float = 60.0
    _failures: int = 0

    def next_wait_s(self, uptime_s: float) -> float:
        """Return how long to wait after a process that ran for ``uptime_s``."""
        self._failures = 1 if uptime_s >= self.steady_after_s else self._failures + 1
        return float(min(self.first_s * 2 ** min(self._failures - 1, 16), self.cap_s))
