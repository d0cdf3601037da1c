"""All agents of the mesh: one link to each, and the choice of one for each request."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from askwire_backend.endpoints import Endpoint
from askwire_backend.metrics import Metrics
from askwire_backend.replica import Replica
from askwire_backend.retry import RetryBudget, may_retry
from askwire_backend.routing import OWNERS, choose
from askwire_protocol.credentials import read_token_file
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.heartbeat import HeartbeatPolicy, ReplicaState
from askwire_protocol.link import ChunkCallback, ProgressCallback
from askwire_protocol.messages import AgentStatus
from askwire_protocol.tls import TlsTrust
from askwire_resources.settings import BackendSettings

__all__ = ["BUILT_IN_TYPES", "Pool"]

T = TypeVar("T")
BUILT_IN_TYPES = ("nlp", "data", "viz")


class Pool:
    """Keeps the links for as long as ``run`` runs."""

    def __init__(self, settings: BackendSettings, endpoints: tuple[Endpoint, ...], metrics: Metrics) -> None:
        policy = HeartbeatPolicy(
            interval_s=settings.heartbeat_interval_s,
            suspect_after_missed=settings.suspect_after_missed,
            lost_after_missed=settings.lost_after_missed,
        )
        self._settings = settings
        self._metrics = metrics
        self._listeners: list[Callable[[Replica], None]] = []
        self._retries = RetryBudget()
        self._room = asyncio.Condition()
        self._waiting = 0
        self._max_waiting = settings.max_in_flight
        tls = TlsTrust(settings.tls_ca_file)
        self.replicas = tuple(
            Replica(endpoint, policy, metrics, read_token=self._read_token, tls=tls, on_change=self._on_change)
            for endpoint in endpoints
        )

    def _read_token(self) -> str | None:
        path = self._settings.token_file
        return read_token_file(path) if path else None

    def listen(self, function: Callable[[Replica], None]) -> None:
        """Call a function whenever a replica's state changes."""
        self._listeners.append(function)

    def _on_change(self, replica: Replica) -> None:
        for agent_type in BUILT_IN_TYPES:
            count = sum(one.agent_type == agent_type and one.usable for one in self.replicas)
            self._metrics.responding(agent_type, count)
        for function in self._listeners:
            function(replica)

    async def run(self) -> None:
        """Keep all links until cancelled."""
        async with asyncio.TaskGroup() as group:
            for replica in self.replicas:
                group.create_task(replica.run())

    @property
    def tried(self) -> bool:
        """True once each endpoint was dialled, whatever came of it."""
        return all(replica.tried for replica in self.replicas)

    @property
    def ready(self) -> bool:
        """True when each built-in type has a replica that answers heartbeats and is not degraded."""
        return all(any(one.agent_type == kind and one.well for one in self.replicas) for kind in BUILT_IN_TYPES)

    def table(self) -> tuple[AgentStatus, ...]:
        """Return the row of every replica."""
        return tuple(replica.status() for replica in self.replicas)

    def usable(self, type_: str) -> list[Replica]:
        """Return the replicas that may get a request of this type now."""
        return [one for one in self.replicas if one.usable and one.answers(type_) and one.worth_asking]

    def pick(self, type_: str, *, but: Collection[Replica] = ()) -> Replica:
        """Choose a replica for a request, whether it has room or not.

        Raises:
            RequestFailed: NO_AGENT, at once, with what is known of the agents that could have answered.
        """
        candidates = [replica for replica in self.usable(type_) if replica not in but]
        roomy = [replica for replica in candidates if replica.has_room]
        chosen = choose(roomy or candidates, random.random)
        if chosen is None:
            raise RequestFailed(ErrorCode.NO_AGENT, self._explain(type_), retry_after_ms=1000)
        return chosen

    async def _admit(self, type_: str, but: Collection[Replica], remaining_s: Callable[[], float]) -> Replica:
        """Choose a replica with room, waiting for one where all are full."""
        replica = self.pick(type_, but=but)
        if replica.has_room:
            return replica
        if self._waiting >= self._max_waiting:
            text = f"All agents for {type_} are busy, and {self._waiting} requests wait already."
            raise RequestFailed(ErrorCode.OVERLOADED, text, retry_after_ms=500)
        self._waiting += 1
        try:
            async with asyncio.timeout(remaining_s()), self._room:
                while not (replica := self.pick(type_, but=but)).has_room:
                    await self._room.wait()
                return replica
        except TimeoutError:
            text = f"All agents for {type_} were busy for the whole time of the request."
            raise RequestFailed(ErrorCode.OVERLOADED, text, retry_after_ms=500) from None
        finally:
            self._waiting -= 1

    async def _tell_room(self) -> None:
        async with self._room:
            self._room.notify_all()

    def _explain(self, type_: str) -> str:
        known = [one for one in self.replicas if one.answers(type_) or _likely(one, type_)]
        if not known:
            return f"No agent that answers {type_} is known to this backend."
        states = ", ".join(f"{one.agent_type} at {one.endpoint.url} is {_state(one)}" for one in known)
        return f"No agent can answer {type_} now: {states}."

    async def request(
        self,
        type_: str,
        data: object,
        *,
        answer: type[T],
        deadline_s: float,
        on_progress: ProgressCallback | None = None,
        on_chunk: ChunkCallback | None = None,
        traceparent: str | None = None,
        prepare: Callable[[Replica], Awaitable[None]] | None = None,
        restart: Callable[[], None] | None = None,
    ) -> T:
        """Send one request to a replica; see ``Link``. ``prepare`` is awaited for each replica that is tried.

        With ``on_chunk`` a request that began to answer is sent again only where ``restart`` takes its parts back.

        A request that failed is sent to another replica where that is safe: at most twice more, within the same
        deadline and the budget of retries.
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + deadline_s

        def remaining_s() -> float:
            return max(0.0, until_s - loop.time())

        tried: list[Replica] = []
        maybe_executed = False
        self._retries.deposit()
        while True:
            try:
                replica = await self._admit(type_, tried, remaining_s)
            except RequestFailed as failed:
                raise _with_truth(failed, maybe_executed=maybe_executed) from failed.__cause__
            tried.append(replica)
            try:
                if prepare is not None:
                    await prepare(replica)
                if restart is not None:
                    restart()
                return await replica.request(
                    type_,
                    data,
                    answer=answer,
                    deadline_s=remaining_s(),
                    on_progress=on_progress,
                    on_chunk=on_chunk,
                    traceparent=traceparent,
                    attempt=len(tried),
                )
            except RequestFailed as failed:
                idempotent = replica.is_idempotent(type_) and (on_chunk is None or restart is not None)
                again = may_retry(failed, attempt=len(tried), idempotent=idempotent, remaining_s=remaining_s())
                others = any(one not in tried for one in self.usable(type_))
                if not (again and others and self._retries.withdraw()):
                    raise _with_truth(failed, maybe_executed=maybe_executed) from failed.__cause__
                maybe_executed = maybe_executed or not failed.not_executed
                self._metrics.retry(type_)
            finally:
                if self._waiting:
                    await self._tell_room()


def _with_truth(failed: RequestFailed, *, maybe_executed: bool) -> RequestFailed:
    """Return the failure of the last attempt, which cannot say for the earlier ones that nothing was executed."""
    if not (maybe_executed and failed.not_executed):
        return failed
    return RequestFailed(
        failed.code,
        failed.message,
        details=failed.details,
        retryable=failed.retryable,
        not_executed=False,
        retry_after_ms=failed.retry_after_ms,
    )


def _likely(replica: Replica, type_: str) -> bool:
    """A replica that was never reached, but is of the kind that answers this."""
    return not replica.welcome.capabilities and replica.endpoint.agent_type == OWNERS.get(type_)


def _state(replica: Replica) -> str:
    return "shutting down" if replica.state is ReplicaState.RESPONDING else str(replica.state)
