"""All processes of a run: started together, ended in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from askwire.run_record import ProcessMark
from askwire.runner.child import Child, ChildEvent
from askwire.runner.liveness import LivenessCount, LivenessRule, probe_liveness
from askwire.runner.plan import PlannedProcess
from askwire_protocol.tls import TlsTrust

__all__ = ["Supervisor"]

_BEYOND_DRAIN_S = 5.0


class Supervisor:
    """Keeps the planned processes running until ``stop``; to be used within one task group."""

    def __init__(
        self,
        group: asyncio.TaskGroup,
        logs: Path,
        report: Callable[[ChildEvent], None],
        *,
        tls: TlsTrust | None = None,
    ) -> None:
        self._group = group
        self._logs = logs
        self._report = report
        self._tls = tls or TlsTrust()
        self._children: dict[str, tuple[PlannedProcess, Child]] = {}
        self._watches: list[asyncio.Task[None]] = []

    def start(self, process: PlannedProcess) -> None:
        """Start one process; its log begins anew and the one of the run before is kept beside it."""
        log = self.log_of(process.name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        child = Child(process.name, process.module, process.environment, log, self._report)
        self._children[process.name] = (process, child)
        self._group.create_task(child.run(), name=process.name)

    def watch_liveness(self, rule: LivenessRule | None = None) -> None:
        """From now on end processes that hang, until ``stop``; they are started again like those that died."""
        for process, child in self._children.values():
            watch = _watch_liveness(process.liveness_url, child, rule or LivenessRule(), self._tls)
            self._watches.append(self._group.create_task(watch, name=f"liveness of {process.name}"))

    def log_of(self, name: str) -> Path:
        """Return the log file of a process."""
        return self._logs / f"{name}.log"

    def marks(self) -> tuple[ProcessMark, ...]:
        """Return how to find the running processes, in the order in which they are ended."""
        ordered = sorted(self._children.values(), key=lambda pair: not pair[0].is_backend)
        return tuple(mark for _, child in ordered if (mark := child.mark()) is not None)

    async def stop(self) -> tuple[str, ...]:
        """End the backends, then the agents, each within its drain time; returns the names that had to be killed."""
        self._end_watches()
        killed: list[str] = []
        for backends in (True, False):
            pairs = [pair for pair in self._children.values() if pair[0].is_backend is backends]
            stops = [child.stop(process.drain_s + _BEYOND_DRAIN_S) for process, child in pairs]
            for (process, _), in_time in zip(pairs, await asyncio.gather(*stops), strict=True):
                if not in_time:
                    killed.append(process.name)
        return tuple(killed)

    def kill(self) -> None:
        """End everything at once."""
        self._end_watches()
        for _, child in self._children.values():
            child.kill()

    def _end_watches(self) -> None:
        for watch in self._watches:
            watch.cancel()


async def _watch_liveness(url: str, child: Child, rule: LivenessRule, tls: TlsTrust) -> None:
    loop = asyncio.get_running_loop()
    watched, count = child.pid, LivenessCount(rule.failures)
    while True:
        next_s = loop.time() + rule.period_s
        reason = await probe_liveness(url, rule.timeout_s, tls)
        if child.pid != watched:
            watched, count = child.pid, LivenessCount(rule.failures)
        if count.note(alive=reason is None):
            await child.end_hung(
                f"{rule.failures} probes of {url} in a row failed, the last with {reason}", rule.end_wait_s
            )
        await asyncio.sleep(max(0.0, next_s - loop.time()))
