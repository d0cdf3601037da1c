"""A slice of the question set: wrong answers may not become more, nor right ones fewer.

`tests/evaluation_baseline.json` holds totals alone. Who makes the engine better writes the new ones there; they are
in the message of this test's failure, and `askwire evaluate --limit 300` prints them.
"""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest

from askwire.demo.postgres import PostgresServer
from askwire_evaluate.report import QuestionReport
from askwire_evaluate.run import Options, evaluate_questions
from askwire_resources.settings import NlpSettings

BASELINE = Path(__file__).parent / "evaluation_baseline.json"
QUESTIONS = 300
MOST_WRONG_MORE = 0.01
MOST_STRICT_LESS = 0.02


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of the slice, as shares of its questions."""

    questions: int
    strict: float
    wrong_shown: float


def regressions(before: Baseline, now: Baseline) -> list[str]:
    """Say what became worse by more than is allowed."""
    found = []
    if now.questions != before.questions:
        found.append(f"{now.questions} questions were scored instead of {before.questions}")
    if now.wrong_shown > before.wrong_shown + MOST_WRONG_MORE + 1e-9:
        found.append(f"wrong-shown rose from {before.wrong_shown:.2%} to {now.wrong_shown:.2%}")
    if now.strict < before.strict - MOST_STRICT_LESS - 1e-9:
        found.append(f"strict fell from {before.strict:.2%} to {now.strict:.2%}")
    return found


@pytest.mark.timeout(240)
def test_slice_is_no_worse_than_its_baseline(postgres: PostgresServer, shared_folder: Path, tmp_path: Path) -> None:
    """Strict falls by two points at most, wrong-shown rises by one at most."""
    folder = shared_folder / "evaluation" / "spider_train"
    if not folder.is_dir():
        pytest.skip(f"the question set is absent: {folder}")
    options = Options(
        databases=folder / "pg",
        set_file=folder / "questions.jsonl.gz",
        report=tmp_path / "slice.json",
        model=NlpSettings().model,
        jobs=2,
        today=dt.date(2026, 1, 1),
        limit=QUESTIONS,
    )

    report = evaluate_questions(options, lambda: nullcontext(postgres.superuser_url()))

    assert isinstance(report, QuestionReport)
    totals = report.totals
    now = Baseline(
        questions=totals.questions, strict=totals.strict.share, wrong_shown=totals.wrong_shown.share
    )  # fmt: skip
    before = msgspec.json.decode(BASELINE.read_bytes(), type=Baseline)
    assert regressions(before, now) == [], f"now {now}"


def test_what_counts_as_worse() -> None:
    """A little noise passes, more wrong answers or fewer right ones do not."""
    before = Baseline(questions=300, strict=0.4, wrong_shown=0.03)

    assert regressions(before, Baseline(questions=300, strict=0.38, wrong_shown=0.04)) == []
    assert regressions(before, Baseline(questions=300, strict=0.9, wrong_shown=0.0)) == []
    assert len(regressions(before, Baseline(questions=300, strict=0.37, wrong_shown=0.05))) == 2
    assert len(regressions(before, Baseline(questions=200, strict=0.4, wrong_shown=0.03))) == 1
