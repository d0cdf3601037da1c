"""The browser library that draws charts, as the viz agents have it: fetched once for each of their versions."""

from __future__ import annotations

import asyncio

from askwire_backend.pool import Pool
from askwire_protocol.messages import ChartLibrary, ChartLibraryRequest

__all__ = ["ChartLibraryCache"]

_FETCH_S = 15.0


class ChartLibraryCache:
    """Keeps the newest library; fetched anew when a viz process that was not seen before is there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._library: ChartLibrary | None = None
        self._instances: frozenset[str | None] = frozenset()
        self._fetching = asyncio.Lock()

    async def get(self) -> ChartLibrary:
        """Return the library. Raises RequestFailed when no viz agent can be asked and none was before."""
        async with self._fetching:
            instances = frozenset(one.welcome.instance_id for one in self._pool.usable("chart_library"))
            if self._library is not None and instances <= self._instances:
                return self._library
            self._library = await self._pool.request(
                "chart_library", ChartLibraryRequest(), answer=ChartLibrary, deadline_s=_FETCH_S
            )
            self._instances = instances
            return self._library
