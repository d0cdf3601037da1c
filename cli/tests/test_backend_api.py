"""The client of the backend's REST API: every bad peer is one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from askwire.backend_api import BackendApi, open_backend
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.messages import Ask, Progress

from .conftest import SmallBackend, fail_with, make_answer

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _serve(path: str, route: Route) -> TestServer:
    app = web.Application()
    app.router.add_route("*", path, route)
    server = TestServer(app)
    await server.start_server()
    return server


async def test_progress_comes_before_the_answer(small_backend: SmallBackend) -> None:
    """The asker hears of each stage and then gets the answer."""
    heard: list[Progress] = []
    async with open_backend(small_backend.url) as api:
        assert await api.ask(Ask(question="q"), heard.append) == make_answer()
    assert [progress.stage for progress in heard] == ["nlp"]


async def test_error_line_is_a_failed_request(small_backend: SmallBackend) -> None:
    """An error after the first progress is still the request's one outcome."""
    small_backend.answer = fail_with(ErrorCode.SQL_FAILED, "no such column")
    async with open_backend(small_backend.url) as api:
        with pytest.raises(RequestFailed, match="no such column"):
            await api.ask(Ask(question="q"))


async def test_token_is_sent(small_backend: SmallBackend) -> None:
    """A backend that wants the mesh's token gets it with every call."""
    async with open_backend(small_backend.url, token="t") as api:
        await api.agents()
    assert small_backend.tokens == ["Bearer t"]


async def _agents(api: BackendApi) -> None:
    await api.agents(timeout_s=0.2)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"<html>", 200, "the answer is not one of Askwire's backend"),
        (b"<html>", 404, "HTTP 404, so it is not Askwire's backend"),
        (b'{"agents": 1}', 200, "the answer is not one of Askwire's backend"),
    ],
)
async def test_other_servers_are_told_apart(body: bytes, status: int, reason: str) -> None:
    """Something else on the port is no crash."""

    async def route(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    server = await _serve("/v1/agents", route)
    async with server, open_backend(str(server.make_url("/"))) as api:
        with pytest.raises(ConnectionFailed, match=reason):
            await _agents(api)


async def test_silence_has_a_limit() -> None:
    """A peer that never answers costs the time that was given, not more."""
    never = asyncio.Event()

    async def route(_: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    server = await _serve("/v1/agents", route)
    async with server, open_backend(str(server.make_url("/"))) as api:
        with pytest.raises(ConnectionFailed, match=r"no answer within 0\.2 s"):
            await _agents(api)
        never.set()


async def test_answer_that_is_cut_off_is_told() -> None:
    """A stream that ends without an outcome is a lost connection."""

    async def route(_: web.Request) -> web.Response:
        return web.Response(body=b'{"type":"progress_update","data":{"stage":"nlp"}}\n')

    server = await _serve("/v1/ask", route)
    async with server, open_backend(str(server.make_url("/"))) as api:
        with pytest.raises(ConnectionFailed, match="before the outcome came"):
            await api.ask(Ask(question="q"))


async def test_backend_without_tls_is_told(small_backend: SmallBackend) -> None:
    """Whoever typed an s too many learns it."""
    async with open_backend(small_backend.url.replace("http://", "https://")) as api:
        with pytest.raises(ConnectionFailed, match="the backend does not speak TLS there; try http://"):
            await api.agents(timeout_s=10)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://", "ftp://a"])
async def test_wrong_addresses_are_told(url: str) -> None:
    """No address, a wrong one, or one where nothing listens: the same kind of failure."""
    async with open_backend(url) as api:
        with pytest.raises(ConnectionFailed):
            await _agents(api)
