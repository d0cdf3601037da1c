"""The port for people: REST, /ws, the page and its files."""

from __future__ import annotations

import asyncio
import base64
import random

import msgspec
from aiohttp import HttpVersion11, web

from askwire_backend.answers import failed_response, json_response
from askwire_backend.authentication import WEBSOCKET_PATH, Authentication
from askwire_backend.borders import Borders, add_security_headers
from askwire_backend.browser_session import BrowserSession, Identity
from askwire_backend.chart_library import ChartLibraryCache
from askwire_backend.metrics import Metrics
from askwire_backend.page_files import PageFiles
from askwire_backend.progress_relay import ProgressRelay
from askwire_backend.requests import Requests
from askwire_protocol.close_codes import CLOSE_CODES, CloseCode
from askwire_protocol.codec import decode_data, encode, encode_data
from askwire_protocol.envelope import SUBPROTOCOL, Envelope
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import ExportAnswer, GoAway, Progress
from askwire_resources.settings import BackendSettings

__all__ = ["Api"]

_MAX_CHART_BYTES = 8 * 1024 * 1024
_NDJSON = "application/x-ndjson"
_CLOSE_JITTER_S = 0.5


class Api:
    """Routes and the sessions that are open."""

    def __init__(
        self,
        settings: BackendSettings,
        requests: Requests,
        library: ChartLibraryCache,
        identity: Identity,
        metrics: Metrics,
        authentication: Authentication,
    ) -> None:
        self._settings = settings
        self._requests = requests
        self._library = library
        self._identity = identity
        self._metrics = metrics
        self._authentication = authentication
        self._files = PageFiles()
        self.sessions: set[BrowserSession] = set()

    def build_app(self) -> web.Application:
        """Return the application."""
        middlewares = [Borders(self._settings).middleware, self._authentication.middleware]
        app = web.Application(middlewares=middlewares, client_max_size=_MAX_CHART_BYTES)
        app.on_response_prepare.append(add_security_headers)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/static/{name}", self._static),
                web.get("/chart-library.js", self._chart_library),
                web.get("/v1/agents", self._agents),
                web.post("/v1/ask", self._ask),
                web.post("/v1/sql", self._sql),
                web.post("/v1/chart", self._chart),
                web.post("/v1/export", self._export),
            ]
        )
        if self._settings.enable_websockets:
            app.add_routes([web.get(WEBSOCKET_PATH, self._websocket)])
        return app

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return self._files.respond("index.html", request)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return self._files.respond(request.match_info["name"], request)

    async def _chart_library(self, _: web.Request) -> web.StreamResponse:
        try:
            library = await self._library.get()
        except RequestFailed as failed:
            return failed_response(failed)
        headers = {"Content-Type": library.media_type, "Cache-Control": "private, max-age=3600"}
        response = web.Response(body=library.content.encode(), headers=headers)
        response.enable_compression()
        return response

    async def _agents(self, _: web.Request) -> web.Response:
        return json_response(encode_data(self._requests.agents()))

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, self._settings.max_message_bytes)
        if isinstance(body, web.Response):
            return body
        if _NDJSON in request.headers.get("Accept", ""):
            return await self._stream_ask(request, body)
        return await self._answer("ask", body)

    async def _sql(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, self._settings.max_message_bytes)
        return body if isinstance(body, web.Response) else await self._answer("sql_query", body)

    async def _chart(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, _MAX_CHART_BYTES)
        return body if isinstance(body, web.Response) else await self._answer("generate_chart", body)

    async def _export(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, _MAX_CHART_BYTES)
        if isinstance(body, web.Response):
            return body
        try:
            answer = await self._requests.answer(
                "export_chart", body, deadline_s=self._settings.ask_deadline_s, report=_no_report
            )
            export = decode_data(encode_data(answer), ExportAnswer, hostile=False)
        except RequestFailed as failed:
            return failed_response(failed)
        content = base64.b64decode(export.content) if export.encoding == "base64" else export.content.encode()
        name = f"chart.{export.format}" if export.format.isalnum() else "chart"
        headers = {"Content-Type": export.media_type, "Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=content, headers=headers)

    async def _body(self, request: web.Request, max_bytes: int) -> msgspec.Raw | web.Response:
        if request.content_type != "application/json":
            return failed_response(RequestFailed(ErrorCode.INVALID_MESSAGE, "The body has to be application/json."))
        if (request.content_length or 0) > max_bytes:
            return _too_large(max_bytes)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _too_large(max_bytes)
        return _too_large(max_bytes) if len(body) > max_bytes else msgspec.Raw(body)

    async def _answer(self, type_: str, body: msgspec.Raw) -> web.Response:
        try:
            answer = await self._requests.answer(
                type_, body, deadline_s=self._settings.ask_deadline_s, report=_no_report
            )
        except RequestFailed as failed:
            return failed_response(failed)
        return json_response(encode_data(answer))

    async def _stream_ask(self, request: web.Request, body: msgspec.Raw) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": _NDJSON, "Cache-Control": "no-store"})
        await response.prepare(request)

        async def send_progress(progress: Progress) -> None:
            await response.write(encode(Envelope(type="progress_update", data=encode_data(progress))) + b"\n")

        relay = ProgressRelay(send_progress)
        try:
            async with relay.running():
                answer = await self._requests.answer(
                    "ask", body, deadline_s=self._settings.ask_deadline_s, report=relay.report
                )
            last = Envelope(type="ask_response", data=encode_data(answer))
        except RequestFailed as failed:
            last = Envelope(type="error", error=failed.body())
        await response.write(encode(last) + b"\n")
        await response.write_eof()
        return response

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        settings = self._settings
        if len(self.sessions) >= settings.max_connections:
            return web.Response(status=503, text="Too many connections.\n")
        if request.version < HttpVersion11:
            return web.Response(status=505, text="WebSocket needs HTTP/1.1.\n")
        if request.can_read_body:  # whatever comes behind such a head is not ours to read as frames
            return web.Response(status=400, text="A handshake has no body.\n")
        offered = request.headers.get("Sec-WebSocket-Protocol")
        if offered is not None and SUBPROTOCOL not in [name.strip() for name in offered.split(",")]:
            return web.Response(status=400, text=f"The subprotocol spoken here is {SUBPROTOCOL}.\n")
        socket = web.WebSocketResponse(
            max_msg_size=settings.max_message_bytes * 4,
            compress=False,
            timeout=1.0,
            heartbeat=30.0,
            protocols=(SUBPROTOCOL,),
        )
        await socket.prepare(request)
        session = BrowserSession(
            socket,
            self._requests,
            self._identity,
            settings,
            authenticated=self._authentication.vouches_for(request),
            read_token=self._authentication.read_token,
            on_refused=lambda code: self._authentication.note_refused(request, CLOSE_CODES[code].meaning),
        )
        self.sessions.add(session)
        self._metrics.browsers.set(len(self.sessions))
        try:
            await session.serve()
        finally:
            self.sessions.discard(session)
            self._metrics.browsers.set(len(self.sessions))
        return socket

    async def go_away(self, grace_s: float) -> None:
        """Ask every browser to send nothing new here."""
        going = GoAway(reason="shutdown", grace_ms=round(grace_s * 1000))
        async with asyncio.TaskGroup() as group:
            for session in tuple(self.sessions):
                group.create_task(session.go_away(going))

    async def close_sessions(self) -> None:
        """Close every connection, spread over a moment so that not all browsers come back in the same one."""
        async with asyncio.TaskGroup() as group:
            for session in tuple(self.sessions):
                group.create_task(_dismiss(session))


async def _dismiss(session: BrowserSession) -> None:
    await asyncio.sleep(random.uniform(0, _CLOSE_JITTER_S))  # noqa: S311 - spread
    await session.close(CloseCode.RESTART, "service restart")


def _no_report(_: Progress) -> None:
    """Drop the progress of a request whose asker only wants the answer."""


def _too_large(max_bytes: int) -> web.Response:
    return failed_response(RequestFailed(ErrorCode.TOO_LARGE, f"The body may have at most {max_bytes} bytes."))
