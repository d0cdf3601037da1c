"""The folder of one embedded server: its data, socket, password, log and lock.

    folder/                     ours, closed to others
      data/  socket/            of the account that runs the server
      data.new/                 data being made; renamed when whole
      superuser-password        0600, ours
      access.conf  server.log  lock
      binaries-<version>/       only when the account can't reach the installed ones

Root's folder is entered by the server's account through its group; that account can write in `data` and `socket`
alone, so it can't put a link in the way of a file that root writes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from pathlib import Path

from askwire.demo.accounts import Account, can_pass
from askwire.demo.failure import PostgresFailed

__all__ = ["ServerFolder"]

_ROOTS_PLACE = Path("/var/lib/askwire")
# the address of a Unix socket holds 107 bytes; the server adds "/.s.PGSQL.65535"
_MAX_SOCKET_FOLDER_BYTES = 90


class ServerFolder:
    """Paths and small files of one server's folder; `open` makes them and takes the lock until `close`."""

    def __init__(self, path: Path, account: Account) -> None:
        self.account = account
        self.path = _place_for(path.expanduser().resolve(), account)
        self._lock_fd: int | None = None

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.path / "data"

    @property
    def unfinished_data(self) -> Path:
        """Where a data folder is made before it becomes `data`."""
        return self.path / "data.new"

    @property
    def socket(self) -> Path | None:
        """The socket's folder, or None where its path is too long for a socket."""
        folder = self.path / "socket"
        return folder if len(os.fsencode(folder)) <= _MAX_SOCKET_FOLDER_BYTES else None

    @property
    def access_rules(self) -> Path:
        """The server's access file."""
        return self.path / "access.conf"

    @property
    def log(self) -> Path:
        """What the server wrote since its last start."""
        return self.path / "server.log"

    def open(self) -> None:
        """Make the folder and take its lock.

        Raises:
            PostgresFailed: it can't be made, is somebody else's, or another process uses it.
        """
        account = self.account
        try:
            _make_parents(self.path, account)
            self.path.mkdir(exist_ok=True)
            self._refuse_foreign()
            if account.switched:
                os.chown(self.path, 0, account.group_id)
                self.path.chmod(0o710)
            else:
                self.path.chmod(0o700)
            self._lock()
            self.give_to_account(self.path / "socket")
        except OSError as error:
            raise PostgresFailed(f"Can't make PostgreSQL's folder {self.path}: {error.strerror or error}.") from error

    def give_to_account(self, folder: Path) -> None:
        """Make a folder in which the server's account may write."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account.switched:
            os.chown(folder, self.account.user_id, self.account.group_id, follow_symlinks=False)

    def close(self) -> None:
        """Let go of the lock; the files stay."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def password(self) -> str:
        """Return the superuser's password; made at the first call."""
        file = self.path / "superuser-password"
        if not file.exists():
            _write_new(file.with_suffix(".new"), secrets.token_urlsafe(24), None)
            file.with_suffix(".new").rename(file)
        return file.read_text().strip()

    def password_for_initdb(self) -> Path:
        """Write the password where the server's account can read it once; the caller removes the file."""
        file = self.path / "initial-password"
        _write_new(file, self.password() + "\n", self.account if self.account.switched else None)
        return file

    def write_access_rules(self, text: str) -> None:
        """Write the access file, readable for the server's account."""
        self.access_rules.write_text(text)
        if self.account.switched:
            os.chown(self.access_rules, 0, self.account.group_id)
            self.access_rules.chmod(0o640)

    def _refuse_foreign(self) -> None:
        known = {"data", "data.new", "socket", "lock", "superuser-password", "access.conf", "server.log"}
        names = {entry.name for entry in self.path.iterdir()}
        if self.path.stat().st_uid != os.geteuid():
            raise PostgresFailed(f"The folder {self.path} belongs to another account; choose another folder.")
        if names and not names & known:
            raise PostgresFailed(f"The folder {self.path} holds other things; choose an empty one for PostgreSQL.")

    def _lock(self) -> None:
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise PostgresFailed(
                f"The database in {self.path} is in use by process {holder or 'unknown'}; "
                "stop that one first, or choose another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._lock_fd = descriptor


def _place_for(wanted: Path, account: Account) -> Path:
    """Return `wanted`, or root's own place for it where the account can't reach it (a private home folder)."""
    if not account.switched or can_pass(wanted.parent, account):
        return wanted
    mark = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return _ROOTS_PLACE / f"{wanted.name}-{mark}"


def _make_parents(path: Path, account: Account) -> None:
    """Make the folders above `path` that are missing; root's let the server's account pass, whatever the umask."""
    for folder in reversed([each for each in path.parents if not each.exists()]):
        folder.mkdir(mode=0o700)
        if account.switched:
            folder.chmod(0o711)


def _write_new(file: Path, text: str, owner: Account | None) -> None:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
        if owner is not None:
            os.fchown(descriptor, owner.user_id, owner.group_id)
