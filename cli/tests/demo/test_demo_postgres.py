"""Embedded PostgreSQL: start, reuse, stop, and what stands in its way."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from askwire.demo.failure import PostgresFailed
from askwire.demo.postgres import PostgresServer

_START_AND_DIE = """
import os, pathlib, signal, sys
from askwire.demo.postgres import PostgresServer
server = PostgresServer.start(pathlib.Path(sys.argv[1]), durable=False)
print(server.pid, server.port, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can reach, also when root runs the tests."""
    path = Path(tempfile.mkdtemp(prefix="askwire-test-"))
    yield path
    shutil.rmtree(path)


def _query(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def _wait_ended(server: PostgresServer) -> None:
    while server.is_running():
        server.exit_code()


def test_answers_queries(postgres: PostgresServer) -> None:
    """A started server takes connections of its superuser over TCP."""
    assert str(_query(postgres.superuser_url(), "SHOW server_version")).startswith("18")


def test_listens_on_loopback_alone(postgres: PostgresServer) -> None:
    """No address but 127.0.0.1 is listened on, and every login needs its password."""
    listening = [each for each in psutil.Process(postgres.pid).net_connections("inet") if each.status == "LISTEN"]
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://postgres:wrong@127.0.0.1:{postgres.port}/postgres")


def test_password_is_kept_closed(postgres: PostgresServer) -> None:
    """The superuser's password is stored as a SCRAM verifier, and its file is open to us alone."""
    file = postgres.folder / "superuser-password"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_uid == os.geteuid()
    verifier = _query(postgres.superuser_url(), "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'")
    assert str(verifier).startswith("SCRAM-SHA-256$")
    assert not (postgres.folder / "initial-password").exists()


def test_takes_logins_by_socket(folder: Path) -> None:
    """The socket lies in our own folder; a path too long for a socket leaves TCP alone."""
    folder.chmod(0o711)  # or root's data would lie elsewhere
    with PostgresServer.start(folder / "short", durable=False) as server:
        socket_folder = str(server.folder / "socket")
        assert _query(server.superuser_url(), "SHOW unix_socket_directories") == f'"{socket_folder}"'
        password = (server.folder / "superuser-password").read_text().strip()
        url = f"postgresql://postgres:{password}@/postgres?host={socket_folder}&port={server.port}"
        assert _query(url, "SELECT inet_server_addr() IS NULL") is True
    with PostgresServer.start(folder / ("long" * 30), durable=False) as server:
        assert _query(server.superuser_url(), "SHOW unix_socket_directories") == ""


def test_keeps_data_for_the_next_start(folder: Path) -> None:
    """A second start finds databases and password of the first, and says nothing of making data."""
    with PostgresServer.start(folder, durable=False) as server:
        url = server.create_database("kept")
        assert server.create_database("kept") == url
        port = server.port
    said: list[str] = []
    with PostgresServer.start(folder, port, durable=False, progress=said.append) as server:
        assert _query(url, "SELECT current_database()") == "kept"
    assert said == ["starting PostgreSQL"]


def test_is_durable_unless_told_otherwise(folder: Path) -> None:
    """Settings that risk the data are for tests alone."""
    with PostgresServer.start(folder) as server:
        assert _query(server.superuser_url(), "SHOW fsync") == "on"
        assert _query(server.superuser_url(), "SHOW full_page_writes") == "on"


def test_stops_with_sessions_open(folder: Path) -> None:
    """A stop does not wait for sessions, leaves no process, and may be repeated."""
    with PostgresServer.start(folder, durable=False) as server:
        with psycopg.connect(server.superuser_url(), autocommit=True) as connection:
            processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
            assert server.is_running()
            server.stop()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        assert not server.is_running()
        assert not any(process.is_running() for process in processes)


def test_refuses_a_busy_port(folder: Path) -> None:
    """A port in use is one sentence that names it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PostgresFailed, match=rf"^Port {port} on 127\.0\.0\.1 is in use .*\.$"):
            PostgresServer.start(folder, port, durable=False)


def test_refuses_a_folder_in_use(folder: Path) -> None:
    """A second start of the same folder names the process that has it; afterwards the folder is free."""
    with PostgresServer.start(folder, durable=False) as server:
        with pytest.raises(PostgresFailed, match=f"in use by process {os.getpid()};"):
            PostgresServer.start(folder, durable=False)
        assert server.is_running()
    PostgresServer.start(folder, durable=False).stop()


def test_refuses_a_folder_of_other_things(folder: Path) -> None:
    """A folder with somebody's files is left as it is."""
    (folder / "thesis.txt").write_text("important")
    mode = folder.stat().st_mode
    with pytest.raises(PostgresFailed, match="holds other things"):
        PostgresServer.start(folder, durable=False)
    assert [entry.name for entry in folder.iterdir()] == ["thesis.txt"]
    assert folder.stat().st_mode == mode


def test_refuses_data_of_another_version(folder: Path) -> None:
    """Data of another major version is one sentence, and is not touched."""
    with PostgresServer.start(folder, durable=False) as server:
        version = server.folder / "data" / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(PostgresFailed, match=r"made by PostgreSQL 12, and this is 18"):
        PostgresServer.start(folder, durable=False)


def test_says_why_the_server_did_not_start(folder: Path) -> None:
    """The server's own reason becomes the sentence, with the log's place."""
    with PostgresServer.start(folder, durable=False) as server:
        settings = server.folder / "data" / "postgresql.conf"
    settings.write_text("nonsense = 1\n")
    with pytest.raises(PostgresFailed, match=r"did not start: .*errors.* \(log: .*server\.log\)\.$"):
        PostgresServer.start(folder, durable=False)


def test_makes_unfinished_data_anew(folder: Path) -> None:
    """Data that a killed start left half made is thrown away."""
    with PostgresServer.start(folder, durable=False) as server:
        place = server.folder
    (place / "data").rename(place / "data.new")
    (place / "data.new" / "global" / "pg_control").unlink()
    with PostgresServer.start(folder, durable=False) as server:
        assert _query(server.superuser_url(), "SELECT 1") == 1
    assert not (place / "data.new").exists()


def test_takes_over_a_server_left_running(folder: Path) -> None:
    """When the process that started it was killed, the next start takes the same server, and can stop it."""
    killed = subprocess.run([sys.executable, "-c", _START_AND_DIE, str(folder)], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    pid, port = map(int, killed.stdout.split())
    with PostgresServer.start(folder, durable=False) as server:
        assert (server.pid, server.port, server.taken_over) == (pid, port, True)
        assert _query(server.superuser_url(), "SELECT 1") == 1
    assert not psutil.pid_exists(pid)


def test_replaces_a_left_server_on_another_port(folder: Path, free_port: int) -> None:
    """A left server on another port than the wanted one is stopped first."""
    killed = subprocess.run([sys.executable, "-c", _START_AND_DIE, str(folder)], capture_output=True, check=False)
    pid = int(killed.stdout.split()[0])
    with PostgresServer.start(folder, free_port, durable=False) as server:
        assert (server.port, server.taken_over) == (free_port, False)
        assert not psutil.pid_exists(pid)


def test_recovers_after_the_server_was_killed(folder: Path) -> None:
    """A killed server with a session open starts again, with what was committed."""
    with PostgresServer.start(folder) as server:
        url = server.create_database("kept")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE notes AS SELECT 7 AS seven")
            os.kill(server.pid, signal.SIGKILL)
    with PostgresServer.start(folder) as server:
        assert _query(server.superuser_url("kept"), "SELECT seven FROM notes") == 7


def test_restarts_on_the_same_port(folder: Path) -> None:
    """A server that was killed starts again with its port and data; one that runs is left alone."""
    with PostgresServer.start(folder) as server:
        url = server.create_database("kept")
        port, first = server.port, server.pid
        server.restart()
        assert (server.pid, server.exit_code()) == (first, None)
        os.kill(first, signal.SIGKILL)
        _wait_ended(server)
        assert server.exit_code() == -signal.SIGKILL
        server.restart()
        assert server.pid != first
        assert server.port == port
        assert _query(url, "SELECT current_database()") == "kept"
    assert not psutil.pid_exists(server.pid)


def test_does_not_restart_on_a_taken_port(folder: Path) -> None:
    """Another program on the port is one sentence."""
    with PostgresServer.start(folder, durable=False) as server:
        port = server.port
        os.kill(server.pid, signal.SIGINT)
        _wait_ended(server)
        with socket.create_server(("127.0.0.1", port)), pytest.raises(PostgresFailed, match=f"^Port {port} on"):
            server.restart()


def test_ignores_a_stale_process_number(folder: Path) -> None:
    """A pid file whose number belongs to another program by now does not keep the server from starting."""
    with PostgresServer.start(folder, durable=False) as server:
        os.kill(server.pid, signal.SIGKILL)
        pid_file = server.folder / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with PostgresServer.start(folder, durable=False) as server:
        assert _query(server.superuser_url(), "SELECT 1") == 1
