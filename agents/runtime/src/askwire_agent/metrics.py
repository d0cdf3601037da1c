"""Metrics of an agent process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The instruments; labels are request types and outcomes, never anything that users make up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ended: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "askwire_agent_requests",
            "Requests that ended, by type and outcome.",
            ("type", "outcome"),
            registry=self.registry,
        )
        self.duration = Histogram(
            "askwire_agent_request_duration_seconds",
            "Time of a request in this process.",
            ("type",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.refused = Counter(
            "askwire_agent_messages_refused",
            "Messages that were answered with an error at once.",
            ("code",),
            registry=self.registry,
        )
        self.heartbeats = Counter(
            "askwire_agent_heartbeats_answered", "Heartbeats that were answered.", registry=self.registry
        )
        self.in_flight = Gauge("askwire_agent_requests_in_flight", "Requests in work.", registry=self.registry)
        self.waiting = Gauge(
            "askwire_agent_worker_jobs_waiting", "Jobs that wait for a worker.", registry=self.registry
        )
        self.connections = Gauge("askwire_agent_connections", "Open WebSocket connections.", registry=self.registry)
        self.loop_lag = Gauge(
            "askwire_agent_event_loop_lag_seconds",
            "Longest delay of the event loop in the last seconds.",
            registry=self.registry,
        )
        self.restarts = Gauge(
            "askwire_agent_worker_restarts", "Worker processes that had to be replaced.", registry=self.registry
        )
        self.ready = Gauge("askwire_agent_ready", "1 when all checks of readiness hold.", registry=self.registry)

    def ended(self, type_: str, outcome: str, elapsed_s: float) -> None:
        """Count the end of a request; the labelled instruments are looked up once."""
        children = self._ended.get((type_, outcome))
        if children is None:
            children = (self.requests.labels(type_, outcome), self.duration.labels(type_))
            self._ended[type_, outcome] = children
        children[0].inc()
        children[1].observe(elapsed_s)

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self.registry)
