"""All agents of the mesh: one link to each, and the choice of one for each request."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from askwire_backend.endpoints import Endpoint
from askwire_backend.metrics import Metrics
from askwire_backend.replica import Replica
from askwire_backend.routing import OWNERS, choose
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.heartbeat import HeartbeatPolicy, ReplicaState
from askwire_protocol.link import ProgressCallback
from askwire_protocol.messages import AgentStatus
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
        self.replicas = tuple(
            Replica(endpoint, policy, metrics, read_token=self._read_token, on_change=self._on_change)
            for endpoint in endpoints
        )

    def _read_token(self) -> str | None:
        path = self._settings.token_file
        return Path(path).read_text("utf-8").strip() if path else None

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
        return [replica for replica in self.replicas if replica.usable and replica.answers(type_)]

    def pick(self, type_: str, *, but: Replica | None = None) -> Replica:
        """Choose a replica for a request.

        Raises:
            RequestFailed: NO_AGENT, at once, with what is known of the agents that could have answered.
        """
        candidates = [replica for replica in self.usable(type_) if replica is not but]
        chosen = choose(candidates, random.random)
        if chosen is None:
            raise RequestFailed(ErrorCode.NO_AGENT, self._explain(type_), retry_after_ms=1000)
        return chosen

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
        traceparent: str | None = None,
    ) -> T:
        """Send one request to a replica; one that provably did not start it is replaced by another, once."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + deadline_s
        first = self.pick(type_)
        try:
            return await first.request(
                type_, data, answer=answer, deadline_s=deadline_s, on_progress=on_progress, traceparent=traceparent
            )
        except RequestFailed as failed:
            movable = failed.not_executed and failed.code in (
                ErrorCode.DRAINING,
                ErrorCode.OVERLOADED,
                ErrorCode.CONNECTION_LOST,
                ErrorCode.NO_AGENT,
            )
            others = [one for one in self.usable(type_) if one is not first]
            if not movable or not others:
                raise
        return await self.pick(type_, but=first).request(
            type_,
            data,
            answer=answer,
            deadline_s=until_s - loop.time(),
            on_progress=on_progress,
            traceparent=traceparent,
        )


def _likely(replica: Replica, type_: str) -> bool:
    """A replica that was never reached, but is of the kind that answers this."""
    return not replica.welcome.capabilities and replica.endpoint.agent_type == OWNERS.get(type_)


def _state(replica: Replica) -> str:
    return "shutting down" if replica.state is ReplicaState.RESPONDING else str(replica.state)
