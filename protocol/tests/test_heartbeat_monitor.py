"""States of a replica, on a clock that the tests turn."""

from __future__ import annotations

import pytest

from askwire_protocol.heartbeat import HeartbeatMonitor, HeartbeatPolicy, ReplicaState

POLICY = HeartbeatPolicy(interval_s=5.0, suspect_after_missed=2, lost_after_missed=3, grace_s=2.0)


def responding(now_s: float = 0.0) -> HeartbeatMonitor:
    """Make a monitor whose first heartbeat was answered."""
    monitor = HeartbeatMonitor(POLICY, now_s=now_s)
    monitor.connected(now_s)
    monitor.sent(now_s)
    monitor.answered(now_s, rtt_s=0.001)
    return monitor


def test_a_connection_is_no_proof() -> None:
    """A replica is responding only once it answered a heartbeat, not when it connects or talks."""
    monitor = HeartbeatMonitor(POLICY, now_s=0.0)
    assert monitor.state is ReplicaState.CONNECTING
    monitor.connected(1.0)
    monitor.heard(1.5)
    monitor.sent(1.0)
    assert monitor.tick(2.0) is ReplicaState.CONNECTING
    monitor.answered(2.5, rtt_s=0.5)
    assert (monitor.state, monitor.since_s, monitor.rtt_s, monitor.answered_at_s) == (
        ReplicaState.RESPONDING,
        2.5,
        0.5,
        2.5,
    )


def test_the_first_heartbeat_is_due_at_once() -> None:
    """A new connection is asked without waiting an interval."""
    monitor = HeartbeatMonitor(POLICY, now_s=0.0)
    monitor.connected(10.0)
    assert monitor.due(10.0)


@pytest.mark.parametrize(("jitter", "next_s"), [(0.0, 15.0), (0.1, 15.5), (-0.1, 14.5)])
def test_jitter_moves_the_next_heartbeat_by_its_share_of_the_interval(jitter: float, next_s: float) -> None:
    """The next one is due an interval after the last was sent, give or take the jitter."""
    monitor = responding()
    monitor.sent(10.0, jitter=jitter)
    assert monitor.next_due_s == pytest.approx(next_s)
    assert not monitor.due(next_s - 0.01)
    assert monitor.due(next_s + 0.01)


def test_two_missed_make_it_suspect_and_an_answer_ends_that() -> None:
    """With each heartbeat sent the ones before it count as missed; an answer clears them all."""
    monitor = responding()
    monitor.sent(5.0)
    monitor.sent(10.0)
    assert (monitor.missed, monitor.state) == (1, ReplicaState.RESPONDING)
    monitor.sent(15.0)
    assert (monitor.missed, monitor.state, monitor.since_s) == (2, ReplicaState.SUSPECT, 15.0)
    monitor.answered(15.1, rtt_s=0.1)
    assert (monitor.missed, monitor.state) == (0, ReplicaState.RESPONDING)


def test_other_messages_do_not_end_suspicion_but_put_off_the_loss() -> None:
    """What is heard shows life; only an answered heartbeat shows that it answers."""
    monitor = responding()
    for at_s in (5.0, 10.0, 15.0):
        monitor.sent(at_s)
    monitor.heard(16.0)
    assert monitor.tick(17.5) is ReplicaState.SUSPECT
    assert monitor.tick(16.0 + POLICY.lost_after_s) is ReplicaState.SUSPECT
    assert monitor.tick(16.1 + POLICY.lost_after_s) is ReplicaState.LOST


def test_loss_is_an_age_so_a_stalled_sender_cannot_delay_it() -> None:
    """Silence of three intervals and the grace is loss, even when no heartbeat was sent in that time."""
    monitor = responding()
    assert POLICY.lost_after_s == 17.0
    assert monitor.tick(17.0) is ReplicaState.RESPONDING
    assert monitor.tick(17.1) is ReplicaState.LOST
    assert monitor.since_s == 17.1


def test_a_replica_that_never_answers_is_lost_by_age() -> None:
    """Connected but silent from the start ends as lost, not as connecting for ever."""
    monitor = HeartbeatMonitor(POLICY, now_s=0.0)
    monitor.connected(0.0)
    monitor.sent(0.0)
    assert monitor.tick(17.1) is ReplicaState.LOST


def test_a_closed_connection_is_lost_at_once_until_the_next() -> None:
    """Closing needs no silence; ticking does not revive; a new connection starts anew."""
    monitor = responding()
    monitor.disconnected(1.0)
    assert monitor.tick(1.1) is ReplicaState.LOST
    monitor.connected(2.0)
    assert (monitor.state, monitor.missed, monitor.since_s) == (ReplicaState.CONNECTING, 0, 2.0)


def test_since_changes_with_the_state_only() -> None:
    """Answers in a row do not restart the age of the state."""
    monitor = responding()
    monitor.answered(5.0, rtt_s=0.1)
    assert monitor.since_s == 0.0
