"""Say on standard error how far a run is, and about how long it still takes."""

from __future__ import annotations

import sys
import time
from typing import TextIO

__all__ = ["Progress", "estimate"]

_EVERY_S = 2.0
_EVERY_S_IN_A_LOG = 15.0


def estimate(done: int, total: int, elapsed_s: float) -> str:
    """Return one line; the rest is taken to go as fast as what was done in this run."""
    line = f"{done:,} of {total:,} ({100 * done // max(1, total)} %)"
    if not done or done >= total:
        return line
    left_s = elapsed_s / done * (total - done)
    rest = f"{left_s:.0f} s" if left_s < 90 else f"{left_s / 60:.0f} min"
    return f"{line}, about {rest} left"


class Progress:
    """Writes over one line on a terminal, and seldom a new one elsewhere."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._started_s = self._told_s = time.monotonic()

    def say(self, sentence: str) -> None:
        """Write a sentence on a line of its own."""
        self._stream.write(f"\r\033[K{sentence}\n" if self._is_terminal else f"{sentence}\n")
        self._stream.flush()

    def show(self, done: int) -> None:
        """Show how far it is, if it was not shown just now."""
        now_s = time.monotonic()
        every_s = _EVERY_S if self._is_terminal else _EVERY_S_IN_A_LOG
        if now_s - self._told_s < every_s and done < self._total:
            return
        self._told_s = now_s
        line = estimate(done, self._total, now_s - self._started_s)
        self._stream.write(f"\r\033[K{line}" if self._is_terminal else f"{line}\n")
        if self._is_terminal and done >= self._total:
            self._stream.write("\n")
        self._stream.flush()
