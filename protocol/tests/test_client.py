"""The WebSocket link against agents that behave, that know only protocol 1.0, and that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from peers_1_0.agent import running_agent
from websockets.asyncio.server import ServerConnection, serve

from askwire_protocol import client
from askwire_protocol.client import WebSocketLink, connect, open_link
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.messages import Progress, SqlAnswer, SqlQuery

Script = Callable[[ServerConnection], Awaitable[None]]


class Anything(msgspec.Struct):
    """An answer of which only this is looked at."""

    n: int = 0


@contextlib.asynccontextmanager
async def scripted(script: Script, *, features: tuple[str, ...] = ()) -> AsyncIterator[str]:
    """Serve an agent that sends its welcome and then does what the test says."""

    async def handle(peer: ServerConnection) -> None:
        await say(peer, "connection_established", data={"capabilities": ["work"], "features": features})
        await script(peer)

    async with serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=0.2) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


class Rows(msgspec.Struct):
    """The part of an answer that a 1.0 agent has."""

    rows: list[list[int]]


async def say(peer: ServerConnection, type_: str, **fields: Any) -> None:
    """Send one message of the agent."""
    await peer.send(json.dumps({"type": type_, **fields}))


async def hear(peer: ServerConnection) -> dict[str, Any]:
    """Read one message of the link."""
    message: dict[str, Any] = json.loads(await peer.recv())
    return message


async def work(link: WebSocketLink, *, deadline_s: float = 20.0) -> Anything:
    """Ask for work."""
    return await link.request("work", {}, answer=Anything, deadline_s=deadline_s)


async def failing(call: Awaitable[object]) -> RequestFailed:
    """Await a call that has to fail."""
    with pytest.raises(RequestFailed) as caught:
        await call
    return caught.value


async def test_a_1_0_agent_is_asked_with_progress() -> None:
    """Our client understands welcome, progress and answer of a peer that knows only the requirement page."""
    seen: list[Progress] = []
    async with running_agent() as url, connect(url) as link:
        assert link.welcome.capabilities == ("sql_query",)
        query = SqlQuery(sql="SELECT 1")
        answer = await link.request("sql_query", query, answer=Rows, deadline_s=20, on_progress=seen.append)
        assert answer == Rows([[1]])
        assert [progress.stage for progress in seen] == ["executing"]
        assert (link.in_flight, link.dropped) == (0, 0)


async def test_a_1_0_agent_proves_its_life_by_heartbeats_without_ids() -> None:
    """Answers without an id belong to the oldest heartbeat that waits."""
    async with running_agent() as url, connect(url) as link:
        round_trips = await asyncio.gather(*(link.heartbeat(timeout_s=20) for _ in range(3)))
        assert all(rtt_s >= 0 and answer.from_ == "data-agent" for rtt_s, answer in round_trips)


async def test_an_error_of_a_1_0_agent_fails_the_only_request() -> None:
    """An error without response_to is of the one request in flight."""
    async with running_agent() as url, connect(url) as link:
        failed = await failing(link.request("sql_query", SqlQuery(sql="FAIL"), answer=SqlAnswer, deadline_s=20))
        assert (failed.code, failed.message) == (ErrorCode.INTERNAL, "syntax error")


async def test_an_error_of_a_1_0_agent_fails_nobody_when_two_are_in_flight() -> None:
    """It is never guessed whose error it is: both end by their deadline, and the error is counted."""
    async with running_agent() as url, connect(url) as link:
        silent = link.request("sql_query", SqlQuery(sql="SILENCE"), answer=SqlAnswer, deadline_s=0.3)
        failed = link.request("sql_query", SqlQuery(sql="FAIL"), answer=SqlAnswer, deadline_s=0.3)
        outcomes = await asyncio.gather(failing(silent), failing(failed))
        assert [outcome.code for outcome in outcomes] == [ErrorCode.DEADLINE_EXCEEDED] * 2
        assert link.dropped == 1


async def test_a_1_0_agent_is_never_sent_a_cancel() -> None:
    """New message types go only to peers that list them; an unknown one would be answered with an error."""
    async with running_agent() as url, connect(url) as link:
        await failing(link.request("sql_query", SqlQuery(sql="SILENCE"), answer=SqlAnswer, deadline_s=0.01))
        await link.heartbeat(timeout_s=20)
        assert link.dropped == 0


async def test_leaving_a_request_cancels_it_at_the_agent() -> None:
    """A caller that is cancelled takes the request back, and the late answer is dropped."""
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def script(peer: ServerConnection) -> None:
        asked = await hear(peer)
        heard.put_nowait(asked)
        heard.put_nowait(await hear(peer))
        await say(peer, "work_response", response_to=asked["message_id"], data={})
        await say(peer, "heartbeat_response", response_to=(await hear(peer))["message_id"])

    async with scripted(script, features=("cancel",)) as url, connect(url) as link:
        task = asyncio.create_task(work(link))
        asked = await heard.get()
        task.cancel()
        assert (await heard.get()) == {"type": "cancel", "data": {"request_id": asked["message_id"]}}
        await link.heartbeat(timeout_s=20)
        assert (link.in_flight, link.dropped) == (0, 1)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_broken_connection_fails_all_in_flight() -> None:
    """Every request gets CONNECTION_LOST with the code in words, heartbeats that wait fail, and so do later calls."""

    async def script(peer: ServerConnection) -> None:
        for _ in range(3):
            await hear(peer)
        await peer.close(1012, "service restart")

    async with scripted(script) as url, connect(url) as link:
        beat = asyncio.create_task(link.heartbeat(timeout_s=20))
        first, second = await asyncio.gather(failing(work(link)), failing(work(link)))
        assert {first.code, second.code} == {ErrorCode.CONNECTION_LOST}
        assert "1012 service restart" in first.message
        assert first.not_executed is None
        with pytest.raises(TimeoutError):
            await beat
        assert await link.wait_closed() == "closed by the agent: 1012 service restart"
        late = await failing(work(link))
        assert (late.code, late.not_executed) == (ErrorCode.CONNECTION_LOST, True)
        with pytest.raises(TimeoutError):
            await link.heartbeat(timeout_s=3600)


async def test_closing_fails_what_is_in_flight() -> None:
    """Who closes a link leaves no caller waiting, and the reason says which side it was."""

    async def script(peer: ServerConnection) -> None:
        await peer.wait_closed()

    async with scripted(script) as url:
        link = await open_link(url)
        task = asyncio.create_task(failing(work(link)))
        await asyncio.sleep(0)
        await link.close()
        assert (await task).code is ErrorCode.CONNECTION_LOST
        assert await link.wait_closed() == "closed by this side"


async def test_garbage_of_the_agent_costs_only_itself() -> None:
    """Undecodable, foreign and second answers are dropped and counted; the request in flight gets its own."""

    async def script(peer: ServerConnection) -> None:
        asked = await hear(peer)
        await peer.send("hello")
        await say(peer, "work_response", response_to="other", data={})
        await say(peer, "progress_update", response_to=asked["message_id"], data={"stage": 1})
        await say(peer, "work_response", response_to=asked["message_id"], data={"n": 7})
        await say(peer, "work_response", response_to=asked["message_id"], data={"n": 8})
        await say(peer, "heartbeat_response", response_to=(await hear(peer))["message_id"])

    async with scripted(script) as url, connect(url) as link:
        assert (await work(link)).n == 7
        await link.heartbeat(timeout_s=20)
        assert link.dropped == 4


async def test_an_answer_that_does_not_fit_fails_its_request() -> None:
    """A payload of the wrong form is an error at the caller, not a broken link."""

    async def script(peer: ServerConnection) -> None:
        await say(peer, "work_response", response_to=(await hear(peer))["message_id"], data={"n": "seven"})
        await peer.wait_closed()

    async with scripted(script) as url, connect(url) as link:
        failed = await failing(work(link))
        assert failed.code is ErrorCode.INTERNAL
        assert "data.n" in failed.message


async def test_a_callback_that_raises_fails_its_own_request_only() -> None:
    """The reader survives a defect of one caller; the others get their answers."""

    async def script(peer: ServerConnection) -> None:
        first, second = await hear(peer), await hear(peer)
        await say(peer, "progress_update", response_to=first["message_id"], data={"stage": "s"})
        await say(peer, "work_response", response_to=second["message_id"], data={"n": 2})
        await peer.wait_closed()

    def broken(_: Progress) -> None:
        raise ZeroDivisionError

    async with scripted(script) as url, connect(url) as link:
        doomed = link.request("work", {}, answer=Anything, deadline_s=20, on_progress=broken)
        outcomes = await asyncio.gather(doomed, work(link), return_exceptions=True)
        assert isinstance(outcomes[0], ZeroDivisionError)
        assert outcomes[1] == Anything(2)


async def test_the_agent_may_send_heartbeats_too() -> None:
    """A heartbeat of the agent is answered with its timestamp, while nobody asks anything."""
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def script(peer: ServerConnection) -> None:
        await say(peer, "heartbeat", timestamp=4.5, message_id="h")
        heard.put_nowait(await hear(peer))

    async with scripted(script) as url, connect(url):
        answer = await heard.get()
        assert (answer["type"], answer["response_to"], answer["echo"]) == ("heartbeat_response", "h", 4.5)
        assert isinstance(answer["server_time"], float)


async def test_a_binary_frame_of_the_agent_ends_the_link() -> None:
    """Messages are text in both directions; the reason is 1003."""

    async def script(peer: ServerConnection) -> None:
        await peer.send(b"{}")
        await peer.wait_closed()

    async with scripted(script) as url, connect(url) as link:
        assert await link.wait_closed() == "closed by this side: 1003 messages are text frames"


async def test_an_agent_that_does_not_read_cannot_hold_back_a_deadline() -> None:
    """With its buffers full a request still ends by its time, and closing is not held up."""

    async def script(peer: ServerConnection) -> None:
        peer.transport.pause_reading()
        await peer.wait_closed()

    async with scripted(script, features=("cancel",)) as url:
        link = await open_link(url)
        big = {"pad": "x" * 20_000_000}
        stuck = link.request("work", big, answer=Anything, deadline_s=0.2)
        assert (await failing(stuck)).code is ErrorCode.DEADLINE_EXCEEDED
        await link.close()
        assert link.in_flight == 0


async def test_an_answer_above_the_limit_closes_with_1009() -> None:
    """Nobody can fill our memory: the connection ends, and the request says so."""

    async def script(peer: ServerConnection) -> None:
        await say(peer, "work_response", response_to=(await hear(peer))["message_id"], data={"pad": "x" * 5000})
        await peer.wait_closed()

    async with scripted(script) as url:
        link = await open_link(url, max_message_bytes=4000)
        failed = await failing(work(link))
        assert (failed.code, "1009" in failed.message) == (ErrorCode.CONNECTION_LOST, True)
        await link.close()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ws://", "not a url", "ws://127.0.0.1:99999", "ws://a..b:1"])
async def test_an_address_that_cannot_be_used_is_one_clause(url: str) -> None:
    """Whatever is wrong with an address, it is ConnectionFailed with the address in it."""
    with pytest.raises(ConnectionFailed) as caught:
        await open_link(url)
    assert url in str(caught.value)


async def test_a_closed_port_is_said_in_words() -> None:
    """Nothing listening is a refused connection, without numbers of the system."""
    with pytest.raises(ConnectionFailed, match=r"nothing listens there \(connection refused\)"):
        await open_link(f"ws://127.0.0.1:{free_port()}")


async def test_a_server_that_is_none_is_said_in_words() -> None:
    """A port that speaks something else, or nothing at all, is no agent."""

    async def garble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(garble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionFailed, match="not a WebSocket server"):
            await open_link(f"ws://127.0.0.1:{port}")


async def test_a_refusal_of_the_handshake_names_the_status() -> None:
    """401, 403 and 503 reach the person who reads the message."""

    async def script(_: ServerConnection) -> None:
        raise AssertionError("unreachable")

    async with serve(script, "127.0.0.1", 0, process_request=lambda peer, _: peer.respond(401, "no\n")) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ConnectionFailed, match="refused with HTTP 401"):
            await open_link(f"ws://127.0.0.1:{port}")


@pytest.mark.parametrize("first", ["silence", "nonsense"])
async def test_without_a_welcome_there_is_no_link(first: str) -> None:
    """A peer that does not say who it is in time is given up, and nothing of it is left."""

    async def handle(peer: ServerConnection) -> None:
        if first == "nonsense":
            await say(peer, "connection_established", data={"capabilities": 5})
        await peer.wait_closed()

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ConnectionFailed, match=r"no connection_established within 0\.2 s"):
            await open_link(f"ws://127.0.0.1:{port}", open_timeout_s=0.2)


async def test_a_peer_that_closes_before_its_welcome_says_why() -> None:
    """The close code is the reason of the failure."""

    async def handle(peer: ServerConnection) -> None:
        await peer.close(1013, "too many")

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ConnectionFailed, match="closed by the agent: 1013 too many"):
            await open_link(f"ws://127.0.0.1:{port}")


async def test_the_environment_gives_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links between neighbours go straight, whatever proxy the environment names."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with running_agent() as url, connect(url) as link:
        assert link.welcome.capabilities == ("sql_query",)


def test_the_closing_time_is_short() -> None:
    """It is added to the time after which a dead peer is noticed."""
    assert client._CLOSE_S <= 2
