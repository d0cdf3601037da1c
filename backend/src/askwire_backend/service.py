"""The life of the backend process: start, serve, drain, stop."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import structlog
from aiohttp import web

from askwire_backend import __version__
from askwire_backend.api import Api
from askwire_backend.ask import Asker
from askwire_backend.authentication import Authentication
from askwire_backend.browser_session import Identity
from askwire_backend.catalog_sync import CatalogSync
from askwire_backend.chart_library import ChartLibraryCache
from askwire_backend.endpoints import EndpointsError, static_endpoints
from askwire_backend.health_port import build_health_app
from askwire_backend.metrics import Metrics
from askwire_backend.pool import Pool
from askwire_backend.requests import Requests
from askwire_protocol.credentials import TokenReader, TokenUnreadable, demand_token, read_token_file
from askwire_protocol.http_log import http_logger
from askwire_protocol.tls import TlsUnusable, open_identity
from askwire_resources.port_failure import explain_port_failure
from askwire_resources.settings import BackendSettings

__all__ = ["BackendService", "StartFailed"]

_log = structlog.get_logger()


class StartFailed(Exception):
    """The process cannot serve; the text is one sentence for the person who started it."""


class BackendService:
    """Serves until ``stop`` is set; ``port`` and ``metrics_port`` are those that were really opened."""

    def __init__(self, settings: BackendSettings) -> None:
        try:
            endpoints = static_endpoints(settings)
        except EndpointsError as wrong:
            raise StartFailed(str(wrong)) from wrong
        read_token, self._tls = _read_secrets(settings)
        self._settings = settings
        metrics = Metrics()
        self.pool = Pool(settings, endpoints, metrics)
        self._catalogs = CatalogSync(self.pool)
        asker = Asker(self.pool, self._catalogs, metrics)
        self._requests = Requests(self.pool, self._catalogs, asker, max_in_flight=settings.max_in_flight)
        library = ChartLibraryCache(self.pool)
        authentication = Authentication(read_token, metrics)
        self._api = Api(settings, self._requests, library, Identity(__version__), metrics, authentication)
        self._health_app = build_health_app(self.pool, self._requests, metrics)
        self.stop = asyncio.Event()
        self.started = asyncio.Event()
        self.port = 0
        self.metrics_port = 0
        self._runners: list[web.AppRunner] = []

    async def run(self) -> None:
        """Serve until ``stop`` is set, then drain.

        Raises:
            StartFailed: a port is taken.
        """
        settings = self._settings
        try:
            self.port = await self._open(self._api.build_app(), settings.port, "HTTP_PORT")
            self.metrics_port = await self._open(self._health_app, settings.metrics_port, "METRICS_PORT")
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(self.pool.run()), group.create_task(self._catalogs.run())]
                _log.info(
                    "backend listening",
                    port=self.port,
                    metrics_port=self.metrics_port,
                    auth=settings.auth,
                    tls=self._tls is not None,
                    agents=[one.endpoint.url for one in self.pool.replicas],
                )
                self.started.set()
                await self.stop.wait()
                await self._drain()
                for task in running:
                    task.cancel()
        finally:
            for runner in self._runners:
                await runner.cleanup()

    async def _open(self, app: web.Application, port: int, variable: str) -> int:
        runner = web.AppRunner(
            app, access_log=None, logger=http_logger(), handler_cancellation=True, shutdown_timeout=1.0
        )
        await runner.setup()
        self._runners.append(runner)
        host = self._settings.host
        try:
            await web.TCPSite(runner, host, port, backlog=1024, ssl_context=self._tls).start()
        except OSError as problem:
            raise StartFailed(explain_port_failure(variable, host, port, problem)) from problem
        opened: int = runner.addresses[0][1]
        return opened

    async def _drain(self) -> None:
        idle = asyncio.Event()
        self._requests.on_idle = idle.set
        self._requests.draining = True
        _log.info("draining", in_flight=self._requests.in_flight, browsers=len(self._api.sessions))
        await self._api.go_away(self._settings.drain_s)
        if self._requests.in_flight:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.drain_s):
                    await idle.wait()
        await self._api.close_sessions()
        _log.info("drained", left=self._requests.in_flight)


def _read_secrets(settings: BackendSettings) -> tuple[TokenReader, ssl.SSLContext | None]:
    try:
        read_token = demand_token(settings.auth, settings.token_file, _report_unreadable)
        if settings.token_file is not None:
            read_token_file(settings.token_file)  # agents may demand it, also where this port does not
        identity = open_identity(settings.tls_cert_file, settings.tls_key_file, _report_unreadable)
    except (TokenUnreadable, TlsUnusable) as problem:
        raise StartFailed(str(problem)) from problem
    return read_token, identity.context if identity else None


def _report_unreadable(problem: str) -> None:
    _log.error("token or certificate not readable", problem=problem)
