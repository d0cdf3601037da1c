"""What `up` and `down` say before any process starts: manifests, ports, earlier runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from askwire.failures import ExitCode
from askwire.main import run
from askwire.run_record import ProcessMark, RunDatabase, RunRecord, mark_of, read_record, write_record
from askwire.state_folder import StateFolder
from askwire.target import DEFAULT_URL, find_target

_BACKEND = """
apiVersion: askwire.dev/v1alpha1
kind: AgentDeployment
metadata: {{name: backend}}
spec:
  type: backend
  http: {{port: {port}}}
"""


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port at which this process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.fixture
def sleeper() -> Iterator[psutil.Popen]:
    """A process that runs until it is told to end, as a leader of its group."""
    process = psutil.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
    yield process
    if process.poll() is None:
        process.kill()
    process.wait(20)


def test_every_mistake_of_a_manifest_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong fields are sentences with file and line, and nothing starts."""
    file = tmp_path / "bad.yaml"
    file.write_text(_BACKEND.format(port="x") + "  replcas: 2\n")
    assert run(["up", "-f", str(file)]) == ExitCode.USAGE
    assert capsys.readouterr().err.splitlines() == [
        "Error: The manifest has 2 mistakes:",
        f'  {file}:7: spec.http.port is "x": must be a whole number from 1 to 65535',
        f'  {file}:8: spec.replcas is not a field (did you mean "replicas"?)',
    ]


def test_one_mistake_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file and a manifest without a backend are told as shortly."""
    assert run(["up", "-f", "/no/such.yaml"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "Error: /no/such.yaml: No such file or directory.\n"
    file = tmp_path / "nlp.yaml"
    file.write_text(_BACKEND.format(port=8000).replace("type: backend", "type: nlp"))
    assert run(["up", "-f", str(file)]) == ExitCode.USAGE
    assert "there is no resource of type backend to run" in capsys.readouterr().err


def test_busy_port_is_named_with_its_process(
    busy_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who holds the port is said, and nothing starts."""
    file = tmp_path / "one.yaml"
    file.write_text(_BACKEND.format(port=busy_port))
    assert run(["up", "-f", str(file)]) == ExitCode.NOT_STARTED
    holder = f"{psutil.Process().name()} (process {os.getpid()})"
    assert f"Error: Port {busy_port} of backend-0 is in use by {holder}; end that program" in capsys.readouterr().err


def test_second_up_finds_the_first(state_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The address of the running one is shown, and that is success."""
    folder = StateFolder(state_path)
    folder.make()
    write_record(folder.record, _record(mark_of("askwire up", os.getpid())))
    with folder.locked():
        assert run(["up"]) == ExitCode.OK
    assert capsys.readouterr().out == f"Askwire is running (process {os.getpid()}). Page: http://localhost:9\n"


def test_second_up_for_another_database_fails(
    state_path: Path, small_backend: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody goes on asking a database that they did not mean; `status` says which one is asked."""
    folder = StateFolder(state_path)
    folder.make()
    asked = RunDatabase(database="sales", host="db", port="5432", user="anna")
    record = _record(mark_of("askwire up", os.getpid()))
    write_record(folder.record, msgspec.structs.replace(record, database=asked, page_url=small_backend.url))
    with folder.locked():
        for wish in (["--database-url", "postgresql://anna@db/other"], ["--demo"]):
            assert run(["up", *wish]) == ExitCode.NOT_STARTED
            assert capsys.readouterr().err == (
                "Error: Askwire is running already and asks the database sales on host db port 5432 (user anna); "
                "end it with `askwire down` first.\n"
            )
        assert run(["up", "--database-url", "postgresql://anna:secret@db/sales"]) == ExitCode.OK
    capsys.readouterr()
    assert run(["status"]) == ExitCode.OK
    assert "Asked: the database sales on host db port 5432 (user anna)\n" in capsys.readouterr().out


def test_empty_database_url_is_no_wish_for_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A variable that was not set in a script is told, and so are two wishes that exclude each other."""
    assert run(["up", "--database-url", ""]) == ExitCode.USAGE
    assert "Error: --database-url is empty" in capsys.readouterr().err
    monkeypatch.setenv("ASKWIRE_DATABASE_URL", "")
    assert run(["up"]) == ExitCode.USAGE
    assert "Error: The environment variable ASKWIRE_DATABASE_URL is empty" in capsys.readouterr().err
    assert run(["up", "--demo", "--database-url", "postgresql://db/sales"]) == ExitCode.USAGE
    assert "does not go together with --database-url" in capsys.readouterr().err


def test_second_up_without_a_record_says_so(state_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Between lock and record there is a moment; it is told apart from a run."""
    folder = StateFolder(state_path)
    folder.make()
    with folder.locked():
        assert run(["up"]) == ExitCode.NOT_STARTED
    assert "is starting or ending" in capsys.readouterr().err


def test_leftovers_of_a_killed_run_are_ended(
    state_path: Path, sleeper: psutil.Popen, busy_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that was killed leaves its processes; the next one ends them, and no other."""
    folder = StateFolder(state_path)
    folder.make()
    left = mark_of("nlp-0", sleeper.pid)
    other = ProcessMark(name="viz-0", pid=os.getpid(), started_at_s=0)
    dead = ProcessMark(name="askwire up", pid=sleeper.pid, started_at_s=0)
    write_record(folder.record, _record(dead, left, other))
    file = tmp_path / "one.yaml"
    file.write_text(_BACKEND.format(port=busy_port))
    assert run(["up", "-f", str(file)]) == ExitCode.NOT_STARTED
    assert sleeper.wait(20) == -15
    assert f"nlp-0 was left over from an earlier run (process {sleeper.pid}); it is ended." in capsys.readouterr().out
    assert read_record(folder.record) is None


def test_orphans_of_a_killed_run_are_asked(
    state_path: Path, sleeper: psutil.Popen, small_backend: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """While processes of a killed run live, the other verbs talk to its backend and say what cleans up."""
    folder = StateFolder(state_path)
    folder.make()
    dead = ProcessMark(name="askwire up", pid=os.getpid(), started_at_s=0)
    record = _record(dead, mark_of("backend-0", sleeper.pid), mark_of("postgres", os.getpid()))
    write_record(folder.record, msgspec.structs.replace(record, page_url=small_backend.url))
    assert run(["ask", "how many?"]) == ExitCode.OK
    assert capsys.readouterr().err == (
        "‼ `askwire up` was killed and nobody looks after backend-0; `askwire down` or `askwire up` cleans up.\n"
    )
    assert run(["status"]) == ExitCode.OK
    assert f"Backend: {small_backend.url}" in capsys.readouterr().out
    sleeper.kill()
    sleeper.wait(20)
    assert find_target(None).url == DEFAULT_URL
    assert capsys.readouterr().err == ""


def test_down_ends_the_run_and_what_is_left(
    state_path: Path, sleeper: psutil.Popen, capsys: pytest.CaptureFixture[str]
) -> None:
    """`down` waits until the processes are gone."""
    folder = StateFolder(state_path)
    folder.make()
    write_record(folder.record, _record(mark_of("askwire up", sleeper.pid)))
    assert run(["down"]) == ExitCode.OK
    assert sleeper.wait(20) == -15
    assert "everything has ended" in capsys.readouterr().out
    assert run(["down"]) == ExitCode.OK
    assert capsys.readouterr().out == "Nothing is running.\n"


def test_down_kills_what_does_not_end(state_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that ignores SIGTERM costs the time that was given, and code 1."""
    source = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\nsignal.pause()"
    with psutil.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        folder = StateFolder(state_path)
        folder.make()
        write_record(folder.record, _record(mark_of("askwire up", stubborn.pid)))
        assert run(["down", "--wait", "1"]) == ExitCode.FAILED
        assert stubborn.wait(20) == -9
    assert "did not end within 1 s and was killed" in capsys.readouterr().err


def _record(process: ProcessMark, *children: ProcessMark) -> RunRecord:
    return RunRecord(process=process, phase="serving", page_url="http://localhost:9", logs="/logs", children=children)
