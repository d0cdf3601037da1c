"""The folder where a local run keeps its database, logs and what it needs to be found again."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from askwire.failures import CommandFailed, ExitCode

__all__ = ["StateFolder", "choose_state_path"]


def choose_state_path(environ: Mapping[str, str], home: Path) -> Path:
    """Return ``ASKWIRE_HOME``, else ``askwire`` below ``XDG_STATE_HOME``, else below ``~/.local/state``."""
    if chosen := environ.get("ASKWIRE_HOME"):
        return Path(chosen).expanduser().absolute()
    if (base := environ.get("XDG_STATE_HOME")) and Path(base).is_absolute():
        return Path(base) / "askwire"
    return home / ".local" / "state" / "askwire"


class StateFolder:
    """Paths below one state folder, and its small secret files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def find(cls) -> StateFolder:
        """Return the folder that the environment names; nothing is made yet."""
        return cls(choose_state_path(os.environ, Path.home()))

    @property
    def logs(self) -> Path:
        """One file for each process."""
        return self.path / "logs"

    @property
    def record(self) -> Path:
        """What is known of the run."""
        return self.path / "run.json"

    @property
    def postgres(self) -> Path:
        """The embedded server's folder."""
        return self.path / "postgres"

    def make(self) -> None:
        """Make the folders, closed to others.

        Raises:
            CommandFailed: they cannot be made.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except OSError as problem:
            raise CommandFailed(
                f"Cannot make the state folder {self.path}: {problem.strerror}; ASKWIRE_HOME names another one.",
                ExitCode.NOT_STARTED,
            ) from problem

    def write_secret(self, name: str, text: str) -> Path:
        """Write a file that only this account may read, and return its path."""
        path = self.path / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        return path

    @contextlib.contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the lock of the run for a block; yields False where another process holds it."""
        descriptor = os.open(self.path / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)
