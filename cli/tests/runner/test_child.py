"""One process: started, watched, started again, ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from askwire.runner.child import Child, ChildEnded, ChildEvent, ChildStarted, describe_exit
from askwire.runner.restarts import RestartSchedule

_WAITS = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nprint('up', flush=True)\n"
_FOREVER = "while True:\n    signal.pause()\n"


class _Reports:
    """What the child reported, with a way to wait for the next."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[ChildEvent] = asyncio.Queue()

    async def next(self) -> ChildEvent:
        """Return the next report."""
        return await asyncio.wait_for(self.queue.get(), 20)


Starter = Callable[[str], tuple[Child, _Reports]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Starter]:
    """Start a process that runs the given source; everything is ended after the test."""
    children: list[tuple[Child, asyncio.Task[None]]] = []

    def begin(source: str) -> tuple[Child, _Reports]:
        (tmp_path / "small_process.py").write_text(source)
        reports = _Reports()
        child = Child(
            "small-0",
            "small_process",
            {"PYTHONPATH": str(tmp_path), "GIVEN": "yes"},
            tmp_path / "small.log",
            reports.queue.put_nowait,
            schedule=RestartSchedule(first_s=0.01, cap_s=0.02),
        )
        children.append((child, asyncio.create_task(child.run())))
        return child, reports

    yield begin
    for child, task in children:
        child.kill()
        await asyncio.wait_for(task, 20)


async def _until_logged(child: Child, text: str) -> None:
    async with asyncio.timeout(20):
        while not child.log.exists() or text not in child.log.read_text():
            await asyncio.sleep(0.01)


async def test_environment_is_exactly_what_was_given(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of our own environment reaches a process but what every program needs."""
    monkeypatch.setenv("WEBSOCKET_PORT", "1")
    monkeypatch.setenv("PGPASSWORD", "secret")
    child, _ = start(f"import os\nprint(sorted(os.environ), flush=True)\n{_WAITS}{_FOREVER}")
    await _until_logged(child, "up")
    text = child.log.read_text()
    assert "GIVEN" in text
    assert "PATH" in text
    assert "WEBSOCKET_PORT" not in text
    assert "PGPASSWORD" not in text


async def test_stop_waits_for_the_end(start: Starter) -> None:
    """A process that ends on SIGTERM is gone after stop, and is not started again."""
    child, reports = start(_WAITS + _FOREVER)
    started = await reports.next()
    assert isinstance(started, ChildStarted)
    await _until_logged(child, "up")
    assert await child.stop(20)
    assert not psutil.pid_exists(started.pid)
    assert child.pid is None
    assert reports.queue.empty()


async def test_process_that_ends_is_started_again(start: Starter) -> None:
    """Its end is reported with code and wait, then it runs anew, and the log goes on."""
    child, reports = start("print('up', flush=True)\nraise SystemExit(3)\n")
    first, ended, second = [await reports.next() for _ in range(3)]
    assert isinstance(first, ChildStarted)
    assert isinstance(ended, ChildEnded)
    assert ended.exit_code == 3
    assert ended.wait_s == 0.01
    assert isinstance(second, ChildStarted)
    assert second.restarts == 1
    await reports.next()
    assert child.log.read_text().count("up") >= 2


async def test_process_that_does_not_end_is_killed_with_its_workers(start: Starter) -> None:
    """What ignores SIGTERM is killed after its time, and the processes that it started with it."""
    source = (
        "import signal, subprocess, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "worker = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "print('worker', worker.pid, 'up', flush=True)\nsignal.pause()\n"
    )
    child, _ = start(source)
    await _until_logged(child, "up")
    worker = psutil.Process(int(child.log.read_text().split()[1]))
    assert not await child.stop(0.05)
    await asyncio.to_thread(psutil.wait_procs, [worker], 20)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


def test_exit_codes_are_words() -> None:
    """Signals have names."""
    assert describe_exit(2) == "ended with code 2"
    assert describe_exit(-signal.SIGKILL) == "was ended by SIGKILL"
    assert describe_exit(-999) == "was ended by signal 999"
