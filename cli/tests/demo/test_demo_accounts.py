"""Who runs the server, and from where."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from askwire.demo.accounts import Account, can_reach, choose_account
from askwire.demo.binaries import find_binaries
from askwire.demo.postmaster_file import PostmasterFile, parse_postmaster_file
from askwire.demo.server_folder import ServerFolder

_STRANGER = Account("stranger", 54321, 54321, switched=True)


def test_never_runs_as_root() -> None:
    """The server's account is ourselves, or for root somebody without rights."""
    account = choose_account()
    assert account.user_id != 0
    assert account.switched == (os.geteuid() == 0)


def test_sees_closed_folders(tmp_path: Path) -> None:
    """A stranger reaches a file only through open folders, and reads it only where its bits say so."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    file = home / "file"
    file.write_text("text")
    others = [each for each in home.parents if not each.stat().st_mode & 0o001]
    assert not can_reach(file, _STRANGER)
    home.chmod(0o711)
    file.chmod(0o644)
    assert can_reach(file, _STRANGER) == (not others)
    file.chmod(0o600)
    assert not can_reach(file, _STRANGER)
    assert can_reach(file, Account("owner", os.geteuid(), os.getegid(), switched=False)) or os.geteuid() == 0


def test_data_goes_where_the_account_can_reach(tmp_path: Path) -> None:
    """Root's private folders are not opened: the data gets a place of its own, the same one each time."""
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    place = ServerFolder(closed / "postgres", _STRANGER)
    assert place.path.parent == Path("/var/lib/askwire")
    assert place.path == ServerFolder(closed / "postgres", _STRANGER).path
    assert place.path != ServerFolder(closed / "other" / "postgres", _STRANGER).path
    own = Account("owner", os.geteuid(), os.getegid(), switched=False)
    assert ServerFolder(closed / "postgres", own).path == closed / "postgres"


def test_copies_binaries_out_of_closed_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the account can't reach the package, a copy runs; it is made once, and open to all whatever the umask."""
    monkeypatch.setattr("askwire.demo.binaries._usable", lambda _folder, _account: False)
    before = os.umask(0o077)
    try:
        binaries = find_binaries(_STRANGER, tmp_path)
    finally:
        os.umask(before)
    assert binaries.folder.is_relative_to(tmp_path / f"binaries-{binaries.version}")
    for program in (binaries.postgres, binaries.initdb):
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, env={})
        assert "18." in done.stdout
    assert all(path.stat().st_mode & 0o004 for path in (tmp_path / f"binaries-{binaries.version}").rglob("*"))
    made = binaries.postgres.stat().st_ino
    assert find_binaries(_STRANGER, tmp_path).postgres.stat().st_ino == made
    assert [entry.name for entry in tmp_path.iterdir()] == [f"binaries-{binaries.version}"]


def test_uses_installed_binaries_for_ourselves(tmp_path: Path) -> None:
    """Without a change of account nothing is copied."""
    own = Account("owner", os.geteuid(), os.getegid(), switched=False)
    assert find_binaries(own, tmp_path).folder.name == "pginstall"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("nonsense\n", None),
        ("123\n/data\n", PostmasterFile(123, None, ready=False)),
        ("123\n/data\n1700000000\n5433\n/socket\n127.0.0.1\n 1 2\nstarting\n", PostmasterFile(123, 5433, ready=False)),
        ("123\n/data\n1700000000\n5433\n/socket\n127.0.0.1\n 1 2\nready   \n", PostmasterFile(123, 5433, ready=True)),
    ],
)
def test_reads_the_pid_file(text: str, expected: PostmasterFile | None) -> None:
    """Whole, begun and broken pid files are told apart."""
    assert parse_postmaster_file(text) == expected
