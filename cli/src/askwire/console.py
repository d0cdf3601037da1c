"""The terminal: answers on standard output, progress and complaints on standard error.

Colours follow ``NO_COLOR`` and stop where the output is not a terminal. Lines for a file or a pipe are never wrapped.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from typing import TextIO

from rich.console import Console

__all__ = ["Glyphs", "choose_glyphs", "clean_lines", "clean_text", "make_console"]

_UNBOUNDED_WIDTH = 10_000
# C0 and C1 controls (a terminal obeys them) and the marks that turn the direction of text around
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclasses.dataclass(frozen=True, slots=True)
class Glyphs:
    """Marks of a result."""

    ok: str
    warning: str
    error: str
    skipped: str


def make_console(stream: TextIO | None = None, *, error: bool = False) -> Console:
    """Return a console on a stream (default: the standard one)."""
    target = stream or (sys.stderr if error else sys.stdout)
    on_terminal = target.isatty()
    return Console(
        file=target,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
        width=None if on_terminal else _UNBOUNDED_WIDTH,
    )


def choose_glyphs(encoding: str | None) -> Glyphs:
    """Return marks that the encoding can carry."""
    try:
        "✓‼✗–".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return Glyphs("OK", "!!", "X", "-")
    return Glyphs("✓", "‼", "✗", "–")


def clean_text(value: object) -> str:
    """Return the value as text on one line without anything that a terminal would obey."""
    text = str(value).replace("\t", " ").replace("\n", "⏎").replace("\r", "")
    return _CONTROLS.sub("�", text)


def clean_lines(text: str) -> str:
    """Return the text line by line (SQL, for example) without anything else that a terminal would obey."""
    return "\n".join(clean_text(line) for line in text.splitlines())
