"""Worker processes: real ones, that die, overrun and come back."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from askwire_agent import workers as module
from askwire_agent.workers import WorkerFailed, Workers
from askwire_protocol.codec import decode_data
from askwire_protocol.errors import ErrorCode, RequestFailed

LONG = range(10**12)
"""Summing it takes longer than any test."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace processes without the pauses that spare a machine."""
    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(module, "_LAST_PAUSE_S", 0.05)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    """Two processes."""
    started = Workers(2, max_waiting=8)
    started.start()
    yield started
    await started.stop()


async def failing(call: Any) -> RequestFailed:
    """Await a call that has to fail."""
    with pytest.raises(RequestFailed) as caught:
        await call
    return caught.value


async def busy(workers: Workers, count: int) -> None:
    """Wait until so many processes have a job."""
    async with asyncio.timeout(20):
        while len(workers.busy_since_s) < count:
            await asyncio.sleep(0)


async def test_a_function_runs_in_another_process(workers: Workers) -> None:
    """The result comes back; the work was not done here."""
    assert await workers.run(math.factorial, 20, timeout_s=20) == math.factorial(20)
    assert await workers.run(os.getpid, timeout_s=20) in workers.pids.values()
    assert os.getpid() not in workers.pids.values()


async def test_as_many_jobs_as_processes_run_at_once(workers: Workers) -> None:
    """Two long jobs are in two processes, and the loop is free meanwhile."""
    jobs = [asyncio.create_task(workers.run(sum, LONG, timeout_s=30)) for _ in range(2)]
    await busy(workers, 2)
    assert workers.waiting == 0
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)


async def test_a_refusal_crosses_over_whole(workers: Workers) -> None:
    """RequestFailed raised by the function reaches the caller with code and details."""
    failed = await failing(workers.run(decode_data, msgspec.Raw(b'"x"'), int, timeout_s=20))
    assert (failed.code, failed.details[0].field) == (ErrorCode.INVALID_ARGUMENT, "data")


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        pytest.param(math.sqrt, (-1,), id="raises"),
        pytest.param(sys.exit, (3,), id="exits"),
        pytest.param(threading.Lock, (), id="result-cannot-be-sent"),
        pytest.param(len, (threading.Lock(),), id="argument-cannot-be-sent"),
        pytest.param(lambda: 1, (), id="function-cannot-be-sent"),
    ],
)
async def test_a_defect_is_internal_and_the_process_stays(workers: Workers, function: Any, arguments: Any) -> None:
    """Whatever goes wrong in a function or on the way is INTERNAL without its text, and costs no process."""
    failed = await failing(workers.run(function, *arguments, timeout_s=20))
    assert failed.code is ErrorCode.INTERNAL
    assert "domain" not in failed.message
    assert await workers.run(abs, -1, timeout_s=20) == 1
    assert workers.restarts == 0


async def test_a_function_that_the_process_cannot_import_is_internal(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that only this process finds is a defect with an answer, not a dead worker."""
    (tmp_path / "only_here.py").write_text("def work():\n    return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    assert (await failing(workers.run(only_here.work, timeout_s=20))).code is ErrorCode.INTERNAL
    assert workers.restarts == 0


async def test_a_process_that_dies_fails_its_job_and_is_replaced(workers: Workers) -> None:
    """The job is not repeated, since it may have had effects; the next one finds a process."""
    assert (await failing(workers.run(os._exit, 9, timeout_s=20))).code is ErrorCode.INTERNAL
    assert await workers.run(abs, -1, timeout_s=20) == 1
    async with asyncio.timeout(20):
        while workers.restarts != 1:
            await asyncio.sleep(0)


async def test_a_process_that_died_while_idle_fails_nobody() -> None:
    """A job that was never taken is given to the next process."""
    alone = Workers(1, max_waiting=8)
    alone.start()
    first = await alone.run(os.getpid, timeout_s=20)
    os.kill(first, signal.SIGKILL)
    await asyncio.to_thread(os.waitid, os.P_PID, first, os.WEXITED | os.WNOWAIT)
    second = await alone.run(os.getpid, timeout_s=20)
    assert (second != first, alone.restarts) == (True, 1)
    await alone.stop()


async def test_a_job_that_overruns_is_ended(workers: Workers) -> None:
    """Past its time a job is DEADLINE_EXCEEDED and its process gone, so that it computes no longer."""
    before = set(workers.pids.values())
    assert (await failing(workers.run(sum, LONG, timeout_s=0.05))).code is ErrorCode.DEADLINE_EXCEEDED
    async with asyncio.timeout(20):
        while workers.restarts != 1 or len(workers.pids) < 2:
            await asyncio.sleep(0)
    (gone,) = before - set(workers.pids.values())
    with pytest.raises(ProcessLookupError):
        os.kill(gone, 0)


async def test_jobs_wait_their_turn_up_to_a_limit(workers: Workers) -> None:
    """More than may wait are refused at once; one that was cancelled while waiting is never run."""
    jobs = [asyncio.create_task(workers.run(sum, LONG, timeout_s=30)) for _ in range(2)]
    await busy(workers, 2)
    jobs += [asyncio.create_task(workers.run(abs, -1, timeout_s=30)) for _ in range(8)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert workers.waiting == 8
    failed = await failing(workers.run(abs, -1, timeout_s=30))
    assert (failed.code, failed.retry_after_ms) == (ErrorCode.OVERLOADED, 1000)
    for job in jobs[2:]:
        job.cancel()
    await asyncio.gather(*jobs[2:], return_exceptions=True)
    assert workers.waiting == 0


async def test_a_job_that_no_process_takes_in_time_fails(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting counts against the time of a job."""
    monkeypatch.setattr(module, "_STOP_S", 0.0)
    jobs = [asyncio.create_task(workers.run(sum, LONG, timeout_s=30)) for _ in range(2)]
    await busy(workers, 2)
    assert (await failing(workers.run(abs, -1, timeout_s=0.05))).code is ErrorCode.DEADLINE_EXCEEDED
    assert workers.waiting == 0
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)


async def test_what_is_remembered_is_in_every_process(workers: Workers, tmp_path: Path) -> None:
    """After remember, jobs in any process find its effect."""
    await workers.remember("folder", os.chdir, str(tmp_path))
    folders = await asyncio.gather(*(workers.run(os.getcwd, timeout_s=20) for _ in range(8)))
    assert set(folders) == {str(tmp_path)}


async def test_what_is_remembered_is_in_the_next_process_too(workers: Workers, tmp_path: Path) -> None:
    """A replaced process is set up again before its first job."""
    await workers.remember("folder", os.chdir, str(tmp_path))
    await asyncio.gather(*(failing(workers.run(os._exit, 9, timeout_s=20)) for _ in range(2)))
    folders = await asyncio.gather(*(workers.run(os.getcwd, timeout_s=20) for _ in range(8)))
    assert set(folders) == {str(tmp_path)}


async def test_what_is_forgotten_is_not_replayed(workers: Workers, tmp_path: Path) -> None:
    """A new process starts without what was forgotten, and with the rest."""
    await workers.remember("folder", os.chdir, str(tmp_path))
    await workers.remember("limit", sys.setrecursionlimit, 4321)
    workers.forget("folder")
    workers.forget("never known")
    await asyncio.gather(*(failing(workers.run(os._exit, 9, timeout_s=20)) for _ in range(2)))
    folders = await asyncio.gather(*(workers.run(os.getcwd, timeout_s=20) for _ in range(8)))
    assert str(tmp_path) not in folders
    assert await workers.run(sys.getrecursionlimit, timeout_s=20) == 4321


async def test_the_same_key_replaces(workers: Workers) -> None:
    """The newer setup counts, also for processes to come; two callers at once both return."""
    await asyncio.gather(*(workers.remember("limit", sys.setrecursionlimit, limit) for limit in (2000, 3000, 4321)))
    await failing(workers.run(os._exit, 9, timeout_s=20))
    limits = await asyncio.gather(*(workers.run(sys.getrecursionlimit, timeout_s=20) for _ in range(8)))
    assert set(limits) == {4321}


async def test_a_setup_that_fails_is_told_and_forgotten(workers: Workers, tmp_path: Path) -> None:
    """The caller gets the reason, jobs go on, and other setups at the same moment are not touched."""
    failed, kept = await asyncio.gather(
        workers.remember("bad", os.chdir, str(tmp_path / "absent")),
        workers.remember("good", sys.setrecursionlimit, 4321),
        return_exceptions=True,
    )
    assert isinstance(failed, WorkerFailed)
    assert "absent" in str(failed)
    assert kept is None
    assert await workers.run(sys.getrecursionlimit, timeout_s=20) == 4321


async def test_a_setup_that_kills_its_process_is_not_tried_for_ever(workers: Workers) -> None:
    """A setup that a process does not survive fails its caller and is not replayed."""
    with pytest.raises(WorkerFailed):
        await workers.remember("deadly", os._exit, 9)
    assert await workers.run(abs, -1, timeout_s=20) == 1


async def test_a_setup_refused_reaches_the_caller(workers: Workers) -> None:
    """A RequestFailed of a setup is what remember raises."""
    failed = await failing(workers.remember("bad", decode_data, msgspec.Raw(b'"x"'), int))
    assert failed.code is ErrorCode.INVALID_ARGUMENT


async def test_a_setup_that_fails_when_replayed_is_tried_again(workers: Workers, tmp_path: Path) -> None:
    """A new process without what it should know gets no jobs: it is replaced until the setup succeeds."""
    folder = tmp_path / "there"
    folder.mkdir()
    await workers.remember("folder", os.chdir, str(folder))
    folder.rename(tmp_path / "away")
    await asyncio.gather(*(failing(workers.run(os._exit, 9, timeout_s=20)) for _ in range(2)))
    job = asyncio.create_task(workers.run(os.getcwd, timeout_s=30))
    async with asyncio.timeout(20):
        while workers.restarts < 4:
            await asyncio.sleep(0)
    (tmp_path / "away").rename(folder)
    assert await job == str(folder)


async def test_stopping_leaves_nothing_behind() -> None:
    """After stop there is no process, no thread and no caller without an outcome, though all were busy."""
    threads = threading.active_count()
    workers = Workers(2, max_waiting=8)
    workers.start()
    jobs = [asyncio.create_task(failing(workers.run(sum, LONG, timeout_s=30))) for _ in range(3)]
    await busy(workers, 2)
    pids = tuple(workers.pids.values())
    await workers.stop()
    assert {(await job).code for job in jobs} == {ErrorCode.CANCELLED}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert threading.active_count() <= threads


async def test_a_worker_ends_with_its_parent(tmp_path: Path) -> None:
    """When the agent's process is killed, its idle workers see the pipe close and end."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, os\n"
        "from askwire_agent.workers import Workers\n"
        "async def main():\n"
        "    workers = Workers(1, max_waiting=8)\n"
        "    workers.start()\n"
        "    print(await workers.run(os.getpid, timeout_s=20), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, str(script), stdout=asyncio.subprocess.PIPE)
    output, _ = await parent.communicate()  # until the worker too has closed it
    async with asyncio.timeout(20):
        while await asyncio.to_thread(os.path.exists, f"/proc/{int(output)}"):
            await asyncio.sleep(0)
