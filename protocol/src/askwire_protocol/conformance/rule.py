"""Rules of the protocol as named cases, and how a case says what it found (no I/O)."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["Case", "Chapter", "Level", "NotObservable", "Violated", "expect"]

C = TypeVar("C")


class Level(enum.StrEnum):
    """The version of the protocol that demands a rule; an agent of 1.1 keeps those of 1.0 too."""

    V1_0 = "1.0"
    V1_1 = "1.1"

    def includes(self, other: Level) -> bool:
        """Tell whether an agent of this level has to keep a rule of the other."""
        return self is Level.V1_1 or other is Level.V1_0


class Violated(Exception):
    """The agent breaks the rule of the case."""

    def __init__(self, expected: str, found: object) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = expected
        self.found = str(found)


class NotObservable(Exception):
    """The rule says nothing about this agent, or the suite cannot see whether it is kept; the text says why."""


def expect(kept: bool, expected: str, found: object) -> None:
    """Raise Violated unless the rule is kept."""
    if not kept:
        raise Violated(expected, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Case(Generic[C]):
    """One rule; ``run`` returns where it is kept, and raises Violated or NotObservable otherwise.

    A case whose ``needs`` (ids of other cases) were not kept is skipped, so that one defect is told once.
    """

    id: str
    level: Level
    chapter: str
    rule: str
    needs: tuple[str, ...]
    run: Callable[[C], Awaitable[None]]


class Chapter(Generic[C]):
    """The cases about one part of the protocol, in the order in which they run."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.cases: list[Case[C]] = []

    def case(
        self, id_: str, level: Level, rule: str, *, needs: tuple[str, ...] = ()
    ) -> Callable[[Callable[[C], Awaitable[None]]], Callable[[C], Awaitable[None]]]:
        """Make a case of a function."""

        def add(run: Callable[[C], Awaitable[None]]) -> Callable[[C], Awaitable[None]]:
            self.cases.append(Case(id_, level, self.title, rule, needs, run))
            return run

        return add
