"""Where a run keeps its things, and how it is found again."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import psutil
import pytest

from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import ProcessMark, RunAgent, RunRecord, mark_of, read_record, write_record
from askwire.state_folder import StateFolder, choose_state_path


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({}, "/home/u/.local/state/askwire"),
        ({"XDG_STATE_HOME": "/var/s"}, "/var/s/askwire"),
        ({"XDG_STATE_HOME": "relative"}, "/home/u/.local/state/askwire"),
        ({"ASKWIRE_HOME": "/a", "XDG_STATE_HOME": "/var/s"}, "/a"),
    ],
)
def test_state_path(environ: dict[str, str], path: str) -> None:
    """Our own variable wins, then the desktop's, which must be absolute to count."""
    assert choose_state_path(environ, Path("/home/u")) == Path(path)


def test_folders_and_secrets_are_closed_to_others(tmp_path: Path) -> None:
    """Only the own account can read what holds passwords."""
    folder = StateFolder(tmp_path / "a" / "b")
    folder.make()
    secret = folder.write_secret("url", "one")
    folder.write_secret("url", "two")
    assert secret.read_text() == "two"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_unusable_folder_is_a_sentence(tmp_path: Path) -> None:
    """A path below a file says what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandFailed, match="ASKWIRE_HOME names another one") as caught:
        StateFolder(tmp_path / "file" / "below").make()
    assert caught.value.code is ExitCode.NOT_STARTED


def test_lock_is_held_once(tmp_path: Path) -> None:
    """A second holder is told, and the lock is free after the first."""
    folder = StateFolder(tmp_path)
    with folder.locked() as first, folder.locked() as second:
        assert (first, second) == (True, False)
    with folder.locked() as again:
        assert again


def test_mark_finds_only_the_same_process() -> None:
    """A number that the system gave to a later process is not taken for the earlier one."""
    own = mark_of("me", os.getpid())
    found = own.find()
    assert found is not None
    assert found.pid == os.getpid()
    assert ProcessMark(name="me", pid=own.pid, started_at_s=own.started_at_s - 60).find() is None
    assert ProcessMark(name="gone", pid=2**22 + 1, started_at_s=0).find() is None
    with pytest.raises(psutil.NoSuchProcess):
        mark_of("gone", 2**22 + 1)


def test_record_survives_the_way_through_a_file(tmp_path: Path) -> None:
    """What was written is read, and neither absence nor rubbish is a failure."""
    file = tmp_path / "run.json"
    assert read_record(file) is None
    record = RunRecord(
        process=mark_of("up", os.getpid()),
        phase="serving",
        page_url="http://localhost:1",
        logs="/logs",
        agents=(RunAgent(name="nlp-0", type="nlp", http_url="http://localhost:2"),),
    )
    write_record(file, record)
    assert read_record(file) == record
    file.write_text("{")
    assert read_record(file) is None
