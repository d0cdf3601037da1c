"""Which chart is chosen for which rows, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from askwire_protocol.messages.charts import ChartAnswer, ChartRequest
from askwire_viz.charts import make_chart

Make = Callable[..., ChartRequest]
_WEEKDAYS = ["Friday", "Monday", "Sunday", "Tuesday", "Saturday", "Thursday", "Wednesday"]


def _ask(make_request: Make, columns: dict[str, str], rows: list[list[Any]], **fields: Any) -> ChartAnswer:
    return make_chart(make_request(columns, rows, **fields))


def _groups(count: int, name: str = "g") -> list[list[Any]]:
    return [[f"{name}{place}", place + 1] for place in range(count)]


_TOTAL = {"kind": "text", "total": "bigint"}
_SHAPES: list[tuple[str, dict[str, str], list[list[Any]], str, str]] = [
    ("no rows", _TOTAL, [], "table", "no-rows"),
    ("one number", {"count": "bigint"}, [[42]], "number", "single-row"),
    ("one row of three numbers", {"a": "bigint", "b": "numeric", "c": "real"}, [[1, 2, 3]], "number", "single-row"),
    ("one row of a name and a number", _TOTAL, [["a", 1]], "table", "table-single-row"),
    ("only names", {"name": "text"}, [["a"], ["b"]], "table", "table-no-numbers"),
    ("keys are no measure", {"id": "integer", "name": "text"}, [[1, "a"], [2, "b"]], "table", "table-no-numbers"),
    ("few short groups", _TOTAL, _groups(8), "bar", "category-bars"),
    ("more groups", _TOTAL, _groups(25), "horizontal_bar", "category-horizontal-bars"),
    ("long names", _TOTAL, _groups(4, "a name of some length "), "horizontal_bar", "category-horizontal-bars"),
    ("too many groups", _TOTAL, _groups(150), "table", "table-shape"),
    ("time", {"day": "date", "v": "numeric"}, [[f"2024-01-{d:02d}", d] for d in range(1, 9)], "line", "time-line"),
    (
        "counts per period",
        {"month": "timestamp without time zone", "order_count": "bigint"},
        [[f"2024-{m:02d}-01T00:00:00", m] for m in range(1, 13)],
        "bar",
        "time-counts",
    ),
    (
        "ISO months as text",
        {"m": "text", "v": "real"},
        [[f"2024-{m:02d}", m] for m in range(1, 9)],
        "line",
        "time-line",
    ),
    ("years", {"year": "integer", "v": "real"}, [[y, y % 7] for y in range(2015, 2024)], "line", "time-line"),
    ("weekdays", {"weekday": "text", "v": "bigint"}, [[d, 1] for d in _WEEKDAYS], "bar", "calendar-bars"),
    ("ratings", {"rating": "integer", "count": "bigint"}, [[3, 5], [1, 4], [2, 9]], "bar", "ordinal-bars"),
    (
        "two groups, additive",
        {"a": "text", "b": "text", "total": "numeric"},
        [[a, b, 1] for a in "xyz" for b in "pq"],
        "stacked_bar",
        "stacked-bars",
    ),
    (
        "two groups, averages",
        {"a": "text", "b": "text", "avg_age": "numeric"},
        [[a, b, 1] for a in "xyz" for b in "pq"],
        "grouped_bar",
        "grouped-bars",
    ),
    (
        "two groups, negative values",
        {"a": "text", "b": "text", "total": "numeric"},
        [[a, b, -1] for a in "xyz" for b in "pq"],
        "grouped_bar",
        "grouped-bars",
    ),
    (
        "time and group",
        {"day": "date", "b": "text", "total": "numeric"},
        [[f"2024-01-{d:02d}", b, d] for d in range(1, 9) for b in "pq"],
        "multi_line",
        "time-lines",
    ),
    (
        "two measures of one scale",
        {"kind": "text", "min_price": "numeric", "max_price": "numeric"},
        [["a", 1, 2], ["b", 2, 5]],
        "grouped_bar",
        "measures-grouped",
    ),
    (
        "two measures of different scales",
        {"kind": "text", "total": "numeric", "share": "numeric"},
        [["a", 10000, 0.2], ["b", 20000, 0.8]],
        "bar",
        "category-bars",
    ),
    ("raw pairs", {"x": "real", "y": "real"}, [[i * 1.5, i % 7] for i in range(40)], "scatter", "raw-scatter"),
    ("raw values", {"x": "real"}, [[i * 1.5] for i in range(40)], "histogram", "raw-histogram"),
    ("few raw values", {"x": "real"}, [[1.5], [2.5], [1.5]], "table", "table-shape"),
    (
        "three groups",
        {"a": "text", "b": "text", "c": "text", "n": "bigint"},
        [[a, b, c, 1] for a in "xy" for b in "xy" for c in "xy"],
        "table",
        "table-shape",
    ),
    (
        "first and last name are one",
        {"first_name": "text", "last_name": "text", "total": "bigint"},
        [["Ada", "L", 1], ["Bob", "L", 2], ["Ada", "M", 3]],
        "bar",
        "category-bars",
    ),
    (
        "a key beside the name",
        {"customer_id": "integer", "name": "text", "total": "bigint"},
        [[7, "a", 1], [8, "b", 2]],
        "bar",
        "category-bars",
    ),
    (
        "a year and its months are one time",
        {"year": "numeric", "month": "numeric", "sales": "numeric"},
        [[y, m, m] for y in (2023, 2024) for m in range(1, 13)],
        "line",
        "time-line",
    ),
]


@pytest.mark.parametrize(("columns", "rows", "kind", "rule"), [s[1:] for s in _SHAPES], ids=[s[0] for s in _SHAPES])
def test_shape_decides(
    make_request: Make, columns: dict[str, str], rows: list[list[Any]], kind: str, rule: str
) -> None:
    """The shape of the rows decides the chart, by a rule with a stable id, for a reason that is said."""
    answer = _ask(make_request, columns, rows)
    assert (answer.chart_type, answer.rule) == (kind, rule)
    assert answer.reason.endswith(".")
    assert (answer.item is None) == (kind in ("table", "number"))


def test_no_rows_are_said(make_request: Make) -> None:
    """No rows are a table that says so, whatever was wished."""
    answer = _ask(make_request, _TOTAL, [], chart_type="bar")
    assert answer.chart_type == "table"
    assert answer.text == "No rows."


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Show the total per kind as a pie chart", "pie"),
        ("Draw a donut of the total by kind", "pie"),
        ("A bar chart of totals, please", "bar"),
        ("totals as horizontal bars", "horizontal_bar"),
        ("List the totals in a table", "table"),
        ("How many pies and bar stools did we sell?", "bar"),
    ],
)
def test_words_of_the_question_win(make_request: Make, question: str, kind: str) -> None:
    """A chart that the question names wins; words that name other things do not count."""
    assert _ask(make_request, _TOTAL, _groups(4), question=question).chart_type == kind


def test_field_wins_over_the_question(make_request: Make) -> None:
    """The field of the request is the more exact wish."""
    answer = _ask(make_request, _TOTAL, _groups(25), question="as a pie chart", chart_type="bar")
    assert (answer.chart_type, answer.rule) == ("bar", "asked-for")


@pytest.mark.parametrize(
    ("columns", "rows", "wish", "why"),
    [
        (_TOTAL, _groups(40), "pie", "40 slices cannot be told apart"),
        ({"kind": "text", "avg_price": "numeric"}, _groups(3), "pie", "avg price cannot be added up"),
        (_TOTAL, [["a", -1], ["b", 3]], "pie", "total has values that are no shares"),
        (_TOTAL, [["a", 99], ["b", 1]], "pie", "one slice would be nearly the whole pie"),
        (_TOTAL, _groups(4), "line", "lines need an axis with an order"),
        (_TOTAL, _groups(4), "scatter", "needs two columns of numbers"),
        (_TOTAL, _groups(4), "histogram", "grouped already"),
        (_TOTAL, _groups(4), "stacked_bar", "stacks need two"),
        ({"name": "text"}, [["a"], ["b"]], "bar", "no column holds numbers"),
    ],
)
def test_refused_wish_says_why(
    make_request: Make, columns: dict[str, str], rows: list[list[Any]], wish: str, why: str
) -> None:
    """A wish that the rows do not allow is answered with another chart and the reason."""
    answer = _ask(make_request, columns, rows, chart_type=wish)
    assert answer.chart_type != wish
    assert "was asked for, but" in answer.reason
    assert why in answer.reason


def test_alternatives_can_be_had(make_request: Make, samples: dict[str, ChartRequest]) -> None:
    """Each alternative is drawn when it is asked for by its name."""
    for request in samples.values():
        for kind in make_chart(request).alternatives:
            again = ChartRequest(rows=request.rows, columns=request.columns, chart_type=kind)
            assert make_chart(again).chart_type == kind


def test_dimension_that_follows_from_another_is_no_group(make_request: Make) -> None:
    """The category of each product is part of its label, not a second grouping."""
    rows = [["tea", "drinks", 3], ["milk", "drinks", 5], ["bread", "food", 2], ["jam", "food", 9]]
    answer = _ask(make_request, {"product": "text", "category": "text", "total": "numeric"}, rows)
    assert answer.chart_type in ("bar", "horizontal_bar")
    assert "jam · food" in answer.text
