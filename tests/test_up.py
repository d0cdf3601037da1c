"""The whole stack as real processes: `askwire up`, a question, the checks, a killed agent, the end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from support.certificates import CertificateFolder

from askwire.run_record import ProcessMark, RunRecord, read_record
from askwire.runner.ports import iterate_free_ports
from askwire_resources.samples import read_sample

_QUESTION = "How many orders are there per channel?"


class _Home:
    """A state folder, a manifest with free ports, and the command line run with them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.variables: dict[str, str] = {}
        self.manifest = path / "demo.yaml"
        text = read_sample()
        for port in (8011, 8012, 8013, 8001, 8002, 8003, 8000, 8004):
            text = re.sub(rf"(?i)(port: ){port}\b", rf"\g<1>{next(_PORTS)}", text)
        self.manifest.write_text(text.replace("  mesh: demo", "  mesh: demo\n  heartbeat: {intervalSeconds: 0.5}"))

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of a verb."""
        return [sys.executable, "-m", "askwire", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """What the command line is told by variables."""
        own = {"HOME": str(self.path), "ASKWIRE_HOME": str(self.path / "state")}
        return {"PATH": os.environ["PATH"], **own, **self.variables}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end."""
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            env=self.environment,
        )

    def record(self) -> RunRecord:
        """Return what the run says of itself."""
        record = read_record(self.path / "state" / "run.json")
        assert record is not None
        return record


_PORTS = iterate_free_ports()


@pytest.fixture
def home() -> Iterator[_Home]:
    """A folder that root's PostgreSQL, which runs as another account, can pass through."""
    path = Path(tempfile.mkdtemp(prefix="askwire-up-"))
    path.chmod(0o711)
    (path / "state").mkdir(mode=0o711)
    made = _Home(path)
    try:
        yield made
    finally:
        made.run("down")
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def secured(home: _Home) -> _Home:
    """The same with a token and certificates on every port."""
    text = home.manifest.read_text()
    home.manifest.write_text(text.replace("  mesh: demo", "  mesh: demo\n  auth: required\n  tls: {secretName: t}"))
    home.variables["ASKWIRE_TLS_DIR"] = str(CertificateFolder(home.path / "tls").path)
    return home


@pytest.fixture
def serving(home: _Home, shop_url: str) -> Iterator[subprocess.Popen[str]]:
    """A run that serves the demo shop of the tests' own server."""
    with _serve(home, shop_url) as process:
        yield process


@contextlib.contextmanager
def _serve(home: _Home, shop_url: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        home.command("up", "-f", str(home.manifest), "--database-url", shop_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=home.environment,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Page: "):
                break
        assert lines, "up said nothing"
        assert lines[-1].startswith("Page: "), "".join(lines)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=50)


def _gone(mark: ProcessMark) -> bool:
    return mark.find() is None


def test_up_asks_one_question_on_its_own_database(home: _Home) -> None:
    """From nothing to rows and a chart: database, shop, agents, heartbeats, question, end; with code 0."""
    done = home.run("up", "-f", str(home.manifest), "--ask", _QUESTION, "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    for part in ("with the demo shop", "nlp-0 answers heartbeats", "data-0 answers", "viz-0 answers", "all 3 agents"):
        assert part in done.stdout
    for part in (f"Question: {_QUESTION}", "GROUP BY", "website", "4 rows in"):
        assert part in done.stdout
    chart = home.path / "state" / "chart.html"
    assert str(chart) in done.stdout
    assert b"<html" in chart.read_bytes()[:500].lower()
    assert not (home.path / "state" / "run.json").exists()
    assert not [process for process in psutil.process_iter() if _runs_in(process, home.path)]


def test_serving_run_is_found_checked_and_ended(home: _Home, serving: subprocess.Popen[str]) -> None:
    """Every verb finds the run by itself, each check passes, and SIGTERM leaves nothing behind."""
    record = home.record()
    again = home.run("up", "-f", str(home.manifest))
    assert again.returncode == 0
    assert again.stdout == f"Askwire is running (process {serving.pid}). Page: {record.page_url}\n"
    asked = home.run("ask", _QUESTION, "--json")
    assert json.loads(asked.stdout)["row_count"] == 4
    check = home.run("check", "-o", "json")
    report = json.loads(check.stdout)
    assert report["success"], check.stdout
    results = [each["result"] for target in report["targets"] for each in target["checks"]]
    assert results == ["ok"] * 15, check.stdout
    assert home.run("status").returncode == 0
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(50) == 0
    assert all(_gone(mark) for mark in record.children)


def test_a_secured_run_is_used_as_any_other(secured: _Home, shop_url: str) -> None:
    """With a token and TLS on every link the verbs find what they need, and strangers learn nothing."""
    with _serve(secured, shop_url):
        record = secured.record()
        assert record.page_url.startswith("https://localhost:")
        assert json.loads(secured.run("ask", _QUESTION, "--json").stdout)["row_count"] == 4
        status = secured.run("status")
        assert status.returncode == 0, status.stdout + status.stderr
        assert json.loads(secured.run("check", "-o", "json").stdout)["success"]
        ca_file = str(secured.path / "tls" / "ca.crt")
        stranger = secured.run("status", "--url", record.page_url, "--ca", ca_file)
        assert "UNAUTHENTICATED: This backend wants the mesh's token" in stranger.stderr
        token_file = str(secured.path / "state" / "token")
        known = secured.run("status", "--url", record.page_url, "--ca", ca_file, "--token-file", token_file)
        assert known.returncode == 0, known.stdout + known.stderr
        untrusting = secured.run("status", "--url", record.page_url, "--token-file", token_file)
        assert "its certificate is of an authority that is not trusted here" in untrusting.stderr
        logs = "".join(path.read_text() for path in (secured.path / "state" / "logs").iterdir())
        assert (secured.path / "state" / "token").read_text() not in logs


def test_killed_agent_is_named_and_comes_back(home: _Home, serving: subprocess.Popen[str]) -> None:
    """`status` says which agent is missing, with code 1, and is content again once the agent runs again."""
    nlp = next(mark for mark in home.record().children if mark.name == "nlp-0")
    process = nlp.find()
    assert process is not None
    process.kill()
    lost = _until(home, lambda done: done.returncode == 1)
    assert "nlp-agent at ws://127.0.0.1:" in lost.stdout
    assert " is lost for " in lost.stdout
    back = _until(home, lambda done: done.returncode == 0)
    assert "All 3 agents answer heartbeats." in back.stdout
    assert home.run("ask", _QUESTION).returncode == 0
    done = home.run("down")
    assert done.returncode == 0
    assert serving.wait(50) == 0
    assert serving.stdout is not None
    assert "nlp-0 was ended by SIGKILL" in serving.stdout.read()


def _until(home: _Home, holds: Callable[[subprocess.CompletedProcess[str]], bool]) -> subprocess.CompletedProcess[str]:
    """Ask for the status until it is as wanted; every question costs a process, so this does not spin."""
    deadline_s = time.monotonic() + 40
    while True:
        done = home.run("status")
        if holds(done):
            return done
        assert time.monotonic() < deadline_s, done.stdout + done.stderr


def _runs_in(process: psutil.Process, path: Path) -> bool:
    try:
        return str(path) in " ".join(process.cmdline())
    except psutil.Error:
        return False
