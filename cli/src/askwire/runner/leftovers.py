"""End what a run left behind whose own process was killed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable

import psutil

from askwire.run_record import ProcessMark, RunRecord

__all__ = ["end_leftovers", "end_process"]

_TERM_WAIT_S = 25.0
_KILL_WAIT_S = 5.0


def end_leftovers(record: RunRecord, report: Callable[[str], None]) -> None:
    """End the children of a dead run that still live, in the order of the record; blocks until they are gone.

    PostgreSQL is left to the next start, which takes it over: see ``end_process`` for ending it.
    """
    for mark in record.children:
        if mark.name != "postgres" and mark.find() is not None:
            report(f"{mark.name} was left over from an earlier run (process {mark.pid}); it is ended.")
            end_process(mark)


def end_process(mark: ProcessMark, *, wait_s: float = _TERM_WAIT_S) -> bool:
    """Ask one process to end and wait; kill it and its group after ``wait_s``. Returns False where that was needed."""
    process = mark.find()
    if process is None:
        return True
    with contextlib.suppress(psutil.NoSuchProcess):
        # SIGINT is PostgreSQL's word for "end the sessions and stop".
        process.send_signal(signal.SIGINT if mark.name == "postgres" else signal.SIGTERM)
    if mark.wait_gone(wait_s):
        return True
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(mark.pid, signal.SIGKILL)
    mark.wait_gone(_KILL_WAIT_S)
    return False
