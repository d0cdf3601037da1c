"""What the protocol costs, as ratios to peers measured in the same run: ``python -m bench.protocol``."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import msgspec
import psutil
from websockets.asyncio.client import connect as websocket_connect

from askwire_backend.backoff import Backoff
from askwire_protocol.client import WebSocketLink, open_link
from askwire_protocol.codec import decode
from bench.figures import Figure, keep, show

_WINDOW_S = 0.6
_ROUNDS = 7
_IN_FLIGHT = 64
_TEXT = "x" * 200
_ROWS = 240_000
Call = Callable[[], Awaitable[object]]


@contextlib.contextmanager
def served(kind: str, *arguments: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run an echo server for the length of a block; yields its port and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.echo_servers", kind, *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


@contextlib.asynccontextmanager
async def raw_client(url: str) -> AsyncIterator[Call]:
    """Echo in order over one bare connection: the answer belongs to the oldest request."""
    async with websocket_connect(url, compression=None, ping_interval=None, proxy=None, max_queue=64) as socket:
        waiting: deque[asyncio.Future[None]] = deque()
        message = json.dumps({"type": "echo", "message_id": "0", "data": {"query": _TEXT}, "timestamp": "2026-01-01"})

        async def read() -> None:
            async for _ in socket:
                waiting.popleft().set_result(None)

        async def call() -> None:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiting.append(future)
            await socket.send(message)
            await future

        reader = asyncio.create_task(read())
        try:
            yield call
        finally:
            reader.cancel()


@contextlib.asynccontextmanager
async def link_client(url: str, connections: int = 1) -> AsyncIterator[Call]:
    """Ask through our link: typed payload, correlation and a deadline for each request.

    The backend takes 16 requests at a time from one browser, so 64 in flight are four browsers there.
    """
    links = [await open_link(url) for _ in range(connections)]
    turn = itertools.cycle(links)

    async def call() -> None:
        link = next(turn)
        await link.request("nlp_query", {"query": _TEXT}, answer=msgspec.Raw, deadline_s=10)

    try:
        yield call
    finally:
        for link in links:
            await link.close()


@contextlib.asynccontextmanager
async def socketio_client(url: str) -> AsyncIterator[Call]:
    """Ask by acknowledged events."""
    import socketio

    client = socketio.AsyncClient()
    await client.connect(url, transports=["websocket"])

    async def call() -> None:
        await client.call("echo", _TEXT + "x" * 60)

    try:
        yield call
    finally:
        await client.disconnect()


@contextlib.asynccontextmanager
async def nats_client(url: str) -> AsyncIterator[Call]:
    """Ask through a broker."""
    import nats

    client = await nats.connect(url)

    async def call() -> None:
        await client.request("echo", (_TEXT + "x" * 60).encode(), timeout=10)

    try:
        yield call
    finally:
        await client.close()


@dataclasses.dataclass(slots=True)
class Variant:
    """One way to send a request and get its echo."""

    name: str
    call: Call
    processes: list[psutil.Process]
    per_s: list[float] = dataclasses.field(default_factory=list)
    cpu_us: list[float] = dataclasses.field(default_factory=list)
    p50_ms: list[float] = dataclasses.field(default_factory=list)
    p99_to_p50: list[float] = dataclasses.field(default_factory=list)

    def cpu_s(self) -> float:
        """Return the processor time of client and servers so far."""
        every = [psutil.Process(), *self.processes]
        return sum(sum(one.cpu_times()[:2]) for one in every)


async def measure(variant: Variant, in_flight: int) -> tuple[float, float, list[float]]:
    """Return requests per second, processor microseconds for each, and all times in milliseconds."""
    until_s = time.perf_counter() + _WINDOW_S
    times_ms: list[float] = []

    async def ask_on() -> None:
        while (began_s := time.perf_counter()) < until_s:
            await variant.call()
            times_ms.append((time.perf_counter() - began_s) * 1000)

    cpu_s, began_s = variant.cpu_s(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(ask_on())
    elapsed_s = time.perf_counter() - began_s
    return len(times_ms) / elapsed_s, (variant.cpu_s() - cpu_s) / len(times_ms) * 1e6, times_ms


async def compare(variants: list[Variant]) -> None:
    """Measure all variants in turn, round by round, so that a slow moment hits each."""
    for variant in variants:
        await measure(variant, 8)
    for _ in range(_ROUNDS):
        for variant in variants:
            per_s, cpu_us, times_ms = await measure(variant, _IN_FLIGHT)
            ordered = sorted(times_ms)
            variant.per_s.append(per_s)
            variant.cpu_us.append(cpu_us)
            variant.p99_to_p50.append(ordered[int(len(ordered) * 0.99)] / statistics.median(ordered))
            _, _, alone_ms = await measure(variant, 1)
            variant.p50_ms.append(statistics.median(alone_ms))


async def echo_figures() -> list[Figure]:
    """P1, P2, P4 to P7: throughput, processor time and tail of the whole envelope."""
    broker = subprocess.Popen(
        ["nats-server", "-a", "127.0.0.1", "-p", "14222"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await asyncio.sleep(0.5)
    try:
        async with contextlib.AsyncExitStack() as stack:
            ports = {kind: stack.enter_context(served(kind)) for kind in ("raw", "agent", "fastapi", "socketio")}
            agent_url = f"ws://127.0.0.1:{ports['agent'][0]}"
            ports["backend"] = stack.enter_context(served("backend", agent_url))
            ports["nats"] = stack.enter_context(served("nats", "nats://127.0.0.1:14222"))
            clients = {
                "raw": raw_client(f"ws://127.0.0.1:{ports['raw'][0]}"),
                "agent": link_client(agent_url),
                "backend": link_client(f"ws://127.0.0.1:{ports['backend'][0]}/ws", 8),
                "fastapi": raw_client(f"ws://127.0.0.1:{ports['fastapi'][0]}/"),
                "socketio": socketio_client(f"http://127.0.0.1:{ports['socketio'][0]}"),
                "nats": nats_client("nats://127.0.0.1:14222"),
            }
            extra = {"backend": [ports["agent"][1]], "nats": [psutil.Process(broker.pid)]}
            variants = {
                name: Variant(name, await stack.enter_async_context(client), [ports[name][1], *extra.get(name, [])])
                for name, client in clients.items()
            }
            await compare(list(variants.values()))
    finally:
        broker.terminate()
        broker.wait(10)
    return _echo_table(variants)


def _echo_table(variants: dict[str, Variant]) -> list[Figure]:
    def per_s(name: str) -> float:
        return statistics.median(variants[name].per_s)

    for name, variant in variants.items():
        print(f"  {name}: {per_s(name):.0f}/s, {statistics.median(variant.cpu_us):.0f} µs of processor each")
    raw, agent, backend = variants["raw"], variants["agent"], variants["backend"]
    cpu = statistics.median(agent.cpu_us) / statistics.median(raw.cpu_us)
    tail = statistics.median(agent.p99_to_p50) / statistics.median(raw.p99_to_p50)
    hops = statistics.median(backend.p50_ms) / statistics.median(raw.p50_ms)
    return [
        Figure("P1 envelope vs raw echo, throughput at 64", per_s("agent") / per_s("raw"), "×", 0.70, at_least=True),
        Figure("P2 envelope vs raw echo, processor time", cpu, "×", 1.40),
        Figure("P4 vs FastAPI/uvicorn echo, throughput", per_s("agent") / per_s("fastapi"), "×", 0.75, at_least=True),
        Figure("P5 vs NATS request-reply, throughput", per_s("agent") / per_s("nats"), "×", 1.4, at_least=True),
        Figure("P5 vs Socket.IO acknowledge, throughput", per_s("agent") / per_s("socketio"), "×", 3, at_least=True),
        Figure("P6 two hops vs raw echo, throughput", per_s("backend") / per_s("raw"), "×", 0.28, at_least=True),
        Figure("P6 two hops vs raw echo, p50 one at a time", hops, "×", 3.5),
        Figure("P7 p99/p50 at 64, envelope vs raw", tail, "×", 1.5),
    ]


async def _beat_while(link: WebSocketLink, work: Awaitable[object]) -> tuple[float, float]:
    """Send a heartbeat every 10 ms while something runs; returns its seconds and the longest round trip in ms."""
    rtts_ms: list[float] = [0.0]

    async def beat() -> None:
        while True:
            rtt_s, _ = await link.heartbeat(timeout_s=30)
            rtts_ms.append(rtt_s * 1000)
            await asyncio.sleep(0.01)

    beating = asyncio.create_task(beat())
    began_s = time.perf_counter()
    await work
    elapsed_s = time.perf_counter() - began_s
    beating.cancel()
    return elapsed_s, max(rtts_ms)


async def rows_figures() -> list[Figure]:
    """P10, P11 and P16: heartbeats beside large answers, parts against one message, and cancelling."""

    async def drop(_: object) -> None:
        """Take a part and forget it."""

    async with contextlib.AsyncExitStack() as stack:
        port, _ = stack.enter_context(served("agent"))
        link = await open_link(f"ws://127.0.0.1:{port}", max_message_bytes=64 * 2**20)
        stack.push_async_callback(link.close)
        parts, whole = [], []
        request: Any = {"rows": _ROWS, "per_part": 500}
        for _ in range(3):
            work = link.request("rows", request, answer=msgspec.Raw, deadline_s=60, on_chunk=drop)
            parts.append(await _beat_while(link, work))
            whole.append(await _beat_while(link, link.request("rows", request, answer=dict[str, Any], deadline_s=60)))
        beat_s = statistics.median([(await link.heartbeat(timeout_s=5))[0] for _ in range(50)])
        cancels = [await _time_cancel(port) for _ in range(20)]
    ratio = statistics.median(one[0] for one in parts) / statistics.median(one[0] for one in whole)
    cancel = statistics.median(cancels) / beat_s
    return [
        Figure("P10 heartbeat while 14 MiB of rows stream", max(one[1] for one in parts), "ms", 100),
        Figure("P11 parts vs one message, time", ratio, "×", 0.5),
        Figure("P16 cancel to outcome vs heartbeat round trip", cancel, "×", 3),
    ]


async def _time_cancel(port: int) -> float:
    async with websocket_connect(f"ws://127.0.0.1:{port}", compression=None, proxy=None) as socket:
        await socket.recv()
        await socket.send('{"type":"hang","message_id":"h"}')
        await asyncio.sleep(0.01)
        began_s = time.perf_counter()
        await socket.send('{"type":"cancel","data":{"request_id":"h"}}')
        await socket.recv()
        return time.perf_counter() - began_s


async def memory_figures(count: int = 400) -> list[Figure]:
    """P8: what an idle connection weighs in the server, against bare `websockets`."""
    per_connection: dict[str, float] = {}
    for kind in ("raw", "agent"):
        with served(kind) as (port, process):
            async with contextlib.AsyncExitStack() as stack:
                for _ in range(20):
                    await stack.enter_async_context(_idle(port))
                before = process.memory_full_info().uss
                for _ in range(count):
                    await stack.enter_async_context(_idle(port))
                await asyncio.sleep(0.2)
                per_connection[kind] = (process.memory_full_info().uss - before) / count / 1024
    return [
        Figure("P8 idle memory for a connection", per_connection["agent"], "KiB", None),
        Figure("P8 idle memory vs bare websockets", per_connection["agent"] / per_connection["raw"], "×", 2.0),
    ]


def _idle(port: int) -> Any:
    return websocket_connect(f"ws://127.0.0.1:{port}", compression=None, ping_interval=None, proxy=None)


def pure_figures() -> list[Figure]:
    """P14 and P17: reconnecting to a peer that closes at once, and decoding a message."""
    message = json.dumps(
        {"type": "nlp_query", "message_id": "a-1", "timestamp": "2026-01-01T00:00:00Z", "data": {"query": _TEXT}}
    ).encode()
    times: dict[str, float] = {}
    for name, function in (("json", json.loads), ("ours", decode)):
        began_s = time.perf_counter()
        for _ in range(50_000):
            function(message)
        times[name] = time.perf_counter() - began_s
    backoff, elapsed_s, attempts = Backoff(lambda: 0.5), 0.0, 0
    while elapsed_s < 60:
        attempts += 1
        elapsed_s += backoff.ended(lived_s=0.01, answered=True)
    return [
        Figure("P14 attempts in 60 s at a peer that closes at once", attempts, "", 20),
        Figure("P17 decode and check vs json.loads", times["ours"] / times["json"], "×", 1.0),
    ]


async def measure_all() -> list[Figure]:
    """Measure every figure."""
    print("echoes ...", flush=True)
    figures = await echo_figures()
    print("rows ...", flush=True)
    figures += await rows_figures()
    print("connections ...", flush=True)
    figures += await memory_figures()
    return [*figures, *pure_figures()]


def main() -> None:
    """Measure, print and keep."""
    import uvloop

    figures = uvloop.run(measure_all())
    show(figures)
    keep("protocol", figures)


if __name__ == "__main__":
    main()
