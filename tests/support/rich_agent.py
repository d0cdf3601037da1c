"""An agent of the runtime that shows every feature of the protocol, and the requests that bring them out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from askwire_agent import Agent, Request, Service
from askwire_protocol.conformance import Sample, Samples, Timing
from askwire_protocol.messages import ChunkSummary
from askwire_resources.settings import AgentSettings

__all__ = ["QUICK", "SAMPLES", "make_rich_agent", "serving"]

QUICK = Timing(wait_s=3.0, quiet_s=0.02)
SAMPLES = Samples(
    request=Sample("count", {"limit": 3}),
    invalid=Sample("count", {"limit": "three"}),
    streaming=Sample("list", {"limit": 12}),
    slow=Sample("wait", {"limit": 3}),
)


class _Limit(msgspec.Struct):
    limit: int


class _Listed(msgspec.Struct, omit_defaults=True):
    rows: list[list[int]]
    summary: ChunkSummary | None = None


async def _count(request: Request[_Limit]) -> dict[str, int]:
    await request.progress("counting", 0.0)
    await request.progress("counted", 1.0)
    return {"count": request.data.limit}


async def _list(request: Request[_Limit]) -> _Listed:
    rows = [[number] for number in range(request.data.limit)]
    if not request.takes_chunks:
        return _Listed(rows)
    await request.progress("listing", 0.0)
    digest = hashlib.sha256()
    for row in rows:
        digest.update(msgspec.json.encode([row]))
        columns = {"columns": [{"name": "n", "type": "integer"}]} if row == rows[0] else {}
        await request.chunk({**columns, "rows": [row]})
    return _Listed([], ChunkSummary(chunks=len(rows), rows=len(rows), digest=digest.hexdigest()))


def make_rich_agent(*, slow_s: float = 1.0, **settings: Any) -> Agent:
    """Build the agent; the other keywords are settings."""

    async def wait(request: Request[_Limit]) -> dict[str, int]:
        await asyncio.sleep(slow_s)
        return {"count": request.data.limit}

    agent = Agent("rich-agent", "custom", AgentSettings(websocket_port=0, http_port=0, drain_s=0.0, **settings))
    agent.handle("count", _count, request=_Limit, idempotent=True)
    agent.handle("list", _list, request=_Limit, idempotent=True, streams=True)
    agent.handle("wait", wait, request=_Limit, idempotent=True)
    return agent


@contextlib.asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[Service]:
    """Run an agent for the length of a block."""
    service = Service(agent)
    running = asyncio.create_task(service.run())
    started = asyncio.create_task(service.started.wait())
    try:
        await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield service
    finally:
        started.cancel()
        service.stop.set()
        await running
