"""Metrics of the backend: what heartbeats, requests and questions show."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Metrics"]

_RTT_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_STAGE_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The instruments; labels are agent types, request types, stages and outcomes."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._rtt = Histogram(
            "askwire_backend_heartbeat_rtt_seconds",
            "Round trip of answered heartbeats.",
            ("agent_type",),
            buckets=_RTT_S,
            registry=registry,
        )
        self._connections = Counter(
            "askwire_backend_agent_connections", "Connections made to agents.", ("agent_type",), registry=registry
        )
        self._transitions = Counter(
            "askwire_backend_agent_transitions",
            "Changes of agents to suspect or lost.",
            ("agent_type", "state"),
            registry=registry,
        )
        self._responding = Gauge(
            "askwire_backend_agents_responding",
            "Agents whose heartbeats are answered.",
            ("agent_type",),
            registry=registry,
        )
        self._requests = Counter(
            "askwire_backend_agent_requests", "Requests to agents that ended.", ("type", "outcome"), registry=registry
        )
        self._retried = Counter(
            "askwire_backend_agent_retries", "Requests that were sent to another agent.", ("type",), registry=registry
        )
        self._questions = Counter("askwire_backend_questions", "Questions that ended.", ("outcome",), registry=registry)
        self._stages = Histogram(
            "askwire_backend_question_stage_seconds",
            "Time of each stage of a question.",
            ("stage",),
            buckets=_STAGE_S,
            registry=registry,
        )
        self.refused = Counter(
            "askwire_backend_refused",
            "Requests and connections without the right token.",
            ("reason",),
            registry=registry,
        )
        self.browsers = Gauge("askwire_backend_browser_connections", "Open connections of browsers.", registry=registry)

    def heartbeat(self, agent_type: str, rtt_s: float) -> None:
        """Count an answered heartbeat."""
        self._rtt.labels(agent_type).observe(rtt_s)

    def connected(self, agent_type: str) -> None:
        """Count a connection."""
        self._connections.labels(agent_type).inc()

    def transition(self, agent_type: str, state: str) -> None:
        """Count a change of state."""
        self._transitions.labels(agent_type, str(state)).inc()

    def responding(self, agent_type: str, count: int) -> None:
        """Set the number of responding agents of a type."""
        self._responding.labels(agent_type).set(count)

    def request(self, type_: str, outcome: str) -> None:
        """Count the outcome of a request to an agent."""
        self._requests.labels(type_, outcome).inc()

    def retry(self, type_: str) -> None:
        """Count a request that is sent again."""
        self._retried.labels(type_).inc()

    def stage(self, stage: str, elapsed_s: float) -> None:
        """Record the time of a stage."""
        self._stages.labels(stage).observe(elapsed_s)

    def question(self, outcome: str) -> None:
        """Count the outcome of a question."""
        self._questions.labels(outcome).inc()

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self.registry)
