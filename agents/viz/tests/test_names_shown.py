"""Names of columns are shown as people write them; data stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from askwire_protocol.messages.charts import ChartRequest, ExportAnswer, ExportRequest
from askwire_viz.charts import make_chart
from askwire_viz.export.prepare import prepare
from askwire_viz.labels import in_words, start_large

Make = Callable[..., ChartRequest]
_MONTHS = [["2024-01-01", 3], ["2024-02-01", 5], ["2024-03-01", 4]]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("number_of_orders", "number of orders"),
        ("_total__net_", "total net"),
        ("orderDate", "orderDate"),
        ("Total Sales", "Total Sales"),
        ("__", "__"),
        ("?column?", "?column?"),
    ],
)
def test_underscores_are_spaces(name: str, words: str) -> None:
    """Nothing else of a name changes, and no name gets lost."""
    assert in_words(name) == words


def test_only_the_first_letter_gets_large() -> None:
    """Abbreviations in the middle stay."""
    assert start_large("number of SKUs") == "Number of SKUs"
    assert start_large("") == ""


def test_reason_text_and_axes_speak(make_request: Make) -> None:
    """No underscore of a name is left in what is read."""
    answer = make_chart(make_request({"order_month": "date", "number_of_orders": "bigint"}, _MONTHS))
    assert answer.reason.startswith("Number of orders by order month: ")
    assert "number of orders by order month, 3 bars." in answer.text
    drawn = json.dumps(answer.item)
    assert "Number of orders" in drawn
    assert "Order month" in drawn
    assert "number_of_orders" not in drawn


def test_measures_in_a_legend_speak_and_values_stay(make_request: Make) -> None:
    """A series named by a column is in words; one named by a value of the data is that value."""
    two = make_request({"k_k": "text", "min_price": "numeric", "max_price": "numeric"}, [["a_b", 1, 2], ["c_d", 2, 3]])
    measures = make_chart(two)
    assert "2 series: Min price, Max price." in measures.text
    assert "a_b" in json.dumps(measures.item)
    rows = [[month, region, number] for month, number in _MONTHS for region in ("north_east", "south_west")]
    split = make_chart(make_request({"month": "date", "sales_region": "text", "total_net": "numeric"}, rows))
    assert "2 series: north_east, south_west." in split.text


def test_single_numbers_and_tables_speak(make_request: Make) -> None:
    """What has no picture is in words as well."""
    number = make_chart(make_request({"number_of_orders": "bigint"}, [[5]]))
    assert number.text == "Number of orders: 5"
    table = make_chart(make_request({"first_note": "text"}, [["a"], ["b"]]))
    assert table.text == "Table of 2 rows and 1 column: first note."


def test_html_speaks_and_csv_keeps_the_names(make_request: Make) -> None:
    """A file for people has words; one for programs has the names of the columns."""
    sample = make_request({"order_month": "date", "number_of_orders": "bigint"}, [*_MONTHS, ["2024-04-01", None]])
    files = {}
    for kind in ("html", "csv"):
        made = prepare(ExportRequest(format=kind, rows=sample.rows, columns=sample.columns), ("html", "csv"))
        assert isinstance(made, ExportAnswer)
        files[kind] = made.content
    assert '<th scope="col">Number of orders</th>' in files["html"]
    assert "number_of_orders" not in files["html"]
    assert files["csv"].startswith("order_month,number_of_orders\r\n")
