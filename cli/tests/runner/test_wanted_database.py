"""Which database a URL names, and whether a run asks it."""

from __future__ import annotations

import msgspec
import pytest

from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import ProcessMark, RunDatabase, RunRecord
from askwire.runner.wanted_database import DEMO_DATABASE, describe_difference, read_database_url

_RECORD = RunRecord(
    process=ProcessMark(name="askwire up", pid=1, started_at_s=0),
    phase="serving",
    page_url="http://localhost:9",
    logs="/logs",
    database=DEMO_DATABASE,
)


@pytest.mark.parametrize(
    "text", ["postgresql://anna:secret@db:5433/sales", "host=db port=5433 user=anna dbname=sales password=secret"]
)
def test_both_spellings_name_the_same_database_without_the_password(text: str) -> None:
    """What is written down of a URL holds no secret."""
    found = read_database_url(text, {})
    assert found == RunDatabase(database="sales", host="db", port="5433", user="anna")
    assert found.describe() == "database sales on host db port 5433 (user anna)"


def test_what_is_left_out_comes_from_the_environment() -> None:
    """The variables of libpq count here too."""
    found = read_database_url("postgres:///", {"PGHOST": "db", "PGUSER": "anna", "PGPORT": "1"})
    assert found == RunDatabase(database="anna", host="db", port="1", user="anna")


@pytest.mark.parametrize("text", ["mysql://a/b", "http://a", "nonsense"])
def test_other_databases_are_told_at_once(text: str) -> None:
    """Another kind of URL is wrong use, before anything starts."""
    with pytest.raises(CommandFailed, match=r"only postgresql:// URLs \(or libpq key=value strings\)") as caught:
        read_database_url(text, {})
    assert caught.value.code is ExitCode.USAGE


def test_unreadable_url_does_not_show_its_password() -> None:
    """A password that breaks the URL stays untold."""
    with pytest.raises(CommandFailed, match="percent-encoded") as caught:
        read_database_url("postgresql://anna:%zzsecret@db/sales", {})
    assert "secret" not in caught.value.sentence
    assert caught.value.__cause__ is None


def test_difference_is_told_only_where_something_was_asked_for() -> None:
    """A plain wish is met by any run; another database or manifest is not."""
    other = RunDatabase(database="sales", host="db")
    assert describe_difference(_RECORD, None, ()) is None
    assert describe_difference(_RECORD, DEMO_DATABASE, ()) is None
    assert describe_difference(_RECORD, other, ()) == "asks the demo database shop on host localhost"
    assert describe_difference(_RECORD, None, ("/a.yaml",)) == "runs the manifest of the demo"
    own = msgspec.structs.replace(_RECORD, database=other, manifests=("/a.yaml",))
    assert describe_difference(own, DEMO_DATABASE, ()) == "asks the database sales on host db"
    assert describe_difference(own, other, ("/a.yaml",)) is None
    assert describe_difference(own, other, ("/b.yaml",)) == "runs /a.yaml"
