"""Echo servers to measure against, each in a process of its own: ``python -m bench.echo_servers KIND``.

The first line on standard output is the port. ``raw`` is `websockets` alone; ``agent`` is our runtime with an echo
handler; the others are peers.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

__all__ = ["KINDS", "main"]

_FOR_EVER = asyncio.Event


def _tell(port: int) -> None:
    print(port, flush=True)


async def serve_raw() -> None:
    """Echo each message with `websockets`, configured as ours."""
    from websockets.asyncio.server import ServerConnection, serve

    async def echo(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async with serve(echo, "127.0.0.1", 0, compression=None, ping_interval=None, max_queue=64, backlog=4096) as server:
        _tell(next(iter(server.sockets)).getsockname()[1])
        await _FOR_EVER().wait()


async def serve_agent() -> None:
    """Echo each request's data through the agent runtime: envelope, correlation, deadline, admission, metrics."""
    from askwire_agent import Agent, Request, Service
    from askwire_resources.logs import configure_logs
    from askwire_resources.settings import AgentSettings

    configure_logs("error")
    agent = Agent(
        "echo-agent", "nlp", AgentSettings(websocket_port=0, http_port=0, max_in_flight=10000, max_connections=20000)
    )

    async def echo(request: Request[msgspec.Raw]) -> object:
        return request.data

    async def rows(request: Request[dict[str, int]]) -> object:
        """Send rows in parts, or all in one message."""
        count, per_part = request.data["rows"], request.data["per_part"]
        row = b'[123456,"some text of a row",2.5,"2026-01-01","another text"]'
        if not request.takes_chunks:
            return msgspec.Raw(b'{"rows":[' + b",".join([row] * count) + b"]}")
        part = msgspec.Raw(b'{"rows":[' + b",".join([row] * per_part) + b"]}")
        for _ in range(count // per_part):
            await request.chunk(part)
            await asyncio.sleep(0)
        return {"rows": []}

    async def hang(_: Request[msgspec.Raw]) -> object:
        await asyncio.sleep(3600)
        return {}

    agent.handle("nlp_query", echo, request=msgspec.Raw, idempotent=True)
    agent.handle("rows", rows, request=dict[str, int], streams=True)
    agent.handle("hang", hang, request=msgspec.Raw)
    service = Service(agent)
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        await service.started.wait()
        assert service.websocket_port is not None
        _tell(service.websocket_port)


async def serve_backend(agent_url: str) -> None:
    """Pass requests on to an agent: the second hop."""
    from askwire_backend.service import BackendService
    from askwire_resources.logs import configure_logs
    from askwire_resources.settings import BackendSettings

    configure_logs("error")
    settings = BackendSettings(port=0, metrics_port=0, nlp_ws_url=agent_url, max_in_flight=10000)
    service = BackendService(settings)
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        await service.started.wait()
        while not service.pool.usable("nlp_query"):
            await asyncio.sleep(0.01)
        _tell(service.port)


async def serve_fastapi() -> None:
    """Echo with FastAPI on uvicorn."""
    import uvicorn
    from fastapi import FastAPI, WebSocket, WebSocketDisconnect

    app = FastAPI()

    async def echo(socket) -> None:  # type: ignore[no-untyped-def]  # FastAPI reads the annotation set below
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            return

    echo.__annotations__ = {"socket": WebSocket}  # a text, as here, it could not resolve: the name is local
    app.add_api_websocket_route("/", echo)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio", ws_per_message_deflate=False
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        _tell(server.servers[0].sockets[0].getsockname()[1])


async def serve_socketio() -> None:
    """Acknowledge events with Socket.IO, over WebSocket alone."""
    import socketio
    from aiohttp import web

    server = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"])

    async def echo(_: str, data: str) -> str:
        return data

    server.on("echo", echo)
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _tell(runner.addresses[0][1])
    await _FOR_EVER().wait()


async def serve_nats(broker_url: str) -> None:
    """Answer requests that a NATS broker passes on."""
    import nats

    client = await nats.connect(broker_url)

    async def echo(message: Any) -> None:
        await message.respond(message.data)

    await client.subscribe("echo", cb=echo)
    await client.flush()
    _tell(0)
    await _FOR_EVER().wait()


KINDS: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
    "raw": serve_raw,
    "agent": serve_agent,
    "backend": serve_backend,
    "fastapi": serve_fastapi,
    "socketio": serve_socketio,
    "nats": serve_nats,
}


def main(arguments: list[str]) -> None:
    """Serve the kind that is named."""
    import uvloop

    uvloop.run(KINDS[arguments[0]](*arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
