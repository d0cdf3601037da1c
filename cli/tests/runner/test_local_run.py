"""A whole run with small real processes in place of agents and backend."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from askwire.backend_api import BackendApi
from askwire.console import make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import read_record
from askwire.runner.database import AskedDatabase
from askwire.runner.local_run import DATABASE_URL_FILE, LocalRun
from askwire.runner.plan import PlannedProcess, RunPlan
from askwire.runner.ports import iterate_free_ports
from askwire.runner.screen import Screen
from askwire.state_folder import StateFolder
from askwire_resources.defaults import Ports
from askwire_resources.environment import AgentAddress
from askwire_resources.model import AgentType

_AGENT = """
import os, signal, sys, time
def end(*_):
    with open(os.environ["ENDS"], "a") as ends: ends.write(os.environ["NAME"] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
if os.environ.get("DIES"):
    print('{"event": "cannot start", "level": "error", "problem": "no model"}', flush=True)
    sys.exit(1)
while True: signal.pause()
"""
_BACKEND = """
import http.server, json, os, signal, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        agent = {"agent": "a", "agent_type": "data", "url": os.environ["URL"], "transport": "websocket",
                 "state": os.environ["STATE"], "status": os.environ["STATUS"],
                 "problem": "database: refused.\\nGRANT x", "last_error": "refused", "rtt_ms": 1.0}
        body = json.dumps({"agents": [agent], "ready": True}).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["HTTP_PORT"])), Handler)
def end(*_):
    with open(os.environ["ENDS"], "a") as ends: ends.write("backend-0\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
server.serve_forever()
"""


class _World:
    """A plan of small processes, and what became of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ends = path / "ends"
        self.ends.touch()
        self.folder = StateFolder(path / "state")
        self.folder.make()
        (path / "small_agent.py").write_text(_AGENT)
        (path / "small_backend.py").write_text(_BACKEND)
        self.output = io.StringIO()
        self.stop = asyncio.Event()
        self.closed: list[str] = []

    def plan(self, *, state: str = "responding", status: str = "ok", dies: bool = False) -> RunPlan:
        """Return a data agent (which waits for the database) and a backend that says ``state`` and ``status`` of it."""
        ports = iterate_free_ports()
        agent = self._process("data-0", AgentType.DATA, "small_agent", ports, {"DATABASE_URL_FILE": "x"})
        said = {"STATE": state, "STATUS": status}
        backend = self._process("backend-0", AgentType.BACKEND, "small_backend", ports, said)
        backend.environment["URL"] = str(agent.address.websocket_url)
        if dies:
            agent.environment["DIES"] = "1"
        return RunPlan(processes=(agent, backend), page_url=backend.address.http_url)

    def _process(
        self, name: str, kind: AgentType, module: str, ports: Iterator[int], more: dict[str, str]
    ) -> PlannedProcess:
        websocket, http = next(ports), next(ports)
        base = {"PYTHONPATH": str(self.path), "ENDS": str(self.ends), "NAME": name, "HTTP_PORT": str(http)}
        return PlannedProcess(
            name=name,
            type=kind,
            module=module,
            environment=base | more,
            ports=Ports(websocket=websocket, http=http),
            address=AgentAddress(
                type=kind, websocket_url=f"ws://127.0.0.1:{websocket}", http_url=f"http://127.0.0.1:{http}"
            ),
            mesh="default/default",
            drain_s=10.0,
        )

    def run(self, plan: RunPlan, *, start_timeout_s: float = 20.0) -> LocalRun:
        """Return a run of the plan that writes to ``output``."""
        screen = Screen(make_console(self.output))
        return LocalRun(plan, self.folder, screen, self.stop, start_timeout_s=start_timeout_s)

    def open_database(self) -> AskedDatabase:
        """Return a database without a server."""
        return AskedDatabase(url="postgresql://somewhere", description="a database", warnings=("careful",))


@pytest.fixture
def world(tmp_path: Path) -> _World:
    """Nothing runs yet."""
    return _World(tmp_path)


async def test_run_serves_until_stop_and_ends_in_order(world: _World) -> None:
    """The backend ends before the agents, and nothing of the run stays behind but its logs."""
    seen: list[str] = []

    async def when_ready(_: BackendApi) -> None:
        record = read_record(world.folder.record)
        assert record is not None
        seen.append(record.phase)
        seen.extend(mark.name for mark in record.children)
        seen.append((world.folder.path / DATABASE_URL_FILE).read_text())
        world.stop.set()

    assert await world.run(world.plan()).run(world.open_database, when_ready) is ExitCode.OK
    assert seen == ["serving", "backend-0", "data-0", "postgresql://somewhere"]
    assert world.ends.read_text().split() == ["backend-0", "data-0"]
    assert not world.folder.record.exists()
    assert not (world.folder.path / DATABASE_URL_FILE).exists()
    lines = world.output.getvalue().splitlines()
    assert lines[0].startswith(("✓ a database", "OK a database"))
    assert "careful" in lines[1]
    assert any("data-0 answers heartbeats on ws://" in line for line in lines)
    assert re.fullmatch(r"\S+ everything has ended  \d+\.\d s", lines[-1])
    assert (world.folder.logs / "data-0.log").read_text() == "up\n"


async def test_exit_code_of_the_question_ends_the_run(world: _World) -> None:
    """A run that only asks ends with what came of it."""

    async def when_ready(_: BackendApi) -> ExitCode:
        return ExitCode.FAILED

    assert await world.run(world.plan()).run(world.open_database, when_ready) is ExitCode.FAILED
    assert "everything has ended" not in world.output.getvalue()
    assert world.ends.read_text().split() == ["backend-0", "data-0"]


async def _never(_: BackendApi) -> None:
    raise AssertionError("the start did not succeed")


async def test_process_that_dies_at_the_start_fails_it(world: _World) -> None:
    """The end of its log is shown, and what had started is ended."""
    with pytest.raises(CommandFailed, match="data-0 ended with code 1 before it was ready") as caught:
        await world.run(world.plan(state="connecting", dies=True)).run(world.open_database, _never)
    assert caught.value.code is ExitCode.NOT_STARTED
    assert caught.value.details[-1] == "ERROR cannot start (problem=no model)"
    assert not world.folder.record.exists()


async def test_agent_that_never_answers_fails_the_start(world: _World) -> None:
    """The sentence names it; the details say what the backend, the agent and its log say."""
    plan = world.plan(state="connecting")
    with pytest.raises(CommandFailed, match="data-0 has not answered within 2 s") as caught:
        await world.run(plan, start_timeout_s=2.0).run(world.open_database, _never)
    assert caught.value.details == (
        "data-0 is connecting: refused",
        f"data-0: nothing answers on {plan.agents[0].address.http_url}",
        "data-0: up",
    )


async def test_degraded_agent_fails_the_start(world: _World) -> None:
    """An agent that answers and never becomes ready is no start; its problem is the sentence, SQL stands in lines."""
    with pytest.raises(CommandFailed, match="data-0 is degraded after 2 s: database: refused; the logs") as caught:
        await world.run(world.plan(status="degraded"), start_timeout_s=2.0).run(world.open_database, _never)
    assert caught.value.details == ("data-0 is degraded: database: refused.", "GRANT x", "data-0: up")


async def test_database_that_cannot_be_had_fails_the_start(world: _World) -> None:
    """Its sentence is the run's, and the processes that had started are ended."""

    def open_database() -> AskedDatabase:
        raise CommandFailed("no database", ExitCode.NOT_STARTED)

    with pytest.raises(CommandFailed, match="no database"):
        await world.run(world.plan()).run(open_database, _never)
    assert not world.folder.record.exists()


async def test_stop_during_the_start_ends_it(world: _World) -> None:
    """Ctrl-C before everything answers is no failure of the program."""
    run = world.run(world.plan(state="connecting"))
    task = asyncio.create_task(run.run(world.open_database, _never))
    async with asyncio.timeout(20):
        while "data-0" not in _children(world):
            await asyncio.sleep(0.01)
    world.stop.set()
    assert await task is ExitCode.INTERRUPTED


def _children(world: _World) -> list[str]:
    record = read_record(world.folder.record)
    return [mark.name for mark in record.children] if record is not None else []
