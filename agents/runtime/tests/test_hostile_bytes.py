"""Handshakes and frames as no library writes them, byte by byte."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

HEADERS = {
    "Host": "localhost",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def handshake(line: str = "GET / HTTP/1.1", **changes: str | None) -> bytes:
    """Write a handshake; a header that is None is left out."""
    fields = HEADERS | {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [line, *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode()


async def exchange(served: Any, request: bytes, frames: bytes = b"") -> bytes:
    """Send a request, and frames once it is accepted, then read until the agent closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.service.websocket_port)
    try:
        writer.write(request)
        async with asyncio.timeout(20):
            if frames:
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
                writer.write(frames)
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(handshake(Sec_WebSocket_Key=None), b"400", id="no-key"),
        pytest.param(handshake(Sec_WebSocket_Key="short"), b"400", id="bad-key"),
        pytest.param(handshake(Sec_WebSocket_Version="8"), b"400", id="old-version"),
        pytest.param(handshake(Upgrade=None, Connection=None), b"426", id="no-upgrade"),
        pytest.param(handshake("POST / HTTP/1.1"), b"405", id="post"),
        pytest.param(handshake(Origin="https://evil.example"), b"403", id="origin-of-a-page"),
        pytest.param(handshake(Origin="null"), b"403", id="origin-of-a-frame"),
        pytest.param(handshake(X="a" * 9000), b"431", id="long-header"),
        pytest.param(handshake(**{f"X{number}": "a" for number in range(300)}), b"431", id="many-headers"),
        pytest.param(handshake("GET /" + "a" * 9000 + " HTTP/1.1"), b"414", id="long-path"),
        pytest.param(handshake("GET / HTTP/1.0"), b"505", id="old-http"),
    ],
)
async def test_a_wrong_handshake_is_refused(served: Any, dial: Any, request_bytes: bytes, status: bytes) -> None:
    """The refusal has a status of HTTP, opens no session, and the next client is served."""
    answer = await exchange(served, request_bytes)
    assert answer.split(b" ", 2)[1] == status
    async with dial(served.url) as peer:
        assert (await peer.ask("stats"))["data"]["connections"] == 1


@pytest.mark.parametrize(
    ("head", "code"),
    [
        pytest.param(b"\x81\xff" + (2**30).to_bytes(8, "big") + bytes(4), 1009, id="length-1-GiB"),
        pytest.param(b"\x81\xff" + (2**63).to_bytes(8, "big") + bytes(4), 1009, id="length-2^63"),
        pytest.param(b"\xa1\x80\0\0\0\0", 1002, id="reserved-bit"),
        pytest.param(b"\xc1\x80\0\0\0\0", 1002, id="compressed"),
        pytest.param(b"\x83\x80\0\0\0\0", 1002, id="reserved-opcode"),
        pytest.param(b"\x81\x00", 1002, id="no-mask"),
        pytest.param(b"\x80\x80\0\0\0\0", 1002, id="continues-nothing"),
        pytest.param(b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0", 1002, id="new-message-inside-another"),
        pytest.param(b"\x09\x80\0\0\0\0", 1002, id="fragmented-ping"),
        pytest.param(b"\x88\x82\0\0\0\0\x03\xe7", 1002, id="close-code-999"),
        pytest.param(b"\x82\x82\0\0\0\0{}", 1003, id="binary"),
        pytest.param(b"\x81\x82\0\0\0\0\xff\xfe", 1007, id="not-utf-8"),
    ],
)
async def test_a_wrong_frame_ends_its_connection_with_its_code(served: Any, dial: Any, head: bytes, code: int) -> None:
    """The close code says what was wrong; nothing is kept in memory for it, and others are served."""
    answer = await exchange(served, handshake(), head)
    close = answer[answer.rindex(b"\x88", 0, answer.rindex(code.to_bytes(2, "big"))) :]
    assert int.from_bytes(close[2:4], "big") == code
    async with dial(served.url) as peer:
        assert (await peer.ask("stats"))["data"]["in_flight"] == 0


async def test_nothing_is_done_after_a_close(served: Any, peer: Any) -> None:
    """A request behind the closing frame is not run."""
    await exchange(served, handshake(), b"\x88\x82\0\0\0\0\x03\xe8\x81\x80\0\0\0\0")
    assert (await peer.ask("stats"))["data"]["in_flight"] == 0


async def test_a_flood_of_pings_holds_back_nobody(served: Any, peer: Any) -> None:
    """Twenty thousand pings are answered or dropped by the transport; another peer gets its heartbeat meanwhile."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.service.websocket_port)
    writer.write(handshake())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x89\x80\0\0\0\0" * 20_000)
    assert (await peer.ask("heartbeat"))["type"] == "heartbeat_response"
    assert reader.at_eof() is False
    writer.close()
