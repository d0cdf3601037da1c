"""Speak the backend's API towards the page, with answers that a test gives."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from askwire_backend.borders import SECURITY_HEADERS

__all__ = ["StubBackend", "page_folder"]

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}


def page_folder() -> Path:
    """Return the folder of the page's files."""
    return Path(str(files("askwire_backend") / "page"))


def _chart_library() -> Path:
    spec = find_spec("bokeh")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "server" / "static" / "js" / "bokeh.min.js"


class StubBackend:
    """Answers every question with ``answer`` (or ``error``), after the progress messages of ``stages``.

    ``hold`` keeps questions waiting while it is not set. What the page sent is in ``received``.
    """

    def __init__(self, agents: dict[str, Any]) -> None:
        self.agents = agents
        self.answer: dict[str, Any] = {}
        self.sql_answer: dict[str, Any] = {}
        self.chart_answer: dict[str, Any] = {}
        self.error: dict[str, Any] | None = None
        self.stages: tuple[str, ...] = ("nlp", "sql", "chart")
        self.hold = asyncio.Event()
        self.hold.set()
        self.websockets = True
        self.token: str | None = None
        """Where set, it is demanded as the backend does."""
        self.received: list[dict[str, Any]] = []
        self.url = ""
        self._arrived = asyncio.Condition()
        self._sockets: set[web.WebSocketResponse] = set()

    def of_type(self, message_type: str) -> list[dict[str, Any]]:
        """Return the ``data`` of what was received of one type."""
        return [message.get("data", {}) for message in self.received if message["type"] == message_type]

    async def wait_for(self, message_type: str) -> list[dict[str, Any]]:
        """Wait until a message of a type has come and return the ``data`` of all of that type."""
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: bool(self.of_type(message_type)))
        return self.of_type(message_type)

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[StubBackend]:
        """Serve on a free port of the loopback until the block ends."""
        application = web.Application(client_max_size=8 * 1024 * 1024, middlewares=[self._check])
        application.add_routes(
            [
                web.get("/", self._index),
                web.get("/static/{name}", self._static),
                web.get("/chart-library.js", self._library),
                web.get("/ws", self._socket),
                web.get("/v1/agents", self._agents),
                web.post("/v1/ask", self._ask),
                web.post("/v1/sql", self._sql),
                web.post("/v1/chart", self._chart),
                web.post("/v1/export", self._export),
            ]
        )
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/"
        try:
            yield self
        finally:
            self.hold.set()
            await self.drop_sockets()
            await runner.cleanup()

    async def drop_sockets(self) -> None:
        """Close every WebSocket, as a backend does that is restarted."""
        for socket in list(self._sockets):
            await socket.close()

    @web.middleware
    async def _check(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        given = request.headers.get("Authorization")
        if self.token is None or not request.path.startswith("/v1/") or given == f"Bearer {self.token}":
            return await handler(request)
        error = {"code": "UNAUTHENTICATED", "message": "A token is needed.", "type": "server_error"}
        return web.json_response({"error": error}, status=401)

    def _file(self, name: str) -> web.Response:
        path = page_folder() / name
        if not path.is_file():
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), content_type=_TYPES[path.suffix], headers=SECURITY_HEADERS)

    async def _index(self, _request: web.Request) -> web.Response:
        return self._file("index.html")

    async def _static(self, request: web.Request) -> web.Response:
        return self._file(request.match_info["name"])

    async def _library(self, _request: web.Request) -> web.Response:
        return web.Response(body=_chart_library().read_bytes(), content_type="text/javascript")

    async def _agents(self, _request: web.Request) -> web.Response:
        return web.json_response(self.agents)

    async def _sql(self, request: web.Request) -> web.Response:
        self.received.append({"type": "POST /v1/sql", "data": await request.json()})
        return web.json_response(self.sql_answer)

    async def _chart(self, request: web.Request) -> web.Response:
        self.received.append({"type": "POST /v1/chart", "data": await request.json()})
        return web.json_response(self.chart_answer)

    async def _export(self, request: web.Request) -> web.Response:
        self.received.append({"type": "POST /v1/export", "data": await request.json()})
        return web.Response(body=b"month,revenue\n", content_type="text/csv")

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        self.received.append({"type": "POST /v1/ask", "data": await request.json()})
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        async for message in self._outcome("http"):
            await response.write(json.dumps(message).encode() + b"\n")
        return response

    async def _outcome(self, message_id: str) -> AsyncIterator[dict[str, Any]]:
        for stage in self.stages:
            yield {"type": "progress_update", "response_to": message_id, "data": {"stage": stage, "progress": 0.5}}
        await self.hold.wait()
        if self.error is not None:
            yield {"type": "error", "response_to": message_id, "error": self.error}
        else:
            yield {"type": "ask_response", "response_to": message_id, "data": self.answer}

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not self.websockets:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse(max_msg_size=64 * 1024)
        await socket.prepare(request)
        self._sockets.add(socket)
        welcome: dict[str, Any] = {
            "capabilities": ["ask", "agents"],
            "heartbeat": {"interval_ms": 200, "timeout_ms": 1000},
            "auth": "none" if self.token is None else "required",
        }
        await socket.send_json({"type": "connection_established", "data": welcome})
        async with asyncio.TaskGroup() as group:
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    message = json.loads(frame.data)
                    self.received.append(message)
                    async with self._arrived:
                        self._arrived.notify_all()
                    group.create_task(self._respond(socket, message))
        self._sockets.discard(socket)
        return socket

    async def _respond(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        message_id = message.get("message_id", "")
        # The page may leave at any moment of a test.
        with contextlib.suppress(ConnectionError):
            if message["type"] == "hello":
                await self._greet(socket, message)
            elif message["type"] == "ask":
                async for out in self._outcome(message_id):
                    await socket.send_json(out)
            elif message["type"] == "agents":
                await socket.send_json({"type": "agents_response", "response_to": message_id, "data": self.agents})
            elif message["type"] == "sql_query":
                answer = {"type": "sql_query_response", "response_to": message_id, "data": self.sql_answer}
                await socket.send_json(answer)
            elif message["type"] == "heartbeat":
                await socket.send_json({"type": "heartbeat_response", "from": "backend", "server_time": 0})

    async def _greet(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        if message["data"].get("token") == self.token:
            answer = {"protocol_version": "1.1", "features": []}
            await socket.send_json({"type": "hello_response", "response_to": message["message_id"], "data": answer})
            return
        error = {"code": "UNAUTHENTICATED", "message": "That is not the token.", "type": "server_error"}
        await socket.send_json({"type": "error", "response_to": message["message_id"], "error": error})
        await socket.close(code=4401)
