"""The life of an agent process: start, serve, drain, stop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import ssl
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from websockets.asyncio.server import Server, ServerConnection

from askwire_agent.admission import Admission
from askwire_agent.agent import Agent
from askwire_agent.dispatch import Dispatcher
from askwire_agent.health import Health
from askwire_agent.http_port import build_app, open_port
from askwire_agent.loop_lag import LoopLag
from askwire_agent.metrics import Metrics
from askwire_agent.session import Session
from askwire_protocol.close_codes import CloseCode
from askwire_protocol.credentials import TokenReader, TokenUnreadable, demand_token
from askwire_protocol.errors import RequestFailed
from askwire_protocol.messages.agents import GoAway
from askwire_protocol.server import listen
from askwire_protocol.tls import TlsUnusable, open_identity
from askwire_resources.port_failure import explain_port_failure

__all__ = ["Service", "StartFailed"]

_log = structlog.get_logger()
_GAUGES_S = 1.0
_CLOSE_JITTER_S = 0.2
_CLOSED_S = 5.0


class StartFailed(Exception):
    """The process cannot serve; the text is one sentence for the person who started it."""


class Service:
    """Serves one agent until ``stop`` is set.

    ``websocket_port`` and ``http_port`` are the ports that were really opened (of use where the settings say 0).
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.stop = asyncio.Event()
        self.started = asyncio.Event()
        self.websocket_port: int | None = None
        self.http_port: int | None = None
        self._sessions: set[Session] = set()
        self._lag = LoopLag()
        self._metrics = Metrics()
        self._admission = Admission(agent.settings.max_in_flight)
        self._health = Health(agent, self._admission, self._lag, lambda: len(self._sessions))
        self._dispatcher = Dispatcher(agent, self._admission, self._health, self._metrics)
        self._server: Server | None = None
        self._runner: web.AppRunner | None = None
        self._read_token: TokenReader = lambda: None

    async def run(self) -> None:
        """Serve until ``stop`` is set, then drain.

        Raises:
            StartFailed: a port is taken, token or certificate cannot be read, or a function of ``on_start`` failed.
        """
        async with asyncio.TaskGroup() as group:
            watching = [group.create_task(self._lag.watch()), group.create_task(self._update_gauges())]
            try:
                if await self._start_unless_stopped():
                    self.started.set()
                    await self.stop.wait()
                await self._drain()
            finally:
                for task in watching:
                    task.cancel()
                await self._end()

    async def _start_unless_stopped(self) -> bool:
        """Start; False when ``stop`` came before that was done."""
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting
            return starting.done()
        finally:
            starting.cancel()
            stopping.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)

    async def _start(self) -> None:
        settings = self.agent.settings
        tls = self._read_secrets()
        self.agent.workers.start()
        await self._open_ports(tls)
        _log.info(
            "agent listening",
            websocket_port=self.websocket_port,
            http_port=self.http_port,
            instance_id=self.agent.instance_id,
            websockets=settings.enable_websockets,
            auth=settings.auth,
            tls=tls is not None,
        )
        for starter in self.agent.starters:
            await _run_starter(starter)
        self._health.started = True
        _log.info("agent started", types=self.agent.types)

    def _read_secrets(self) -> ssl.SSLContext | None:
        settings = self.agent.settings
        try:
            self._read_token = demand_token(settings.auth, settings.token_file, _report_unreadable)
            identity = open_identity(settings.tls_cert_file, settings.tls_key_file, _report_unreadable)
        except (TokenUnreadable, TlsUnusable) as problem:
            raise StartFailed(str(problem)) from problem
        return identity.context if identity else None

    async def _open_ports(self, tls: ssl.SSLContext | None) -> None:
        settings = self.agent.settings
        host = settings.websocket_host
        app = build_app(
            self._dispatcher,
            self._health,
            self._metrics,
            read_token=self._read_token,
            max_message_bytes=settings.max_message_bytes,
        )
        try:
            self._runner = await open_port(app, host, settings.http_port, tls=tls)
            self.http_port = self._runner.addresses[0][1]
        except OSError as problem:
            text = explain_port_failure("HTTP_PORT", host, settings.http_port, problem)
            raise StartFailed(text) from problem
        if not settings.enable_websockets:
            return
        try:
            self._server = await listen(
                self._accept,
                host,
                settings.websocket_port,
                hard_max_message_bytes=settings.max_message_bytes * 4,
                max_connections=settings.max_connections,
                read_token=self._read_token,
                tls=tls,
            )
            self.websocket_port = next(iter(self._server.sockets)).getsockname()[1]
        except OSError as problem:
            text = explain_port_failure("WEBSOCKET_PORT", host, settings.websocket_port, problem)
            raise StartFailed(text) from problem

    async def _accept(self, socket: ServerConnection) -> None:
        session = Session(
            socket,
            self._dispatcher,
            secrets.token_hex(8),
            read_token=self._read_token,
            hello_timeout_s=self.agent.settings.hello_timeout_s,
        )
        self._sessions.add(session)
        try:
            await session.serve(self.agent.welcome())
        finally:
            self._sessions.discard(session)

    async def _drain(self) -> None:
        """Refuse new requests, let those in flight finish, then close the connections one after another."""
        self._admission.draining = True
        idle = asyncio.Event()
        self._admission.on_idle = idle.set
        _log.info("draining", in_flight=self._admission.in_flight, connections=len(self._sessions))
        going = GoAway(reason="shutdown", grace_ms=round(self.agent.settings.drain_s * 1000))
        async with asyncio.TaskGroup() as group:
            for session in tuple(self._sessions):
                group.create_task(session.go_away(going))
        if self._server is not None:
            self._server.close(close_connections=False)
        if self._admission.in_flight:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.agent.settings.drain_s):
                    await idle.wait()
        async with asyncio.TaskGroup() as group:
            for session in tuple(self._sessions):
                group.create_task(self._dismiss(session))
        _log.info("drained", left=self._admission.in_flight)

    async def _dismiss(self, session: Session) -> None:
        """Close one connection at a random moment, so that not all peers come back in the same one."""
        await asyncio.sleep(random.uniform(0, _CLOSE_JITTER_S))  # noqa: S311 - spread
        await session.close(CloseCode.RESTART, "service restart")

    async def _end(self) -> None:
        async with contextlib.AsyncExitStack() as ending:  # each step is taken whatever becomes of those before it
            ending.push_async_callback(self.agent.workers.stop)
            for stopper in reversed(self.agent.stoppers):
                ending.push_async_callback(stopper)
            if self._runner is not None:
                ending.push_async_callback(self._runner.cleanup)
            if self._server is not None:
                self._server.close()
                ending.push_async_callback(_wait_closed, self._server)

    async def _update_gauges(self) -> None:
        while True:
            self._metrics.in_flight.set(self._admission.in_flight)
            self._metrics.waiting.set(self.agent.workers.waiting)
            self._metrics.restarts.set(self.agent.workers.restarts)
            self._metrics.connections.set(len(self._sessions))
            self._metrics.loop_lag.set(self._lag.worst_s)
            await asyncio.sleep(_GAUGES_S)


async def _run_starter(starter: Callable[[], Awaitable[None]]) -> None:
    try:
        await starter()
    except StartFailed:
        raise
    except RequestFailed as failed:
        raise StartFailed(failed.message) from failed
    except Exception as problem:
        _log.exception("start failed")
        raise StartFailed(f"The agent cannot start: {type(problem).__name__}: {problem}.") from problem


async def _wait_closed(server: Server) -> None:
    try:
        async with asyncio.timeout(_CLOSED_S):
            await server.wait_closed()
    except TimeoutError:
        _log.error("connections did not end")


def _report_unreadable(problem: str) -> None:
    _log.error("token or certificate not readable", problem=problem)
