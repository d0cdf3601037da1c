"""The corpus' handshakes and frames, played against both ports that speak the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
from structlog.testing import capture_logs
from support.hostile_cases import Stage, case
from support.raw_websocket import BINARY, CLOSE, CONTINUED, PING, PONG, dialled, frame, handshake, refused

from askwire_protocol import server

HEARTBEAT = {"type": "heartbeat", "timestamp": 1.0}


async def assert_alive(stage: Stage) -> None:
    """A good client is served on both ports, within a second."""
    for port, path in stage.ports:
        async with asyncio.timeout(1.0), dialled(port, path) as socket:
            assert (await socket.ask(HEARTBEAT))["type"] == "heartbeat_response"


async def assert_refused(stage: Stage, request: dict[str, Any], agent: set[int], backend: set[int]) -> None:
    """Both ports refuse a handshake with one of their statuses, and go on."""
    for (port, path), expected in zip(stage.ports, (agent, backend), strict=True):
        line = str(request.get("line", "")).replace("/ws", path)
        headers = {name: value for name, value in request.items() if name != "line"}
        status, _ = await refused(port, handshake(path, line, **headers))
        assert status in expected, (port, status)
    await assert_alive(stage)


@case("ws-handshake-01", "ws-handshake-03", "ws-handshake-04", "ws-handshake-05", "ws-handshake-06")
async def foreign_origin(stage: Stage) -> None:
    """Pages of other sites get 403; the one that is allowed gets in at the backend only."""
    for origin in (
        "https://evil.example",
        "https://evilui.example",
        "null",
        "http://ui.example",
        "https://ui.example:8443",
    ):
        await assert_refused(stage, {"Origin": origin}, {403}, {403})
    async with dialled(stage.backend_port, "/ws", Origin="https://ui.example"):
        pass


@case("ws-handshake-13")
async def token_in_query(stage: Stage) -> None:
    """A token in the address is refused, and no log line has it."""
    with capture_logs() as logged:
        async with guarded(stage) as port:
            status, answer = await refused(port, handshake("/?token=SECRETVALUE"))
    assert status == 400
    assert b"SECRETVALUE" not in answer
    assert "SECRETVALUE" not in str(logged)


@contextlib.asynccontextmanager
async def guarded(stage: Stage, **settings: Any) -> Any:
    """Run an agent that demands a token; yields its port."""
    file = stage.tmp_path / "token"
    file.write_text("the-token")
    async with stage.serving(auth="required", token_file=str(file), **settings) as served:
        yield served.service.websocket_port


@case("ws-handshake-14", "ws-handshake-15")
async def wrong_token(stage: Stage) -> None:
    """Unsigned tokens, and the right one with a byte more or less, are 401."""
    async with guarded(stage) as port:
        for token in ("eyJhbGciOiJub25lIn0.e30.", "the-toke", "the-tokenn", ""):
            status, _ = await refused(port, handshake(Authorization=f"Bearer {token}"))
            assert status == 401
        async with dialled(port, Authorization="Bearer the-token"):
            pass


@case("ws-handshake-17")
async def unknown_subprotocol(stage: Stage) -> None:
    """Who offers only other versions is refused with ours; who offers ours too gets it."""
    for port, path in stage.ports:
        status, answer = await refused(port, handshake(path, Sec_WebSocket_Protocol="agents.v999"))
        assert status == 400
        assert b"askwire.v1" in answer
        async with dialled(port, path, Sec_WebSocket_Protocol="agents.v999, askwire.v1") as socket:
            assert b"sec-websocket-protocol: askwire.v1" in socket.head.lower()


@case("ws-handshake-19", "ws-handshake-20", "ws-handshake-21")
async def wrong_request(stage: Stage) -> None:
    """No key, another method, an old version of HTTP."""
    await assert_refused(stage, {"Sec_WebSocket_Key": None}, {400}, {400})
    await assert_refused(stage, {"line": "POST /ws HTTP/1.1"}, {405}, {405})
    await assert_refused(stage, {"line": "GET /ws HTTP/1.0"}, {505}, {505})


@case("ws-handshake-22", "ws-handshake-23", "ws-handshake-24", "ws-handshake-25", "ws-handshake-26")
async def too_much_request(stage: Stage) -> None:
    """Long or many headers, a long path, a body: refused; the backend's HTTP server says 400 to all of them."""
    await assert_refused(stage, {"X": "a" * 9000}, {431}, {400})
    await assert_refused(stage, {f"X{number}": "a" for number in range(200)}, {431}, {400})
    await assert_refused(stage, {"line": f"GET /{'a' * 9000} HTTP/1.1"}, {414}, {400})
    await assert_refused(stage, {"Content-Length": "10"}, {0, 400}, {400})
    await assert_refused(stage, {"Transfer-Encoding": "chunked"}, {0, 400}, {400})


@case("ws-handshake-27")
async def slow_handshake(stage: Stage) -> None:
    """Half a handshake is closed at the time for opening; hundreds of them hold back nobody."""
    stage.monkeypatch.setattr(server, "_OPEN_S", 0.5)
    async with stage.serving() as served, contextlib.AsyncExitStack() as ending:
        port = served.service.websocket_port
        readers, writers = [], []
        for _ in range(200):
            for one in (port, stage.backend_port):
                reader, writer = await asyncio.open_connection("127.0.0.1", one)
                ending.callback(writer.transport.abort)
                writers.append(writer)  # one that nobody holds is closed
                writer.write(handshake()[:40])
                readers += [reader] if one == port else []
        await assert_alive(stage)
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(reader.read() for reader in readers))
        assert all(not answer.startswith(b"HTTP/1.1 101") for answer in answers)


@case("ws-handshake-32", "ws-handshake-33", "ws-handshake-34")
async def other_paths(stage: Stage) -> None:
    """Nothing outside the page's folder, no header made of a path, no metrics at the port for people."""
    for path in (
        "/../../etc/passwd",
        "/%2e%2e/",
        "/static/..%2f..%2f..%2fetc%2fpasswd",
        "/%0d%0aSet-Cookie:x",
        "/metrics",
    ):
        status, answer = await refused(stage.backend_port, handshake(path, Connection=None, Upgrade=None))
        assert status == 404, path
        assert b"root:" not in answer
        assert b"\nSet-Cookie" not in answer


CLOSED = {
    "ws-frame-01": (b"\x81\xff" + (2**30).to_bytes(8, "big") + bytes(4), {1009}),
    "ws-frame-02": (b"\x81\xff" + (2**63).to_bytes(8, "big") + bytes(4), {1009, 1002}),
    "ws-frame-09": (frame(reserved=2), {1002}),
    "ws-frame-13": (frame(b"\xff\xfe"), {1007}),
    "ws-frame-15": (frame(b"\xc0\xaf"), {1007}),
    "ws-frame-17": (frame(opcode=CONTINUED), {1002}),
    "ws-frame-18": (frame(b"a", final=False) + frame(b"b"), {1002}),
    "ws-frame-20": (frame(opcode=PING, final=False), {1002}),
    "ws-frame-28": (frame(json.dumps(HEARTBEAT).encode(), opcode=BINARY), {1003}),
}


@case(*CLOSED)
async def wrong_frame(stage: Stage) -> None:
    """Each wrong frame ends its connection with its code, and nobody else's."""
    for one, (bytes_sent, codes) in CLOSED.items():
        for port, path in stage.ports:
            async with dialled(port, path) as socket:
                socket.writer.write(bytes_sent)
                assert await socket.read_close() in codes, (one, port)
    await assert_alive(stage)


@case("ws-frame-03", "ws-frame-04")
async def at_the_limit(stage: Stage) -> None:
    """Exactly the limit is read; above it TOO_LARGE names the request; above four times it costs the connection."""
    async with stage.serving(max_message_bytes=2000) as served, dialled(served.service.websocket_port) as socket:
        for size, kind in ((2000, "nlp_query_response"), (2001, "error")):
            message = json.dumps({"type": "nlp_query", "message_id": "m", "data": {"pad": ""}})
            answer = await socket.ask(message.replace('""', f'"{"x" * (size - len(message))}"').encode())
            assert (answer["type"], answer["response_to"]) == (kind, "m")
            assert kind != "error" or answer["error"]["code"] == "TOO_LARGE"
        await socket.say(b"x" * 8001)
        assert await socket.read_close() == 1009


@case("ws-frame-07")
async def compressed(stage: Stage) -> None:
    """Compression is agreed nowhere, so a compressed frame is a wrong frame."""
    for port, path in stage.ports:
        async with dialled(port, path, Sec_WebSocket_Extensions="permessage-deflate") as socket:
            assert b"sec-websocket-extensions" not in socket.head.lower()
            socket.writer.write(frame(b"\x4a\x04\x00", reserved=4))
            assert await socket.read_close() == 1002


@case("ws-frame-16")
async def split_character(stage: Stage) -> None:
    """A message may be cut in the middle of a character."""
    text = '{"type":"heartbeat","timestamp":"€"}'.encode()
    cut = text.index(b"\x82")
    for port, path in stage.ports:
        async with dialled(port, path) as socket:
            socket.writer.write(frame(text[:cut], final=False) + frame(text[cut:], opcode=CONTINUED))
            assert (await socket.read_message())["echo"] == "€"


@case("ws-frame-21", "ws-frame-22")
async def flood_of_control_frames(stage: Stage) -> None:
    """Twenty thousand pings or pongs are taken, and another peer gets its heartbeat meanwhile."""
    for port, path in stage.ports:
        async with dialled(port, path) as flooding, dialled(port, path) as other:
            flooding.writer.write(frame(opcode=PING) * 20_000 + frame(opcode=PONG) * 20_000)
            assert (await other.ask(HEARTBEAT))["type"] == "heartbeat_response"
            assert (await flooding.ask(HEARTBEAT))["type"] == "heartbeat_response"


@case("ws-frame-25")
async def close_code_out_of_range(stage: Stage) -> None:
    """999 is a wrong frame everywhere; 5000 ends the connection (the backend's HTTP server answers 1000)."""
    for (port, path), of_5000 in zip(stage.ports, ({1002}, {1000, 1002}), strict=True):
        for code, codes in ((999, {1002}), (5000, of_5000)):
            async with dialled(port, path) as socket:
                socket.writer.write(frame(code.to_bytes(2, "big"), opcode=CLOSE))
                assert await socket.read_close() in codes


@case("ws-frame-26")
async def data_after_close(stage: Stage) -> None:
    """A request behind the closing frame is not run."""
    request = json.dumps({"type": "parts", "message_id": "m", "data": {"limit": 1}}).encode()
    async with dialled(stage.agent_port) as socket:
        socket.writer.write(frame((1000).to_bytes(2, "big"), opcode=CLOSE) + frame(request))
        assert await socket.read_close() == 1000
    assert stage.served.worked == 0
    await assert_alive(stage)


@case("ws-frame-30")
async def reset_in_a_frame(stage: Stage) -> None:
    """A peer that vanishes in the middle of a frame leaves nothing behind and no error in the log."""
    with capture_logs() as logged:
        for port, path in stage.ports:
            async with dialled(port, path) as socket:
                socket.writer.write(frame(b"x" * 100)[:20])
                await socket.writer.drain()
        await stage.mesh.until(lambda: not stage.mesh.backend._api.sessions)
        async with aiohttp.ClientSession() as session, session.get(f"{stage.served.http_url}/livez") as response:
            assert response.status == 200
        await stage.mesh.until(lambda: not stage.served.service._sessions)
    assert [one for one in logged if one["log_level"] in ("error", "critical")] == []
