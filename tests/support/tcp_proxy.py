"""A TCP proxy on loopback that spoils what passes, in the words of toxiproxy: latency, bandwidth, timeout and so on.

What is changed counts for open connections at once. All chance comes from the seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
import random
import socket
import struct
from collections.abc import Iterator

__all__ = ["TcpProxy", "Toxics", "Way"]

_READ_BYTES, _WAITING = 65536, 64
_LINGER_NOT = struct.pack("ii", 1, 0)


class Way(enum.Enum):
    """Direction of bytes."""

    UP = "from the one who connected"
    DOWN = "to the one who connected"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Toxics:
    """What happens to the bytes of one direction; by default they just pass."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: float | None = None
    timeout_s: float | None = None
    """A black hole until it is lifted (then what was held passes, as TCP sends again); above zero: then closed."""
    reset_peer_s: float | None = None
    """Reset both ends so long after the next bytes."""
    slow_close_s: float = 0.0  # time until the end of one side is told to the other
    slice_bytes: int | None = None
    slice_pause_s: float = 0.0
    limit_bytes: int | None = None
    """Close the connection once so many bytes passed in it."""


class _Ended(Exception):
    """This connection is over."""


class TcpProxy:
    """Listens on ``port`` for the length of an ``async with`` and connects each connection to the target."""

    def __init__(self, target_port: int, *, seed: int = 0, port: int = 0) -> None:
        self.port = port
        self._target_port = target_port
        self._random = random.Random(seed)  # noqa: S311 - the same faults for the same seed
        self._toxics = {way: Toxics() for way in Way}
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, ...]] = {}

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._writers)

    async def __aenter__(self) -> TcpProxy:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()
        await _end(*self._writers)

    async def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        self.cut()

    def spoil(self, toxics: Toxics, *ways: Way) -> None:
        """Replace the toxics of both directions, or of those that are named."""
        for way in ways or tuple(Way):
            self._toxics[way] = toxics
        self._changed.set()
        self._changed = asyncio.Event()

    def heal(self) -> None:
        """Let everything pass again."""
        self.spoil(Toxics())

    def cut(self, *, reset: bool = False) -> None:
        """End every open connection at once, with a reset instead of an end where that is wanted."""
        for writers in self._writers.values():
            _abort(writers, reset=reset)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._writers[task] = (writer,)
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._writers[task] = (writer, there_writer)
            ways = (self._pump(reader, there_writer, Way.UP), self._pump(there_reader, writer, Way.DOWN))
            pumps = [asyncio.create_task(way) for way in ways]
            try:
                await asyncio.gather(*pumps)
            finally:
                await _end(*pumps)
        except (OSError, _Ended, asyncio.CancelledError):  # of whichever side: both are ended below
            pass
        finally:
            _abort(self._writers.pop(task), reset=False)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        """Take bytes with the time when they may pass, so that latency does not cost throughput."""
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_WAITING)
        passing = asyncio.create_task(self._pass(held, writer, way))
        try:
            more = True
            while more:
                data = await reader.read(_READ_BYTES)
                toxics = self._toxics[way]
                late_s = toxics.latency_s + self._random.uniform(-toxics.jitter_s, toxics.jitter_s)
                await held.put((asyncio.get_running_loop().time() + max(0.0, late_s), data))
                more = bool(data)
            await passing
        finally:
            await _end(passing)

    async def _pass(self, held: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, way: Way) -> None:
        passed = 0
        try:
            while True:
                due_s, data = await held.get()
                await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
                await self._wait_passable(way)
                if not data:
                    await asyncio.sleep(self._toxics[way].slow_close_s)
                    writer.write_eof()
                    return
                for piece in self._slices(data, way, passed):
                    await asyncio.sleep(self._delay_s(len(piece), way))
                    await self._wait_passable(way)
                    writer.write(piece)
                    await writer.drain()
                    passed += len(piece)
        except (OSError, _Ended):
            for writers in tuple(self._writers.values()):
                if writer in writers:
                    _abort(writers, reset=False)

    async def _wait_passable(self, way: Way) -> None:
        while (timeout_s := self._toxics[way].timeout_s) is not None:
            try:
                async with asyncio.timeout(timeout_s or None):
                    await self._changed.wait()
            except TimeoutError as over:
                raise _Ended from over
        if (reset_s := self._toxics[way].reset_peer_s) is not None:
            await asyncio.sleep(reset_s)
            self.cut(reset=True)
            raise _Ended

    def _slices(self, data: bytes, way: Way, passed: int) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            toxics = self._toxics[way]
            size = toxics.slice_bytes or len(data)
            if toxics.limit_bytes is not None:
                size = min(size, toxics.limit_bytes - passed - at)
                if size <= 0:
                    raise _Ended
            yield data[at : at + size]
            at += size

    def _delay_s(self, count: int, way: Way) -> float:
        toxics = self._toxics[way]
        return toxics.slice_pause_s + (count / toxics.bytes_per_s if toxics.bytes_per_s else 0.0)


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _abort(writers: tuple[asyncio.StreamWriter, ...], *, reset: bool) -> None:
    for writer in writers:
        if reset:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        writer.transport.abort()
