"""The way of a question through real sockets: answers, questions back, failures of each agent."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, NoReturn

import pytest
from websockets.asyncio.server import ServerConnection, serve

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages import (
    ChartAnswer,
    ChartRequest,
    Check,
    Choice,
    NlpAnswer,
    NlpQuery,
    Outcome,
    SqlAnswer,
    SqlQuery,
)

if TYPE_CHECKING:
    from conftest import Mesh


async def test_a_question_is_answered_with_rows_and_chart(running: Mesh) -> None:
    """The answer holds SQL, rows, chart, and where the time went."""
    status, body = await running.ask()

    assert status == 200
    assert (body["outcome"], body["sql"], body["rows"]) == ("answered", "SELECT 1", [[1]])
    assert body["chart"]["text"] == "[[1]]"
    assert body["context"] == {"turn": 1}
    assert all(body["timings"][key] >= 0 for key in ("total_ms", "nlp_ms", "sql_ms", "chart_ms"))


async def test_progress_comes_before_the_answer(running: Mesh) -> None:
    """With NDJSON the stages are told in order, and the answer is the last line."""
    assert running.session is not None
    headers = {"Accept": "application/x-ndjson"}
    async with running.session.post("/v1/ask", json={"question": "q"}, headers=headers) as response:
        lines = [json.loads(line) async for line in response.content]

    stages = [line["data"]["stage"] for line in lines[:-1]]
    assert lines[-1]["type"] == "ask_response"
    assert stages == sorted(stages, key=["nlp", "sql", "chart"].index)


async def test_a_question_back_carries_choices_and_no_rows(running: Mesh) -> None:
    """An outcome other than answered runs no SQL."""

    async def ask_back(_: NlpQuery) -> NlpAnswer:
        choice = Choice(id="1", label="books by title", sql="SELECT 2")
        return NlpAnswer(outcome=Outcome.INPUT_REQUIRED, choices=(choice,), reason="two readings")

    running.script.nlp = ask_back
    _, body = await running.ask()

    assert (body["outcome"], body["choices"][0]["label"], body["rows"]) == ("input_required", "books by title", [])
    assert "sql_query" not in running.script.asked


async def test_an_agents_error_is_the_questions_one_error(running: Mesh) -> None:
    """What the data agent refuses reaches the asker with its code and the HTTP status of that code."""

    async def refuse(_: SqlQuery) -> SqlAnswer:
        raise RequestFailed(ErrorCode.SQL_REJECTED, "not allowed")

    running.script.sql = refuse
    status, body = await running.ask()

    assert (status, body["error"]["code"], body["error"]["message"]) == (422, "SQL_REJECTED", "not allowed")


async def test_a_chart_that_fails_leaves_the_rows(running: Mesh) -> None:
    """The rows are the answer; why there is no chart is said beside them."""

    async def fail(_: ChartRequest) -> ChartAnswer:
        raise RequestFailed(ErrorCode.CHART_FAILED, "nothing to draw")

    running.script.chart = fail
    status, body = await running.ask()

    assert (status, body["rows"], body["chart"]) == (200, [[1]], None)
    assert "nothing to draw" in body["chart_error"]


async def test_a_changed_schema_is_read_anew_and_the_question_asked_again(running: Mesh) -> None:
    """A missing column makes the backend refresh the catalog once and ask the NLP agent again."""
    failures = iter([True])

    async def once(_: SqlQuery) -> SqlAnswer:
        if next(failures, False):
            detail = ErrorDetail(reason="SQLSTATE 42703")
            raise RequestFailed(ErrorCode.SQL_FAILED, "column does not exist", details=(detail,))
        return SqlAnswer(columns=(), rows=[[7]], row_count=1)

    running.script.sql = once
    status, body = await running.ask()

    assert (status, body["rows"]) == (200, [[7]])
    assert running.script.asked.count("nlp_query") == 2


async def test_an_nlp_agent_that_forgot_the_catalog_gets_it_again(running: Mesh) -> None:
    """FAILED_PRECONDITION is answered with the catalog, and the asker never sees it."""
    running.script.known_version = "forgotten"
    status, _ = await running.ask()

    assert status == 200
    assert running.script.asked[-4:] == ["catalog_put", "nlp_query", "sql_query", "generate_chart"]


@pytest.mark.parametrize("kind", ["nlp", "data"])
async def test_an_agent_that_dies_during_a_question_gives_one_explicit_error(running: Mesh, kind: str) -> None:
    """Killing the agent in the middle ends the question with CONNECTION_LOST, and the table says which is lost."""
    entered = asyncio.Event()

    async def hang(_: object) -> NoReturn:
        entered.set()
        await asyncio.sleep(30)
        raise AssertionError("unreachable")

    setattr(running.script, {"nlp": "nlp", "data": "sql"}[kind], hang)
    asking = asyncio.create_task(running.ask())
    await entered.wait()
    for session in tuple(running.agents[kind]._sessions):
        session._socket.transport.abort()
    status, body = await asking

    assert (status, body["error"]["code"]) == (502, "CONNECTION_LOST")


async def test_a_missing_agent_is_named_at_once_and_found_when_it_returns(running: Mesh) -> None:
    """Without an agent the answer is NO_AGENT at once; when the agent is back, questions work again by themselves."""
    port = running.agents["data"].websocket_port
    assert port is not None
    await running.stop_agent("data")
    await running.until(lambda: running.backend is not None and not running.backend.pool.ready)
    status, body = await running.ask()
    assert (status, body["error"]["code"]) == (503, "NO_AGENT")
    assert "data at ws://127.0.0.1" in body["error"]["message"]

    await running.start_agent("data", port=port)
    await running.ready()
    assert (await running.ask())[0] == 200


async def test_the_same_works_over_http(mesh: Mesh) -> None:
    """With ``*_AGENT_USE_WS=false`` the whole question, heartbeats included, goes over HTTP."""
    for kind in ("nlp", "data", "viz"):
        await mesh.start_agent(kind, enable_websockets=False)
    await mesh.start_backend(nlp_use_ws=False, data_use_ws=False, viz_use_ws=False)
    await mesh.ready()

    status, body = await mesh.ask()
    assert mesh.backend is not None
    assert (status, body["rows"]) == (200, [[1]])
    assert {row.transport for row in mesh.backend.pool.table()} == {"http"}


async def test_an_empty_or_endless_question_is_refused(running: Mesh) -> None:
    """A question needs words, and not too many."""
    for question in ("   ", "x" * 2001):
        status, body = await running.ask(question)
        assert (status, body["error"]["code"]) == (400, "INVALID_ARGUMENT")


async def test_a_silent_agent_fails_its_requests_at_suspicion(mesh: Mesh) -> None:
    """An agent that takes a request and then hangs fails it with the reason as soon as heartbeats are missed."""
    welcome = {"type": "connection_established", "data": {"capabilities": ["sql_query", "catalog"]}}

    async def hang(socket: ServerConnection) -> None:
        await socket.send(json.dumps(welcome))
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "sql_query":
                break  # from now on it is silent
            await socket.send(json.dumps({"type": "heartbeat_response", "response_to": message["message_id"]}))
        await socket.wait_closed()

    async with serve(hang, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        await mesh.start_backend(data_ws_url=f"ws://127.0.0.1:{port}", heartbeat_interval_s=1.0)
        assert mesh.backend is not None
        pool = mesh.backend.pool
        await mesh.until(lambda: bool(pool.usable("sql_query")))
        assert mesh.session is not None
        async with mesh.session.post("/v1/sql", json={"sql": "SELECT 1"}) as response:
            body = await response.json()

    assert body["error"]["code"] == "CONNECTION_LOST"
    assert "did not answer 2 heartbeats" in body["error"]["message"]


async def test_a_degraded_agent_is_shown_with_its_problem(mesh: Mesh) -> None:
    """The table tells which condition fails; the mesh is not ready until it holds."""
    service = await mesh.start_agent("data")
    health = {"ok": False}
    service.agent.check("database", lambda: Check(name="database", ok=health["ok"], message="is away"))
    await mesh.start_agent("nlp")
    await mesh.start_agent("viz")
    await mesh.start_backend()
    assert mesh.backend is not None
    pool = mesh.backend.pool
    await mesh.until(lambda: any(row.problem == "database: is away" for row in pool.table()))
    assert not pool.ready

    health["ok"] = True
    await mesh.ready()
    assert all(row.problem is None for row in pool.table())
