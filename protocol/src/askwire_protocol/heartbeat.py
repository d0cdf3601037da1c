"""State of one replica as its heartbeats show it (no I/O; the clock is any monotonic one, in seconds)."""

from __future__ import annotations

import dataclasses
import enum

__all__ = ["HeartbeatMonitor", "HeartbeatPolicy", "ReplicaState"]


class ReplicaState(enum.StrEnum):
    """What may be expected of a replica now."""

    CONNECTING = "connecting"
    RESPONDING = "responding"
    SUSPECT = "suspect"
    LOST = "lost"


@dataclasses.dataclass(frozen=True, slots=True)
class HeartbeatPolicy:
    """When to send, when to doubt, when to give up."""

    interval_s: float = 5.0
    suspect_after_missed: int = 2
    lost_after_missed: int = 3
    grace_s: float = 2.0

    @property
    def lost_after_s(self) -> float:
        """Silence after which a replica is lost: an age, so that a stalled sender cannot delay it."""
        return self.lost_after_missed * self.interval_s + self.grace_s


class HeartbeatMonitor:
    """Turns heartbeats sent and answered into a state; only answered ones make a replica ``responding``."""

    def __init__(self, policy: HeartbeatPolicy, *, now_s: float) -> None:
        self.policy = policy
        self.state = ReplicaState.CONNECTING
        self.since_s = now_s
        self.missed = 0
        self.rtt_s: float | None = None
        self.answered_at_s: float | None = None
        self._heard_at_s: float | None = None
        self._unanswered = 0
        self._next_due_s = now_s

    def due(self, now_s: float) -> bool:
        """Tell whether the next heartbeat has to be sent."""
        return now_s >= self._next_due_s

    @property
    def next_due_s(self) -> float:
        """When the next heartbeat has to be sent."""
        return self._next_due_s

    def connected(self, now_s: float) -> None:
        """Start anew on a new connection; the first heartbeat is due at once."""
        self.missed = self._unanswered = 0
        self._heard_at_s = now_s
        self._next_due_s = now_s
        self._turn(ReplicaState.CONNECTING, now_s)

    def disconnected(self, now_s: float) -> None:
        """A closed connection is lost at once."""
        self._turn(ReplicaState.LOST, now_s)

    def sent(self, now_s: float, *, jitter: float = 0.0) -> None:
        """A heartbeat went out; ``jitter`` (-0.1 to 0.1) moves the next one by that share of the interval."""
        self.missed = self._unanswered
        self._unanswered += 1
        self._next_due_s = now_s + self.policy.interval_s * (1 + jitter)
        self.tick(now_s)

    def answered(self, now_s: float, *, rtt_s: float) -> None:
        """A heartbeat was answered after ``rtt_s``, measured on our clock alone."""
        self.missed = self._unanswered = 0
        self.rtt_s = rtt_s
        self.answered_at_s = self._heard_at_s = now_s
        self._turn(ReplicaState.RESPONDING, now_s)

    def heard(self, now_s: float) -> None:
        """Any other message came: the replica lives, which puts off its loss but does not end suspicion."""
        self._heard_at_s = now_s

    def tick(self, now_s: float) -> ReplicaState:
        """Apply the passing of time and return the state."""
        if self.state is ReplicaState.LOST:
            return self.state
        if self._heard_at_s is not None and now_s - self._heard_at_s > self.policy.lost_after_s:
            self._turn(ReplicaState.LOST, now_s)
        elif self.missed >= self.policy.suspect_after_missed and self.state is ReplicaState.RESPONDING:
            self._turn(ReplicaState.SUSPECT, now_s)
        return self.state

    def _turn(self, state: ReplicaState, now_s: float) -> None:
        if state is not self.state:
            self.state = state
            self.since_s = now_s
