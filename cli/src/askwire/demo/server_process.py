"""The server's process: start it, wait for it, find one that was left running, end it."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import psutil

from askwire.demo.binaries import Binaries
from askwire.demo.failure import PostgresFailed
from askwire.demo.postgres_settings import server_settings
from askwire.demo.postmaster_file import PostmasterFile, parse_postmaster_file
from askwire.demo.server_folder import ServerFolder

__all__ = ["end", "environment", "find_running", "last_complaint", "spawn", "wait_until_ready"]

_POLL_S = 0.02


def find_running(place: ServerFolder) -> PostmasterFile | None:
    """Return the live server of this data folder, and remove what a dead one left in the way of the next start."""
    said = _read_postmaster_file(place.data)
    if said is not None and _works_in(said.pid, place.data):
        return said
    if not (place.data / "postmaster.pid").exists():
        return None
    # sessions of a server that was killed end by themselves, though not at once
    orphans = [psutil.Process(pid) for pid in psutil.pids() if _works_in(pid, place.data)]
    for orphan in orphans:
        end(orphan, 4.0)
    # the process id in the file may be another program's by now, which a new server would take for a living one
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    if place.socket is not None:
        for leftover in place.socket.iterdir():
            leftover.unlink()
    return None


def _read_postmaster_file(data: Path) -> PostmasterFile | None:
    try:
        return parse_postmaster_file((data / "postmaster.pid").read_text())
    except FileNotFoundError:
        return None


def _works_in(pid: int, data: Path) -> bool:
    """Say whether a process is a server (or a session of one) on this data folder: that is its working folder."""
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == data
    except psutil.Error:
        return False


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of the server's programs: nothing of ours, whose PG* variables would change them."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C"}


def spawn(place: ServerFolder, binaries: Binaries, port: int, *, durable: bool) -> psutil.Popen:
    """Start the server in a session of its own, with its output in the log; it may not be ready yet."""
    socket_folder = str(place.socket) if place.socket is not None else None
    arguments = [str(binaries.postgres), "-D", str(place.data), "-c", f"hba_file={place.access_rules}"]
    arguments += server_settings(port, socket_folder, durable=durable)
    try:
        with place.log.open("wb") as log:
            process = psutil.Popen(
                arguments,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; the database ends after those who use it
                cwd=place.data,
                env=environment(place.data),
                stdin=subprocess.DEVNULL,
                user=place.account.switch_user,
                group=place.account.switch_group,
                extra_groups=place.account.switch_groups,
            )
    except OSError as error:
        raise PostgresFailed(f"Can't start PostgreSQL: {error}.") from error
    return process


def wait_until_ready(place: ServerFolder, process: psutil.Popen, timeout_s: float) -> None:
    """Wait until the server says in its pid file that it takes connections; end it if that does not come."""
    deadline = time.monotonic() + timeout_s
    while process.poll() is None:
        said = _read_postmaster_file(place.data)
        if said is not None and said.pid == process.pid and said.ready:
            return
        if time.monotonic() > deadline:
            end(process, 5.0)
            raise PostgresFailed(f"PostgreSQL was not ready after {timeout_s:g} s; its log is {place.log}.")
        time.sleep(_POLL_S)
    complaint = last_complaint(place.log.read_text(errors="replace"))
    raise PostgresFailed(f"PostgreSQL did not start: {complaint} (log: {place.log}).")


def last_complaint(output: str) -> str:
    """Return what the program gave as its reason, without level and full stop."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for level in ("FATAL:", "PANIC:", "error:"):
        found = [line.split(level, maxsplit=1)[1].strip() for line in lines if level in line]
        if found:
            return found[-1].rstrip(".")
    return lines[-1].rstrip(".") if lines else "it gave no reason"


def end(process: psutil.Process, timeout_s: float) -> None:
    """Ask for a fast shutdown, then for an immediate one, then kill; wait each time."""
    steps = ((signal.SIGINT, timeout_s / 2), (signal.SIGQUIT, timeout_s / 2), (signal.SIGKILL, 5.0))
    for number, wait_s in steps:
        try:
            process.send_signal(number)
            process.wait(wait_s)
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            continue
        return
    raise PostgresFailed(f"PostgreSQL's process {process.pid} does not end, though it was killed.")
