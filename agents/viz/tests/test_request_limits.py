"""Requests that are wrong or too large get one clear sentence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.charts import ChartRequest
from askwire_viz.charts import make_chart
from askwire_viz.table import MAX_ROWS
from askwire_viz.work import answer_chart, answer_export


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"rows": [[1]], "columns": ["a"], "chart_type": "sankey"}, ErrorCode.INVALID_ARGUMENT, "horizontal_bar"),
        ({"rows": [[1]]}, ErrorCode.INVALID_ARGUMENT, "columns are missing"),
        ({"rows": [[1, 2]], "columns": ["a"]}, ErrorCode.INVALID_ARGUMENT, "row 0 has 2 values for 1 columns"),
        ({"rows": [[1]] * (MAX_ROWS + 1), "columns": ["a"]}, ErrorCode.TOO_LARGE, "at most 100,000"),
        ({"rows": [], "columns": ["a"] * 500}, ErrorCode.TOO_LARGE, "at most 200"),
        ({"rows": [["x"] * 20] * 60_000, "columns": ["a"] * 20}, ErrorCode.TOO_LARGE, "at most 1,000,000"),
        ({"rows": "x"}, ErrorCode.INVALID_ARGUMENT, "data.rows"),
        ({"columns": ["a"]}, ErrorCode.INVALID_ARGUMENT, "rows"),
        ({"rows": [], "chart": {"tags": [{"type": "CustomJS"}]}}, ErrorCode.INVALID_ARGUMENT, "not known here"),
        ({"rows": [], "model": "../../etc/passwd"}, ErrorCode.INVALID_ARGUMENT, "not known here"),
        ({"rows": [], "source": "http://169.254.169.254/"}, ErrorCode.INVALID_ARGUMENT, "not known here"),
    ],
)
def test_wrong_chart_request(fields: dict[str, Any], code: ErrorCode, words: str) -> None:
    """The error has the code and says what is allowed."""
    with pytest.raises(RequestFailed) as failed:
        answer_chart(msgspec.json.encode(fields))
    assert failed.value.code is code
    assert words in failed.value.message


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"format": "pdf", "rows": []}, ErrorCode.INVALID_ARGUMENT, "this agent writes html, csv"),
        ({"format": "png", "rows": []}, ErrorCode.FAILED_PRECONDITION, "needs headless Chromium"),
        ({"format": "svg", "rows": []}, ErrorCode.FAILED_PRECONDITION, "is not enabled here"),
        ({"format": "html"}, ErrorCode.INVALID_ARGUMENT, "an item or rows"),
        ({"format": "csv", "item": {}}, ErrorCode.INVALID_ARGUMENT, "from rows"),
        ({"format": "html", "rows": [], "width": 5}, ErrorCode.INVALID_ARGUMENT, "from 100 to 4000"),
        ({"format": "html", "rows": [], "path": "/etc/x"}, ErrorCode.INVALID_ARGUMENT, "not known here"),
    ],
)
def test_wrong_export_request(fields: dict[str, Any], code: ErrorCode, words: str) -> None:
    """An agent without Chromium says so, and names what it writes."""
    with pytest.raises(RequestFailed) as failed:
        answer_export(msgspec.json.encode(fields), ("html", "csv"), ("png",))
    assert failed.value.code is code
    assert words in failed.value.message


def test_picture_of_a_table_is_an_error() -> None:
    """Rows that no chart fits have no picture."""
    with pytest.raises(RequestFailed) as failed:
        answer_export(msgspec.json.encode({"format": "png", "rows": [{"name": "x"}]}), ("png",))
    assert failed.value.code is ErrorCode.CHART_FAILED


def test_rows_may_be_objects() -> None:
    """Objects need no columns; what one lacks is a gap."""
    answer = make_chart(ChartRequest(rows=[{"k": "a", "n": 1}, {"k": "b", "n": 2}, {"k": "c"}]))
    assert (answer.chart_type, answer.points_total) == ("bar", 2)


def test_tags_of_unsafe_loaders_are_text() -> None:
    """A value that a careless loader would run is a label."""
    answer = make_chart(ChartRequest(rows=[["!!python/object/apply:os.system [id]", 1], ["b", 2]], columns=("k", "n")))
    assert "!!python/object/apply:os.system [id]" in answer.text


def test_pile_of_marks_is_bounded() -> None:
    """Ten thousand marks on one letter make an answer of common size."""
    answer = make_chart(ChartRequest(rows=[["a" + "\u0301" * 10_000, 1], ["b", 2]], columns=("k", "n")))
    assert len(msgspec.json.encode(answer)) < 20_000


def test_every_hostile_content_case_is_covered(shared: Any) -> None:
    """The corpus has no case about charts that these tests do not know."""
    lines = (shared / "corpora" / "hostile_ws.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [msgspec.json.decode(line) for line in lines]
    about_charts = {case["id"] for case in cases if case["id"].startswith("ws-content") and _is_about_charts(case)}
    assert about_charts <= {
        f"ws-content-{number}" for number in ("02", "03", "04", "06", "08", "09", "12", "15", "16", "17")
    }


_COVERED = ("02", "03", "04", "06", "08", "09", "12", "15", "16", "17")


def _is_about_charts(case: dict[str, Any]) -> bool:
    words = f"{case['description']} {case['payload_or_recipe']} {case['expect']}".lower()
    return any(word in words for word in ("chart", "bokeh", "axes", "series", "tooltip", "openurl"))
