"""What the tests of the command line share: a state folder of their own, and a small backend in a thread."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import AgentStatus, AgentTable, Ask, AskAnswer, AskTimings, ExportRequest, ResultColumn


@pytest.fixture(autouse=True)
def state_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from a real run: its state folder is its own."""
    path = tmp_path / "state"
    monkeypatch.setenv("ASKWIRE_HOME", str(path))
    for name in ("ASKWIRE_URL", "ASKWIRE_TOKEN_FILE", "ASKWIRE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return path


def make_status(kind: str, **fields: Any) -> AgentStatus:
    """Return a responding agent, but for the fields that are given."""
    base: dict[str, Any] = {
        "agent": f"{kind}-agent",
        "agent_type": kind,
        "url": f"ws://127.0.0.1:80{kind}",
        "transport": "websocket",
        "state": "responding",
        "last_heartbeat_age_s": 1.0,
        "rtt_ms": 0.5,
        "since_s": 3.0,
        "version": "0.1.0",
    }
    return AgentStatus(**{**base, **fields})


def make_table(*statuses: AgentStatus) -> AgentTable:
    """Return a table, by default of one responding agent of each type."""
    agents = statuses or tuple(make_status(kind) for kind in ("nlp", "data", "viz"))
    return AgentTable(agents=agents, ready=all(each.state == "responding" for each in agents), catalog_tables=9)


def make_answer(**fields: Any) -> AskAnswer:
    """Return an answered question of two rows, but for the fields that are given."""
    base: dict[str, Any] = {
        "question": "how many books?",
        "outcome": "answered",
        "timings": AskTimings(total_ms=12.0, nlp_ms=5.0, sql_ms=3.0),
        "sql": "SELECT name, n\nFROM book",
        "columns": (ResultColumn(name="name", type="text"), ResultColumn(name="n", type="integer")),
        "rows": [["Iliad", 3], [None, 4]],
        "row_count": 2,
    }
    return AskAnswer(**{**base, **fields})


@dataclasses.dataclass
class SmallBackend:
    """A backend that answers from what a test put here; ``asked`` and ``exported`` are what it was sent."""

    url: str = ""
    table: AgentTable = dataclasses.field(default_factory=make_table)
    answer: Callable[[Ask], AskAnswer] = lambda _: make_answer()
    export: Callable[[ExportRequest], bytes] = lambda _: b"<html>chart</html>"
    asked: list[Ask] = dataclasses.field(default_factory=list)
    exported: list[ExportRequest] = dataclasses.field(default_factory=list)
    tokens: list[str | None] = dataclasses.field(default_factory=list)

    def app(self) -> web.Application:
        """Return the REST API."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/v1/agents", self._agents),
                web.post("/v1/ask", self._ask),
                web.post("/v1/export", self._export),
            ]
        )
        return app

    async def _agents(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("Authorization"))
        return web.Response(body=msgspec.json.encode(self.table))

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        ask = msgspec.json.decode(await request.read(), type=Ask)
        self.asked.append(ask)
        response = web.StreamResponse()
        await response.prepare(request)
        progress = {"type": "progress_update", "data": {"stage": "nlp", "progress": 0.1, "message": "reading"}}
        await response.write(msgspec.json.encode(progress) + b"\n")
        try:
            line: dict[str, Any] = {"type": "ask_response", "data": self.answer(ask)}
        except RequestFailed as failed:
            line = {"type": "error", "error": failed.body()}
        await response.write(msgspec.json.encode(line) + b"\n")
        return response

    async def _export(self, request: web.Request) -> web.Response:
        export = msgspec.json.decode(await request.read(), type=ExportRequest)
        self.exported.append(export)
        try:
            return web.Response(body=self.export(export))
        except RequestFailed as failed:
            return web.Response(status=422, body=msgspec.json.encode({"error": failed.body()}))


def fail_with(code: ErrorCode, message: str) -> Callable[[Any], Any]:
    """Return an answer that is an error."""

    def fail(_: Any) -> Any:
        raise RequestFailed(code, message)

    return fail


@pytest.fixture
def small_backend() -> Iterator[SmallBackend]:
    """A small backend on a free port, in a loop of its own, since commands run loops of their own."""
    backend = SmallBackend()
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(backend.app(), access_log=None, shutdown_timeout=0.5)

    async def start() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        backend.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield backend
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Samples:
    """Makers of what a backend answers, for tests in the folders below."""

    status = staticmethod(make_status)
    table = staticmethod(make_table)
    answer = staticmethod(make_answer)
    failing = staticmethod(fail_with)


@pytest.fixture
def samples() -> Samples:
    """Makers of what a backend answers."""
    return Samples()
