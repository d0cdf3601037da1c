"""An agent with a handler of each kind, served on free ports of this process."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect

from askwire_agent import Agent, Request, Service
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_resources.settings import AgentSettings

# pytest-asyncio asks for the current loop, which would make one that nobody closes; without one it makes its own.
asyncio.set_event_loop(None)


class Typed(msgspec.Struct):
    """A payload with a required field."""

    limit: int


@dataclasses.dataclass
class Served:
    """A running service and what its handlers did."""

    agent: Agent
    service: Service
    gate: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    """Held requests wait for it."""
    reached: asyncio.Semaphore = dataclasses.field(default_factory=lambda: asyncio.Semaphore(0))
    """Counts the held requests that are in work."""
    worked: int = 0
    left: asyncio.Queue[str] = dataclasses.field(default_factory=asyncio.Queue)
    """Ids of the held requests that were cancelled."""

    @property
    def url(self) -> str:
        """Address of the WebSocket port."""
        return f"ws://127.0.0.1:{self.service.websocket_port}"

    @property
    def http_url(self) -> str:
        """Address of the HTTP port."""
        return f"http://127.0.0.1:{self.service.http_port}"

    async def echo(self, request: Request[msgspec.Raw]) -> object:
        """Return what was asked."""
        return request.data

    async def hold(self, request: Request[msgspec.Raw]) -> object:
        """Wait for the gate."""
        self.reached.release()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.left.put_nowait(request.message_id)
            raise
        return {"held": request.message_id}

    async def steps(self, request: Request[msgspec.Raw]) -> object:
        """Report three steps."""
        for step in range(3):
            await request.progress(f"step {step}", step / 2)
        return {"done": True}

    async def parts(self, request: Request[Typed]) -> object:
        """Send rows in parts where that is accepted; count how often the work was done."""
        self.worked += 1
        rows = [[number] for number in range(request.data.limit)]
        if not request.takes_chunks:
            return {"rows": rows, "worked": self.worked}
        for row in rows:
            await request.chunk({"rows": [row]})
        return {"rows": [], "worked": self.worked}

    async def typed(self, request: Request[Typed]) -> object:
        """Return the field and what else the request knows."""
        return {
            "limit": request.data.limit,
            "in_time": 0 < request.remaining_s() <= 60,
            "traceparent": request.traceparent,
        }

    async def refuse(self, _: Request[msgspec.Raw]) -> object:
        """Fail as a handler should."""
        raise RequestFailed(ErrorCode.NOT_FOUND, "There is no such thing.")

    async def break_(self, request: Request[dict[str, str]]) -> object:
        """Fail as a handler should not."""
        if request.data.get("how") == "result":
            return object()
        if request.data.get("how") == "timeout":
            raise TimeoutError("the database")
        raise ValueError("secret of the agent")

    async def compute(self, request: Request[msgspec.Raw]) -> object:
        """Compute in a worker for longer than anybody waits."""
        self.reached.release()
        return await self.agent.workers.run(sum, range(10**12), timeout_s=request.remaining_s())

    async def factor(self, request: Request[Typed]) -> object:
        """Compute something small in a worker."""
        return {"value": await self.agent.workers.run(math.factorial, request.data.limit, timeout_s=30)}


Serving = Callable[..., AbstractAsyncContextManager[Served]]


def make_served(settings: AgentSettings) -> Served:
    """Build the agent with a handler of each kind."""
    agent = Agent("test-agent", "test", settings)
    served = Served(agent, Service(agent))
    agent.handle("nlp_query", served.echo, request=msgspec.Raw, answer="nlp_query_response", idempotent=True)
    for name in ("hold", "steps", "refuse", "compute"):
        agent.handle(name, getattr(served, name), request=msgspec.Raw)
    agent.handle("typed", served.typed, request=Typed)
    agent.handle("factor", served.factor, request=Typed)
    agent.handle("parts", served.parts, request=Typed, streams=True)
    agent.handle("break", served.break_, request=dict[str, str])
    return served


@contextlib.asynccontextmanager
async def serve(prepare: Callable[[Served], None] | None = None, **changes: Any) -> AsyncIterator[Served]:
    """Run the agent for the length of a block; it has to end by itself after it."""
    served = make_served(AgentSettings(**({"websocket_port": 0, "http_port": 0, "drain_s": 0.0} | changes)))
    if prepare is not None:
        prepare(served)
    task = asyncio.create_task(served.service.run())
    started = asyncio.create_task(served.service.started.wait())
    try:
        async with asyncio.timeout(20):
            await asyncio.wait((task, started), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
            yield_ready = started.done()
        assert yield_ready
        yield served
    finally:
        started.cancel()
        served.service.stop.set()
        async with asyncio.timeout(20):
            await asyncio.gather(task, started, return_exceptions=True)
    await task


@pytest.fixture
def serving() -> Serving:
    """The context manager that runs an agent; keywords are settings."""
    return serve


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """An agent with usual settings."""
    async with serve() as running:
        yield running


class Peer:
    """A bare connection that speaks JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: dict[str, Any] = {}

    async def send(self, type_: str, message_id: str | None = None, **fields: Any) -> None:
        """Send one message."""
        message = {"type": type_, **fields}
        if message_id is not None:
            message["message_id"] = message_id
        await self.socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """Read one message."""
        async with asyncio.timeout(20):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        return message

    async def ask(self, type_: str, message_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send one message and read the next."""
        await self.send(type_, message_id, **fields)
        return await self.receive()


Dial = Callable[..., AbstractAsyncContextManager[Peer]]


@contextlib.asynccontextmanager
async def dial_agent(url: str, **options: Any) -> AsyncIterator[Peer]:
    """Connect and read the welcome."""
    async with connect(url, proxy=None, compression=None, ping_interval=None, close_timeout=1, **options) as socket:
        peer = Peer(socket)
        peer.welcome = await peer.receive()
        yield peer


@pytest.fixture
def dial() -> Dial:
    """The context manager that connects to an agent."""
    return dial_agent


@pytest.fixture
async def peer(served: Served) -> AsyncIterator[Peer]:
    """A connection to the agent with usual settings."""
    async with dial_agent(served.url) as connected:
        yield connected
