"""How the schemas are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from askwire_protocol.schema.__main__ import main
from askwire_protocol.schema.files import render_files, render_json


@pytest.mark.parametrize(
    "document",
    [{}, [], {"a": {}}, {"é": "ü\n"}, {"long": ["x" * 50] * 5, "short": [1, None, True]}, [{"deep": [["y" * 150]]}]],
)
def test_json_for_people_is_json(document: Any) -> None:
    """Line breaks change nothing; what fits into a line is one line."""
    text = render_json(document)

    assert json.loads(text) == document
    assert text.endswith("\n")
    assert all(len(line) <= 120 or line.count('"') <= 4 for line in text.splitlines())


def test_files_are_written_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes every file into the folder that it is given, the same each time."""
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path)]) == 0

    written = {str(path.relative_to(tmp_path)): path.read_text("utf-8") for path in tmp_path.rglob("*.json")}
    assert written == render_files()
    assert f"{len(written)} files written" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["absent"], [".", "."]])
def test_a_wrong_call_writes_nothing(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is not there, or two of them, is answered with the usage."""
    monkeypatch.chdir(tmp_path)

    assert main(arguments) == 2
    assert "usage: python -m askwire_protocol.schema" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
