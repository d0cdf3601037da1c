"""What a local run writes down of itself, so that other commands find it and can tell whether it lives."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import msgspec
import psutil

__all__ = ["ProcessMark", "RunAgent", "RunDatabase", "RunRecord", "mark_of", "read_record", "write_record"]

_SAME_START_S = 1.5
_POLL_S = 0.02


class ProcessMark(msgspec.Struct, frozen=True, kw_only=True):
    """A process, told from a later one with the same number by its start (seconds of the epoch)."""

    name: str
    pid: int
    started_at_s: float

    def find(self) -> psutil.Process | None:
        """Return the process if it still runs."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at_s) < _SAME_START_S
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def wait_gone(self, timeout_s: float) -> bool:
        """Wait until the process has ended; False where it runs on. Blocks.

        An ended process counts as gone before its parent has taken note, which some parents never do.
        """
        deadline_s = time.monotonic() + timeout_s
        while self.find() is not None:
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(_POLL_S)
        return True


class RunAgent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent of the run and where it answers."""

    name: str
    type: str
    http_url: str
    websocket_url: str | None = None


class RunDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """The database that a run asks, as it was given and without the password; ``demo`` is Askwire's own."""

    database: str
    host: str
    port: str = ""
    user: str = ""
    demo: bool = False

    def describe(self) -> str:
        """Return it as a part of a sentence, without its article."""
        if self.demo:
            return f"demo database {self.database} on host {self.host}"
        port = f" port {self.port}" if self.port else ""
        user = f" (user {self.user})" if self.user else ""
        return f"database {self.database} on host {self.host}{port}{user}"


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run; ``phase`` is starting, serving or stopping. ``children`` are in the order in which they are ended."""

    process: ProcessMark
    phase: str
    page_url: str
    logs: str
    agents: tuple[RunAgent, ...] = ()
    children: tuple[ProcessMark, ...] = ()
    token_file: str | None = None
    ca_file: str | None = None
    database: RunDatabase | None = None
    manifests: tuple[str, ...] = ()

    def orphans(self) -> tuple[ProcessMark, ...]:
        """Return the children that live on although the run's own process was killed; the database is not counted."""
        if self.process.find() is not None:
            return ()
        return tuple(mark for mark in self.children if mark.name != "postgres" and mark.find() is not None)


def mark_of(name: str, pid: int) -> ProcessMark:
    """Return the mark of a live process. Raises psutil.NoSuchProcess."""
    return ProcessMark(name=name, pid=pid, started_at_s=psutil.Process(pid).create_time())


def read_record(path: Path) -> RunRecord | None:
    """Return the record, or None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunRecord)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_record(path: Path, record: RunRecord) -> None:
    """Replace the record as a whole, so that no reader sees half of it."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(msgspec.json.encode(record))
    fresh.replace(path)
