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
        self._pumping: asyncio.Task[None] | None = None
        self._open = False

    def report(self, progress: Progress) -> None:
        """Take the newest progress; an older one that was not sent yet is dropped."""
        if not self._open:
            return
        self._newest = progress
        self._changed.set()
        if self._pumping is None:  # most requests never report anything, and need no task for it
            self._pumping = asyncio.create_task(self._pump())

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send what is reported for the length of a block; nothing is sent after it."""
        self._open = True
        try:
            yield
        finally:
            self._open = False
            if self._pumping is not None:
                self._pumping.cancel()
                await asyncio.wait([self._pumping])

    async def _pump(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            progress, self._newest = self._newest, None
            if progress is not None:
                await self._send(progress)
