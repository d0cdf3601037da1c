"""Start the whole stack twice, ask it, load it, weigh it; print the figures beside what is promised, and keep them."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from askwire_protocol.client import connect
from bench.figures import Figure, keep, show
from bench.stack import PORTS, Stack, get_json, running_stack

QUESTIONS = (
    "How many customers are there?",
    "How many orders were placed in 2025?",
    "Show the number of orders by month in 2025",
    "What is the average price of products?",
    "Number of products per category",
    "List the names of customers in Germany",
    "How many orders per status?",
    "Top 5 products by price",
    "How many returns are there by reason?",
    "Number of customers by country",
)
_ROUNDS = 6
_AT_ONCE = 20
_LOAD_S = 12.0
_BEAT_EVERY_S = 0.05


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ask_in_turn() -> list[Figure]:
    """Time questions one after another, from the request to the chart in the answer."""
    times_ms: list[float] = []
    outcomes: dict[str, int] = {}
    for _ in range(_ROUNDS):
        for question in QUESTIONS:
            began_s = time.perf_counter()
            answer = get_json("/v1/ask", {"question": question})
            elapsed_ms = (time.perf_counter() - began_s) * 1000
            outcomes[answer["outcome"]] = outcomes.get(answer["outcome"], 0) + 1
            if answer["chart"] is not None:
                times_ms.append(elapsed_ms)
    print(f"  outcomes of {_ROUNDS * len(QUESTIONS)} questions: {outcomes}; with a chart: {len(times_ms)}")
    return [
        Figure("question to chart, p50", statistics.median(times_ms), "ms", 250),
        Figure("question to chart, p95", percentile(times_ms, 0.95), "ms", 600),
    ]


def beat_under_load() -> list[Figure]:
    """Time heartbeats of every agent while twenty questions are in work all the time.

    The questions come from a process of their own, so that their client does not slow the heartbeats' clock.
    """
    with ProcessPoolExecutor(1) as processes:
        load = processes.submit(ask_at_once, _LOAD_S)
        rtts_ms = asyncio.run(beat_for(_LOAD_S))
        answered = load.result()
    print(f"  {answered} questions in {_LOAD_S:g} s, {len(rtts_ms)} heartbeats")
    return [
        Figure("heartbeat under 20 questions at once, p50", statistics.median(rtts_ms), "ms", None),
        Figure("heartbeat under 20 questions at once, p99", percentile(rtts_ms, 0.99), "ms", 50),
    ]


def ask_at_once(for_s: float) -> int:
    """Keep twenty questions in work; returns how many were answered."""
    until_s = time.monotonic() + for_s

    def ask_on(offset: int) -> int:
        count = 0
        while time.monotonic() < until_s:
            get_json("/v1/ask", {"question": QUESTIONS[(offset + count) % len(QUESTIONS)]})
            count += 1
        return count

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return sum(threads.map(ask_on, range(_AT_ONCE)))


async def beat_for(for_s: float) -> list[float]:
    """Send a heartbeat to each agent every 50 ms; returns the round trips in milliseconds."""
    until_s = time.monotonic() + for_s
    rtts_ms: list[float] = []

    async def beat(url: str) -> None:
        async with connect(url) as link:
            while time.monotonic() < until_s:
                rtt_s, _ = await link.heartbeat(timeout_s=10)
                rtts_ms.append(rtt_s * 1000)
                await asyncio.sleep(_BEAT_EVERY_S)

    async with asyncio.TaskGroup() as group:
        for port in PORTS.values():
            group.create_task(beat(f"ws://127.0.0.1:{port}"))
    return rtts_ms


def weigh(stack: Stack) -> list[Figure]:
    """Weigh the process trees after the load."""
    parts = stack.memory_mib()
    figures = [Figure(f"memory of {name}", size, "MiB", None) for name, size in sorted(parts.items())]
    return [*figures, Figure("memory of the whole stack (PSS)", sum(parts.values()), "MiB", 1.3 * 1024)]


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database may have to run as another user
        print("cold start ...", flush=True)
        with running_stack(folder) as stack:
            figures = [Figure("cold start to all heartbeats", stack.ready_s, "s", None)]
        print("warm start ...", flush=True)
        with running_stack(folder) as stack:
            figures.append(Figure("warm start to all heartbeats", stack.ready_s, "s", 12))
            for question in QUESTIONS:
                get_json("/v1/ask", {"question": question})
            print("questions in turn ...", flush=True)
            figures += ask_in_turn()
            print("questions at once ...", flush=True)
            figures += beat_under_load()
            figures += weigh(stack)
    show(figures)
    keep("stack", figures)


if __name__ == "__main__":
    main()
