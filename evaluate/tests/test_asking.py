"""One question on a real database: what is run, how it is judged, what the oracle chooses."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from askwire.demo.postgres import PostgresServer
from askwire_evaluate.asking import Asker
from askwire_evaluate.column_roles import ColumnRoles
from askwire_evaluate.databases import database_name, load_databases, reader_login
from askwire_evaluate.execution import AskedDatabase, open_database
from askwire_evaluate.judging import Judge
from askwire_evaluate.questions import GoldQuestion, Wording
from askwire_evaluate.results import Ending, QuestionResult
from askwire_evaluate.sql_reading import Schema
from askwire_evaluate.work import ChartTask, QuestionTask, ask_questions, draw_charts
from askwire_protocol.messages.catalog import Catalog
from askwire_protocol.messages.questions import Choice, NlpAnswer, NlpQuery, Outcome
from askwire_resources.settings import NlpSettings

DUMP = """
CREATE TABLE club (club_id bigint PRIMARY KEY, name text, town text);
INSERT INTO club VALUES (1, 'Swans', 'Bergen'), (2, 'Herons', 'Oslo'), (3, 'Ducks', 'Oslo');
CREATE TABLE member (member_id bigint PRIMARY KEY, name text, points bigint, club_id bigint REFERENCES club (club_id));
INSERT INTO member VALUES (1, 'Rex', 3, 1), (2, 'Tom', 9, 1), (3, 'Ida', 9, 2), (4, 'Eva', 1, 2);
"""
TODAY = dt.date(2026, 1, 1)
CLUB_WITH_MOST_POINTS = (
    "SELECT club_id FROM member GROUP BY club_id ORDER BY sum(points) DESC LIMIT 1",
    [[1]],
)
BEST_MEMBER = ("SELECT name FROM member ORDER BY points DESC LIMIT 1", [["Tom"]])
COUNT = ("SELECT count(*) FROM member", [[4]])


@pytest.fixture
def url(postgres: PostgresServer, tmp_path: Path) -> Iterator[str]:
    """A small database, by a role that can only read."""
    file = tmp_path / "clubs.sql.gz"
    file.write_bytes(gzip.compress(DUMP.encode(), mtime=0))
    load_databases(postgres.superuser_url(), [file], 1, lambda _line: None)
    with reader_login(postgres.superuser_url()) as url_of:
        yield url_of(database_name(file))


@pytest.fixture
async def database(url: str) -> AsyncIterator[AskedDatabase]:
    """The same, opened."""
    async with open_database(url) as opened:
        yield opened


def _question(gold: tuple[str, list[list[Any]]], *, ordered: bool = False, text: str = "?") -> GoldQuestion:
    sql, rows = gold
    return GoldQuestion(
        id="q", db="clubs", question=text, gold_sqlite=sql, gold_rows=rows, gold_nrows=len(rows), ordered=ordered
    )


@pytest.mark.parametrize(
    ("gold", "sql", "strict", "lenient"),
    [
        (COUNT, "SELECT count(*) FROM member", True, True),
        (COUNT, "SELECT count(*) + 1 AS member_id FROM member", False, False),
        (COUNT, "SELECT count(*), 4 AS name FROM member", False, False),
        (COUNT, "SELECT club_id, points FROM member WHERE points = 9", False, False),
        (BEST_MEMBER, "SELECT name FROM member WHERE points = 9 AND club_id = 2", False, True),
        (BEST_MEMBER, "SELECT member_id, name FROM member WHERE points = 9", False, True),
        (BEST_MEMBER, "SELECT name, points FROM member WHERE points = 9", False, False),
        (BEST_MEMBER, "SELECT name FROM member WHERE points = 3", False, False),
        (CLUB_WITH_MOST_POINTS, "SELECT name FROM club WHERE club_id = 1", False, True),
        (CLUB_WITH_MOST_POINTS, "SELECT name FROM club WHERE club_id = 3", False, False),
        (CLUB_WITH_MOST_POINTS, "SELECT name FROM member WHERE member_id = 1", False, False),
    ],
)
async def test_judgement(
    database: AskedDatabase, gold: tuple[str, list[list[Any]]], sql: str, strict: bool, lenient: bool
) -> None:
    """Ties, ids and names are forgiven where the database shows that they mean the same; numbers never."""
    roles, schema = ColumnRoles(database.catalog), Schema.of(database.catalog)

    judgement = await Judge(_question(gold), database, roles, schema).judge(sql)

    assert (judgement.strict, judgement.lenient) == (strict, lenient)


class _Scripted:
    """Answers what a test says; a choice is answered with its SQL."""

    def __init__(self, answer: NlpAnswer) -> None:
        self.loaded: list[Catalog] = []
        self._answer = answer

    def load(self, catalog: Catalog) -> None:
        self.loaded.append(catalog)

    def answer(self, query: NlpQuery, today: dt.date) -> NlpAnswer:
        assert today == TODAY
        if not query.answers:
            return self._answer
        sql = next(choice.sql for choice in self._answer.choices if choice.id == query.answers[0].id)
        return NlpAnswer(outcome=Outcome.ANSWERED, sql=sql)


def _asking(*statements: str) -> NlpAnswer:
    choices = tuple(Choice(id=f"c{number}", label=sql, sql=sql) for number, sql in enumerate(statements))
    return NlpAnswer(outcome=Outcome.INPUT_REQUIRED, choices=choices)


async def _ask(database: AskedDatabase, engine: Any, question: GoldQuestion, **options: Any) -> QuestionResult | None:
    fixed: dict[str, Any] = {"wording": Wording.QUESTION, "column_drop": False, "today": TODAY, **options}
    return await Asker(engine, database, **fixed).ask(question)


async def test_oracle_chooses_the_reading_of_the_gold(database: AskedDatabase) -> None:
    """Right after one question back, where one of the choices is right."""
    engine = _Scripted(_asking("SELECT count(*) FROM club", "SELECT count(*) FROM member"))

    result = await _ask(database, engine, _question(COUNT))

    assert result is not None
    assert (result.outcome, result.clarified, result.clarified_strict) == (Ending.CLARIFY, True, True)
    assert not result.strict
    assert result.choices == 2


@pytest.mark.parametrize(
    "statements",
    [
        ("SELECT count(*) FROM club", "SELECT 7"),
        ("SELECT 1", "SELECT 2", "SELECT 3", "SELECT count(*) FROM member"),
        ("SELECT no_such_column FROM member",),
        (),
    ],
)
async def test_oracle_has_nothing_to_choose(database: AskedDatabase, statements: tuple[str, ...]) -> None:
    """No choice is right, or there are more than three."""
    result = await _ask(database, _Scripted(_asking(*statements)), _question(COUNT))

    assert result is not None
    assert (result.outcome, result.clarified, result.lenient) == (Ending.CLARIFY, False, False)


@pytest.mark.parametrize("sql", ["DELETE FROM member", "SELECT pg_sleep(1)", "SELECT nonsense FROM member", ""])
async def test_answers_that_can_not_be_run_are_errors(database: AskedDatabase, sql: str) -> None:
    """The guard stands before the database here too; nobody is shown such an answer."""
    engine = _Scripted(NlpAnswer(outcome=Outcome.ANSWERED, sql=sql))

    result = await _ask(database, engine, _question(COUNT))

    assert result is not None
    assert result.outcome is Ending.ERROR
    assert result.reason


async def test_engine_that_fails_is_an_error_of_one_question(database: AskedDatabase) -> None:
    """Whatever it raises."""

    class Broken(_Scripted):
        def answer(self, query: NlpQuery, today: dt.date) -> NlpAnswer:
            raise ZeroDivisionError("of a test")

    result = await _ask(database, Broken(_asking()), _question(COUNT))

    assert result is not None
    assert (result.outcome, result.reason) == (Ending.ERROR, "ZeroDivisionError: of a test")


async def test_column_drop_hides_what_the_gold_uses(database: AskedDatabase) -> None:
    """The engine gets a catalog without it, and its questions back are right as they are."""
    engine = _Scripted(_asking("SELECT count(*) FROM member"))
    question = _question(("SELECT town FROM club", [["Oslo"]]))

    result = await _ask(database, engine, question, column_drop=True)

    assert result is not None
    assert result.hidden in ("club", "club.town")
    assert not result.clarified
    (catalog,) = engine.loaded
    names = {f"{table.name}.{column.name}" for table in catalog.tables for column in table.columns}
    assert "club.town" not in names
    assert "member.points" in names


async def test_questions_that_can_not_be_asked_so_are_left_out(database: AskedDatabase) -> None:
    """There is no such wording, or nothing to hide."""
    engine = _Scripted(_asking())

    assert await _ask(database, engine, _question(COUNT), wording=Wording.SYNONYMS) is None
    assert await _ask(database, engine, _question(("SELECT 1", [[1]])), column_drop=True) is None


def test_task_of_a_worker(url: str) -> None:
    """The real engine answers, and the result can be sent back."""
    task = QuestionTask(
        url=url,
        questions=(_question(COUNT, text="How many members are there?"),),
        wording=Wording.QUESTION,
        column_drop=False,
        today=TODAY,
        model=NlpSettings().model,
    )

    (result,) = ask_questions(task)

    assert result.strict
    assert result.constructs == ("aggregate",)
    assert draw_charts(ChartTask(charts=())) == []
