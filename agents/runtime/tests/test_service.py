"""Start, drain and end of a service, in this process."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect

from askwire_agent import StartFailed, service
from askwire_protocol.errors import ErrorCode, RequestFailed

JSON = {"Content-Type": "application/json"}


async def draining(served: Any) -> None:
    """Wait until the agent refuses new requests."""
    async with asyncio.timeout(20):
        while served.service._health.status() != "draining":
            await asyncio.sleep(0)


async def test_a_drain_lets_what_is_in_flight_finish(serving: Any, dial: Any) -> None:
    """After stop: new requests DRAINING, heartbeats answered, the held answer, close code 1012, no new connections."""
    async with serving(drain_s=30.0) as served, dial(served.url) as peer, dial(served.url) as other:
        await peer.send("hold", "held")
        await served.reached.acquire()
        served.service.stop.set()
        await draining(served)
        refused = await other.ask("nlp_query", "new", data={})
        assert (refused["error"]["code"], refused["response_to"]) == ("DRAINING", "new")
        assert refused["error"]["retryable"]
        assert (await other.ask("heartbeat"))["status"] == "draining"
        assert not (await other.ask("health_check"))["data"]["ready"]
        with pytest.raises(ConnectionRefusedError):
            await connect(served.url, proxy=None)
        served.gate.set()
        assert (await peer.receive())["type"] == "hold_response"
        for connection in (peer, other):
            await asyncio.wait_for(connection.socket.wait_closed(), 20)
            assert (connection.socket.close_code, connection.socket.close_reason) == (1012, "service restart")


async def test_a_drain_lets_http_requests_finish(serving: Any) -> None:
    """The held HTTP request gets its answer; new ones get 503 and DRAINING; readiness is false meanwhile."""
    async with serving(drain_s=30.0) as served, aiohttp.ClientSession() as web:
        url = served.http_url + "/v1/messages"

        async def post(type_: str) -> tuple[int, dict[str, Any]]:
            body = json.dumps({"type": type_, "message_id": "m"})
            async with web.post(url, data=body, headers=JSON) as response:
                return response.status, json.loads(await response.text())

        held = asyncio.create_task(post("hold"))
        await served.reached.acquire()
        served.service.stop.set()
        await draining(served)
        status, refused = await post("nlp_query")
        assert (status, refused["error"]["code"]) == (503, "DRAINING")
        async with web.get(served.http_url + "/readyz") as response:
            assert response.status == 503
            assert "[-] serving shutting down" in await response.text()
        async with web.get(served.http_url + "/livez") as response:
            assert response.status == 200
        served.gate.set()
        status, answer = await held
        assert (status, answer["type"]) == (200, "hold_response")


async def test_a_drain_does_not_wait_longer_than_it_may(serving: Any, dial: Any) -> None:
    """A request that does not end in the time of the drain is cancelled with its connection."""
    async with serving(drain_s=0.05) as served, dial(served.url) as peer:
        await peer.send("hold", "held")
        await served.reached.acquire()
        served.service.stop.set()
        await asyncio.wait_for(peer.socket.wait_closed(), 20)
        assert peer.socket.close_code == 1012
        assert await asyncio.wait_for(served.left.get(), 20) == "held"


async def test_peers_that_do_not_answer_cannot_hold_up_the_end(serving: Any, dial: Any) -> None:
    """Connections of frozen peers are closed side by side, each within seconds."""
    async with serving() as served, asyncio.TaskGroup() as group:
        frozen = [socket.create_connection(("127.0.0.1", served.service.websocket_port)) for _ in range(12)]
        for raw in frozen:
            raw.sendall(
                b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
        async with asyncio.timeout(20):
            while len(served.service._sessions) < len(frozen):
                await asyncio.sleep(0)
        served.service.stop.set()
        group.create_task(gone(served))
    for raw in frozen:
        raw.close()


async def gone(served: Any) -> None:
    """Wait until no connection is left; frozen peers one after another would take longer than this."""
    async with asyncio.timeout(8):
        while served.service._sessions:
            await asyncio.sleep(0.01)


async def test_starters_run_before_the_agent_is_ready_and_stoppers_at_the_end(serving: Any, dial: Any) -> None:
    """Ports are open while starting, readiness is not; stoppers run although one of them fails."""
    proceed = asyncio.Event()
    ended: list[str] = []
    seen: dict[str, Any] = {}

    async def stop(name: str) -> None:
        ended.append(name)
        if name == "bad":
            raise RuntimeError("cannot stop")

    async def look(served: Any) -> None:
        while served.service.websocket_port is None:
            await asyncio.sleep(0)
        async with dial(served.url) as peer:
            seen.update((await peer.ask("health_check"))["data"])
        proceed.set()

    def prepare(served: Any) -> None:
        served.agent.on_start(proceed.wait)
        for name in ("bad", "good"):
            served.agent.on_stop(lambda name=name: stop(name))
        tasks.append(asyncio.create_task(look(served)))

    tasks: list[asyncio.Task[None]] = []
    with pytest.raises(ExceptionGroup) as caught:
        async with serving(prepare) as served:
            pids = tuple(served.agent.workers.pids)
    assert caught.group_contains(RuntimeError, match="cannot stop")
    assert (seen["ready"], seen["live"], seen["status"]) == (False, True, "degraded")
    assert ended == ["bad", "good"]
    assert pids
    assert all(task.done() for task in served.agent.workers._tasks)


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (StartFailed("The database is not there."), "The database is not there."),
        (RequestFailed(ErrorCode.UPSTREAM, "The model is absent."), "The model is absent."),
        (RuntimeError("boom"), "The agent cannot start: RuntimeError: boom."),
    ],
)
async def test_a_starter_that_fails_ends_the_process_with_one_sentence(
    serving: Any, problem: Exception, sentence: str
) -> None:
    """Whatever a function of the start raises is StartFailed, and everything opened before is closed."""

    async def start() -> None:
        raise problem

    with pytest.raises(ExceptionGroup) as caught:
        async with serving(lambda served: served.agent.on_start(start)):
            pass
    assert [str(one) for one in caught.value.exceptions] == [sentence]
    assert isinstance(caught.value.exceptions[0], StartFailed)


async def test_stop_during_the_start_ends_it(serving: Any) -> None:
    """A start that hangs does not hold up the end."""
    hung = asyncio.Event()

    async def hang() -> None:
        hung.set()
        await asyncio.Event().wait()

    def prepare(served: Any) -> None:
        served.agent.on_start(hang)

        async def interrupt() -> None:
            await hung.wait()
            served.service.stop.set()

        tasks.append(asyncio.create_task(interrupt()))

    tasks: list[asyncio.Task[None]] = []
    with pytest.raises(AssertionError):  # it ended without having started
        async with serving(prepare):
            pass
    assert tasks[0].done()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read: No such file or directory."), (b" \n", "is empty."), (b"\xff", "is not UTF-8.")],
)
async def test_a_token_that_cannot_be_used_stops_the_start(
    serving: Any, tmp_path: Any, content: bytes | None, sentence: str
) -> None:
    """Where a token is demanded, a file without one is an error at the start, not an open door."""
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ExceptionGroup) as caught:
        async with serving(auth="required", token_file=str(path)):
            pass
    assert str(caught.value.exceptions[0]) == f"The token file {path} {sentence}"


async def test_a_demanded_token_without_a_file_stops_the_start(serving: Any) -> None:
    """The sentence names both variables."""
    with pytest.raises(ExceptionGroup) as caught:
        async with serving(auth="required"):
            pass
    assert "ASKWIRE_AUTH" in str(caught.value.exceptions[0])
    assert "ASKWIRE_TOKEN_FILE" in str(caught.value.exceptions[0])


@pytest.mark.parametrize(("setting", "variable"), [("websocket_port", "WEBSOCKET_PORT"), ("http_port", "HTTP_PORT")])
async def test_a_busy_port_is_one_sentence(serving: Any, setting: str, variable: str) -> None:
    """The sentence names the port and the variable that changes it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ExceptionGroup) as caught:
            async with serving(**{setting: port}):
                pass
    assert [str(one) for one in caught.value.exceptions] == [
        f"Port {port} ({variable}) on 127.0.0.1 is taken by another process; free it or set {variable}."
    ]


def test_an_answer_type_of_ones_own_is_refused(serving: Any) -> None:
    """The protocol names the answers; an agent that says another is wrong."""
    from askwire_agent import Agent
    from askwire_resources.settings import AgentSettings

    agent = Agent("a", "a", AgentSettings())
    with pytest.raises(ValueError, match="chart_generation_response"):
        agent.handle("generate_chart", None, request=dict, answer="generate_chart_response")  # type: ignore[arg-type]


def test_the_end_of_a_connection_is_spread() -> None:
    """Not all peers come back in the same moment."""
    assert service._CLOSE_JITTER_S > 0
