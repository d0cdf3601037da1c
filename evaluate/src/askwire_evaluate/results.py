"""How a question or a chart ended: one line of the journal, one entry of the report."""

from __future__ import annotations

import enum

import msgspec

__all__ = ["ChartResult", "Ending", "QuestionResult"]


class Ending(enum.StrEnum):
    """How a question ended for the person who asked it."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    REFUSED = "refused"
    ERROR = "error"


class QuestionResult(msgspec.Struct, frozen=True, kw_only=True):
    """One question and how it ended.

    ``strict`` and ``lenient`` are True for answers alone; ``clarified`` and ``clarified_strict`` when a question back
    led to an answer that is right.
    """

    id: str
    db: str
    outcome: Ending
    sql: str | None = None
    strict: bool = False
    lenient: bool = False
    milliseconds: float = 0.0
    """From the question to its SQL."""
    cpu_milliseconds: float = 0.0
    """The same without the time in which other processes had the core."""
    repeated: bool = False
    """Each row also occurs as often as in the gold."""
    clarified: bool = False
    clarified_strict: bool = False
    choices: int = 0
    reason: str = ""
    difference: str = ""
    """In what way an answer that is wrong differs from the gold."""
    hidden: str = ""
    """What was hidden from the catalog: a table, or table.column."""
    constructs: tuple[str, ...] = ()


class ChartResult(msgspec.Struct, frozen=True, kw_only=True):
    """One wording of a chart and the family that was chosen for it."""

    id: str
    db: str
    wording: str
    wanted: str
    chosen: str
    rule: str = ""
    milliseconds: float = 0.0
