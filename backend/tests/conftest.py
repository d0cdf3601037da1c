"""Small real agents for the backend's tests: they speak over real sockets and answer from a script."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from support.certificates import CertificateFolder

from askwire_agent import Agent, Request, Service
from askwire_backend.service import BackendService
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import (
    CatalogAnswer,
    CatalogPut,
    CatalogPutAnswer,
    CatalogRequest,
    ChartAnswer,
    ChartLibrary,
    ChartLibraryRequest,
    ChartRequest,
    Column,
    ExportAnswer,
    ExportRequest,
    NlpAnswer,
    NlpQuery,
    Outcome,
    ResultColumn,
    SqlAnswer,
    SqlQuery,
    Table,
)
from askwire_protocol.tls import TlsTrust
from askwire_resources.settings import AgentSettings, BackendSettings

TABLES = (Table(schema="public", name="book", columns=(Column(name="title", type="text"),)),)


@dataclasses.dataclass
class Script:
    """What the small agents answer, and what they were asked."""

    version: str = "v1"
    nlp: Callable[[NlpQuery], Awaitable[NlpAnswer]] | None = None
    sql: Callable[[SqlQuery], Awaitable[SqlAnswer]] | None = None
    chart: Callable[[ChartRequest], Awaitable[ChartAnswer]] | None = None
    asked: list[str] = dataclasses.field(default_factory=list)
    known_version: str | None = None


def build_nlp(settings: AgentSettings, script: Script) -> Agent:
    """Answer nlp_query by the script, demanding the catalog first as the real one does."""
    agent = Agent("nlp-agent", "nlp", settings)

    async def put(request: Request[CatalogPut]) -> CatalogPutAnswer:
        script.asked.append("catalog_put")
        script.known_version = request.data.version
        return CatalogPutAnswer(version=request.data.version, complete=True)

    async def query(request: Request[NlpQuery]) -> NlpAnswer:
        script.asked.append("nlp_query")
        if script.known_version != request.data.catalog_version:
            raise RequestFailed(ErrorCode.FAILED_PRECONDITION, "catalog not known")
        if script.nlp is not None:
            return await script.nlp(request.data)
        return NlpAnswer(outcome=Outcome.ANSWERED, sql="SELECT 1", confidence=0.9, context={"turn": 1})

    agent.handle("catalog_put", put, request=CatalogPut)
    agent.handle("nlp_query", query, request=NlpQuery, idempotent=True)
    return agent


def build_data(settings: AgentSettings, script: Script) -> Agent:
    """Answer catalog and sql_query by the script."""
    agent = Agent("data-agent", "data", settings)

    async def catalog(request: Request[CatalogRequest]) -> CatalogAnswer:
        script.asked.append("catalog")
        same = request.data.if_version_not == script.version
        return CatalogAnswer(version=script.version, tables=None if same else TABLES)

    async def query(request: Request[SqlQuery]) -> SqlAnswer:
        script.asked.append("sql_query")
        if script.sql is not None:
            return await script.sql(request.data)
        return SqlAnswer(columns=(ResultColumn(name="n", type="integer"),), rows=[[1]], row_count=1)

    agent.handle("catalog", catalog, request=CatalogRequest)
    agent.handle("sql_query", query, request=SqlQuery, idempotent=True)
    return agent


def build_viz(settings: AgentSettings, script: Script) -> Agent:
    """Answer chart requests by the script."""
    agent = Agent("viz-agent", "viz", settings)
    agent.formats = ("html", "csv")

    async def chart(request: Request[ChartRequest]) -> ChartAnswer:
        script.asked.append("generate_chart")
        if script.chart is not None:
            return await script.chart(request.data)
        return ChartAnswer(chart_type="number", reason="one number", text=f"{request.data.rows}")

    async def export(request: Request[ExportRequest]) -> ExportAnswer:
        return ExportAnswer(format=request.data.format, media_type="text/csv", content="n\n1\n", bytes=4)

    async def library(_: Request[ChartLibraryRequest]) -> ChartLibrary:
        script.asked.append("chart_library")
        return ChartLibrary(version="3", media_type="text/javascript", content="/* drawing */")

    agent.handle("generate_chart", chart, request=ChartRequest, idempotent=True)
    agent.handle("export_chart", export, request=ExportRequest)
    agent.handle("chart_library", library, request=ChartLibraryRequest)
    return agent


BUILDERS = {"nlp": build_nlp, "data": build_data, "viz": build_viz}


@dataclasses.dataclass
class Mesh:
    """A backend and its agents, all in this process, joined by real sockets."""

    script: Script
    agents: dict[str, Service] = dataclasses.field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = dataclasses.field(default_factory=dict)
    backend: BackendService | None = None
    session: aiohttp.ClientSession | None = None
    certificates: CertificateFolder | None = None
    """Where set, every port speaks TLS and every link trusts its authority alone."""

    @property
    def url(self) -> str:
        """Address of the backend's port for people."""
        assert self.backend is not None
        return f"http{self._secure}://127.0.0.1:{self.backend.port}"

    @property
    def _secure(self) -> str:
        return "s" if self.certificates else ""

    @property
    def _tls(self) -> dict[str, str]:
        return self.certificates.settings if self.certificates else {}

    async def start_agent(
        self, kind: str, *, key: str | None = None, port: int = 0, http_port: int = 0, **settings: Any
    ) -> Service:
        """Start one agent, on a given port to come back where it was; ``key`` tells those of a kind apart."""
        base: dict[str, Any] = {"heartbeat_interval_s": 0.1, "drain_s": 1.0}
        made = AgentSettings(**{**base, "websocket_port": port, "http_port": http_port, **self._tls, **settings})
        service = Service(BUILDERS[kind](made, self.script))
        self.agents[key or kind] = service
        self.tasks[key or kind] = asyncio.create_task(service.run())
        await service.started.wait()
        return service

    async def stop_agent(self, kind: str) -> None:
        """Stop one agent as SIGTERM does."""
        self.agents[kind].stop.set()
        await self.tasks.pop(kind)

    async def start_backend(self, **settings: Any) -> None:
        """Start the backend with links to the agents that were started."""
        urls: dict[str, Any] = {}
        for kind, service in self.agents.items():
            if kind not in BUILDERS:
                continue
            if service.websocket_port is not None:
                urls[f"{kind}_ws_url"] = f"ws{self._secure}://127.0.0.1:{service.websocket_port}"
            urls[f"{kind}_http_url"] = f"http{self._secure}://127.0.0.1:{service.http_port}"
        base = {"port": 0, "metrics_port": 0, "heartbeat_interval_s": 0.1, "ask_deadline_s": 10.0, "drain_s": 1.0}
        self.backend = BackendService(BackendSettings(**{**base, **urls, **self._tls, **settings}))
        self.tasks["backend"] = asyncio.create_task(self.backend.run())
        await self.backend.started.wait()
        trust = TlsTrust(str(self.certificates.ca_file)).context() if self.certificates else True
        self.session = aiohttp.ClientSession(self.url, connector=aiohttp.TCPConnector(ssl=trust))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds that changes with the agents' states."""
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)

    async def ready(self) -> None:
        """Wait until each agent answers heartbeats."""
        assert self.backend is not None
        await self.until(lambda: self.backend is not None and self.backend.pool.ready)

    async def ask(self, question: str = "how many books?", **fields: Any) -> tuple[int, dict[str, Any]]:
        """Ask over REST; returns status and body."""
        assert self.session is not None
        async with self.session.post("/v1/ask", json={"question": question, **fields}) as response:
            return response.status, await response.json()

    async def close(self) -> None:
        """Stop everything."""
        if self.session is not None:
            await self.session.close()
        if self.backend is not None:
            self.backend.stop.set()
        for service in self.agents.values():
            service.stop.set()
        for task in self.tasks.values():
            with contextlib.suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def mesh() -> AsyncIterator[Mesh]:
    """A mesh in which nothing is started yet."""
    made = Mesh(Script())
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def running(mesh: Mesh) -> Mesh:
    """A mesh of one agent of each kind and a backend, all answering."""
    for kind in BUILDERS:
        await mesh.start_agent(kind)
    await mesh.start_backend()
    await mesh.ready()
    return mesh
