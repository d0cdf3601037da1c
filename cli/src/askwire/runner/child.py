"""One process of a local run: started, watched, started again when it ends, and ended in order."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from askwire.run_record import ProcessMark, mark_of
from askwire.runner.restarts import RestartSchedule

__all__ = ["Child", "ChildEnded", "ChildEvent", "ChildFailed", "ChildHung", "ChildStarted", "describe_exit"]

_KILL_WAIT_S = 5.0
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "CHROMIUM")


@dataclasses.dataclass(frozen=True, slots=True)
class ChildStarted:
    """The process runs; ``restarts`` counts its earlier ends."""

    name: str
    pid: int
    restarts: int


@dataclasses.dataclass(frozen=True, slots=True)
class ChildEnded:
    """The process ended by itself and will be started again after ``wait_s``."""

    name: str
    exit_code: int | None
    uptime_s: float
    wait_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class ChildFailed:
    """The process could not be started again; that is tried anew after ``wait_s``."""

    name: str
    reason: str
    wait_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class ChildHung:
    """The process lives and does not answer, so it is being ended."""

    name: str
    reason: str


ChildEvent = ChildStarted | ChildEnded | ChildFailed | ChildHung


class Child:
    """Runs ``python -m module`` with exactly the given variables and a few of ours, in a process group of its own."""

    def __init__(
        self,
        name: str,
        module: str,
        environment: Mapping[str, str],
        log: Path,
        report: Callable[[ChildEvent], None],
        *,
        schedule: RestartSchedule | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.restarts = 0
        self._module = module
        self._environment = dict(environment)
        self._report = report
        self._schedule = schedule or RestartSchedule()
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Number of the running process; None between two."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def mark(self) -> ProcessMark | None:
        """Return how to find the running process again."""
        with contextlib.suppress(Exception):
            if self.pid is not None:
                return mark_of(self.name, self.pid)
        return None

    async def run(self) -> None:
        """Keep the process running until ``stop``."""
        while not self._stopping.is_set():
            started_s = time.monotonic()
            self._process = await self._spawn()
            self._report(ChildStarted(self.name, self._process.pid, self.restarts))
            try:
                code = await self._process.wait()
            finally:
                self._kill_group()
            if self._stopping.is_set():
                return
            uptime_s = time.monotonic() - started_s
            wait_s = self._schedule.next_wait_s(uptime_s)
            self.restarts += 1
            self._report(ChildEnded(self.name, code, uptime_s, wait_s))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait_s)

    async def stop(self, timeout_s: float) -> bool:
        """Ask the process to end and wait; after ``timeout_s`` it is killed. Returns False where that was needed."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return True
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), timeout_s)
        except TimeoutError:
            self._kill_group()
            await asyncio.wait_for(process.wait(), _KILL_WAIT_S)
            return False
        return True

    async def end_hung(self, reason: str, timeout_s: float) -> None:
        """End a process that does not answer, by force after ``timeout_s``; ``run`` then starts it again."""
        process = self._process
        if self._stopping.is_set() or process is None or process.returncode is not None:
            return
        self._report(ChildHung(self.name, reason))
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), timeout_s)
        except TimeoutError:
            self._kill_group()
            await asyncio.wait_for(process.wait(), _KILL_WAIT_S)

    def kill(self) -> None:
        """End the process and its workers at once."""
        self._stopping.set()
        self._kill_group()

    async def _spawn(self) -> asyncio.subprocess.Process:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._module,
                env={**inherited, **self._environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,  # Ctrl-C is for us: we end the processes in order
            )
        finally:
            os.close(descriptor)

    def _kill_group(self) -> None:
        """End what is left of the group: a process that crashed leaves its workers behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def describe_exit(code: int | None) -> str:
    """Return what an exit code says, as a clause; None is one that nobody was told."""
    if code is None:
        return "ended"
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
