"""Verbs of other distributions, and what the command line gives them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import psycopg
import pytest

from askwire.failures import CommandFailed
from askwire.main import run
from askwire.plugins import Services, find_verbs, load_verb


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder that the account of root's server can reach."""
    folder = Path(tempfile.mkdtemp(prefix="askwire-plugins-"))
    folder.chmod(0o711)
    monkeypatch.setenv("ASKWIRE_HOME", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_evaluate_is_found_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """A verb that another distribution brings stands among the others."""
    assert isinstance(load_verb(find_verbs()["evaluate"]), click.Command)

    assert run(["--help"]) == 0
    assert "  evaluate    score answers" in capsys.readouterr().out
    assert run(["evaluate", "--help"]) == 0
    assert "--column-drop" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_module:command", "can't be loaded"),
        ("json:nothing", "can't be loaded"),
        ("json:loads", "not a command"),
    ],
)
def test_broken_verbs_are_a_sentence(value: str, words: str) -> None:
    """A distribution that is half installed does not end in a traceback."""
    with pytest.raises(CommandFailed, match=words):
        load_verb(EntryPoint("measure", value, "askwire.commands"))


def test_unknown_verb_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is looked for elsewhere."""
    assert run(["no-such-verb"]) == 2
    assert "No such command" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_database_server_is_kept_between_two_uses() -> None:
    """What was stored under a name is there again; after the block the server is gone."""
    with Services().open_database_server("test") as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)

    with Services().open_database_server("test") as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
