"""The whole process as a person or a cluster starts it: exit status, standard error, signals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import asyncio
import msgspec
from askwire_agent import Agent, Request, run
from askwire_resources.settings import NlpSettings


async def hold(request):
    await request.progress("holding")
    await asyncio.sleep(0.5)
    return {"held": True}


def build(settings):
    agent = Agent("nlp-agent", "nlp", settings)
    agent.handle("nlp_query", hold, request=msgspec.Raw)
    return agent


raise SystemExit(run(NlpSettings, build))
"""


@contextlib.asynccontextmanager
async def process(folder: Path, **variables: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the program with these variables; it is ended with the block at the latest."""
    script = folder / "agent.py"
    script.write_text(PROGRAM)
    ports = {"WEBSOCKET_PORT": 0, "HTTP_PORT": 0}
    environment = {name: str(value) for name, value in ({"PATH": os.environ["PATH"]} | ports | variables).items()}
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, str(script), env=environment, stdout=pipe, stderr=pipe)
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def event(child: asyncio.subprocess.Process, name: str) -> dict[str, Any]:
    """Read the log until an event; every line has to be JSON."""
    assert child.stdout is not None
    async with asyncio.timeout(30):
        async for line in child.stdout:
            logged: dict[str, Any] = json.loads(line)
            if logged["event"] == name:
                return logged
    raise AssertionError(f"the process ended before it logged {name}")


async def failed(child: asyncio.subprocess.Process) -> tuple[int | None, list[str], str]:
    """Wait for the end; returns the status, the lines on standard error and the log."""
    async with asyncio.timeout(30):
        output, errors = await child.communicate()
    return child.returncode, errors.decode().splitlines(), output.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains(tmp_path: Path, dial: Any, number: signal.Signals) -> None:
    """The request in flight finishes, new ones get DRAINING, connections close with 1012, the status is 0."""
    async with process(tmp_path) as child:
        ports = await event(child, "agent listening")
        url = f"ws://127.0.0.1:{ports['websocket_port']}"
        async with dial(url) as peer, dial(url) as other:
            await peer.send("nlp_query", "held", data={})
            assert (await peer.receive())["type"] == "progress_update"
            child.send_signal(number)
            await event(child, "draining")
            assert (await other.ask("nlp_query", "new"))["error"]["code"] == "DRAINING"
            assert (await peer.receive())["data"] == {"held": True}
            for connection in (peer, other):
                await asyncio.wait_for(connection.socket.wait_closed(), 20)
                assert connection.socket.close_code == 1012
        status, errors, output = await failed(child)
        assert (status, errors) == (0, [])
        assert '"left": 0' in output


async def test_a_second_signal_changes_nothing(tmp_path: Path, dial: Any) -> None:
    """Who presses Ctrl-C twice does not lose the request in flight."""
    async with process(tmp_path) as child:
        ports = await event(child, "agent listening")
        async with dial(f"ws://127.0.0.1:{ports['websocket_port']}") as peer:
            await peer.send("nlp_query", "held", data={})
            assert (await peer.receive())["type"] == "progress_update"
            child.send_signal(signal.SIGINT)
            await event(child, "draining")
            child.send_signal(signal.SIGINT)
            assert (await peer.receive())["data"] == {"held": True}
        assert (await failed(child))[:2] == (0, [])


@pytest.mark.parametrize("variable", ["WEBSOCKET_PORT", "HTTP_PORT"])
async def test_a_busy_port_is_one_sentence_and_status_1(tmp_path: Path, variable: str) -> None:
    """Standard error has exactly one line, without a traceback, and the log says the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with process(tmp_path, **{variable: port}) as child:
            status, errors, output = await failed(child)
    sentence = f"Port {port} ({variable}) on 127.0.0.1 is taken by another process; free it or set {variable}."
    assert (status, errors) == (1, [sentence])
    assert sentence in output
    assert "Traceback" not in output


async def test_wrong_settings_are_a_sentence_each_and_status_2(tmp_path: Path) -> None:
    """All mistakes are told at once, each naming its variable and what is allowed."""
    wrong = {"WORKERS": "many", "ENABLE_WEBSOCKETS": "maybe", "LOG_LEVEL": "loud", "MAX_IN_FLIGHT": 0}
    async with process(tmp_path, **wrong) as child:
        status, errors, output = await failed(child)
    assert (status, output) == (2, "")
    assert sorted(errors) == [
        "ENABLE_WEBSOCKETS is 'maybe': must be true or false",
        "LOG_LEVEL is 'loud': must be one of debug, info, warning, error",
        "MAX_IN_FLIGHT is '0': must be from 1 to 10000",
        "WORKERS is 'many': must be a whole number",
    ]


async def test_without_websockets_only_http_is_open(tmp_path: Path) -> None:
    """ENABLE_WEBSOCKETS=false leaves the WebSocket port free for others."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with process(tmp_path, ENABLE_WEBSOCKETS="false", WEBSOCKET_PORT=port) as child:
            ports = await event(child, "agent listening")
            assert (ports["websocket_port"], ports["websockets"]) == (None, False)
            reader, writer = await asyncio.open_connection("127.0.0.1", ports["http_port"])
            writer.write(b"GET /livez HTTP/1.0\r\n\r\n")
            assert b" 200 " in await reader.readline()
            writer.close()
            child.terminate()
            assert (await failed(child))[:2] == (0, [])
