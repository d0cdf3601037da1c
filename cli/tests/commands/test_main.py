"""The command line as a whole: help, exit codes, and no traceback whatever happens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from askwire.failures import ExitCode
from askwire.main import run
from askwire.target import find_target

_VERBS = ("up", "down", "ask", "status", "agents", "check", "completion")


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing that a person types shows what there is, and the exit codes."""
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {verb} " in text for verb in _VERBS)
    assert "Exit codes" in text


@pytest.mark.parametrize("verb", _VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each verb and each of its options is explained."""
    assert run([verb, "--help"]) == 0
    assert f"Usage: askwire {verb}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["fly"], ["ask"], ["agents", "-o", "xml"], ["up", "--port", "70000"], ["completion", "tcsh"]]
)
def test_wrong_use_is_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What was typed wrong is said, with the usage."""
    assert run(arguments) == ExitCode.USAGE
    assert "Error:" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["status", "agents", "ask q"])
def test_no_backend_is_code_3(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing listens one sentence says so."""
    assert run([*verb.split(), "--url", "http://127.0.0.1:1"]) == ExitCode.UNREACHABLE
    error = capsys.readouterr().err
    assert error == (
        "Error: Cannot reach the backend at http://127.0.0.1:1: nothing listens there (connection refused). "
        "`askwire up` starts one, --url names another.\n"
    )


@pytest.mark.parametrize("url", ["foo", "", "http://", "ws://localhost:8000"])
def test_wrong_address_is_wrong_use(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no address of a backend is told before anything is tried."""
    assert run(["ask", "q", "--url", url]) == ExitCode.USAGE
    assert f"URL “{url}” must begin with http:// or https://" in capsys.readouterr().err


def test_missing_token_file_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """A path that cannot be read is wrong use."""
    assert run(["status", "--token-file", "/no/such"]) == ExitCode.USAGE
    assert "The token file /no/such cannot be read: No such file or directory." in capsys.readouterr().err


def test_token_file_is_read(tmp_path: Path) -> None:
    """The token is the file's text without the line's end."""
    (tmp_path / "token").write_text("secret\n")
    assert find_target("http://a", str(tmp_path / "token")).token == "secret"


def test_defect_is_a_sentence_and_a_log(
    state_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure that nobody expected shows no traceback, and says where that is."""

    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("askwire.commands.status.find_target", fail)
    assert run(["status"]) == ExitCode.UNEXPECTED
    log = state_path / "logs" / "askwire-defect.log"
    assert capsys.readouterr().err == (
        f"Error: This is a defect of askwire (RuntimeError('boom')); the details are in {log}.\n"
    )
    assert "Traceback" in log.read_text()


def test_completion_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    """Each shell gets a script that calls back into the command."""
    for shell in ("bash", "zsh", "fish"):
        assert run(["completion", shell]) == 0
        assert "_ASKWIRE_COMPLETE" in capsys.readouterr().out


def _process(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "askwire", *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environ},
    )


def test_a_real_process_completes_words(tmp_path: Path) -> None:
    """The completion finds the verbs."""
    done = _process(
        ASKWIRE_HOME=str(tmp_path), _ASKWIRE_COMPLETE="bash_complete", COMP_WORDS="askwire st", COMP_CWORD="1"
    )
    assert done.stdout.split() == ["plain,status"]


def test_a_reader_that_leaves_is_no_failure(tmp_path: Path) -> None:
    """`askwire … | head -1` ends quietly."""
    command = f"{sys.executable} -m askwire completion bash | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={"PATH": "/usr/bin:/bin", "ASKWIRE_HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")


_INTERRUPTED_IMPORT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == wanted: os.kill(os.getpid(), signal.SIGINT)
wanted = sys.argv[1]
sys.argv[1:] = ["up", "--help"]
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
from askwire.main import main
main()
"""


@pytest.mark.parametrize("module", ["click", "askwire.commands.up"])
def test_an_interrupt_while_modules_load_is_quiet(module: str, tmp_path: Path) -> None:
    """Ctrl-C right after the start is code 130 and no word, wherever in the imports it comes."""
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_IMPORT, module],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={"PATH": "/usr/bin:/bin", "ASKWIRE_HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, done.stderr.strip()) == (ExitCode.INTERRUPTED, "", "")


_SCRIPT = Path(__file__).parents[3] / "test_websocket_connectivity.py"


def test_the_connectivity_script_is_the_check() -> None:
    """`python test_websocket_connectivity.py` runs the same checks, with the same options."""
    done = subprocess.run(
        [sys.executable, str(_SCRIPT), "--agent-url", "ws://127.0.0.1:1", "-o", "json"],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == ExitCode.FAILED
    assert '"agent-connection"' in done.stdout
    assert done.stderr == ""


def _run_without_askwire(script: Path) -> subprocess.CompletedProcess[str]:
    """Run a script with a Python that sees nothing but its standard library."""
    command = [sys.executable, "-I", "-S", str(script), "--agent-url", "ws://127.0.0.1:1", "-o", "json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


def test_the_connectivity_script_finds_its_python(tmp_path: Path) -> None:
    """A Python without Askwire hands over to the checkout's; where there is none it says what to do."""
    script = tmp_path / _SCRIPT.name
    script.write_text(_SCRIPT.read_text())
    alone = _run_without_askwire(script)
    assert (alone.returncode, alone.stdout) == (1, "")
    assert alone.stderr.startswith("Askwire is not installed for this Python")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    handed_over = _run_without_askwire(script)
    assert handed_over.returncode == ExitCode.FAILED
    assert '"agent-connection"' in handed_over.stdout
