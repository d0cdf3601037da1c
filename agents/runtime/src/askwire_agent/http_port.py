"""The HTTP port of an agent: health, metrics, and the messages of the protocol for those without WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl

import structlog
from aiohttp import web

from askwire_agent.credit_gate import CreditGate
from askwire_agent.dispatch import Dispatcher
from askwire_agent.health import Health
from askwire_agent.metrics import Metrics
from askwire_protocol.credentials import TokenReader, has_token_in_query, header_matches
from askwire_protocol.errors import ERROR_CODES
from askwire_protocol.hosts import host_allowed
from askwire_protocol.http_client import MESSAGES_PATH
from askwire_protocol.http_log import http_logger
from askwire_protocol.incoming import Accepted, ControlAsked, Incoming, Refused
from askwire_protocol.messages.agents import Check

__all__ = ["build_app", "open_port"]

_log = structlog.get_logger()
_NDJSON = "application/x-ndjson"
_BODY_S = 30.0
_WRITE_S = 10.0


def build_app(
    dispatcher: Dispatcher, health: Health, metrics: Metrics, *, read_token: TokenReader, max_message_bytes: int
) -> web.Application:
    """Return the application with its five routes."""

    async def livez(request: web.Request) -> web.Response:
        return _checks(request, health.liveness())

    async def readyz(request: web.Request) -> web.Response:
        return _checks(request, health.checks())

    async def render_metrics(_: web.Request) -> web.Response:
        metrics.ready.set(health.ready())
        return web.Response(body=metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def messages(request: web.Request) -> web.StreamResponse:
        refusal = _refusal(request, read_token())
        if refusal is not None:
            return refusal
        return await _serve_message(request, dispatcher)

    app = web.Application(client_max_size=max_message_bytes * 2)
    app.add_routes(
        [
            web.get("/livez", livez),
            web.get("/readyz", readyz),
            web.get("/metrics", render_metrics),
            web.post(MESSAGES_PATH, messages),
        ]
    )
    return app


async def open_port(app: web.Application, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> web.AppRunner:
    """Open the port; requests of a peer that left are cancelled."""
    runner = web.AppRunner(app, access_log=None, logger=http_logger(), handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    return runner


def _checks(request: web.Request, checks: tuple[Check, ...]) -> web.Response:
    failed = [check for check in checks if not check.ok]
    if "verbose" in request.query or failed:
        lines = [f"[{'+' if check.ok else '-'}] {check.name} {check.message}".rstrip() for check in checks]
    else:
        lines = ["ok"]
    return web.Response(text="\n".join(lines) + "\n", status=503 if failed else 200)


def _refusal(request: web.Request, token: str | None) -> web.Response | None:
    if "Origin" in request.headers:
        return web.Response(status=403, text="Pages of browsers may not ask agents.\n")
    if not host_allowed(request.headers.get("Host")):
        return web.Response(status=403, text="This Host is not served here.\n")
    if has_token_in_query(request.path_qs):
        return web.Response(status=400, text="A token does not belong into an address.\n")
    if token is not None and not header_matches(request.headers.getall("Authorization", []), token):
        headers = {"WWW-Authenticate": 'Bearer realm="askwire"'}
        return web.Response(status=401, text="A valid token is needed.\n", headers=headers)
    if request.content_type != "application/json":
        return web.Response(status=415, text="Messages are application/json.\n")
    return None


async def _serve_message(request: web.Request, dispatcher: Dispatcher) -> web.StreamResponse:
    incoming = dispatcher.open(secrets.token_hex(8), counts_credit=False)
    try:
        async with asyncio.timeout(_BODY_S):
            body = await request.read()
    except TimeoutError:
        return web.Response(status=408, text="The message did not come in time.\n")
    event = incoming.receive(body)
    match event:
        case ControlAsked():
            return _line(dispatcher.answer_control(incoming, event))
        case Accepted():
            refused = dispatcher.admit(incoming, event)
            if refused is not None:
                return _line(refused.reply, status=ERROR_CODES[refused.code].http_status)
            return await _stream(request, dispatcher, incoming, event)
        case Refused(reply, code, _):
            dispatcher.count_refused(code)
            return _line(reply, status=ERROR_CODES[code].http_status)
        case _:
            return web.Response(status=204)


def _line(message: bytes, *, status: int = 200) -> web.Response:
    return web.Response(body=message + b"\n", status=status, headers={"Content-Type": _NDJSON})


async def _stream(
    request: web.Request, dispatcher: Dispatcher, incoming: Incoming, accepted: Accepted
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": _NDJSON, "Cache-Control": "no-store"})
    writing = asyncio.Lock()

    async def send(message: bytes) -> None:
        # A requester who left is noticed by the server, which cancels this request.
        with contextlib.suppress(ConnectionError):
            try:
                async with asyncio.timeout(_WRITE_S), writing:
                    if not response.prepared:
                        await response.prepare(request)
                    await response.write(message + b"\n")
            except TimeoutError:
                _log.info("slow reader", client_id=incoming.client_id)
                if request.transport is not None:
                    request.transport.abort()

    await dispatcher.work(incoming, accepted, send, CreditGate(incoming))
    return response
