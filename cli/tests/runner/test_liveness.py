"""Processes that hang are found by their liveness probe, ended, and started again."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from askwire.runner.child import ChildEnded, ChildEvent, ChildHung, ChildStarted
from askwire.runner.liveness import LivenessCount, LivenessRule, probe_liveness
from askwire.runner.plan import PlannedProcess
from askwire.runner.ports import iterate_free_ports
from askwire.runner.supervisor import Supervisor
from askwire_resources.defaults import Ports
from askwire_resources.environment import AgentAddress
from askwire_resources.model import AgentType

_RULE = LivenessRule(period_s=0.05, timeout_s=0.5, failures=3, end_wait_s=0.2)
_AGENT = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
        print("probed", flush=True)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["HTTP_PORT"])), Handler).serve_forever()
"""


def test_only_failures_in_a_row_of_a_proven_process_count() -> None:
    """A slow start is no hang, and one good answer forgets the bad ones."""
    count = LivenessCount(3)
    assert [count.note(alive=alive) for alive in (False, False, False, False)] == [False] * 4
    assert [count.note(alive=alive) for alive in (True, False, False, True)] == [False] * 4
    assert [count.note(alive=alive) for alive in (False, False, False)] == [False, False, True]


async def test_probe_says_what_came_instead() -> None:
    """A good answer is None; everything else is a clause."""

    async def livez(request: web.Request) -> web.Response:
        if "failing" in request.query:
            return web.Response(text="[+] workers\n[-] loop the event loop was late\n", status=503)
        if "silent" in request.query:
            await asyncio.sleep(0.3)
        return web.Response(text="ok\n")

    app = web.Application()
    app.router.add_get("/livez", livez)
    async with TestServer(app) as server:
        assert await probe_liveness(str(server.make_url("/livez")), 5.0) is None
        failing = await probe_liveness(str(server.make_url("/livez?failing")), 5.0)
        assert failing == "HTTP 503, [-] loop the event loop was late"
        assert await probe_liveness(str(server.make_url("/livez?silent")), 0.1) == "no answer within 0.1 s"
    assert "Cannot connect" in str(await probe_liveness("http://127.0.0.1:1/livez", 5.0))


def test_where_the_probe_goes() -> None:
    """An agent is asked on its HTTP port, a backend on the port for machines."""
    ports = Ports(websocket=9, http=1)
    assert _plan(Path(), ports).liveness_url == "http://127.0.0.1:1/livez"
    assert _plan(Path(), Ports(websocket=1, http=1, metrics=2)).liveness_url == "http://127.0.0.1:2/livez"


@pytest.fixture
def planned(tmp_path: Path) -> PlannedProcess:
    """A small process that answers its probe."""
    (tmp_path / "small_live_agent.py").write_text(_AGENT)
    ports = iterate_free_ports()
    return _plan(tmp_path, Ports(websocket=next(ports), http=next(ports)))


async def test_stopped_process_is_ended_and_starts_again(planned: PlannedProcess, tmp_path: Path) -> None:
    """SIGSTOP is a hang: the process lives, and neither answers nor obeys SIGTERM."""
    events: asyncio.Queue[ChildEvent] = asyncio.Queue()

    async def next_event() -> ChildEvent:
        return await asyncio.wait_for(events.get(), 20)

    async with asyncio.timeout(40), asyncio.TaskGroup() as group:
        supervisor = Supervisor(group, tmp_path, events.put_nowait)
        supervisor.start(planned)
        first = await next_event()
        assert isinstance(first, ChildStarted)
        supervisor.watch_liveness(_RULE)
        log = supervisor.log_of(planned.name)
        while "probed" not in log.read_text():
            await asyncio.sleep(0.01)
        os.kill(first.pid, signal.SIGSTOP)
        hung, ended, second = await next_event(), await next_event(), await next_event()
        await supervisor.stop()
    assert isinstance(hung, ChildHung)
    assert hung.reason.endswith("/livez in a row failed, the last with no answer within 0.5 s")
    assert isinstance(ended, ChildEnded)
    assert ended.exit_code == -signal.SIGKILL
    assert isinstance(second, ChildStarted)
    assert second.restarts == 1


def _plan(path: Path, ports: Ports) -> PlannedProcess:
    kind = AgentType.NLP
    return PlannedProcess(
        name="small-0",
        type=kind,
        module="small_live_agent",
        environment={"PYTHONPATH": str(path), "HTTP_PORT": str(ports.http)},
        ports=ports,
        address=AgentAddress(type=kind, websocket_url=None, http_url=f"http://127.0.0.1:{ports.http}"),
        mesh="default/default",
        drain_s=5.0,
    )
