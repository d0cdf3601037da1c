"""Acceptance: questions of people who know only the schema, asked of three databases, judged by their rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from questions.asking import ask_all
from questions.questions import load_question_set
from questions.scores import DatabaseScore, Verdict, count_table, question_table

DATABASES = ("chinook", "northwind", "shop")
RIGHT_AT_LEAST = 22
"""Of 27, as 20 of 25 are promised."""

ScoreOf = Callable[[str], DatabaseScore]


@pytest.fixture(scope="session")
def score_of(request: pytest.FixtureRequest) -> ScoreOf:
    """Ask the questions of a database when a test first wants to know, and remember how they ended."""
    known: dict[str, DatabaseScore] = {}

    def score(database: str) -> DatabaseScore:
        if database not in known:
            url = request.getfixturevalue(f"{database}_url")
            known[database] = asyncio.run(ask_all(url, load_question_set(database)))
        return known[database]

    return score


@pytest.mark.parametrize("database", DATABASES)
def test_most_questions_are_answered_right(
    database: str, score_of: ScoreOf, record_property: Callable[[str, Any], None]
) -> None:
    """At least 22 of 27 answers show the rows that hand-written SQL gives."""
    score = score_of(database)
    record_property(f"score of {database}", msgspec.json.encode(score).decode())
    right = [question for question in score.questions if question.verdict is Verdict.RIGHT]
    assert len(right) >= RIGHT_AT_LEAST, _explain(score, [each for each in score.questions if each not in right])


@pytest.mark.parametrize("database", DATABASES)
def test_no_wrong_answer_is_shown(database: str, score_of: ScoreOf) -> None:
    """A question that is not answered right is refused or asked back."""
    score = score_of(database)
    bad = [question for question in score.questions if question.verdict in (Verdict.WRONG, Verdict.FAILED)]
    assert not bad, _explain(score, bad)


@pytest.mark.parametrize("database", DATABASES)
def test_what_cannot_be_answered_is_not_answered(database: str, score_of: ScoreOf) -> None:
    """Questions that the database cannot answer are refused or asked back."""
    score = score_of(database)
    answered = [question for question in score.unanswerable if question.verdict in (Verdict.WRONG, Verdict.FAILED)]
    assert not answered, _explain(score, answered)


@pytest.mark.parametrize("database", DATABASES)
def test_question_sets_are_complete(database: str) -> None:
    """Each database has 27 questions of all kinds and 12 that cannot be answered, each with an id of its own."""
    questions = load_question_set(database)
    kinds = {kind for question in questions.questions for kind in question.kinds}
    ids = [question.id for question in (*questions.questions, *questions.unanswerable)]
    assert (len(questions.questions), len(questions.unanswerable)) == (27, 12)
    assert kinds >= {"aggregate", "join", "group", "date", "top", "filter", "negation", "having", "distinct"}
    assert len(set(ids)) == 39


def _explain(score: DatabaseScore, questions: list[Any]) -> str:
    return f"{score.database}\n{question_table(questions)}\n\n{count_table([score])}"
