"""What an agent says of its own state: pulse, health, stats, readiness, liveness."""

from __future__ import annotations

import time
from collections.abc import Callable

from askwire_agent.admission import Admission
from askwire_agent.agent import Agent
from askwire_agent.loop_lag import LoopLag
from askwire_protocol.incoming import Pulse
from askwire_protocol.messages.agents import Check, HealthReport, StatsReport

__all__ = ["Health"]

_STUCK_LAG_S = 10.0
_STUCK_WORKER_S = 60.0


class Health:
    """Answers from memory, at any time."""

    def __init__(self, agent: Agent, admission: Admission, lag: LoopLag, connections: Callable[[], int]) -> None:
        self._agent = agent
        self._admission = admission
        self._lag = lag
        self._connections = connections
        self._started_s = time.monotonic()
        self.started = False

    def status(self) -> str:
        """Return ok, overloaded, draining or degraded."""
        if self._admission.draining:
            return "draining"
        if self._admission.full:
            return "overloaded"
        return "ok" if self.ready() else "degraded"

    def pulse(self) -> Pulse:
        """Return what goes into each heartbeat's answer."""
        return Pulse(
            status=self.status(),
            in_flight=self._admission.in_flight,
            queued=self._agent.workers.waiting,
            loop_lag_ms=round(self._lag.worst_s * 1000, 3),
        )

    def checks(self) -> tuple[Check, ...]:
        """Return every condition of readiness."""
        started = Check(name="started", ok=self.started, message="" if self.started else "starting")
        draining = self._admission.draining
        serving = Check(name="serving", ok=not draining, message="shutting down" if draining else "")
        return (started, serving, *(check() for check in self._agent.checks.values()))

    def ready(self) -> bool:
        """True when new requests are welcome."""
        return all(check.ok for check in self.checks())

    def liveness(self) -> tuple[Check, ...]:
        """Return the conditions of liveness: only what a restart of this process would mend."""
        now_s = time.monotonic()
        lag_s = self._lag.worst_s
        limit_s = max(_STUCK_WORKER_S, 2 * self._agent.settings.max_deadline_s)
        busy_s = max((now_s - since_s for since_s in self._agent.workers.busy_since_s.values()), default=0.0)
        return (
            Check(name="loop", ok=lag_s < _STUCK_LAG_S, message=f"the event loop was {lag_s:.3f} s late"),
            Check(name="workers", ok=busy_s < limit_s, message=f"the longest job runs for {busy_s:.1f} s"),
        )

    def report(self) -> HealthReport:
        """Return the answer to health_check."""
        return HealthReport(
            status=self.status(),
            ready=self.ready(),
            live=all(check.ok for check in self.liveness()),
            instance_id=self._agent.instance_id,
            checks=self.checks(),
        )

    def stats(self) -> StatsReport:
        """Return the answer to stats."""
        agent, admission = self._agent, self._admission
        return StatsReport(
            agent=agent.name,
            instance_id=agent.instance_id,
            version=agent.version,
            started=agent.started_at,
            uptime_s=round(time.monotonic() - self._started_s, 3),
            types=admission.type_stats(agent.types),
            in_flight=admission.in_flight,
            queued=agent.workers.waiting,
            rejected=admission.rejected,
            cancelled=admission.cancelled,
            deadline_exceeded=admission.deadline_exceeded,
            connections=self._connections(),
            loop_lag_ms=round(self._lag.worst_s * 1000, 3),
        )
