"""The manager of links: breaker, retries, room, and nothing lost when every agent restarts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from askwire_backend.breaker import Breaker
from askwire_backend.retry import MAX_ATTEMPTS, RetryBudget, may_retry
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import SqlAnswer, SqlQuery

if TYPE_CHECKING:
    from conftest import Mesh

LOST = ErrorCode.CONNECTION_LOST


def test_breaker_opens_after_failures_in_a_row() -> None:
    """Five failures in a row open it; a success between them starts the count anew."""
    breaker = Breaker()
    for code in (LOST, LOST, LOST, LOST, None, LOST, LOST, LOST, LOST):
        breaker.ended(code, 0.0)
    assert breaker.state == "closed"
    breaker.ended(LOST, 0.0)

    assert breaker.state == "open"
    assert not breaker.allows(4.9)


def test_breaker_opens_when_half_of_the_window_failed() -> None:
    """Failures that are never five in a row open it too, once they are half of the last twenty."""
    breaker = Breaker()
    for number in range(20):
        breaker.ended(LOST if number % 2 else None, 0.0)

    assert breaker.state == "open"


@pytest.mark.parametrize(("outcome", "state"), [(None, "closed"), (LOST, "open")])
def test_one_request_decides_about_an_open_breaker(outcome: ErrorCode | None, state: str) -> None:
    """After the pause one request is let through and no second one; its outcome closes or opens the breaker."""
    breaker = Breaker(pause_s=5.0)
    for _ in range(5):
        breaker.ended(LOST, 0.0)
    assert breaker.allows(5.0)
    breaker.sent()
    assert (breaker.state, breaker.allows(6.0)) == ("half-open", False)
    breaker.ended(outcome, 6.0)

    assert breaker.state == state


def test_breaker_does_not_count_mistakes_of_callers() -> None:
    """Refused SQL and cancelled requests say nothing against the agent."""
    breaker = Breaker()
    for _ in range(50):
        breaker.ended(ErrorCode.SQL_REJECTED, 0.0)
        breaker.ended(ErrorCode.CANCELLED, 0.0)

    assert breaker.state == "closed"


@pytest.mark.parametrize(
    ("code", "not_executed", "idempotent", "again"),
    [
        (ErrorCode.DRAINING, True, False, True),
        (ErrorCode.OVERLOADED, True, False, True),
        (LOST, None, False, False),
        (LOST, None, True, True),
        (ErrorCode.INTERNAL, None, True, False),
        (ErrorCode.SQL_REJECTED, True, True, False),
        (ErrorCode.DEADLINE_EXCEEDED, None, True, False),
    ],
)
def test_only_safe_requests_are_sent_again(
    code: ErrorCode, not_executed: bool | None, idempotent: bool, again: bool
) -> None:
    """What did not start may be sent again; what may have started only if twice is as good as once."""
    failed = RequestFailed(code, "x", not_executed=not_executed)

    assert may_retry(failed, attempt=1, idempotent=idempotent, remaining_s=1.0) is again
    assert not may_retry(failed, attempt=MAX_ATTEMPTS, idempotent=True, remaining_s=1.0)
    assert not may_retry(failed, attempt=1, idempotent=True, remaining_s=0.0)


def test_retries_are_a_tenth_of_the_requests() -> None:
    """After the reserve is used up, ten requests pay for one retry."""
    budget = RetryBudget()
    while budget.withdraw():
        pass
    granted = 0
    for _ in range(100):
        budget.deposit()
        granted += budget.withdraw()

    assert 9 <= granted <= 10


async def _two_of_each(mesh: Mesh) -> dict[str, list[int]]:
    ports: dict[str, list[int]] = {}
    urls = {}
    for kind in ("nlp", "data", "viz"):
        services = [await mesh.start_agent(kind, key=f"{kind}-{number}") for number in range(2)]
        ports[kind] = [service.websocket_port or 0 for service in services]
        urls[f"{kind}_ws_url"] = ",".join(f"ws://127.0.0.1:{port}" for port in ports[kind])
        urls[f"{kind}_http_url"] = ""
    await mesh.start_backend(**urls)
    assert mesh.backend is not None
    pool = mesh.backend.pool
    await mesh.until(lambda: all(replica.usable for replica in pool.replicas))
    return ports


async def test_an_idempotent_request_moves_when_its_agent_dies(mesh: Mesh) -> None:
    """With a second replica the asker does not notice that the first one was killed in the middle."""
    await _two_of_each(mesh)
    entered: asyncio.Queue[None] = asyncio.Queue()
    first = iter([True])

    async def hang_once(_: SqlQuery) -> SqlAnswer:
        if next(first, False):
            entered.put_nowait(None)
            await asyncio.sleep(30)
        return SqlAnswer(columns=(), rows=[[2]], row_count=1)

    mesh.script.sql = hang_once
    asking = asyncio.create_task(mesh.ask())
    await entered.get()
    for key in ("data-0", "data-1"):
        for session in tuple(mesh.agents[key]._sessions):
            if len(session.incoming):
                session._socket.transport.abort()
    status, body = await asking

    assert (status, body["rows"]) == (200, [[2]])


async def test_nothing_is_lost_when_every_agent_restarts_in_turn(mesh: Mesh) -> None:
    """Under constant questions each of the six agents drains and comes back; every question is answered."""
    ports = await _two_of_each(mesh)
    outcomes: list[int] = []
    stop = asyncio.Event()

    async def ask_on() -> None:
        while not stop.is_set():
            outcomes.append((await mesh.ask())[0])

    assert mesh.backend is not None
    pool = mesh.backend.pool
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(ask_on())
        for kind, numbers in ports.items():
            for number, port in enumerate(numbers):
                await mesh.stop_agent(f"{kind}-{number}")
                await mesh.start_agent(kind, key=f"{kind}-{number}", port=port)
                await mesh.until(lambda: all(replica.usable for replica in pool.replicas))
        stop.set()

    assert len(outcomes) > 20
    assert set(outcomes) == {200}


async def test_requests_wait_for_room_and_are_refused_when_too_many_wait(mesh: Mesh) -> None:
    """An agent that takes one request at a time gets one; the next waits, the one after that is OVERLOADED."""
    for kind in ("nlp", "data", "viz"):
        await mesh.start_agent(kind, max_in_flight=1 if kind == "data" else 64)
    await mesh.start_backend()
    await mesh.ready()
    assert mesh.backend is not None
    assert mesh.session is not None
    pool = mesh.backend.pool
    pool._max_waiting = 1
    gate, entered = asyncio.Event(), asyncio.Event()
    at_once = [0]

    async def hold(_: SqlQuery) -> SqlAnswer:
        at_once[0] += 1
        assert at_once[0] == 1
        entered.set()
        await gate.wait()
        at_once[0] -= 1
        return SqlAnswer(columns=(), rows=[], row_count=0)

    mesh.script.sql = hold
    session = mesh.session

    async def query() -> int:
        async with session.post("/v1/sql", json={"sql": "SELECT 1"}) as response:
            return response.status

    first = asyncio.create_task(query())
    await entered.wait()
    second = asyncio.create_task(query())
    await mesh.until(lambda: pool._waiting == 1)
    third = await query()
    gate.set()

    assert (await first, await second, third) == (200, 200, 429)


async def test_a_suspect_agent_gives_its_requests_up_to_another(mesh: Mesh) -> None:
    """Suspicion, not the close, ends what hangs at a silent agent."""
    await _two_of_each(mesh)
    assert mesh.backend is not None
    pool = mesh.backend.pool
    entered = asyncio.Event()
    first = iter([True])

    async def hang_once(_: SqlQuery) -> SqlAnswer:
        if next(first, False):
            entered.set()
            await asyncio.sleep(30)
        return SqlAnswer(columns=(), rows=[[3]], row_count=1)

    mesh.script.sql = hang_once
    asking = asyncio.create_task(mesh.ask())
    await entered.wait()
    busy = next(one for one in pool.replicas if one.agent_type == "data" and one.in_flight)
    for give_up in tuple(busy._pending):
        give_up()
    status, body = await asking

    assert (status, body["rows"]) == (200, [[3]])
