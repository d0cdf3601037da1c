"""The end of a log, for a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from askwire.runner.log_lines import read_last_lines, to_sentence


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("plain text", "plain text"),
        ('{"event": "cannot start", "level": "error", "problem": "port 1 is busy", "timestamp": "t"}',
         "ERROR cannot start (problem=port 1 is busy)"),
        ('{"message": "up"}', "up"),
        ("[1, 2]", "[1, 2]"),
        ("\x1b[31mred", "�[31mred"),
    ],
)  # fmt: skip
def test_lines_become_sentences(line: str, sentence: str) -> None:
    """JSON lines are shown as what they say, others as they are."""
    assert to_sentence(line) == sentence


def test_last_lines_of_a_large_log(tmp_path: Path) -> None:
    """Only the end is read, repetitions once, and no log is no failure."""
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * 100000 + b"\none\ntwo\ntwo\n\n\xff\n")
    assert read_last_lines(log, 3) == ("one", "two", "�")
    assert read_last_lines(tmp_path / "none.log", 3) == ()
