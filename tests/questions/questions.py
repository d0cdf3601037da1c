"""Read question sets: questions with hand-written SQL, and questions that must not be answered.

A question has these fields:

- ``id``, ``question`` and ``sql``: the gold, which may select more columns than the question asks for.
- ``either``: groups of gold columns of which an answer must show at least one each (an id or a name, a month as a
  date or as its number).
- ``required``: gold columns that an answer must show; when absent, all that are in no group of ``either``. Other gold
  columns may be shown or left out.
- ``ordered``: the rows' order was asked for; ``key`` names the gold columns that decide it.
- ``top``: how many rows were asked for; the gold then ends with all rows that tie for the last place.
- ``today``: the date that "last year" counts from; ``DEFAULT_TODAY`` when absent.
- ``kinds``: what the question needs (aggregate, join, group, date, top, ...), for counting only.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

__all__ = ["DEFAULT_TODAY", "FOLDER", "Question", "QuestionSet", "UnanswerableQuestion", "load_question_set"]

FOLDER = Path(__file__).parent
DEFAULT_TODAY = datetime.date(2026, 11, 24)


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question and the rows that a right answer shows."""

    id: str
    question: str
    sql: str
    kinds: tuple[str, ...]
    ordered: bool = False
    key: tuple[str, ...] = ()
    top: int | None = None
    required: tuple[str, ...] | None = None
    either: tuple[tuple[str, ...], ...] = ()
    today: datetime.date = DEFAULT_TODAY

    def __post_init__(self) -> None:
        if self.ordered != bool(self.key):
            raise ValueError(f"question {self.id}: 'ordered' needs a 'key' and a key needs 'ordered'")
        if self.top is not None and not self.ordered:
            raise ValueError(f"question {self.id}: 'top' needs 'ordered'")


class UnanswerableQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question that must be refused or asked back, and the reason."""

    id: str
    question: str
    why: str
    today: datetime.date = DEFAULT_TODAY


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All questions on one database."""

    database: str
    questions: tuple[Question, ...]
    unanswerable: tuple[UnanswerableQuestion, ...]


def load_question_set(database: str) -> QuestionSet:
    """Read ``<database>.yaml`` beside this module; ``ValidationError`` names the field that is wrong."""
    return msgspec.yaml.decode((FOLDER / f"{database}.yaml").read_bytes(), type=QuestionSet)
