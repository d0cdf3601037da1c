"""All lines of the corpus of hostile WebSocket input, by their ids: played here, or by the test that is named."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import support.hostile_correlation
import support.hostile_handshakes
import support.hostile_messages  # noqa: F401 - each enters its cases
from support.hostile_cases import CASES, ELSEWHERE, Stage

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def stage(served: Any, serving: Any, mesh: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    """An agent, and a backend that lets one other site in."""
    for kind in ("nlp", "data", "viz"):
        await mesh.start_agent(kind)
    await mesh.start_backend(allowed_origins="https://ui.example")
    await mesh.ready()
    return Stage(served, serving, mesh, monkeypatch, tmp_path)


PLAYED = {function: ",".join(one for one, of in CASES.items() if of is function) for function in CASES.values()}


@pytest.mark.parametrize("function", PLAYED, ids=PLAYED.values())
async def test_hostile_input_is_answered_as_expected(stage: Stage, function: Any) -> None:
    """What the corpus expects happens, and the ports serve others afterwards."""
    await function(stage)


@pytest.mark.parametrize("line", ELSEWHERE)
def test_the_others_are_played_where_their_layer_is(line: str) -> None:
    """The test that is named exists."""
    path, _, name = ELSEWHERE[line].partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {one.name for one in ast.walk(tree) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_no_line_is_left_out(shared_folder: Path) -> None:
    """Every line of the corpus is played by exactly one of both, and none is invented."""
    text = (shared_folder / "corpora" / "hostile_ws.jsonl").read_text("utf-8")
    lines = {json.loads(line)["id"] for line in text.splitlines() if line.strip()}
    assert lines == CASES.keys() | ELSEWHERE.keys()
    assert not CASES.keys() & ELSEWHERE.keys()
