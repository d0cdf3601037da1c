"""Progress from where it is made to who wants it: the newest wins, and a slow reader never holds the work back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from askwire_protocol.messages import Progress

__all__ = ["ProgressRelay"]


class ProgressRelay:
    """One request's progress; ``report`` never waits."""

    def __init__(self, send: Callable[[Progress], Awaitable[None]]) -> None:
        self._send = send
        self._newest: Progress | None = None
        self._changed = asyncio.Event()

    def report(self, progress: Progress) -> None:
        """Take the newest progress; an older one that was not sent yet is dropped."""
        self._newest = progress
        self._changed.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send what is reported for the length of a block; nothing is sent after it."""
        pump = asyncio.create_task(self._pump())
        try:
            yield
        finally:
            pump.cancel()
            await asyncio.wait([pump])

    async def _pump(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            progress, self._newest = self._newest, None
            if progress is not None:
                await self._send(progress)
