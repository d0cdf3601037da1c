"""How long the suite waits."""

from __future__ import annotations

import dataclasses

__all__ = ["Timing"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Bounds of a run."""

    wait_s: float = 5.0
    """For something that has to come."""
    quiet_s: float = 0.2
    """For something that must not come, after a heartbeat was answered."""
    close_s: float = 1.0
    case_s: float = 12.0
    suite_s: float = 60.0
