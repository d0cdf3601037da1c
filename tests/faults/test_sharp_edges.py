"""Regressions for what surprises in WebSocket libraries and proxies, each seen once and kept away since.

Where the rule is held by a test elsewhere, that one is named; the others follow below, in the same order.

1.  Hot reconnect loop: below, and backend/tests/test_backend_pure.py (backoff).
2.  A reader that waits for work: below.
3.  A frozen peer is noticed at the close only: below, and tests/faults/test_history.py.
4.  ``Server.close`` works once: agents/runtime/tests/test_service.py (drain, then 1012).
5.  ``Server.close`` loses what is in flight, and 1001 looks well: test_service.py, and below.
6.  Too big costs the connection: agents/runtime/tests/test_session.py, protocol/tests/test_client.py, and
    hostile_correlation.huge_result.
7.  Heartbeats wait behind large messages: below.
8.  Health waits for the event loop: below.
9.  Probes and garbage fill the log: below.
10. ``close`` with a full queue: test_service.py (frozen peers), test_client.py (an agent that does not read).
11. Deviations from the standard: tests/faults/test_autobahn.py.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from structlog.testing import capture_logs
from support.agent_process import AgentProcess
from websockets.asyncio.server import ServerConnection, serve

from askwire_backend.backoff import Backoff
from askwire_backend.endpoints import static_endpoints
from askwire_backend.metrics import Metrics
from askwire_backend.pool import Pool
from askwire_protocol.client import connect
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.heartbeat import ReplicaState
from askwire_protocol.messages import RowChunk
from askwire_resources.settings import BackendSettings


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[Pool]:
    """Run a pool of one replica with quick heartbeats."""
    settings = BackendSettings(agent_urls=url, heartbeat_interval_s=0.2)
    pool = Pool(settings, static_endpoints(settings), Metrics())
    pool.replicas[0]._backoff = Backoff(lambda: 1.0)
    running = asyncio.create_task(pool.run())
    try:
        yield pool
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def scripted(script: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[str]:
    """Serve an agent that sends its welcome and then does what the test says."""

    async def handle(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"type": "connection_established", "data": {"capabilities": ["work"]}}))
        await script(socket)

    async with serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=0.2) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def test_1_who_accepts_and_closes_is_dialled_ever_more_rarely() -> None:
    """A welcome alone does not reset the backoff: the pauses between connections double."""
    times: asyncio.Queue[float] = asyncio.Queue()

    async def close(socket: ServerConnection) -> None:
        times.put_nowait(asyncio.get_running_loop().time())
        await socket.close(1013, "later")

    async with scripted(close) as url, pooled(url):
        async with asyncio.timeout(20):
            first, second, third = [await times.get() for _ in range(3)]
    assert second - first >= 0.45
    assert third - second >= 0.95


async def test_2_requests_that_wait_hold_back_no_control_message(serving: Any, dial: Any) -> None:
    """With more requests in work than any queue holds, heartbeats and pings are answered."""
    async with serving(max_in_flight=300) as served, dial(served.url) as peer:
        for number in range(250):
            await peer.send("hold", f"m{number}")
        async with asyncio.timeout(20):
            await (await peer.socket.ping())
        assert (await peer.ask("heartbeat"))["in_flight"] == 250
        served.gate.set()
        assert {(await peer.receive())["type"] for _ in range(250)} == {"hold_response"}


async def test_3_requests_fail_at_suspicion_not_at_the_close(tmp_path: Path) -> None:
    """A frozen process keeps its connection; what was sent to it fails while that is still open."""
    agent = AgentProcess(tmp_path / "log", seed=0)
    await agent.start()
    try:
        async with pooled(f"ws://127.0.0.1:{agent.port}") as pool:
            replica = pool.replicas[0]
            async with asyncio.timeout(20):
                while not replica.usable:
                    await asyncio.sleep(0.02)
            freezing = asyncio.create_task(agent.freeze(60.0))
            await asyncio.sleep(0)
            try:
                with pytest.raises(RequestFailed) as failed:
                    await pool.request("book", {"number": 1}, answer=msgspec.Raw, deadline_s=15.0)
                assert replica.state is ReplicaState.SUSPECT
                assert replica._link is not None
            finally:
                freezing.cancel()
                await asyncio.gather(freezing, return_exceptions=True)
            assert (failed.value.code, failed.value.not_executed) == (ErrorCode.CONNECTION_LOST, None)
            assert "heartbeats" in failed.value.message
    finally:
        await agent.close()


@pytest.mark.parametrize("code", [1000, 1001])
async def test_5_a_close_that_looks_well_fails_what_is_in_flight(code: int) -> None:
    """The library calls these codes OK; a request without its answer has failed all the same."""

    async def close(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(code, "bye")

    async with scripted(close) as url, connect(url) as link:
        with pytest.raises(RequestFailed) as failed:
            await link.request("work", {}, answer=msgspec.Raw, deadline_s=20.0)
        assert failed.value.code is ErrorCode.CONNECTION_LOST
        assert str(code) in failed.value.message


async def test_7_heartbeats_pass_between_the_parts_of_an_answer(served: Any) -> None:
    """While an answer streams, each heartbeat comes back before the next parts do."""
    async with connect(served.url) as link:
        taken: list[int] = []

        async def take(chunk: RowChunk) -> None:
            await link.heartbeat(timeout_s=10.0)
            taken.append(json.loads(bytes(chunk.rows))[0][0])

        await link.request("parts", {"limit": 40}, answer=msgspec.Raw, deadline_s=20.0, on_chunk=take)
        assert taken == list(range(40))


async def test_8_health_is_told_while_all_workers_compute(served: Any) -> None:
    """Work that computes is in other processes, so probes are answered from the loop."""
    async with connect(served.url) as link, aiohttp.ClientSession() as session:
        computing = asyncio.create_task(link.request("compute", {}, answer=msgspec.Raw, deadline_s=30.0))
        await served.reached.acquire()
        for path in ("/livez", "/readyz"):
            async with session.get(served.http_url + path) as response:
                assert response.status == 200
        assert not computing.done()
        computing.cancel()


@pytest.mark.parametrize(
    "junk", [b"", b"\x16\x03\x01\x02\x00", b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 9000]
)
async def test_9_probes_and_garbage_are_no_errors(
    served: Any, dial: Any, caplog: pytest.LogCaptureFixture, junk: bytes
) -> None:
    """Who connects and leaves, or speaks something else, makes no line above INFO and no traceback, on either port."""
    with capture_logs() as logged, caplog.at_level(logging.INFO):
        for port in (served.service.websocket_port, served.service.http_port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(junk)
            writer.close()
            await writer.wait_closed()
        async with dial(served.url) as peer:
            assert (await peer.ask("stats"))["data"]["connections"] == 1
    assert [one for one in logged if one["log_level"] not in ("debug", "info")] == []
    assert [one for one in caplog.records if one.levelno > logging.INFO and one.name != "asyncio"] == []
