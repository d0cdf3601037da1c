"""The journal of a run: one line for each result, so that an interrupted run goes on where it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from askwire_evaluate.results import ChartResult, QuestionResult

__all__ = ["Heading", "Journal"]

T = TypeVar("T", QuestionResult, ChartResult)


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What a run measures; ``fingerprint`` differs when the questions, the databases, the options or the code do."""

    fingerprint: str
    today: dt.date


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The ids that were worked off together; ``results`` is decoded by its kind."""

    done: tuple[str, ...]
    results: msgspec.Raw


class Journal(Generic[T]):
    """Appends results to a file, and reads those of an earlier run of the same."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self._path = path
        self._results: type[list[T]] = list[kind]  # type: ignore[valid-type]  # the kind is known only when it runs

    @classmethod
    def beside(cls, report: Path, kind: type[T]) -> Journal[T]:
        """Return the journal of a report: ``<report>.journal``."""
        return cls(report.with_name(report.name + ".journal"), kind)

    def resume(self, heading: Heading) -> tuple[Heading, set[str], list[T]] | None:
        """Return the heading, the ids that are done and their results; None where there is no such run to go on with.

        A last line that was not written whole is left out.

        Raises:
            OSError: the file can't be read.
        """
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        try:
            first = msgspec.json.decode(lines[0] if lines else b"", type=Heading)
        except msgspec.DecodeError:
            return None
        if first.fingerprint != heading.fingerprint:
            return None
        done: set[str] = set()
        results: list[T] = []
        for line in lines[1:]:
            try:
                entry = msgspec.json.decode(line, type=_Line)
                decoded = msgspec.json.decode(entry.results, type=self._results)
            except msgspec.DecodeError:
                break
            done.update(entry.done)
            results.extend(decoded)
        self._rewrite(first, done, results)
        return first, done, results

    def begin(self, heading: Heading) -> None:
        """Start anew; an earlier journal is lost.

        Raises:
            OSError: the file can't be written.
        """
        self._path.write_bytes(msgspec.json.encode(heading) + b"\n")

    def add(self, done: Sequence[str], results: Sequence[T]) -> None:
        """Append the results of some questions.

        Raises:
            OSError: the file can't be written.
        """
        with self._path.open("ab") as file:
            file.write(_line(done, results))

    def remove(self) -> None:
        """Delete the journal: the report is written."""
        self._path.unlink(missing_ok=True)

    def _rewrite(self, heading: Heading, done: set[str], results: list[T]) -> None:
        """Write what was read, so that no torn line stays in the middle."""
        self.begin(heading)
        self.add(sorted(done), results)


def _line(done: Sequence[str], results: Sequence[QuestionResult] | Sequence[ChartResult]) -> bytes:
    return msgspec.json.encode(_Line(done=tuple(done), results=msgspec.Raw(msgspec.json.encode(results)))) + b"\n"
