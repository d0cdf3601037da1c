"""A mistake in a manifest, as a value and as one sentence."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable
from typing import Any

__all__ = ["ManifestError", "Problem", "describe", "suggest"]

_MAX_SHOWN = 60


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: where, and what is wrong there with what is allowed; ``line`` counts from 1."""

    path: str
    text: str
    source: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Return the sentence that a person reads."""
        place = self.source or ""
        if self.line is not None:
            place += f":{self.line}" if place else f"line {self.line}"
        return ": ".join(part for part in (place, f"{self.path} {self.text}".strip()) if part)


class ManifestError(Exception):
    """The manifest is not valid; ``problems`` has every mistake that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def describe(value: Any) -> str:
    """Say what was found, short enough for a sentence."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean "…"?)`` for a near miss, or nothing."""
    by_small = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_small, n=1, cutoff=0.6)
    return f' (did you mean "{by_small[near[0]]}"?)' if near else ""
