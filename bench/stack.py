"""The whole stack as a user starts it, in a folder of its own, and what its processes weigh."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

__all__ = ["PORTS", "Stack", "running_stack"]

PAGE = "http://127.0.0.1:8000"
PORTS = {"nlp": 8011, "data": 8012, "viz": 8013}
_START_S = 120.0
_STOP_S = 60.0


@dataclasses.dataclass(frozen=True, slots=True)
class Stack:
    """A running ``askwire up``."""

    process: subprocess.Popen[bytes]
    ready_s: float
    """Seconds from the command to every heartbeat answered."""

    def memory_mib(self) -> dict[str, float]:
        """Return the proportional set size of each part's process tree; headless Chromium is left out."""
        parts: dict[str, float] = {}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                words = " ".join(child.cmdline())
                if "chromium" in words or "headless" in words:
                    continue
                part = _part_of(child)
                parts[part] = parts.get(part, 0.0) + child.memory_full_info().pss / 2**20
        parts["command line"] = psutil.Process(self.process.pid).memory_full_info().pss / 2**20
        return parts


def _part_of(process: psutil.Process) -> str:
    """Return the part that a process belongs to: a worker to the agent that started it."""
    one: psutil.Process | None = process
    while one is not None:
        words = " ".join(one.cmdline())
        for name in ("nlp", "data", "viz", "backend"):
            if f"askwire_{name}" in words:
                return name
        if "postgres" in words and "askwire" not in words.split(" ")[0].rpartition("/")[2]:
            return "postgres"
        one = one.parent()
    return "other"


def get_json(path: str, body: dict[str, Any] | None = None, timeout_s: float = 60.0) -> Any:
    """Ask the backend's REST API."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(PAGE + path, data=data, headers={"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310 - our own loopback address
            return json.load(response)
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"{path} {body}: HTTP {refused.code} {refused.read().decode()}") from refused


@contextlib.contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Start the stack with its state in ``folder``; ended with the block."""
    with contextlib.suppress(OSError):
        get_json("/v1/agents", timeout_s=2.0)
        raise SystemExit("Something is served on port 8000 already; end it before the bench.")
    log = (folder / "up.log").open("ab")
    started_s = time.monotonic()
    with log:
        process = subprocess.Popen(
            [sys.executable, "-m", "askwire", "up"],
            env={**os.environ, "ASKWIRE_HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_ready(process, started_s, folder)
        yield Stack(process, time.monotonic() - started_s)
    finally:
        process.terminate()
        process.wait(_STOP_S)


def _wait_ready(process: subprocess.Popen[bytes], started_s: float, folder: Path) -> None:
    while True:
        with contextlib.suppress(OSError):
            if get_json("/v1/agents", timeout_s=2.0)["ready"]:
                return
        if process.poll() is not None or time.monotonic() - started_s > _START_S:
            raise SystemExit(f"The stack did not start:\n{(folder / 'up.log').read_text()}")
        time.sleep(0.02)
