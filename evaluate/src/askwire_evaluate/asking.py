"""Ask the engine one question and say how it ended."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol

import msgspec

from askwire_evaluate.column_drop import choose_hidden, hide
from askwire_evaluate.column_roles import ColumnRoles
from askwire_evaluate.execution import AskedDatabase
from askwire_evaluate.judging import Judge, Judgement
from askwire_evaluate.questions import GoldQuestion, Wording
from askwire_evaluate.results import Ending, QuestionResult
from askwire_evaluate.sql_reading import Schema
from askwire_evaluate.time_limit import limit_time
from askwire_protocol.errors import RequestFailed
from askwire_protocol.messages.catalog import Catalog
from askwire_protocol.messages.questions import ChosenAnswer, NlpAnswer, NlpQuery, Outcome

__all__ = ["Answering", "Asker"]

_MOST_CHOICES = 3
_ANSWER_S = 60.0
"""Far longer than any answer takes; ends what would never end."""
_ENDINGS = {Outcome.INPUT_REQUIRED: Ending.CLARIFY, Outcome.REFUSED: Ending.REFUSED}


class Answering(Protocol):
    """What answers: the NLP agent's engine."""

    def load(self, catalog: Catalog) -> None:
        """Make a catalog ready."""
        ...

    def answer(self, query: NlpQuery, today: dt.date) -> NlpAnswer:
        """Return the answer, a question back or a refusal."""
        ...


class Asker:
    """Asks questions on one database; catalogs are loaded into the engine when they are asked for."""

    def __init__(
        self, engine: Answering, database: AskedDatabase, *, wording: Wording, column_drop: bool, today: dt.date
    ) -> None:
        self._engine = engine
        self._database = database
        self._roles = ColumnRoles(database.catalog)
        self._schema = Schema.of(database.catalog)
        self._wording = wording
        self._column_drop = column_drop
        self._today = today
        self._loaded = ""

    async def ask(self, question: GoldQuestion) -> QuestionResult | None:
        """Return how the question ended; None where it can't be asked so (no such wording, nothing to hide)."""
        text = question.worded(self._wording)
        judge = Judge(question, self._database, self._roles, self._schema)
        hidden = choose_hidden(question.id, judge.uses()) if self._column_drop else None
        if text is None or (self._column_drop and hidden is None):
            return None
        catalog = self._database.catalog if hidden is None else hide(self._database.catalog, hidden)
        query = NlpQuery(query=text, catalog_version=catalog.version)
        try:
            with limit_time(_ANSWER_S):
                self._load(catalog)
                started_s, started_cpu_s = time.perf_counter(), time.thread_time()
                answer = self._engine.answer(query, self._today)
        except Exception as problem:  # noqa: BLE001 any failure on one question is its result, the others are still asked
            return self._failed(question, judge, f"{type(problem).__name__}: {problem}")
        result = QuestionResult(
            id=question.id,
            db=question.db,
            outcome=_ENDINGS.get(answer.outcome, Ending.ANSWERED),
            sql=answer.sql,
            milliseconds=round((time.perf_counter() - started_s) * 1000, 3),
            cpu_milliseconds=round((time.thread_time() - started_cpu_s) * 1000, 3),
            choices=len(answer.choices),
            reason=_reason(answer),
            hidden="" if hidden is None else ".".join(filter(None, (hidden.table, hidden.column))),
            constructs=tuple(judge.constructs()),
        )
        if answer.outcome is Outcome.ANSWERED:
            return await self._judged(result, judge)
        if answer.outcome is Outcome.INPUT_REQUIRED and not self._column_drop:
            return await self._clarified(result, judge, query, answer)
        return result

    async def _judged(self, result: QuestionResult, judge: Judge) -> QuestionResult:
        try:
            judgement = await judge.judge(result.sql or "")
        except RequestFailed as failure:
            return msgspec.structs.replace(result, outcome=Ending.ERROR, reason=str(failure))
        return msgspec.structs.replace(
            result,
            strict=judgement.strict,
            lenient=judgement.lenient,
            repeated=judgement.repeated,
            difference=judgement.difference,
        )

    async def _clarified(
        self, result: QuestionResult, judge: Judge, query: NlpQuery, answer: NlpAnswer
    ) -> QuestionResult:
        """Choose as somebody would who means the gold, and judge what the engine answers to that choice."""
        if not answer.choices or len(answer.choices) > _MOST_CHOICES:
            return result
        judged = [(await _try(judge, choice.sql), choice.id) for choice in answer.choices]
        best = max(judged, key=lambda one: (one[0].strict, one[0].lenient))
        if not best[0].lenient:
            return result
        chosen = msgspec.structs.replace(query, answers=(ChosenAnswer(id=best[1]),))
        try:
            with limit_time(_ANSWER_S):
                second = self._engine.answer(chosen, self._today)
        except Exception as problem:  # noqa: BLE001 as above
            return msgspec.structs.replace(result, reason=f"after a choice: {type(problem).__name__}: {problem}")
        if second.outcome is not Outcome.ANSWERED:
            return result
        judgement = await _try(judge, second.sql or "")
        return msgspec.structs.replace(
            result, clarified=judgement.lenient, clarified_strict=judgement.strict, sql=second.sql
        )

    def _load(self, catalog: Catalog) -> None:
        if self._loaded != catalog.version:
            self._engine.load(catalog)
            self._loaded = catalog.version

    def _failed(self, question: GoldQuestion, judge: Judge, reason: str) -> QuestionResult:
        constructs = tuple(judge.constructs())
        return QuestionResult(
            id=question.id, db=question.db, outcome=Ending.ERROR, reason=reason, constructs=constructs
        )


async def _try(judge: Judge, sql: str) -> Judgement:
    try:
        return await judge.judge(sql)
    except RequestFailed:
        return Judgement(strict=False, lenient=False, repeated=False)


def _reason(answer: NlpAnswer) -> str:
    unknown = f"not understood: {', '.join(answer.not_understood)}" if answer.not_understood else ""
    return "; ".join(filter(None, (answer.reason, unknown)))
