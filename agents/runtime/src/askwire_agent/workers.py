"""Processes for work that computes, so that the event loop always has time for heartbeats."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import structlog

from askwire_agent.worker_process import DONE, REFUSED
from askwire_protocol.errors import ErrorCode, RequestFailed

__all__ = ["WorkerFailed", "Workers"]

R = TypeVar("R")
_log = structlog.get_logger()
_STOP_S = 2.0
_SETUP_S = 120.0
_REMEMBER_S = 2 * _SETUP_S
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.2, 10.0


class WorkerFailed(Exception):
    """A function raised something that is no RequestFailed, or its process died; the text says which."""


class _Died(WorkerFailed):
    """The process is gone."""


class _NotTaken(_Died):
    """The process was gone before it got the job."""


class _Overrun(_Died):
    """The process was ended because its job took too long."""


@dataclasses.dataclass(slots=True, eq=False)
class _Job:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    timeout_s: float
    future: asyncio.Future[Any]


class _Process:
    """One child and the pipe to it; ``call`` blocks, so it runs on a thread."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own module, no outside text
                [sys.executable, "-m", "askwire_agent.worker_process", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._pipe = Connection(ours.detach())
        self.pid = self._child.pid

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            self._pipe.send((function, arguments))
        except OSError as gone:
            raise _NotTaken("the worker process had died") from gone
        except Exception as problem:
            raise WorkerFailed(f"the call cannot be sent to a process: {problem}") from problem
        try:
            outcome, value = self._pipe.recv()
        except (EOFError, OSError) as gone:
            raise _Died("the worker process died") from gone
        except Exception as problem:
            raise WorkerFailed(f"the result cannot be read: {problem}") from problem
        if outcome == DONE:
            return value
        if outcome == REFUSED:
            raise value
        raise WorkerFailed(value)

    def kill(self) -> None:
        self._child.kill()

    def close(self) -> None:
        """Close the pipe, which ends an idle child, and collect it; one that goes on is killed."""
        self._pipe.close()
        try:
            self._child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


class Workers:
    """A fixed number of processes that run module-level functions.

    Functions, arguments and results are pickled. A process that dies or overruns a job's time is replaced, and what
    ``remember`` was told is run in the new one before any job.
    """

    def __init__(self, count: int, *, max_waiting: int) -> None:
        self._count = count
        self._max_waiting = max_waiting
        self._jobs: deque[_Job] = deque()
        self._setups: dict[str, _Job] = {}
        self._changed = asyncio.Condition()
        self._threads: ThreadPoolExecutor | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._applied: list[dict[str, _Job]] = []
        self.busy_since_s: dict[int, float] = {}
        self.pids: dict[int, int] = {}
        self.restarts = 0

    @property
    def waiting(self) -> int:
        """Jobs that no process has taken yet."""
        return len(self._jobs)

    def start(self) -> None:
        """Start the processes; they import and load on their first job or ``remember``."""
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="worker")
        self._applied = [{} for _ in range(self._count)]
        self._tasks = [asyncio.create_task(self._attend(index)) for index in range(self._count)]

    async def stop(self) -> None:
        """End all processes; jobs that wait or run fail with CANCELLED."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in self._jobs:
            _fail(job, RequestFailed(ErrorCode.CANCELLED, "The process is stopping."))
        self._jobs.clear()
        for job in self._setups.values():
            _fail(job, RequestFailed(ErrorCode.CANCELLED, "The process is stopping."))
        if self._threads is not None:
            self._threads.shutdown()  # at once: no call is left

    async def run(self, function: Callable[..., R], *arguments: Any, timeout_s: float) -> R:
        """Run a function in the next free process.

        Raises what the function raised if that is a RequestFailed; RequestFailed OVERLOADED when too many jobs wait,
        DEADLINE_EXCEEDED when the time is over (the process is then replaced), INTERNAL for a defect. Cancelling the
        call takes a waiting job back; a running one goes on until it ends or its time is over, unheard.
        """
        if len(self._jobs) >= self._max_waiting:
            raise RequestFailed(ErrorCode.OVERLOADED, "Too many requests wait for a worker.", retry_after_ms=1000)
        job = _Job(function, arguments, timeout_s, asyncio.get_running_loop().create_future())
        async with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        try:
            async with asyncio.timeout(timeout_s + _STOP_S):
                result: R = await job.future
                return result
        except TimeoutError:
            raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "No worker was free in the request's time.") from None
        except WorkerFailed as failed:
            _log.error("worker failed", function=function.__qualname__, problem=str(failed))
            raise RequestFailed(ErrorCode.INTERNAL, "The agent failed on this request; its log says why.") from failed
        finally:
            with contextlib.suppress(ValueError):
                self._jobs.remove(job)

    async def remember(self, key: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Run a function in every process now, and in each one that is started later.

        The same key replaces what was remembered under it; who still waits for that then returns, because jobs that
        come after find the new one. Raises what the function raised, in any process; it is not remembered then.
        """
        job = _Job(function, arguments, _SETUP_S, asyncio.get_running_loop().create_future())
        async with self._changed:
            replaced = self._setups.get(key)
            self._setups[key] = job
            self._changed.notify_all()
        if replaced is not None:
            _succeed(replaced, None)
        try:
            async with asyncio.timeout(_REMEMBER_S):
                await asyncio.shield(job.future)
        except TimeoutError:
            raise WorkerFailed(f"no worker could take in {key} within {_REMEMBER_S:g} s") from None

    def forget(self, key: str) -> None:
        """Do not run what was remembered under this key in processes to come."""
        forgotten = self._setups.pop(key, None)
        if forgotten is not None:
            _succeed(forgotten, None)
        for done in self._applied:
            done.pop(key, None)

    async def _attend(self, index: int) -> None:
        """Keep one process alive and give it work, until cancelled."""
        pause_s = 0.0
        while True:
            started_s = time.monotonic()
            try:
                await self._employ(index)
            except Exception as died:  # noqa: BLE001 - whatever ended it: without a process nothing would be done here
                _log.warning("worker replaced", worker=index, pid=self.pids.pop(index, None), reason=str(died))
                self.restarts += 1
            if time.monotonic() - started_s > _LAST_PAUSE_S:
                pause_s = 0.0
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2 or _FIRST_PAUSE_S, _LAST_PAUSE_S)

    async def _employ(self, index: int) -> None:
        """Start one process and give it work until it is gone."""
        process = _Process()
        self.pids[index] = process.pid
        try:
            await self._feed(index, process)
        finally:
            self._applied[index].clear()
            process.kill()
            await asyncio.shield(asyncio.to_thread(process.close))

    async def _feed(self, index: int, process: _Process) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._jobs) or self._next_setup(index) is not None)
                setup = self._next_setup(index)
                job = self._jobs.popleft() if setup is None else None
            if setup is not None:
                await self._apply(index, process, *setup)
            elif job is not None and not job.future.done():
                await self._work(index, process, job)

    def _next_setup(self, index: int) -> tuple[str, _Job] | None:
        done = self._applied[index]
        return next(((key, job) for key, job in self._setups.items() if done.get(key) is not job), None)

    async def _apply(self, index: int, process: _Process, key: str, job: _Job) -> None:
        """Run what was remembered under one key.

        Where that fails the first time, it is forgotten. What succeeded before is kept when it fails in a new process:
        that process would lack it, so it is replaced.
        """
        try:
            await self._call(index, process, job)
        except _NotTaken:
            raise
        except (RequestFailed, WorkerFailed) as failed:
            wanted = self._setups.get(key) is job
            if wanted and job.future.done():
                raise _Died(f"what was remembered as {key} failed: {failed}") from failed
            if wanted:
                del self._setups[key]
            _fail(job, failed)
            if isinstance(failed, _Died):
                raise
        else:
            if self._setups.get(key) is job:
                self._applied[index][key] = job
            if all(done.get(key) is job for done in self._applied):
                _succeed(job, None)

    async def _work(self, index: int, process: _Process, job: _Job) -> None:
        try:
            result = await self._call(index, process, job)
        except RequestFailed as refused:
            _fail(job, refused)
        except _NotTaken:
            async with self._changed:
                self._jobs.appendleft(job)
                self._changed.notify()
            raise
        except _Overrun as overrun:
            _fail(job, RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "The work took longer than the request's time."))
            raise overrun from None
        except WorkerFailed as failed:
            _fail(job, failed)
            if isinstance(failed, _Died):
                raise
        except asyncio.CancelledError:
            _fail(job, RequestFailed(ErrorCode.CANCELLED, "The process is stopping."))
            raise
        else:
            _succeed(job, result)

    async def _call(self, index: int, process: _Process, job: _Job) -> Any:
        self.busy_since_s[index] = time.monotonic()
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, process.call, job.function, job.arguments)
        try:
            async with asyncio.timeout(job.timeout_s):
                return await asyncio.shield(running)
        except TimeoutError:
            await _end(process, running)
            raise _Overrun("a job overran its time") from None
        except asyncio.CancelledError:
            await _end(process, running)
            raise
        finally:
            self.busy_since_s.pop(index, None)


async def _end(process: _Process, running: asyncio.Future[Any]) -> None:
    process.kill()
    await asyncio.wait((running,))
    running.exception()  # read: the thread saw the pipe break, as intended


def _succeed(job: _Job, result: object) -> None:
    if not job.future.done():
        job.future.set_result(result)


def _fail(job: _Job, problem: BaseException) -> None:
    if not job.future.done():
        job.future.set_exception(problem)
        job.future.exception()  # read, so that a caller who left does not make a warning
