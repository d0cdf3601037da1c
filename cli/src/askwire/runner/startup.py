"""Decide from the backends' tables which agents have answered heartbeats and are ready, and which are not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from askwire.agent_table import is_degraded
from askwire.runner.plan import PlannedProcess
from askwire_protocol.messages import AgentStatus, AgentTable

__all__ = ["Answering", "StartupWatch"]


@dataclasses.dataclass(frozen=True, slots=True)
class Answering:
    """A process that is seen for the first time to answer and to be ready."""

    name: str
    status: AgentStatus


class StartupWatch:
    """What one backend has been seen to hear from the agents of its mesh."""

    def __init__(self, backend: PlannedProcess, agents: Sequence[PlannedProcess]) -> None:
        self.backend = backend
        self._waiting = {agent.name: agent for agent in agents if agent.mesh == backend.mesh}
        self._last: dict[str, AgentStatus] = {}
        self.reached = False

    @property
    def complete(self) -> bool:
        """True once every agent has answered and was ready."""
        return self.reached and not self._waiting

    def missing(self) -> tuple[tuple[str, AgentStatus | None], ...]:
        """Return the agents that have not answered or are degraded, with what the backend last said of them."""
        return tuple((name, self._last.get(name)) for name in self._waiting)

    def update(self, table: AgentTable) -> tuple[Answering, ...]:
        """Take in a table; returns the agents that are new in answering and being ready."""
        self.reached = True
        by_url = {status.url.rstrip("/"): status for status in table.agents}
        fresh = []
        for name, agent in list(self._waiting.items()):
            urls = (agent.address.websocket_url, agent.address.http_url)
            status = next((by_url[url] for url in urls if url in by_url), None)
            if status is None:
                continue
            self._last[name] = status
            if status.state == "responding" and not is_degraded(status):
                del self._waiting[name]
                fresh.append(Answering(name, status))
        return tuple(fresh)
