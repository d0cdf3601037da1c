"""Charts: requests from gold rows, and families."""

from __future__ import annotations

from typing import Any

import pytest

from askwire_evaluate.charts import choose_all, family_of, request_of
from askwire_evaluate.questions import GoldChart
from askwire_protocol.messages.charts import ChartType


def _chart(chart: str, wording: str, values: list[dict[str, Any]], **encoding: Any) -> GoldChart:
    return GoldChart(id="c1", db="d", nl=[wording], chart=chart, encoding=encoding, values=values)


SALES = [{"x_data": "North", "y_data": 3}, {"x_data": "South", "y_data": 4.5}]


def test_every_type_has_a_family_or_is_none() -> None:
    """Numbers and tables are no charts."""
    assert {family_of(kind, grouped=False) for kind in ChartType} == {
        "Bar", "Pie", "Line", "Grouping Line", "Stacked Bar", "Scatter", "none",
    }  # fmt: skip
    assert family_of("scatter", grouped=True) == "Grouping Scatter"
    assert family_of("bar", grouped=True) == "Bar"


def test_request_has_the_columns_of_the_chart() -> None:
    """Names from the encoding, types from the values."""
    chart = _chart("Bar", "Sales by region", SALES, x={"title": "Region"}, y={"title": "SUM(sales)"})

    request = request_of(chart, "Sales by region")

    assert [(column.name, column.type) for column in request.columns if not isinstance(column, str)] == [
        ("region", "text"),
        ("sum", "numeric"),
    ]
    assert request.rows == [["North", 3], ["South", 4.5]]
    assert request.question == "Sales by region"


@pytest.mark.parametrize(("wording", "chosen"), [("Sales by region", "Bar"), ("Show a pie chart of sales", "Pie")])
def test_choice_follows_the_wording(wording: str, chosen: str) -> None:
    """Each wording is scored by itself, with what was wanted beside it."""
    (result,) = choose_all(_chart("Pie", wording, SALES, theta={"title": "sales"}, color={"title": "region"}))

    assert (result.wanted, result.chosen, result.wording) == ("Pie", chosen, wording)


def test_rows_that_can_not_be_drawn_are_no_chart() -> None:
    """They count as wrong, not as a failure of the run."""
    (result,) = choose_all(_chart("Bar", "Nothing", []))

    assert result.chosen not in ("Bar", "Pie")
