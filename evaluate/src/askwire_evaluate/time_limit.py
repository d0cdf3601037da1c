"""End computing that would never end by itself."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

__all__ = ["TooSlow", "limit_time"]


class TooSlow(Exception):
    """Something took longer than it may; one sentence."""


@contextlib.contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Raise TooSlow in a block that computes for longer; only on the main thread of a process.

    Not for a block that waits on an event loop: it would be torn out of the middle of its work.
    """

    def raise_too_slow(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"it took more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, raise_too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
