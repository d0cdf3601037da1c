"""When a process is started again."""

from __future__ import annotations

from askwire.runner.restarts import RestartSchedule


def test_waits_double_up_to_the_cap() -> None:
    """A process that keeps ending does not keep the machine busy."""
    schedule = RestartSchedule(first_s=1, cap_s=5, steady_after_s=60)
    assert [schedule.next_wait_s(0) for _ in range(5)] == [1, 2, 4, 5, 5]
    assert [schedule.next_wait_s(0) for _ in range(5000)][-1] == 5


def test_a_long_run_begins_anew() -> None:
    """A process that ran well once and ended is back soon."""
    schedule = RestartSchedule(first_s=1, cap_s=5, steady_after_s=60)
    for _ in range(4):
        schedule.next_wait_s(1)
    assert schedule.next_wait_s(60) == 1
    assert schedule.next_wait_s(1) == 2
