"""The verb from end to end: a small database on a real server, real worker processes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result

from askwire.demo.postgres import PostgresServer
from askwire_evaluate.command import command
from askwire_evaluate.databases import database_name, load_databases, reader_login
from askwire_evaluate.failures import EvaluationFailed

DUMP = """
CREATE TABLE shelter (id bigint PRIMARY KEY, name text, city text);
INSERT INTO shelter VALUES (1, 'Harbour', 'Bergen'), (2, 'Meadow', 'Oslo'), (3, 'Hill', 'Oslo');
CREATE TABLE animal (id bigint PRIMARY KEY, name text, age bigint, shelter_id bigint REFERENCES shelter (id));
COPY animal (id, name, age, shelter_id) FROM stdin;
1\tRex\t3\t1
2\tTom\t9\t1
3\tIda\t9\t2
\\.
"""
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "count",
        "question": "How many animals are there?",
        "gold_sqlite": "SELECT count(*) FROM animal",
        "gold_rows": [[3]],
    },
    {
        "id": "wrong-number",
        "question": "How many shelters are there?",
        "gold_sqlite": "SELECT count(*) FROM shelter",
        "gold_rows": [[99]],
    },
    {
        "id": "names",
        "question": "What are the names of all shelters?",
        "gold_sqlite": "SELECT name FROM shelter",
        "gold_rows": [["Hill"], ["Harbour"], ["Meadow"]],
    },
    {
        "id": "unknown",
        "question": "How many zeppelins are there?",
        "gold_sqlite": "SELECT count(*) FROM shelter",
        "gold_rows": [[3]],
    },
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of databases with one in it, and a set of questions beside them."""
    (tmp_path / "databases").mkdir()
    (tmp_path / "databases" / "pets.sql.gz").write_bytes(gzip.compress(DUMP.encode()))
    lines = [msgspec.json.encode({"db": "pets", "gold_nrows": len(one["gold_rows"]), **one}) for one in QUESTIONS]
    (tmp_path / "questions.jsonl").write_bytes(b"\n".join(lines))
    chart = {
        "id": "c1", "db": "pets", "nl": ["Animals by city as a pie chart"], "chart": "Pie", "encoding": {},
        "values": [{"x_data": "Oslo", "y_data": 1}, {"x_data": "Bergen", "y_data": 2}],
    }  # fmt: skip
    (tmp_path / "charts.jsonl").write_bytes(msgspec.json.encode(chart))
    return tmp_path


def _run(folder: Path, *arguments: str) -> Result:
    fixed = ("--databases", str(folder / "databases"), "--report", str(folder / "report.json"), "--jobs", "1")
    return CliRunner().invoke(command, [*fixed, *arguments])


def _report(folder: Path) -> Any:
    return msgspec.json.decode((folder / "report.json").read_bytes())


def test_questions_from_end_to_end(folder: Path, postgres: PostgresServer) -> None:
    """Right answers are right, a wrong number is shown as wrong, and what is not there is not answered."""
    questions = ("--questions", str(folder / "questions.jsonl"))
    result = _run(folder, *questions, "--database-server", postgres.superuser_url())

    assert result.exit_code == 0, result.output
    report = _report(folder)
    scores = {one["id"]: one for one in report["questions"]}
    assert scores["count"]["strict"]
    assert scores["count"]["lenient"]
    assert scores["count"]["constructs"] == ["aggregate"]
    assert scores["count"]["milliseconds"] > 0
    assert scores["wrong-number"]["outcome"] == "answered"
    assert not scores["wrong-number"]["lenient"]
    assert scores["names"]["strict"]
    assert scores["unknown"]["outcome"] == "refused"
    assert report["totals"]["wrong_shown"]["count"] == 1
    assert report["totals"]["penalised"]["mean"] == pytest.approx((2 - 10) / 4)
    assert report["per_database"]["pets"] == report["totals"]
    assert "strict                             50.0 %" in result.stdout
    assert not (folder / "report.json.journal").exists()


def test_column_drop_from_end_to_end(folder: Path, postgres: PostgresServer) -> None:
    """Something is hidden for every question, and the totals speak of it."""
    questions = ("--questions", str(folder / "questions.jsonl"), "--column-drop")
    result = _run(folder, *questions, "--database-server", postgres.superuser_url())

    assert result.exit_code == 0, result.output
    report = _report(folder)
    assert all(one["hidden"].startswith(("animal", "shelter")) for one in report["questions"])
    assert {one["id"]: one["outcome"] for one in report["questions"]}["unknown"] == "refused"
    assert report["totals"]["questions"] == 4


def test_interrupted_run_goes_on(folder: Path, postgres: PostgresServer) -> None:
    """What was asked is not asked again: the second run needs no database server."""
    questions = ("--questions", str(folder / "questions.jsonl"))
    (folder / "report.json.part").mkdir()
    first = _run(folder, *questions, "--database-server", postgres.superuser_url())
    (folder / "report.json.part").rmdir()

    second = _run(folder, *questions, "--database-server", "postgresql://nobody@127.0.0.1:1/none")

    assert first.exit_code == 1
    assert "Is a directory" in first.output
    assert second.exit_code == 0, second.output
    assert "4 are done" in second.output
    assert len(_report(folder)["questions"]) == 4


def test_charts_from_end_to_end(folder: Path) -> None:
    """Charts need no database server."""
    result = _run(folder, "--charts", str(folder / "charts.jsonl"))

    assert result.exit_code == 0, result.output
    assert _report(folder)["totals"]["accuracy"]["count"] == 1


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        ((), "Give either --questions or --charts.", 2),
        (("--questions", "questions.jsonl"), "give one with --database-server", 2),
        (
            ("--questions", "questions.jsonl", "--database-server", "postgresql://nobody@127.0.0.1:1/none"),
            "The database server can't be used",
            1,
        ),
        (("--charts", "questions.jsonl"), "line 1", 1),
        (("--questions", "absent.jsonl"), "does not exist", 2),
    ],
)
def test_mistakes_are_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str, code: int
) -> None:
    """Nobody sees a traceback for a wrong option or an absent server."""
    monkeypatch.chdir(folder)
    result = _run(folder, *arguments)

    assert words in result.output
    assert result.exit_code == code


def test_database_that_is_not_there(folder: Path) -> None:
    """The sentence names the file that is missing."""
    (folder / "databases" / "pets.sql.gz").unlink()

    result = _run(folder, "--questions", str(folder / "questions.jsonl"), "--database-server", "postgresql:///x")

    assert result.exit_code == 1
    assert "pets.sql.gz" in result.output


def test_databases_are_kept_and_only_read(folder: Path, postgres: PostgresServer) -> None:
    """The same content is loaded once; the login reads it, writes nothing, and is gone after its block."""
    file, url = folder / "databases" / "pets.sql.gz", postgres.superuser_url()
    told: list[str] = []
    load_databases(url, [file], 1, told.append)
    load_databases(url, [file], 1, told.append)

    with reader_login(url) as url_of:
        reader_url = url_of(database_name(file))
        with psycopg.connect(reader_url) as connection:
            assert connection.execute("SELECT count(*) FROM animal").fetchone() == (3,)
        for statement in ("DELETE FROM animal", "CREATE TABLE x ()", "CREATE TEMP TABLE x ()"):
            with psycopg.connect(reader_url, autocommit=True) as connection:
                connection.execute("SET default_transaction_read_only = off")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
    assert len(told) <= 1
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(reader_url)


def test_broken_dump_leaves_nothing(folder: Path, postgres: PostgresServer) -> None:
    """The sentence names the file, and no half-loaded database stays."""
    file = folder / "databases" / "broken.sql.gz"
    file.write_bytes(gzip.compress(b"CREATE TABLE a (id bigint); INSERT INTO b VALUES (1);"))

    with pytest.raises(EvaluationFailed, match=r"broken\.sql\.gz can't be loaded: relation"):
        load_databases(postgres.superuser_url(), [file], 1, lambda _line: None)
    with psycopg.connect(postgres.superuser_url()) as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
    assert not [name for name in names if "broken" in name]
