"""What is said to people who cannot see the chart."""

from __future__ import annotations

import pytest

from askwire_protocol.messages.charts import ChartRequest
from askwire_viz.charts import make_chart


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("bar", ["Bar chart: total by fruit, 3 bars.", "Highest: 5 at apples", "lowest: 2 at plums"]),
        ("line", ["Line chart: revenue by month, 12 points.", "Month from 2024-01 to 2024-12", "Highest: 5.50 at"]),
        ("multi_line", ["3 series: CCC, BB, A.", "Highest: 14 at 2024-12, CCC"]),
        ("pie", ["Pie chart: total by fruit, 3 slices.", "Highest: 5 (50.0 %) at apples"]),
        ("scatter", ["Scatter plot: width against length, 60 points.", "Length from"]),
        ("histogram", ["Histogram of length", "Highest:"]),
        ("stacked_bar", ["Stacked bar chart: total by grp, 15 bars."]),
    ],
)
def test_text_says_what_is_drawn(samples: dict[str, ChartRequest], kind: str, parts: list[str]) -> None:
    """Type, axes, range and the highest value are in the text."""
    text = make_chart(samples[kind]).text
    for part in parts:
        assert part in text


def test_number_is_said_exactly() -> None:
    """A single number is written out with its name."""
    assert make_chart(ChartRequest(rows=[[1234567]], columns=("total",))).text == "Total: 1,234,567"


def test_cut_rows_are_said() -> None:
    """Whoever hears the chart learns that rows are missing."""
    request = ChartRequest(rows=[["a", 1], ["b", 2]], columns=("k", "n"), truncated=True)
    assert "not complete" in make_chart(request).text
