"""How late the event loop is: the time by which a short sleep was overslept."""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["LoopLag"]

_PERIOD_S = 0.1
_KEPT = 50


class LoopLag:
    """Measures all the time; ``worst_s`` is the longest delay of about the last five seconds."""

    def __init__(self) -> None:
        self._delays_s: deque[float] = deque(maxlen=_KEPT)

    @property
    def worst_s(self) -> float:
        """The longest delay in seconds."""
        return max(self._delays_s, default=0.0)

    async def watch(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            asleep_s = loop.time()
            await asyncio.sleep(_PERIOD_S)
            self._delays_s.append(max(0.0, loop.time() - asleep_s - _PERIOD_S))
