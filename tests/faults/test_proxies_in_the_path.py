"""Links through nginx and HAProxy, whose idle time-out cuts what is silent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.path_proxies import PROXIES, PathProxy, running_proxy

from askwire_backend.backoff import Backoff
from askwire_backend.endpoints import static_endpoints
from askwire_backend.metrics import Metrics
from askwire_backend.pool import Pool
from askwire_protocol.client import connect
from askwire_resources.settings import BackendSettings

LONGER_THAN_IDLE_S = 3.0


@pytest.fixture(params=PROXIES)
async def proxy(request: Any, tmp_path: Path, free_port: int, served: Any) -> AsyncIterator[PathProxy]:
    """A proxy in front of an agent."""
    async with running_proxy(request.param, tmp_path, free_port, served.service.websocket_port) as running:
        yield running


@contextlib.asynccontextmanager
async def linked(proxy: PathProxy, interval_s: float) -> AsyncIterator[Pool]:
    """Keep a link through the proxy with heartbeats."""
    settings = BackendSettings(nlp_ws_url=f"ws://127.0.0.1:{proxy.port}", heartbeat_interval_s=interval_s)
    pool = Pool(settings, static_endpoints(settings), Metrics())
    pool.replicas[0]._backoff = Backoff(lambda: 0.5, first_s=0.1, limit_s=0.2)
    running = asyncio.create_task(pool.run())
    try:
        await until_usable(pool)
        yield pool
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until_usable(pool: Pool) -> None:
    """Wait until the agent answers heartbeats."""
    async with asyncio.timeout(20):
        while not pool.replicas[0].usable:
            await asyncio.sleep(0.02)


async def ask(pool: Pool) -> object:
    """Ask the agent through the proxy."""
    return await pool.request("nlp_query", {"query": "x"}, answer=dict[str, Any], deadline_s=10.0)


async def test_heartbeats_keep_the_link(proxy: PathProxy) -> None:
    """For longer than the idle time-out nobody asks anything, and the link is the same one afterwards."""
    async with linked(proxy, 0.3) as pool:
        link: Any = pool.replicas[0]._link
        closed = asyncio.create_task(link.wait_closed())
        assert (await asyncio.wait([closed], timeout=LONGER_THAN_IDLE_S))[0] == set()
        assert pool.replicas[0]._link is link
        assert await ask(pool) == {"query": "x"}
        closed.cancel()


async def test_without_heartbeats_it_is_cut(proxy: PathProxy) -> None:
    """The time-out of the proxy is real: a silent link is closed by it, and its requests fail."""
    async with connect(f"ws://127.0.0.1:{proxy.port}") as link:
        assert await link.request("nlp_query", {"query": "x"}, answer=msgspec.Raw, deadline_s=10.0)
        async with asyncio.timeout(20):
            assert await link.wait_closed()


async def test_a_restart_of_the_proxy_is_survived(proxy: PathProxy) -> None:
    """The link is lost with the proxy and comes back with it."""
    async with linked(proxy, 0.3) as pool:
        await proxy.stop()
        async with asyncio.timeout(20):
            while pool.replicas[0].usable:
                await asyncio.sleep(0.02)
        await proxy.start()
        await until_usable(pool)
        assert await ask(pool) == {"query": "x"}
