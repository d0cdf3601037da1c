"""Totals of results."""

from __future__ import annotations

import pytest

from askwire_evaluate.report import RunFacts, describe, report_charts, report_questions
from askwire_evaluate.results import ChartResult, Ending, QuestionResult
from askwire_evaluate.totals import add_up, add_up_charts, add_up_drop, by_construct, by_database, times_of


def _result(number: int, outcome: Ending = Ending.ANSWERED, **fields: object) -> QuestionResult:
    return QuestionResult(id=f"q{number}", db="d1", outcome=outcome, **fields)  # type: ignore[arg-type]  # test's own


RIGHT = _result(1, strict=True, lenient=True, repeated=True, milliseconds=10.0, constructs=("join", "aggregate"))
LENIENT = _result(2, lenient=True, milliseconds=20.0, constructs=("join",))
WRONG = _result(3, milliseconds=30.0, difference="other values")
ASKED = _result(4, Ending.CLARIFY, clarified=True, clarified_strict=True, milliseconds=40.0)
REFUSED = _result(5, Ending.REFUSED, milliseconds=50.0)
FAILED = _result(6, Ending.ERROR)
RUN = RunFacts(set="s", wording="question", limit=None, jobs=1, seconds=1.0, today="2026-01-01", fingerprint="f")


def test_totals_are_shares_of_all_questions() -> None:
    """Only precision is a share of the answered."""
    totals = add_up([RIGHT, LENIENT, WRONG, ASKED, REFUSED, FAILED])

    assert totals.questions == 6
    assert (totals.strict.count, totals.strict.of) == (1, 6)
    assert totals.lenient.count == 2
    assert (totals.wrong_shown.count, totals.wrong_shown.of) == (1, 6)
    assert totals.differences == {"other values": 1}
    assert totals.coverage.count == 3
    assert (totals.precision.count, totals.precision.of) == (2, 3)
    assert totals.right_after_one_question.count == 2
    assert totals.right_after_one_question_lenient.count == 3
    assert totals.refused.count == totals.error.count == totals.clarify.count == 1
    assert totals.penalised.mean == pytest.approx((2 - 10) / 6, abs=1e-5)
    assert totals.penalised_strict.mean == pytest.approx((1 - 2 * 10) / 6, abs=1e-5)


@pytest.mark.parametrize("outcome", [Ending.REFUSED, Ending.CLARIFY, Ending.ERROR])
def test_refusing_everything_scores_nothing(outcome: Ending) -> None:
    """Neither gain nor loss without an answer."""
    totals = add_up([_result(number, outcome) for number in range(20)])

    assert totals.penalised.mean == totals.penalised_strict.mean == 0
    assert totals.strict.count == totals.wrong_shown.count == totals.coverage.count == 0


def test_one_wrong_answer_weighs_ten_right_ones() -> None:
    """Ten right and one wrong are worth nothing."""
    assert add_up([RIGHT] * 10 + [WRONG]).penalised.mean == 0


def test_every_answer_after_a_drop_is_wrong() -> None:
    """Also where its rows happen to be right; that is told beside it."""
    table = _result(7, hidden="author")
    column = _result(8, hidden="author.name", lenient=True)
    asked = _result(9, Ending.CLARIFY, hidden="author.name")
    totals = add_up_drop([table, column, asked, _result(10, Ending.REFUSED, hidden="book")])

    assert (totals.wrong_shown.count, totals.wrong_shown.of) == (2, 4)
    assert totals.right_anyway.count == 1
    assert (totals.wrong_shown_by_column.count, totals.wrong_shown_by_column.of) == (1, 2)
    assert (totals.wrong_shown_by_table.count, totals.wrong_shown_by_table.of) == (1, 2)
    assert totals.penalised.mean == -5


def test_groups() -> None:
    """A question counts for each of its constructs, and once for its database."""
    results = [RIGHT, LENIENT, WRONG]

    assert {name: len(part) for name, part in by_construct(results).items()} == {
        "aggregate": 1,
        "join": 2,
        "not read": 1,
    }
    assert {name: len(part) for name, part in by_database(results).items()} == {"d1": 3}


def test_times_leave_out_what_failed() -> None:
    """A failure's time says nothing of the way to the SQL."""
    times = times_of([RIGHT, LENIENT, WRONG, ASKED, REFUSED, FAILED])

    assert (times.p50_ms, times.p95_ms) == (30, 50)


def _chart(number: int, wanted: str, chosen: str) -> ChartResult:
    return ChartResult(id=f"c{number}", db="d", wording=f"w{number}", wanted=wanted, chosen=chosen)


def test_chart_totals() -> None:
    """Accuracy over all wordings and for each family, with what was chosen instead."""
    totals = add_up_charts([_chart(1, "Bar", "Bar"), _chart(2, "Bar", "Pie"), _chart(3, "Pie", "Pie")])

    assert (totals.accuracy.count, totals.accuracy.of) == (2, 3)
    assert (totals.families["Bar"].count, totals.families["Bar"].of) == (1, 2)
    assert totals.confusions == {"Bar": {"Bar": 1, "Pie": 1}, "Pie": {"Pie": 1}}


def test_reports_for_people_name_every_total() -> None:
    """Each kind of report has its tables."""
    plain = describe(report_questions(RUN, [RIGHT, WRONG, ASKED], column_drop=False))
    drop = describe(report_questions(RUN, [_result(7, hidden="author")], column_drop=True))
    charts = describe(report_charts(RUN, [_chart(1, "Bar", "Bar"), _chart(2, "Bar", "Pie")]))

    for words in (
        "strict",
        "wrong shown",
        "coverage",
        "penalised",
        "right after one question",
        "p50 / p95",
        "join",
        "other values 1",
    ):
        assert words in plain
    assert "wrong shown by table" in drop
    assert "50.0 %" in charts
    assert "Pie 1" in charts
