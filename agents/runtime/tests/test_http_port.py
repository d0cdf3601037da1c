"""The HTTP port of an agent, over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from askwire_agent import http_port
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.http_client import open_http_link
from askwire_protocol.messages.agents import Progress

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


async def post(
    web: aiohttp.ClientSession, served: Any, message: object, headers: dict[str, str] = JSON
) -> tuple[int, list[dict[str, Any]]]:
    """Post one message; returns the status and the lines of the answer."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    async with web.post(served.http_url + "/v1/messages", data=body, headers=headers) as response:
        text = await response.text()
    if response.content_type != "application/x-ndjson":
        return response.status, []
    assert text.endswith("\n")
    return response.status, [json.loads(line) for line in text.splitlines()]


async def test_livez_and_readyz_say_ok(served: Any, web: aiohttp.ClientSession) -> None:
    """A healthy agent answers 200 and one word."""
    for path in ("/livez", "/readyz"):
        async with web.get(served.http_url + path) as response:
            assert (response.status, await response.text()) == (200, "ok\n")


async def test_verbose_lists_every_check(served: Any, web: aiohttp.ClientSession) -> None:
    """With ?verbose each condition has a line."""
    async with web.get(served.http_url + "/readyz?verbose") as response:
        assert (await response.text()).splitlines() == ["[+] started", "[+] serving"]
    async with web.get(served.http_url + "/livez?verbose") as response:
        assert [line[:12] for line in (await response.text()).splitlines()] == ["[+] loop the", "[+] workers "]


async def test_a_failed_check_is_503_with_its_reason(serving: Any, web: aiohttp.ClientSession) -> None:
    """Not ready is told with the reason; the process still lives."""
    from askwire_protocol.messages.agents import Check

    def prepare(served: Any) -> None:
        served.agent.check("database", lambda: Check(name="database", ok=False, message="refused"))

    async with serving(prepare) as served:
        async with web.get(served.http_url + "/readyz") as response:
            assert response.status == 503
            assert "[-] database refused" in await response.text()
        async with web.get(served.http_url + "/livez") as response:
            assert response.status == 200


async def test_metrics_can_be_read_and_count(served: Any, peer: Any, web: aiohttp.ClientSession) -> None:
    """The text is what Prometheus parses; outcomes, refusals and heartbeats are in it."""
    await peer.ask("nlp_query", "1", data={})
    await peer.ask("refuse", "2")
    await peer.ask("run", "3")
    await peer.ask("heartbeat")
    async with web.get(served.http_url + "/metrics") as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        families = list(text_string_to_metric_families(await response.text()))
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value for one in families for sample in one.samples
    }
    assert samples["askwire_agent_requests_total", "nlp_query", "ok"] == 1
    assert samples["askwire_agent_requests_total", "NOT_FOUND", "refuse"] == 1
    assert samples["askwire_agent_messages_refused_total", "UNKNOWN_TYPE"] == 1
    assert samples["askwire_agent_heartbeats_answered_total",] == 1
    assert samples["askwire_agent_request_duration_seconds_count", "nlp_query"] == 1
    assert samples["askwire_agent_ready",] == 1
    assert not any("run" in key[1:] for key in samples), "types that peers make up are no labels"


async def test_a_message_is_answered_in_lines(served: Any, web: aiohttp.ClientSession) -> None:
    """Progress and the answer come as lines of JSON, the same envelopes as over WebSocket."""
    status, lines = await post(web, served, {"type": "steps", "message_id": "s"})
    assert status == 200
    assert [line["type"] for line in lines] == ["progress_update"] * 3 + ["steps_response"]
    assert [line.get("seq") for line in lines] == [0, 1, 2, None]
    assert {line["response_to"] for line in lines} == {"s"}


@pytest.mark.parametrize("type_", ["heartbeat", "health_check", "stats", "describe"])
async def test_control_messages_are_answered(served: Any, web: aiohttp.ClientSession, type_: str) -> None:
    """Heartbeats and the like work over HTTP too."""
    status, lines = await post(web, served, {"type": type_, "message_id": "h", "timestamp": 1.5})
    assert (status, len(lines)) == (200, 1)
    assert (lines[0]["type"], lines[0]["response_to"]) == (f"{type_}_response", "h")


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (b"hello", 400, "INVALID_MESSAGE"),
        ({"type": "nlp_query"}, 400, "INVALID_MESSAGE"),
        ({"type": "run", "message_id": "m"}, 501, "UNKNOWN_TYPE"),
        ({"type": "refuse", "message_id": "m"}, 200, "NOT_FOUND"),
        ({"type": "typed", "message_id": "m", "data": {}}, 200, "INVALID_ARGUMENT"),
        ({"type": "hold", "message_id": "m", "deadline_ms": 1}, 200, "DEADLINE_EXCEEDED"),
    ],
    ids=range(6),
)
async def test_bad_messages_get_their_error(
    served: Any, web: aiohttp.ClientSession, message: object, status: int, code: str
) -> None:
    """What is refused before any work has the code's HTTP status; what fails in work is a line of the stream."""
    got, lines = await post(web, served, message)
    assert (got, [line["error"]["code"] for line in lines]) == (status, [code])


async def test_a_cancel_of_nothing_has_no_content(served: Any, web: aiohttp.ClientSession) -> None:
    """Messages that need no answer are 204."""
    assert await post(web, served, {"type": "cancel", "data": {"request_id": "x"}}) == (204, [])


@pytest.mark.parametrize(("pad", "lines"), [(2000, 1), (9000, 0)])
async def test_too_large_is_413(serving: Any, web: aiohttp.ClientSession, pad: int, lines: int) -> None:
    """Above the limit the error names the request; far above it nobody reads to the end."""
    async with serving(max_message_bytes=2000) as served:
        message = {"type": "nlp_query", "message_id": "m", "data": {"pad": "x" * pad}}
        status, answer = await post(web, served, message)
        assert (status, len(answer)) == (413, lines)
        assert [(line["error"]["code"], line["response_to"]) for line in answer] == [("TOO_LARGE", "m")] * lines


async def test_too_many_are_429(serving: Any, web: aiohttp.ClientSession) -> None:
    """The limit of the process counts requests of both transports."""
    async with serving(max_in_flight=1) as served:
        held = asyncio.create_task(post(web, served, {"type": "hold", "message_id": "a"}))
        await served.reached.acquire()
        status, lines = await post(web, served, {"type": "nlp_query", "message_id": "b"})
        assert (status, lines[0]["error"]["code"], lines[0]["response_to"]) == (429, "OVERLOADED", "b")
        served.gate.set()
        assert (await held)[1][0]["type"] == "hold_response"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (JSON | {"Origin": "http://localhost:8000"}, 403),
        (JSON | {"Origin": "null"}, 403),
        (JSON | {"Host": "evil.example"}, 403),
        (JSON | {"Host": "localhost.evil.example:8001"}, 403),
        (JSON | {"Content-Type": "application/json; charset=utf-8"}, 200),
        (JSON | {"Host": "nlp-agent:8001"}, 200),
    ],
    ids=range(8),
)
async def test_pages_of_browsers_cannot_ask(
    served: Any, web: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    """Forms, scripts of any origin and rebound names are refused before the message is read."""
    assert (await post(web, served, {"type": "heartbeat"}, headers))[0] == status


async def test_the_token_is_demanded_of_who_asks_but_not_of_who_scrapes(
    serving: Any, web: aiohttp.ClientSession, tmp_path: Any
) -> None:
    """POST needs the token; health and metrics do not."""
    (tmp_path / "token").write_text("s3cret")
    async with serving(auth="required", token_file=str(tmp_path / "token")) as served:
        message = {"type": "heartbeat"}
        assert (await post(web, served, message))[0] == 401
        assert (await post(web, served, message, JSON | {"Authorization": "Bearer wrong"}))[0] == 401
        assert (await post(web, served, message, JSON | {"Authorization": "Bearer s3cret"}))[0] == 200
        for path in ("/livez", "/readyz", "/metrics"):
            async with web.get(served.http_url + path) as response:
                assert response.status == 200
        with pytest.raises(ConnectionFailed, match="refused with HTTP 401"):
            await open_http_link(served.http_url)
        link = await open_http_link(served.http_url, token="s3cret")
        assert link.welcome.agent == "test-agent"
        await link.close()


@pytest.mark.parametrize(
    ("path", "status"), [("/../../etc/passwd", 404), ("/%2e%2e/x", 404), ("/", 404), ("/v1/messages", 405)]
)
async def test_there_is_nothing_else(served: Any, web: aiohttp.ClientSession, path: str, status: int) -> None:
    """Other paths are 404 and other methods 405."""
    async with web.get(served.http_url + path) as response:
        assert response.status == status


async def test_leaving_cancels_the_work(served: Any, web: aiohttp.ClientSession) -> None:
    """A requester that closes its HTTP request gives it up."""
    task = asyncio.create_task(post(web, served, {"type": "hold", "message_id": "left"}))
    await served.reached.acquire()
    task.cancel()
    assert await asyncio.wait_for(served.left.get(), 20) == "left"


async def test_without_websockets_everything_works_over_http(serving: Any) -> None:
    """ENABLE_WEBSOCKETS=false opens no WebSocket port; requests, progress, errors and heartbeats go over HTTP."""
    async with serving(enable_websockets=False) as served:
        assert served.service.websocket_port is None
        link = await open_http_link(served.http_url)
        seen: list[Progress] = []
        try:
            assert link.welcome.capabilities[0] == "nlp_query"
            rtt_s, answer = await link.heartbeat(timeout_s=20)
            assert rtt_s > 0
            assert (answer.status, answer.instance_id) == ("ok", served.agent.instance_id)
            done = await link.request("steps", {}, answer=dict[str, bool], deadline_s=20, on_progress=seen.append)
            assert done == {"done": True}
            assert [one.stage for one in seen] == ["step 0", "step 1", "step 2"]
            with pytest.raises(RequestFailed) as caught:
                await link.request("refuse", {}, answer=dict[str, bool], deadline_s=20)
            assert caught.value.code is ErrorCode.NOT_FOUND
            with pytest.raises(RequestFailed) as caught:
                await link.request("hold", {}, answer=dict[str, bool], deadline_s=0.1)
            assert caught.value.code is ErrorCode.DEADLINE_EXCEEDED
            assert link.in_flight == 0
        finally:
            await link.close()
        assert await link.wait_closed()


async def test_an_http_link_to_nobody_fails_in_words(unused_tcp_port: int) -> None:
    """A closed port is ConnectionFailed with the reason."""
    with pytest.raises(ConnectionFailed, match="nothing listens there"):
        await open_http_link(f"http://127.0.0.1:{unused_tcp_port}")


def head(length: int) -> bytes:
    """Write the head of a POST whose body has this length."""
    fields = ("Host: localhost", "Content-Type: application/json", f"Content-Length: {length}")
    return "\r\n".join(("POST /v1/messages HTTP/1.1", *fields, "", "")).encode()


async def test_a_body_that_does_not_come_is_not_waited_for(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who announces a message and sends none gets 408."""
    monkeypatch.setattr(http_port, "_BODY_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.service.http_port)
    writer.write(head(100))
    async with asyncio.timeout(20):
        assert (await reader.readline()).split(b" ")[1] == b"408"
    writer.close()


async def test_a_requester_that_does_not_read_is_cut_off(
    serving: Any, dial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that nobody takes past the write deadline ends its connection, and the request is over."""
    monkeypatch.setattr(http_port, "_WRITE_S", 0.2)
    async with serving(max_message_bytes=40_000_000) as served, dial(served.url) as peer:
        body = json.dumps({"type": "nlp_query", "message_id": "m", "data": {"pad": "x" * 15_000_000}}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", served.service.http_port)
        writer.transport.pause_reading()
        with structlog.testing.capture_logs() as logged:
            writer.write(head(len(body)) + body)
            async with asyncio.timeout(20):
                while not any(one["event"] == "slow reader" for one in logged):
                    assert (await peer.ask("heartbeat"))["type"] == "heartbeat_response"
                while (await peer.ask("stats"))["data"]["in_flight"]:
                    pass
        assert not reader.at_eof()
        writer.transport.abort()
