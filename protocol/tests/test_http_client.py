"""The HTTP link against servers that behave and that do not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from askwire_protocol import http_client
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.http_client import HttpLink, open_http_link

Script = Callable[[web.StreamResponse, dict[str, Any]], Awaitable[None]]


@contextlib.asynccontextmanager
async def linked(script: Script) -> AsyncIterator[HttpLink]:
    """Serve an agent that introduces itself and then does what the test says; yields a link to it."""

    async def messages(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        response = web.StreamResponse()
        await response.prepare(request)
        if asked["type"] == "describe":
            await response.write(line("describe_response", asked, data={"capabilities": ["work"]}))
        else:
            await script(response, asked)
        return response

    app = web.Application()
    app.add_routes([web.post("/v1/messages", messages)])
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    link = await open_http_link(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    try:
        yield link
    finally:
        await link.close()
        await runner.cleanup()


def line(type_: str, asked: dict[str, Any], **fields: Any) -> bytes:
    """Write one line of an answer."""
    return json.dumps({"type": type_, "response_to": asked["message_id"], **fields}).encode() + b"\n"


async def failing(link: HttpLink, *, deadline_s: float = 20.0) -> RequestFailed:
    """Ask for work, which has to fail."""
    with pytest.raises(RequestFailed) as caught:
        await link.request("work", {}, answer=dict[str, int], deadline_s=deadline_s)
    assert link.in_flight == 0
    return caught.value


async def test_lines_may_be_cut_anywhere() -> None:
    """Progress and answer are found whatever pieces the bytes come in, also without a last line break."""

    async def script(response: web.StreamResponse, asked: dict[str, Any]) -> None:
        whole = (
            line("progress_update", asked, data={"stage": "é"}) + b"\n" + line("work_response", asked, data={"n": 1})
        )
        for at in range(0, len(whole) - 1, 7):
            await response.write(whole[at : min(at + 7, len(whole) - 1)])

    seen: list[str] = []
    async with linked(script) as link:
        assert link.welcome.capabilities == ("work",)
        answer = await link.request(
            "work", {}, answer=dict[str, int], deadline_s=20, on_progress=lambda one: seen.append(one.stage)
        )
        assert (answer, seen) == ({"n": 1}, ["é"])


async def test_an_answer_that_ends_early_is_a_lost_connection() -> None:
    """Progress without an outcome is none: CONNECTION_LOST, execution unknown."""

    async def script(response: web.StreamResponse, asked: dict[str, Any]) -> None:
        await response.write(line("progress_update", asked, data={"stage": "s"}))

    async with linked(script) as link:
        failed = await failing(link)
        assert (failed.code, failed.not_executed) == (ErrorCode.CONNECTION_LOST, None)


async def test_a_connection_that_breaks_is_a_lost_connection() -> None:
    """A reset in the middle of the answer is CONNECTION_LOST too."""

    async def script(response: web.StreamResponse, asked: dict[str, Any]) -> None:
        await response.write(line("progress_update", asked, data={"stage": "s"}))
        transport = response._req.transport if response._req is not None else None
        assert transport is not None
        transport.abort()

    async with linked(script) as link:
        assert (await failing(link)).code is ErrorCode.CONNECTION_LOST


async def test_a_deadline_ends_the_request_at_the_agent_too() -> None:
    """When the time is over the HTTP request is closed, which the agent notices."""
    cancelled = asyncio.Event()

    async def script(_: web.StreamResponse, __: dict[str, Any]) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with linked(script) as link:
        assert (await failing(link, deadline_s=0.05)).code is ErrorCode.DEADLINE_EXCEEDED
        await asyncio.wait_for(cancelled.wait(), 20)


async def test_a_line_above_the_limit_is_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills our memory with a line that does not end."""
    monkeypatch.setattr(http_client, "_MAX_LINE_BYTES", 1000)

    async def script(response: web.StreamResponse, _: dict[str, Any]) -> None:
        await response.write(b"x" * 2000)

    async with linked(script) as link:
        assert (await failing(link)).code is ErrorCode.TOO_LARGE


async def test_a_heartbeat_answered_by_something_else_is_missed() -> None:
    """Only heartbeat_response proves life."""

    async def script(response: web.StreamResponse, asked: dict[str, Any]) -> None:
        await response.write(line("work_response", asked, data={}))

    async with linked(script) as link:
        with pytest.raises(TimeoutError):
            await link.heartbeat(timeout_s=20)


async def test_a_redirect_is_not_followed() -> None:
    """It could lead to another host or out of TLS, with the token and the data."""
    reached: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.add_routes([web.post("/{path:.*}", handle)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        with pytest.raises(ConnectionFailed, match="refused with HTTP 307"):
            await open_http_link(f"http://127.0.0.1:{runner.addresses[0][1]}", token="s3cret")
    finally:
        await runner.cleanup()
    assert reached == ["/v1/messages"]


async def test_an_agent_that_is_gone_is_said_to_be(unused_tcp_port: int) -> None:
    """A request that found nobody was not executed; a heartbeat that found nobody ends the link."""
    link = HttpLink(f"http://127.0.0.1:{unused_tcp_port}", None)
    failed = await failing(link)
    assert (failed.code, failed.not_executed) == (ErrorCode.CONNECTION_LOST, True)
    with pytest.raises(TimeoutError):
        await link.heartbeat(timeout_s=20)
    assert "nothing listens there" in await link.wait_closed()
    await link.close()


async def test_a_server_that_does_not_answer_is_no_agent() -> None:
    """Accepting a connection is not enough: without an answer in time there is no link."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ConnectionFailed, match=r"no answer within 0\.1 s"):
            await open_http_link(f"http://127.0.0.1:{port}", open_timeout_s=0.1)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "not a url", "http://"])
async def test_an_address_that_cannot_be_used_is_one_clause(url: str) -> None:
    """Whatever is wrong with an address, it is ConnectionFailed."""
    with pytest.raises(ConnectionFailed):
        await open_http_link(url)
