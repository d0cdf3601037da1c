"""A WebSocket client that writes what no library would: handshakes and frames byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

__all__ = ["RawWebSocket", "dialled", "frame", "handshake", "refused"]

_HEADERS = {
    "Host": "127.0.0.1",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
_WAIT_S = 20.0
TEXT, BINARY, CLOSE, PING, PONG, CONTINUED = 1, 2, 8, 9, 10, 0


def handshake(path: str = "/", line: str = "", **changes: str | None) -> bytes:
    """Write a handshake; a header that is None is left out, ``_`` in names stands for ``-``."""
    fields = _HEADERS | {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [
        line or f"GET {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in fields.items() if value is not None),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(payload: bytes = b"", *, opcode: int = TEXT, final: bool = True, reserved: int = 0) -> bytes:
    """Write a frame of a client; the mask is zero, so that the payload stands as it is."""
    first = (final << 7) | (reserved << 4) | opcode
    size = len(payload)
    if size < 126:
        head = bytes([first, 0x80 | size])
    elif size < 65536:
        head = bytes([first, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, 0x80 | 127]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class RawWebSocket:
    """One accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        self.reader = reader
        self.writer = writer
        self.head = head

    async def read_frame(self) -> tuple[int, bytes]:
        """Read one frame of the server: opcode and payload."""
        async with asyncio.timeout(_WAIT_S):
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size >= 126:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            return first & 0x0F, await self.reader.readexactly(size)

    async def read_message(self) -> dict[str, Any]:
        """Read the next message, past pings and pongs."""
        while True:
            opcode, payload = await self.read_frame()
            if opcode == TEXT:
                message: dict[str, Any] = json.loads(payload)
                return message
            assert opcode in (PING, PONG), (opcode, payload)

    async def read_close(self) -> int:
        """Read up to the close frame; returns its code."""
        while True:
            opcode, payload = await self.read_frame()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")

    async def say(self, message: object) -> None:
        """Send one message: bytes as they are, anything else as JSON."""
        self.writer.write(frame(message if isinstance(message, bytes) else json.dumps(message).encode()))
        await self.writer.drain()

    async def ask(self, message: object) -> dict[str, Any]:
        """Send one message and read the next."""
        await self.say(message)
        return await self.read_message()


@contextlib.asynccontextmanager
async def dialled(port: int, path: str = "/", **headers: str | None) -> AsyncIterator[RawWebSocket]:
    """Connect, and read the welcome."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(handshake(path, **headers))
        async with asyncio.timeout(_WAIT_S):
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        socket = RawWebSocket(reader, writer, head)
        assert (await socket.read_message())["type"] == "connection_established"
        yield socket
    finally:
        writer.transport.abort()


async def refused(port: int, request: bytes) -> tuple[int, bytes]:
    """Send a request; returns the status of the answer (0 where there is none) and all its bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(_WAIT_S):
            answer = await reader.readline()
            if answer:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):  # the connection may be kept for another request
                        while more := await reader.read(65536):
                            answer += more
        return (int(answer.split(b" ", 2)[1]) if answer else 0), answer
    finally:
        writer.transport.abort()
