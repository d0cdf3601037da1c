"""Keep our PostgreSQL running: where it ends by itself it is started again on the same port."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from askwire.demo.failure import PostgresFailed
from askwire.demo.postgres import PostgresServer
from askwire.runner.child import ChildEnded, ChildEvent, ChildFailed, ChildStarted
from askwire.runner.restarts import RestartSchedule

__all__ = ["DatabaseKeeper"]

_NAME = "postgres"
_POLL_S = 0.25


class DatabaseKeeper:
    """Watches one server until ``stop``; the server itself is stopped by whoever started it."""

    def __init__(
        self,
        server: PostgresServer,
        report: Callable[[ChildEvent], None],
        *,
        schedule: RestartSchedule | None = None,
    ) -> None:
        self._server = server
        self._report = report
        self._schedule = schedule or RestartSchedule()
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """Start the server again whenever it ended, until ``stop``."""
        restarts = 0
        started_s = time.monotonic()
        while not await self._stopped_within(_POLL_S):
            if self._server.is_running():
                continue
            uptime_s = time.monotonic() - started_s
            wait_s = self._schedule.next_wait_s(uptime_s)
            self._report(ChildEnded(_NAME, self._server.exit_code(), uptime_s, wait_s))
            if not await self._start_again(wait_s):
                return
            restarts += 1
            started_s = time.monotonic()
            self._report(ChildStarted(_NAME, self._server.pid, restarts))

    async def stop(self) -> None:
        """Start nothing more; returns when a start that is under way is over."""
        self._stopping.set()
        await self._idle.wait()

    async def _start_again(self, wait_s: float) -> bool:
        """Try until the server runs; False where ``stop`` came first."""
        while not await self._stopped_within(wait_s):
            try:
                await self._restart()
            except PostgresFailed as problem:
                wait_s = self._schedule.next_wait_s(0.0)
                self._report(ChildFailed(_NAME, str(problem), wait_s))
            else:
                return True
        return False

    async def _restart(self) -> None:
        self._idle.clear()
        try:
            await asyncio.to_thread(self._server.restart)
        finally:
            self._idle.set()

    async def _stopped_within(self, time_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), time_s)
        return self._stopping.is_set()
