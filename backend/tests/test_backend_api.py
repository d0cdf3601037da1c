"""The port for people: who may come in, what is too large, /ws, files, health."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from askwire_protocol.messages import NlpAnswer, NlpQuery, Outcome

if TYPE_CHECKING:
    from conftest import Mesh


async def _send(socket: aiohttp.ClientWebSocketResponse, **message: Any) -> None:
    await socket.send_str(json.dumps(message))


async def _until(socket: aiohttp.ClientWebSocketResponse, type_: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = json.loads((await socket.receive()).data)
            if message["type"] == type_:
                return message


async def test_websocket_answers_a_question(running: Mesh) -> None:
    """/ws greets, tells progress with rising seq, and ends with the answer."""
    assert running.session is not None
    async with running.session.ws_connect("/ws") as socket:
        welcome = await _until(socket, "connection_established")
        await _send(socket, type="ask", message_id="q1", data={"question": "how many?"})
        answer = await _until(socket, "ask_response")

    assert "ask" in welcome["data"]["capabilities"]
    assert (answer["response_to"], answer["data"]["rows"]) == ("q1", [[1]])


@pytest.mark.parametrize(
    ("message", "code", "response_to"),
    [
        ("hello", "INVALID_MESSAGE", None),
        ('{"type":"nope","message_id":"a"}', "UNKNOWN_TYPE", "a"),
        ('{"type":"ask","message_id":"b","data":{"question":7}}', "INVALID_ARGUMENT", "b"),
        ('{"type":"ask","message_id":"c","data":{"question":"' + "x" * 70_000 + '"}}', "TOO_LARGE", "c"),
        ('{"type":"ask","data":{"question":"x"}}', "INVALID_MESSAGE", None),
        ('{"type":"ask_response","response_to":"x","data":{}}', "INVALID_MESSAGE", None),
    ],
)
async def test_bad_input_is_one_error_and_the_connection_stays(
    running: Mesh, message: str, code: str, response_to: str | None
) -> None:
    """Each kind of bad message gets an error with code and response_to; the next question still works."""
    assert running.session is not None
    async with running.session.ws_connect("/ws") as socket:
        await socket.send_str(message)
        error = await _until(socket, "error")
        await _send(socket, type="ask", message_id="next", data={"question": "how many?"})
        answer = await _until(socket, "ask_response")

    assert (error["error"]["code"], error.get("response_to")) == (code, response_to)
    assert answer["response_to"] == "next"


async def test_cancel_ends_the_question_once(running: Mesh) -> None:
    """A cancelled question ends in CANCELLED, and so it does at the agent."""
    assert running.session is not None
    entered, left = asyncio.Event(), asyncio.Event()

    async def hang(_: NlpQuery) -> NlpAnswer:
        entered.set()
        try:
            await asyncio.sleep(30)
        finally:
            left.set()
        raise AssertionError("unreachable")

    running.script.nlp = hang
    async with running.session.ws_connect("/ws") as socket:
        await _send(socket, type="ask", message_id="q", data={"question": "how many?"})
        await entered.wait()
        await _send(socket, type="cancel", data={"request_id": "q"})
        error = await _until(socket, "error")
        async with asyncio.timeout(5):
            await left.wait()

    assert (error["response_to"], error["error"]["code"]) == ("q", "CANCELLED")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1.evil.example"}, 403),
        ({}, 200),
    ],
)
async def test_foreign_pages_and_names_are_refused(running: Mesh, headers: dict[str, str], status: int) -> None:
    """A Host that is not ours and an Origin of another site get 403, on every path."""
    assert running.session is not None
    async with running.session.get("/v1/agents", headers=headers) as response:
        assert response.status == status
    if status == 403:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await running.session.ws_connect("/ws", headers=headers)


async def test_own_origin_is_welcome(running: Mesh) -> None:
    """The page's own Origin opens /ws."""
    assert running.session is not None
    async with running.session.ws_connect("/ws", headers={"Origin": running.url}) as socket:
        assert (await _until(socket, "connection_established"))["from"] == "backend"


async def test_disabled_websockets_close_ws_alone(mesh: Mesh) -> None:
    """With ENABLE_WEBSOCKETS=false /ws is not there, and REST is."""
    await mesh.start_backend(enable_websockets=False)
    assert mesh.session is not None
    async with mesh.session.get("/ws") as socket, mesh.session.get("/v1/agents") as agents:
        assert (socket.status, agents.status) == (404, 200)


async def test_page_and_files_carry_a_strict_policy(running: Mesh) -> None:
    """The page and each of its files come with the policy; nothing outside the folder is served."""
    assert running.session is not None
    async with running.session.get("/") as page:
        assert page.status == 200
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for path in ("/static/../service.py", "/static/%2e%2e/service.py", "/static/nothing.js"):
        async with running.session.get(path) as response:
            assert response.status == 404


async def test_files_are_compressed_and_known_ones_not_sent_again(running: Mesh) -> None:
    """A browser gets a file compressed once, and 304 for the one that it shows it has."""
    assert running.session is not None
    async with running.session.get("/static/main.js") as first:
        assert first.headers["Content-Encoding"] in ("gzip", "deflate")
        tag = first.headers["ETag"]
    async with running.session.get("/static/main.js", headers={"If-None-Match": tag}) as second:
        assert (second.status, await second.read()) == (304, b"")


async def test_chart_library_comes_from_the_viz_agent_once(running: Mesh) -> None:
    """The script is fetched from an agent on first use and kept while its process is the same."""
    assert running.session is not None
    for _ in range(2):
        async with running.session.get("/chart-library.js") as response:
            assert await response.text() == "/* drawing */"
    assert running.script.asked.count("chart_library") == 1


async def test_export_is_a_file(running: Mesh) -> None:
    """POST /v1/export gives the file with its media type and a name."""
    assert running.session is not None
    async with running.session.post("/v1/export", json={"format": "csv", "rows": [[1]]}) as response:
        assert await response.text() == "n\n1\n"
        assert response.headers["Content-Disposition"] == 'attachment; filename="chart.csv"'


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "text/plain", 400),
        (b"{", "application/json", 400),
        (b'{"question":"' + b"x" * 70_000 + b'"}', "application/json", 413),
    ],
)
async def test_bad_bodies_are_clear_errors(running: Mesh, body: bytes, kind: str, status: int) -> None:
    """A body of another kind, without form, or too large is an error with a code, never a traceback."""
    assert running.session is not None
    async with running.session.post("/v1/ask", data=body, headers={"Content-Type": kind}) as response:
        answer = await response.json()
    assert response.status == status
    assert answer["error"]["code"]


async def test_health_and_metrics_live_on_their_own_port(running: Mesh) -> None:
    """The metrics port tells readiness and metrics; the port for people does not."""
    assert running.session is not None
    assert running.backend is not None
    await running.ask()
    base = f"http://127.0.0.1:{running.backend.metrics_port}"
    async with running.session.get(f"{base}/readyz") as ready, running.session.get(f"{base}/metrics") as metrics:
        assert await ready.text() == "ok\n"
        families = {family.name for family in text_string_to_metric_families(await metrics.text())}
    async with running.session.get("/metrics") as response:
        assert response.status == 404
    assert {"askwire_backend_heartbeat_rtt_seconds", "askwire_backend_questions"} <= families


async def test_a_drain_asks_browsers_to_go_away_and_finishes_their_questions(running: Mesh) -> None:
    """A browser that said hello hears goaway, still gets the answer in flight, and is then closed with 1012."""
    assert running.session is not None
    assert running.backend is not None
    entered, gate = asyncio.Event(), asyncio.Event()

    async def hold(_: NlpQuery) -> NlpAnswer:
        entered.set()
        await gate.wait()
        return NlpAnswer(outcome=Outcome.REFUSED, reason="no")

    running.script.nlp = hold
    async with running.session.ws_connect("/ws") as socket:
        await _send(socket, type="hello", message_id="h", data={"features": ["goaway"]})
        await _send(socket, type="ask", message_id="q", data={"question": "how many?"})
        await entered.wait()
        running.backend.stop.set()
        goaway = await _until(socket, "goaway")
        gate.set()
        answer = await _until(socket, "ask_response")
        await socket.receive()

    assert goaway["data"]["reason"] == "shutdown"
    assert answer["data"]["outcome"] == "refused"
    assert socket.close_code == 1012
