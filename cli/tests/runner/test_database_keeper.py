"""Our PostgreSQL starts again when it ends by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askwire.demo.postgres import PostgresServer
from askwire.runner.child import ChildEnded, ChildEvent, ChildFailed, ChildStarted
from askwire.runner.database_keeper import DatabaseKeeper
from askwire.runner.restarts import RestartSchedule


class _Kept:
    """A server of this test alone with its keeper, and what that reported."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.events: asyncio.Queue[ChildEvent] = asyncio.Queue()
        schedule = RestartSchedule(first_s=0.01, cap_s=0.02)
        self.keeper = DatabaseKeeper(server, self.events.put_nowait, schedule=schedule)
        self.task = asyncio.create_task(self.keeper.run())

    async def next(self) -> ChildEvent:
        """Return the next report."""
        return await asyncio.wait_for(self.events.get(), 20)


@pytest.fixture
async def kept() -> AsyncIterator[_Kept]:
    """A running server that is watched; both end with the test."""
    folder = Path(tempfile.mkdtemp(prefix="askwire-test-"))
    server = await asyncio.to_thread(PostgresServer.start, folder, durable=False)
    made = _Kept(server)
    try:
        yield made
        await made.keeper.stop()
        await asyncio.wait_for(made.task, 20)
    finally:
        made.task.cancel()
        await asyncio.to_thread(server.stop)
        shutil.rmtree(folder)


async def test_killed_server_starts_again(kept: _Kept) -> None:
    """Its end and its new start are reported, and it has the same port."""
    first, port = kept.server.pid, kept.server.port
    os.kill(first, signal.SIGKILL)
    ended, started = await kept.next(), await kept.next()
    assert isinstance(ended, ChildEnded)
    assert (ended.name, ended.exit_code, ended.wait_s) == ("postgres", -signal.SIGKILL, 0.01)
    assert started == ChildStarted("postgres", kept.server.pid, 1)
    assert (kept.server.is_running(), kept.server.port) == (True, port)
    assert kept.server.pid != first


async def test_start_that_fails_is_tried_again(kept: _Kept) -> None:
    """While another program has the port that is said; the server is back as soon as it can be."""
    os.kill(kept.server.pid, signal.SIGINT)
    await asyncio.to_thread(_wait_ended, kept.server)
    with socket.create_server(("127.0.0.1", kept.server.port)):
        while not isinstance(failed := await kept.next(), ChildFailed):
            assert isinstance(failed, ChildEnded)
    assert f"Port {kept.server.port} on 127.0.0.1 is in use" in failed.reason
    while not isinstance(await kept.next(), ChildStarted):
        pass
    assert kept.server.is_running()


def _wait_ended(server: PostgresServer) -> None:
    while server.is_running():
        server.exit_code()
