"""Scores of a question set: how each question ended, counted and shown as tables."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

__all__ = ["DatabaseScore", "QuestionScore", "Verdict", "count_table", "question_table"]


class Verdict(enum.StrEnum):
    """How a question ended, as seen by the person who asked it."""

    RIGHT = "right"
    REFUSED = "refused"
    ASKED_BACK = "asked back"
    WRONG = "wrong"
    FAILED = "failed"


class QuestionScore(msgspec.Struct, frozen=True, kw_only=True):
    """How one question ended; ``detail`` is the reason of a refusal, a wrong answer or a failure."""

    id: str
    question: str
    verdict: Verdict
    sql: str | None = None
    detail: str = ""


class DatabaseScore(msgspec.Struct, frozen=True, kw_only=True):
    """How all questions on one database ended."""

    database: str
    questions: tuple[QuestionScore, ...]
    unanswerable: tuple[QuestionScore, ...]


def question_table(scores: Iterable[QuestionScore]) -> str:
    """Show one line for each question: id, verdict, question, and the SQL and reason below it."""
    lines = []
    for score in scores:
        lines.append(f"{score.id:24} {score.verdict:11} {score.question}")
        lines.extend(f"    {text}" for text in (score.sql, score.detail) if text)
    return "\n".join(lines)


def count_table(scores: Sequence[DatabaseScore]) -> str:
    """Show one line for each database and kind of question, with the count of each verdict."""
    lines = [f"{'database':12} {'questions':13} {'all':>5}" + "".join(f"{verdict:>12}" for verdict in Verdict)]
    for score in scores:
        for name, questions in (("answerable", score.questions), ("unanswerable", score.unanswerable)):
            counts = Counter(question.verdict for question in questions)
            cells = "".join(f"{counts[verdict]:>12}" for verdict in Verdict)
            lines.append(f"{score.database:12} {name:13} {len(questions):>5}{cells}")
    return "\n".join(lines)
