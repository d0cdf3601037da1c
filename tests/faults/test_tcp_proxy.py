"""The proxy of the fault tests itself: each toxic does what it says, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from support.tcp_proxy import TcpProxy, Toxics, Way

BIG = bytes(range(256)) * 1024


@contextlib.asynccontextmanager
async def echoing(**options: int) -> AsyncIterator[TcpProxy]:
    """Run a proxy in front of a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    try:
        async with TcpProxy(server.sockets[0].getsockname()[1], **options) as proxy:
            yield proxy
    finally:
        server.close()
        await server.wait_closed()


class Line:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> bytes:
        """Send, and read as much."""
        self.writer.write(data)
        async with asyncio.timeout(20):
            return await self.reader.readexactly(len(data))


@contextlib.asynccontextmanager
async def dialled(proxy: TcpProxy) -> AsyncIterator[Line]:
    """Connect to the proxy."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    "toxics",
    [
        Toxics(),
        Toxics(latency_s=0.02, jitter_s=0.02),
        Toxics(bytes_per_s=8_000_000),
        Toxics(slice_bytes=1000),
        Toxics(limit_bytes=len(BIG)),
    ],
    ids=["nothing", "latency", "bandwidth", "slicer", "limit"],
)
async def test_what_passes_is_what_was_sent(toxics: Toxics) -> None:
    """No toxic changes, loses or swaps a byte that it lets pass."""
    async with echoing() as proxy:
        proxy.spoil(toxics)
        async with dialled(proxy) as line:
            assert await line.say(BIG) == BIG


async def test_a_slice_of_one_byte_arrives_as_one_byte() -> None:
    """The slicer writes each byte by itself."""
    async with echoing() as proxy:
        proxy.spoil(Toxics(slice_bytes=1, slice_pause_s=0.002), Way.DOWN)
        async with dialled(proxy) as line:
            line.writer.write(b"abcdef")
            parts = [await line.reader.read(100) for _ in range(2)]
            assert len(parts[0]) < 6
            assert b"".join([*parts, await line.reader.readexactly(6 - sum(map(len, parts)))]) == b"abcdef"


@pytest.mark.parametrize(
    ("toxics", "least_s"), [(Toxics(latency_s=0.2), 0.4), (Toxics(bytes_per_s=1000), 0.2)], ids=["latency", "bandwidth"]
)
async def test_slow_is_at_least_so_slow(toxics: Toxics, least_s: float) -> None:
    """A hundred bytes there and back take the time of both directions."""
    async with echoing() as proxy:
        proxy.spoil(toxics)
        async with dialled(proxy) as line:
            began_s = time.monotonic()
            await line.say(b"x" * 100)
            assert time.monotonic() - began_s >= least_s - 0.01


async def test_a_black_hole_keeps_the_connection_and_heals() -> None:
    """Nothing passes, nothing is closed; what was sent meanwhile arrives once it is lifted."""
    async with echoing() as proxy, dialled(proxy) as line:
        assert await line.say(b"before") == b"before"
        proxy.spoil(Toxics(timeout_s=0.0), Way.UP)
        said = asyncio.create_task(line.say(b"meanwhile"))
        assert (await asyncio.wait([said], timeout=0.2))[1] == {said}
        proxy.heal()
        assert await said == b"meanwhile"


async def test_a_black_hole_with_a_time_closes_after_it() -> None:
    """The connection ends without having passed anything."""
    async with echoing() as proxy:
        proxy.spoil(Toxics(timeout_s=0.05))
        async with dialled(proxy) as line:
            line.writer.write(b"x")
            async with asyncio.timeout(20):
                assert await line.reader.read() == b""


async def test_a_limit_cuts_the_connection_there() -> None:
    """So many bytes arrive and not one more."""
    async with echoing() as proxy:
        proxy.spoil(Toxics(limit_bytes=10), Way.DOWN)
        async with dialled(proxy) as line:
            line.writer.write(b"x" * 100)
            async with asyncio.timeout(20):
                assert await line.reader.read() == b"x" * 10


async def test_a_reset_is_a_reset() -> None:
    """The peer sees ConnectionResetError, whether by the toxic or by hand."""
    async with echoing() as proxy:
        async with dialled(proxy) as line:
            await line.say(b"x")
            proxy.cut(reset=True)
            with pytest.raises(ConnectionResetError):
                await line.reader.read()
        proxy.spoil(Toxics(reset_peer_s=0.0))
        async with dialled(proxy) as line:
            line.writer.write(b"x")
            with pytest.raises(ConnectionResetError):
                await line.reader.read()


async def test_a_slow_close_is_told_late() -> None:
    """The end of one side reaches the other after the delay."""
    async with echoing() as proxy:
        proxy.spoil(Toxics(slow_close_s=0.2), Way.DOWN)
        async with dialled(proxy) as line:
            began_s = time.monotonic()
            line.writer.write_eof()
            async with asyncio.timeout(20):
                assert await line.reader.read() == b""
            assert time.monotonic() - began_s >= 0.19


async def test_down_refuses_and_up_serves_on_the_same_port() -> None:
    """A proxy that was down is found where it was."""
    async with echoing() as proxy:
        port = proxy.port
        await proxy.down()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await proxy.up()
        assert proxy.port == port
        async with dialled(proxy) as line:
            assert await line.say(b"x") == b"x"


async def test_nothing_is_left_of_connections() -> None:
    """When both sides are gone the proxy knows no connection and keeps no task."""
    async with echoing() as proxy:
        before = len(asyncio.all_tasks())
        async with dialled(proxy) as line:
            await line.say(b"x")
            assert proxy.connections == 1
        async with asyncio.timeout(20):
            while proxy.connections or len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0)
