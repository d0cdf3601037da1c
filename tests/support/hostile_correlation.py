"""The corpus' lines about who gets whose answer and how much, played in a mesh of real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from support.hostile_cases import Stage, case
from support.hostile_messages import ASK, code, last
from support.raw_websocket import dialled
from websockets.asyncio.server import ServerConnection, serve

from askwire_protocol.client import WebSocketLink, connect
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import NlpAnswer, NlpQuery, Outcome, Progress, SqlAnswer, SqlQuery

Script = Callable[[ServerConnection, dict[str, Any]], Awaitable[None]]


@contextlib.asynccontextmanager
async def lying(script: Script) -> AsyncIterator[str]:
    """Serve an agent that does what the script says with each message."""

    async def handle(socket: ServerConnection) -> None:
        await say(socket, "connection_established", data={"capabilities": ["work"]})
        async for message in socket:
            await script(socket, json.loads(message))

    async with serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=0.2) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def say(socket: ServerConnection, type_: str, **fields: Any) -> None:
    """Send one message of the agent."""
    await socket.send(json.dumps({"type": type_, **fields}))


async def work(link: WebSocketLink, **options: Any) -> dict[str, Any]:
    """Ask for work."""
    return await link.request("work", {}, answer=dict[str, Any], deadline_s=20.0, **options)


@case("ws-correlation-02")
async def replay(stage: Stage) -> None:
    """An id may be used again after its outcome; what must not run twice has an idempotency key, and runs once."""
    request = {"type": "parts", "message_id": "m", "idempotency_key": "k", "data": {"limit": 1}}
    async with dialled(stage.agent_port) as socket:
        answers = [await socket.ask(request) for _ in range(3)]
    assert [answer["data"]["worked"] for answer in answers] == [1, 1, 1]


@case("ws-correlation-03")
async def same_id_twice(stage: Stage) -> None:
    """Two browsers with one id each get their own answer, whichever is first."""
    gate = asyncio.Event()

    async def nlp(query: NlpQuery) -> NlpAnswer:
        if query.query == "slow":
            await gate.wait()
        return NlpAnswer(outcome=Outcome.REFUSED, reason=query.query)

    stage.mesh.script.nlp = nlp
    async with dialled(stage.backend_port, "/ws") as one, dialled(stage.backend_port, "/ws") as other:
        await one.say({**ASK, "data": {"question": "slow"}})
        await other.say({**ASK, "data": {"question": "fast"}})
        assert "fast" in json.dumps(await last(other))
        gate.set()
        assert "slow" in json.dumps(await last(one))


@case("ws-correlation-05", "ws-correlation-06", "ws-correlation-07", "ws-flow-07")
async def agent_that_lies(stage: Stage) -> None:
    """Answers to requests of other links, second answers, late progress and requests of an agent are dropped."""
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def honest(socket: ServerConnection, message: dict[str, Any]) -> None:
        asked.put_nowait(message["message_id"])

    async def liar(socket: ServerConnection, message: dict[str, Any]) -> None:
        await say(socket, "work_response", response_to=await asked.get(), data={"of": "the liar"})
        await say(socket, "nlp_query", message_id="x", data={"query": "x"})
        for number in range(2):
            await say(socket, "work_response", response_to=message["message_id"], data={"number": number})
        await say(socket, "progress_update", response_to=message["message_id"], data={"stage": "late"})
        await say(socket, "heartbeat_response")

    told: list[Progress] = []
    async with lying(honest) as url, lying(liar) as other_url, connect(url) as link, connect(other_url) as other:
        waiting = asyncio.create_task(work(link))
        assert await work(other, on_progress=told.append) == {"number": 0}
        async with asyncio.timeout(20):
            while other.dropped < 4:
                await asyncio.sleep(0.01)
        assert not waiting.done()
        assert (link.in_flight, other.in_flight, told) == (1, 0, [])
        waiting.cancel()


@case("ws-correlation-08")
async def flood_of_progress(stage: Stage) -> None:
    """A hundred thousand steps are brought to a browser as a few, and others are answered meanwhile."""

    async def nlp(query: NlpQuery) -> NlpAnswer:
        return NlpAnswer(outcome=Outcome.REFUSED, reason=query.query)

    async def flood(_: Any, request: Any) -> Any:
        for number in range(100_000):
            request["report"](Progress(stage="s", progress=number / 100_000))
            if number % 1000 == 0:
                await asyncio.sleep(0)
        return {"done": True}

    stage.mesh.script.nlp = nlp
    requests = stage.mesh.backend._requests

    async def work_(type_: str, data: msgspec.Raw, deadline_s: float, report: Any) -> object:
        return await flood(requests, {"report": report})

    stage.monkeypatch.setattr(requests, "_work", work_)
    async with dialled(stage.backend_port, "/ws") as socket, dialled(stage.backend_port, "/ws") as other:
        await socket.say(ASK)
        assert (await other.ask({"type": "heartbeat"}))["type"] == "heartbeat_response"
        count = 0
        while (await socket.read_message())["type"] == "progress_update":
            count += 1
        assert count <= 200


@case("ws-correlation-09")
async def strange_progress(stage: Stage) -> None:
    """Progress outside 0 to 1 is brought back into it; what is no number is dropped."""

    async def strange(socket: ServerConnection, message: dict[str, Any]) -> None:
        for value in (5, -1, "half", "NaN"):
            data = f'{{"stage":"s","progress":{json.dumps(value) if value != "NaN" else "NaN"}}}'
            await socket.send(f'{{"type":"progress_update","response_to":"{message["message_id"]}","data":{data}}}')
        await say(socket, "work_response", response_to=message["message_id"], data={})

    told: list[Progress] = []
    async with lying(strange) as url, connect(url) as link:
        await work(link, on_progress=told.append)
        assert [one.progress for one in told] == [1.0, 0.0]
        assert link.dropped == 2


@case("ws-correlation-10")
async def huge_result(stage: Stage) -> None:
    """An agent refuses to send what the other side would close for; the connection and its other requests go on."""
    async with stage.serving(max_message_bytes=40_000_000) as served, connect(served.url) as link:
        held = asyncio.create_task(link.request("hold", {}, answer=msgspec.Raw, deadline_s=20.0))
        await served.reached.acquire()
        with pytest.raises(RequestFailed) as caught:
            await link.request("nlp_query", {"pad": "x" * 20_000_000}, answer=msgspec.Raw, deadline_s=20.0)
        assert (caught.value.code, caught.value.not_executed) == (ErrorCode.TOO_LARGE, False)
        served.gate.set()
        await held


@case("ws-correlation-11", "ws-correlation-13")
async def browser_that_answers_or_cancels_others(stage: Stage) -> None:
    """A browser may not answer; a cancel of somebody else's request is passed over, and that one is answered."""
    gate, reached = asyncio.Event(), asyncio.Event()

    async def sql(_: SqlQuery) -> SqlAnswer:
        reached.set()
        await gate.wait()
        return SqlAnswer(columns=(), rows=[], row_count=0)

    stage.mesh.script.sql = sql
    async with dialled(stage.backend_port, "/ws") as one, dialled(stage.backend_port, "/ws") as other:
        await one.say(ASK)
        await reached.wait()
        assert (
            code(await other.ask({"type": "sql_query_response", "response_to": "m", "data": {}})) == "INVALID_MESSAGE"
        )
        await other.say({"type": "cancel", "data": {"request_id": "m"}})
        assert (await other.ask({"type": "heartbeat"}))["type"] == "heartbeat_response"
        gate.set()
        assert (await last(one))["type"] == "ask_response"


@case("ws-correlation-15")
async def caller_left(stage: Stage) -> None:
    """When a browser leaves, its work at the agent is cancelled and every table is empty."""
    reached, cancelled = asyncio.Event(), asyncio.Event()

    async def sql(_: SqlQuery) -> SqlAnswer:
        reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    stage.mesh.script.sql = sql
    async with dialled(stage.backend_port, "/ws") as socket:
        await socket.say(ASK)
        await reached.wait()
    async with asyncio.timeout(20):
        await cancelled.wait()
    await stage.mesh.until(lambda: not any(one.in_flight for one in stage.mesh.backend.pool.replicas))
    await stage.mesh.until(lambda: stage.mesh.backend._requests.in_flight == 0)


@case("ws-correlation-19")
async def same_instance(stage: Stage) -> None:
    """Two processes that claim one instance id are two rows, told apart by their addresses."""
    twin = await stage.mesh.start_agent("nlp", key="twin")
    twin.agent.instance_id = stage.mesh.agents["nlp"].agent.instance_id
    first = stage.mesh.agents["nlp"]
    urls = ",".join(f"ws://127.0.0.1:{one.websocket_port}" for one in (first, twin))
    backend, task = stage.mesh.backend, stage.mesh.tasks.pop("backend")
    backend.stop.set()
    await task
    await stage.mesh.session.close()
    await stage.mesh.start_backend(nlp_ws_url=urls)
    await stage.mesh.until(lambda: all(one.usable for one in stage.mesh.backend.pool.replicas))
    rows = [row for row in stage.mesh.backend.pool.table() if row.agent_type == "nlp"]
    assert len({row.url for row in rows}) == 2
    assert {row.instance_id for row in rows} == {first.agent.instance_id}


@case("ws-flow-02")
async def too_many(stage: Stage) -> None:
    """The request above the limit is OVERLOADED at once, on its connection and over all of them."""
    async with stage.serving(max_in_flight=2) as served, dialled(served.service.websocket_port) as socket:
        for number in range(2):
            await socket.say({"type": "hold", "message_id": f"m{number}"})
        assert code(await socket.ask({"type": "hold", "message_id": "m2"})) == "OVERLOADED"
        async with dialled(served.service.websocket_port) as other:
            assert code(await other.ask({"type": "hold", "message_id": "m"})) == "OVERLOADED"


@case("ws-flow-05", "ws-flow-06")
async def slow_agent(stage: Stage) -> None:
    """While one agent is slow the others answer; one session has so many requests in flight and no more."""
    gate = asyncio.Event()

    async def sql(_: SqlQuery) -> SqlAnswer:
        await gate.wait()
        return SqlAnswer(columns=(), rows=[], row_count=0)

    stage.mesh.script.sql = sql
    async with dialled(stage.backend_port, "/ws") as socket, dialled(stage.backend_port, "/ws") as other:
        for number in range(100):
            await socket.say({"type": "sql_query", "message_id": f"m{number}", "data": {"sql": "SELECT 1"}})
        refused = [code(await socket.read_message()) for _ in range(100 - 16)]
        assert set(refused) == {"OVERLOADED"}
        chart = {"type": "generate_chart", "message_id": "c", "data": {"columns": [], "rows": []}}
        assert (await other.ask(chart))["type"] == "chart_generation_response"
        gate.set()
        assert {(await last(socket))["type"] for _ in range(16)} == {"sql_query_response"}


@case("ws-flow-08", "ws-flow-09")
async def idle_sessions(stage: Stage) -> None:
    """Who was let in may be silent and is answered afterwards; who has yet to show the token is closed in time."""
    file = stage.tmp_path / "flow-token"
    file.write_text("the-token")
    async with stage.serving(auth="required", token_file=str(file), hello_timeout_s=0.5) as served:
        port = served.service.websocket_port
        async with dialled(port, Authorization="Bearer the-token") as idle:
            async with dialled(port) as stranger:
                assert (await stranger.read_message())["error"]["code"] == "UNAUTHENTICATED"
                assert await stranger.read_close() == 4408
            assert (await idle.ask({"type": "heartbeat"}))["type"] == "heartbeat_response"
