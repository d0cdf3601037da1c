"""The page of the command line is the one that the commands give."""

from __future__ import annotations

from pathlib import Path

from askwire.failures import ExitCode
from askwire.reference import render_command_line

_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


def test_page_is_up_to_date() -> None:
    """`python -m askwire.reference docs/reference/command-line.md` was run after the last change."""
    assert _PAGE.read_text(encoding="utf-8") == render_command_line()


def test_every_exit_code_is_explained() -> None:
    """Scripts rely on them."""
    for code in ExitCode:
        assert f"| {code.value} | " in render_command_line()
