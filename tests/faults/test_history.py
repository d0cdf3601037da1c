"""The history of a mesh under combined faults: what callers saw is joined with what agents did, request by request.

Four processes answer one idempotent and one other type, all behind proxies; the load is steady, the faults
come from a seed and overlap. Afterwards everything has to come back by itself.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.agent_process import AgentProcess
from support.tcp_proxy import Toxics, Way

from askwire_backend.backoff import Backoff
from askwire_backend.breaker import Breaker
from askwire_backend.endpoints import static_endpoints
from askwire_backend.metrics import Metrics
from askwire_backend.pool import Pool
from askwire_protocol.errors import RequestFailed
from askwire_protocol.messages import StatsReport
from askwire_resources.settings import BackendSettings

REPLICAS = 4
LOAD_S = 14.0
PAUSE_S = 0.012
DEADLINE_S = 3.0
SLACK_S = 3.0
TYPES = ("look_up", "book")


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What one caller saw; ``code`` is None for success."""

    type: str
    code: str | None
    not_executed: bool | None
    answer: dict[str, Any] | None
    elapsed_s: float


class Mesh:
    """A pool and the processes behind it."""

    def __init__(self, agents: list[AgentProcess], pool: Pool) -> None:
        self.agents = agents
        self.pool = pool
        self.outcomes: dict[int, list[Outcome]] = defaultdict(list)

    async def ask(self, number: int, type_: str) -> None:
        """Send one request and note its outcome; whatever is no RequestFailed fails the test."""
        began_s = time.monotonic()
        code, not_executed, answer = None, None, None
        try:
            answer = await self.pool.request(
                type_, {"number": number}, answer=dict[str, Any], deadline_s=DEADLINE_S, on_progress=lambda _: None
            )
        except RequestFailed as failed:
            code, not_executed = str(failed.code), failed.not_executed
        elapsed_s = time.monotonic() - began_s
        self.outcomes[number].append(Outcome(type_, code, not_executed, answer, elapsed_s))

    async def load(self, chance: random.Random) -> int:
        """Ask steadily; returns the number of requests once each has ended."""
        until_s = time.monotonic() + LOAD_S
        number = 0
        async with asyncio.TaskGroup() as group:
            while time.monotonic() < until_s:
                number += 1
                group.create_task(self.ask(number, chance.choice(TYPES)))
                await asyncio.sleep(PAUSE_S)
        return number

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what has to come by itself."""
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running_mesh(log: Path, seed: int) -> AsyncIterator[Mesh]:
    """Start the processes, the proxies and the pool."""
    agents = [AgentProcess(log, seed=seed * 100 + index) for index in range(REPLICAS)]
    async with AsyncExitStack() as ending:
        for agent in agents:
            await ending.enter_async_context(agent.proxy)
            ending.push_async_callback(agent.close)
        await asyncio.gather(*(agent.start() for agent in agents))
        urls = ",".join(f"ws://127.0.0.1:{agent.proxy.port}" for agent in agents)
        settings = BackendSettings(agent_urls=urls, heartbeat_interval_s=0.25)
        pool = Pool(settings, static_endpoints(settings), Metrics())
        for replica in pool.replicas:  # as by default, only quicker, so that seconds are enough
            replica._backoff = Backoff(random.random, first_s=0.1, limit_s=0.5)
            replica._breaker = Breaker(pause_s=0.3)
        running = asyncio.create_task(pool.run())
        try:
            mesh = Mesh(agents, pool)
            await mesh.until(lambda: all(replica.usable for replica in pool.replicas))
            yield mesh
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class Faults:
    """Plays the schedule that a seed gives; several faults may be at work at once, also at one replica."""

    def __init__(self, agents: list[AgentProcess], chance: random.Random) -> None:
        self._agents = agents
        self._chance = chance
        self.played: Counter[str] = Counter()

    async def play(self) -> None:
        """Begin a fault every moment until cancelled, then let all of them end."""
        kinds = ("abort", "kill", "freeze", "black_hole", "reset", "slicer", "latency", "drain")
        async with asyncio.TaskGroup() as group:
            until_s = time.monotonic() + LOAD_S - 1.0
            while time.monotonic() < until_s:
                kind = self._chance.choice(kinds)
                agent = self._chance.choice(self._agents)
                group.create_task(getattr(self, f"_{kind}")(agent, self._chance.uniform(0.5, 3.0)))
                self.played[kind] += 1
                await asyncio.sleep(self._chance.uniform(0.15, 0.6))
        for agent in self._agents:
            agent.proxy.heal()

    async def _abort(self, agent: AgentProcess, _: float) -> None:
        agent.proxy.cut()

    async def _reset(self, agent: AgentProcess, _: float) -> None:
        agent.proxy.cut(reset=True)

    async def _kill(self, agent: AgentProcess, _: float) -> None:
        await _exclusively(agent, agent.kill)

    async def _drain(self, agent: AgentProcess, _: float) -> None:
        await _exclusively(agent, agent.drain)

    async def _freeze(self, agent: AgentProcess, duration_s: float) -> None:
        await _exclusively(agent, lambda: agent.freeze(duration_s))

    async def _black_hole(self, agent: AgentProcess, duration_s: float) -> None:
        await _spoil(agent, Toxics(timeout_s=0.0), duration_s, *self._chance.choice([(), (Way.UP,), (Way.DOWN,)]))

    async def _slicer(self, agent: AgentProcess, duration_s: float) -> None:
        await _spoil(agent, Toxics(slice_bytes=1), duration_s)

    async def _latency(self, agent: AgentProcess, duration_s: float) -> None:
        await _spoil(agent, Toxics(latency_s=0.3, jitter_s=0.1), duration_s, Way.DOWN)


async def _exclusively(agent: AgentProcess, fault: Callable[[], Awaitable[None]]) -> None:
    if not agent.busy.locked():
        async with agent.busy:
            await fault()


async def _spoil(agent: AgentProcess, toxics: Toxics, duration_s: float, *ways: Way) -> None:
    agent.proxy.spoil(toxics, *ways)
    await asyncio.sleep(duration_s)
    agent.proxy.heal()


def read_log(log: Path) -> tuple[Counter[int], set[tuple[int, str]]]:
    """Return how often each request was begun, and which were done by whom."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    begun = Counter(line["number"] for line in lines if line["event"] == "begun")
    return begun, {(line["number"], line["by"]) for line in lines if line["event"] == "done"}


def wrongs(asked: int, outcomes: dict[int, list[Outcome]], log: Path) -> list[str]:
    """Join both records and return what contradicts a promise, one line each."""
    begun, done = read_log(log)
    found = [f"{number} was never asked" for number in begun if not 1 <= number <= asked]
    for number in range(1, asked + 1):
        if len(outcomes[number]) != 1:
            found.append(f"{number} has {len(outcomes[number])} outcomes")
            continue
        found += [f"{number} ({outcomes[number][0]}): {text}" for text in _wrongs(number, outcomes, begun, done)]
    return found


def _wrongs(
    number: int, outcomes: dict[int, list[Outcome]], begun: Counter[int], done: set[tuple[int, str]]
) -> list[str]:
    (outcome,) = outcomes[number]
    answer = outcome.answer
    rules = {
        "the answer is another's": answer is not None and answer["number"] != number,
        "answered, but not done by the one who says so": answer is not None and (number, answer["by"]) not in done,
        f"begun {begun[number]} times": begun[number] > (3 if outcome.type == "look_up" else 1),
        "not_executed, but begun": outcome.not_executed is True and begun[number] > 0,
        "later than its deadline allows": outcome.elapsed_s > DEADLINE_S + SLACK_S,
    }
    return [text for text, wrong in rules.items() if wrong]


@pytest.mark.timeout(100)
@pytest.mark.parametrize("seed", [1])
async def test_every_request_has_one_true_outcome_under_combined_faults(seed: int, tmp_path: Path) -> None:
    """One outcome each, none invented or too late; nothing booked twice; what is called not executed was not."""
    log = tmp_path / "executions"
    log.touch()
    tasks_before = asyncio.all_tasks()
    async with running_mesh(log, seed) as mesh:
        faults = Faults(mesh.agents, random.Random(seed))  # noqa: S311 - the same faults for the same seed
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(faults.play())
            asked = await mesh.load(random.Random(seed))  # noqa: S311
            await playing
        await mesh.until(lambda: all(replica.usable for replica in mesh.pool.replicas))
        told = f"seed {seed}, {dict(faults.played)}, {dict(summary(mesh.outcomes))}"
        assert wrongs(asked, mesh.outcomes, log) == [], told
        assert sum(outcome[0].code is None for outcome in mesh.outcomes.values()) > asked / 2, told
        await assert_idle(mesh)
    assert asyncio.all_tasks() == tasks_before, f"seed {seed}"


def summary(outcomes: dict[int, list[Outcome]]) -> Counter[str]:
    """Count the outcomes by type and code."""
    return Counter(f"{one.type}: {one.code or 'ok'}" for several in outcomes.values() for one in several)


async def assert_idle(mesh: Mesh) -> None:
    """Nothing is left in any table: pool, replicas, links, agents."""
    assert mesh.pool._waiting == 0
    for replica in mesh.pool.replicas:
        assert replica.in_flight == 0
        assert replica._pending == set()
        link: Any = replica._link
        assert link.in_flight == 0
        stats = await replica.request("stats", {}, answer=StatsReport, deadline_s=5.0)
        assert (stats.in_flight, stats.queued) == (0, 0)
