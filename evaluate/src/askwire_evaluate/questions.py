"""Read question sets and chart sets: one JSON object on each line, plain or gzip."""

from __future__ import annotations

import enum
import gzip
from pathlib import Path
from typing import Any, TypeVar

import msgspec

__all__ = ["GoldChart", "GoldQuestion", "UnreadableSet", "Wording", "pick_evenly", "read_charts", "read_questions"]

T = TypeVar("T")


class UnreadableSet(Exception):
    """A file of questions or charts that can't be read; one sentence."""


class Wording(enum.StrEnum):
    """Which wording of the questions is asked."""

    QUESTION = "question"
    SYNONYMS = "question_syn"


class GoldQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question with the answer that is right."""

    id: str
    db: str
    question: str
    gold_sqlite: str
    gold_nrows: int
    question_syn: str | None = None
    gold_pg: str | None = None
    gold_rows: list[list[Any]] | None = None
    """The first rows; None where none are kept, then their number alone is compared."""
    ordered: bool = False

    def worded(self, wording: Wording) -> str | None:
        """Return the question in a wording; None where it has no such."""
        return self.question_syn if wording is Wording.SYNONYMS else self.question


class GoldChart(msgspec.Struct, frozen=True, kw_only=True):
    """One chart: what was said (``nl``), the kind that is right (``chart``), and the rows that it shows."""

    id: str
    db: str
    nl: list[str]
    chart: str
    encoding: dict[str, Any]
    values: list[dict[str, Any]]
    hardness: str = ""


def read_questions(file: Path) -> list[GoldQuestion]:
    """Read a question set.

    Raises:
        UnreadableSet: no such file, or a line that is not a question.
    """
    return _read(file, GoldQuestion)


def read_charts(file: Path) -> list[GoldChart]:
    """Read a chart set.

    Raises:
        UnreadableSet: no such file, or a line that is not a chart.
    """
    return _read(file, GoldChart)


def pick_evenly(items: list[T], limit: int | None) -> list[T]:
    """Return at most ``limit`` items, spread evenly over the whole list; always the same ones."""
    if limit is None or limit >= len(items):
        return items
    return [items[index * len(items) // limit] for index in range(limit)]


def _read(file: Path, kind: type[T]) -> list[T]:
    try:
        data = file.read_bytes()
        text = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError) as problem:
        raise UnreadableSet(f"{file} can't be read: {getattr(problem, 'strerror', None) or problem}.") from problem
    decoder = msgspec.json.Decoder(kind)
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(decoder.decode(line))
        except msgspec.DecodeError as problem:
            raise UnreadableSet(f"{file}, line {number}: {problem}.") from problem
    if not found:
        raise UnreadableSet(f"{file} is empty.")
    return found
