"""What goes to a terminal."""

from __future__ import annotations

import io

import pytest

from askwire.console import choose_glyphs, clean_text, make_console


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä", "plain ä"),
        ("\x1b[31mred", "�[31mred"),
        ("a\rb", "ab"),
        ("a\nb\tc", "a⏎b c"),
        ("\x9b2J", "�2J"),
        ("abc\u202egpj.exe", "abc�gpj.exe"),
        (7, "7"),
    ],
)
def test_a_terminal_obeys_nothing_in_data(text: object, shown: str) -> None:
    """Rows and names of a database may hold anything; a terminal must only show it."""
    assert clean_text(text) == shown


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no-such", None])
def test_marks_fall_back_to_ascii(encoding: str | None) -> None:
    """A terminal without the signs gets words."""
    assert choose_glyphs(encoding).ok == "OK"
    assert choose_glyphs("utf-8").ok == "✓"


def test_lines_for_a_pipe_are_plain_and_unwrapped() -> None:
    """A program that reads the output gets each line whole and without colours."""
    stream = io.StringIO()
    make_console(stream).print("word " * 100, style="red")
    assert stream.getvalue() == "word " * 100 + "\n"
