"""Reading sets, the journal of a run, and how far it is."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from pathlib import Path

import pytest

from askwire_evaluate.fingerprint import fingerprint_of
from askwire_evaluate.journal import Heading, Journal
from askwire_evaluate.progress import Progress, estimate
from askwire_evaluate.questions import UnreadableSet, Wording, pick_evenly, read_charts, read_questions
from askwire_evaluate.results import Ending, QuestionResult

LINE = b'{"id": "q1", "db": "d", "question": "How many?", "gold_sqlite": "SELECT 1", "gold_nrows": 1, "split": "x"}\n'
HEADING = Heading(fingerprint="f1", today=dt.date(2026, 1, 1))
RESULTS = [QuestionResult(id="q1", db="d", outcome=Ending.REFUSED)]


def test_plain_and_packed_sets(tmp_path: Path) -> None:
    """Both are read; unknown fields are left alone, absent ones have their meaning."""
    plain, packed = tmp_path / "plain.jsonl", tmp_path / "packed.jsonl.gz"
    plain.write_bytes(LINE + b"\n")
    packed.write_bytes(gzip.compress(LINE))

    (question,) = read_questions(plain)

    assert read_questions(packed) == [question]
    assert question.worded(Wording.QUESTION) == "How many?"
    assert question.worded(Wording.SYNONYMS) is None
    assert question.gold_rows is None


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b'{"id": 1}\n', "line 1"), (b"\x1f\x8bxx", "can't be read")]
)
def test_unreadable_sets(tmp_path: Path, content: bytes, words: str) -> None:
    """One sentence says which file, and which line."""
    file = tmp_path / "set.jsonl"
    file.write_bytes(content)

    with pytest.raises(UnreadableSet, match=words):
        read_questions(file)
    with pytest.raises(UnreadableSet, match="No such file"):
        read_charts(tmp_path / "absent")


def test_limit_is_spread_over_the_set() -> None:
    """A part of a set holds something of every part of it, always the same."""
    assert pick_evenly(list(range(10)), 4) == [0, 2, 5, 7]
    assert pick_evenly([1, 2], 5) == [1, 2]
    assert pick_evenly([1, 2], None) == [1, 2]


def test_journal_goes_on(tmp_path: Path) -> None:
    """What was written is there for the next run, with the day of the first."""
    journal = Journal.beside(tmp_path / "report.json", QuestionResult)
    journal.begin(HEADING)
    journal.add(["q1", "q2"], RESULTS)

    resumed = journal.resume(Heading(fingerprint="f1", today=dt.date(2026, 1, 2)))

    assert resumed == (HEADING, {"q1", "q2"}, RESULTS)
    journal.remove()
    assert list(tmp_path.iterdir()) == []


def test_torn_line_is_left_out(tmp_path: Path) -> None:
    """A line that was being written when the power went is asked again, and harms nothing that follows."""
    journal = Journal.beside(tmp_path / "report.json", QuestionResult)
    journal.begin(HEADING)
    journal.add(["q1"], RESULTS)
    path = tmp_path / "report.json.journal"
    path.write_bytes(path.read_bytes() + b'{"done":["q2"],"resul')

    assert journal.resume(HEADING) == (HEADING, {"q1"}, RESULTS)
    journal.add(["q3"], [])
    assert journal.resume(HEADING) == (HEADING, {"q1", "q3"}, RESULTS)


@pytest.mark.parametrize("content", [None, b"", b"no journal\n", b'{"fingerprint":"other","today":"2026-01-01"}\n'])
def test_other_journals_are_not_gone_on_with(tmp_path: Path, content: bytes | None) -> None:
    """A run of other questions, options or code is another run."""
    path = tmp_path / "report.json.journal"
    if content is not None:
        path.write_bytes(content)

    assert Journal.beside(tmp_path / "report.json", QuestionResult).resume(HEADING) is None


def test_fingerprint_differs_with_files_and_options(tmp_path: Path) -> None:
    """Equal for equal runs only."""
    file = tmp_path / "set"
    file.write_bytes(b"1")
    first = fingerprint_of([file], ["question"])

    assert fingerprint_of([file], ["question"]) == first
    assert fingerprint_of([file], ["question_syn"]) != first
    file.write_bytes(b"2")
    assert fingerprint_of([file], ["question"]) != first


@pytest.mark.parametrize(
    ("done", "elapsed_s", "line"),
    [
        (0, 5.0, "0 of 1,000 (0 %)"),
        (250, 10.0, "250 of 1,000 (25 %), about 30 s left"),
        (10, 10.0, "10 of 1,000 (1 %), about 16 min left"),
        (1000, 10.0, "1,000 of 1,000 (100 %)"),
    ],
)
def test_estimate(done: int, elapsed_s: float, line: str) -> None:
    """The rest goes as fast as what is done."""
    assert estimate(done, 1000, elapsed_s) == line


def test_progress_in_a_log_is_a_line_at_the_end() -> None:
    """Where it is no terminal, nothing is overwritten, and lines are few."""
    stream = io.StringIO()
    progress = Progress(3, stream)
    for done in (1, 2, 3):
        progress.show(done)
    progress.say("a sentence")

    assert stream.getvalue() == "3 of 3 (100 %)\na sentence\n"
