"""What is in the chart: order, "Other", gaps, thinning, counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from askwire_protocol.messages.charts import ChartRequest, ChartType
from askwire_viz.columns import classify_all
from askwire_viz.fits import Plan, fit
from askwire_viz.frame import arrange
from askwire_viz.geometry import find_range, place_bars
from askwire_viz.rules import choose
from askwire_viz.sampling import thin_out
from askwire_viz.shaping import shape
from askwire_viz.spec import ChartSpec
from askwire_viz.table import read_table
from askwire_viz.wishes import read_wish

Make = Callable[..., ChartRequest]


def _shape(request: ChartRequest) -> ChartSpec:
    table = read_table(request.columns, request.rows)
    frame = arrange(classify_all(table), table.row_count)
    wish = read_wish(request.chart_type)
    return shape(choose(frame, wish, exact=True).plan, "")


def test_bars_are_sorted_by_value(make_request: Make) -> None:
    """The largest bar comes first, gaps come last."""
    rows: list[list[Any]] = [["a", 3], ["b", None], ["c", 9], ["d", 4]]
    assert _shape(make_request({"k": "text", "total": "numeric"}, rows)).x.labels == ("c", "d", "a", "b")


def test_rising_rows_keep_their_order(make_request: Make) -> None:
    """Rows that were asked for in rising order are drawn in it."""
    rows = [["a", 1], ["b", 2], ["c", 3]]
    assert _shape(make_request({"k": "text", "total": "numeric"}, rows)).x.labels == ("a", "b", "c")


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["Friday", "monday ", "Sunday"], ("monday", "Friday", "Sunday")),
        (["Mar", "Jan", "Feb"], ("Jan", "Feb", "Mar")),
        (["Q3", "Q1", "Q2"], ("Q1", "Q2", "Q3")),
    ],
)
def test_calendar_order(make_request: Make, names: list[str], ordered: tuple[str, ...]) -> None:
    """Weekdays, months and quarters stand in the order of the calendar, not by name or value."""
    rows = [[name, 10 - place] for place, name in enumerate(names)]
    assert _shape(make_request({"period": "text", "total": "numeric"}, rows)).x.labels == ordered


def test_weekday_numbers_have_names(make_request: Make) -> None:
    """Sunday is last, whether the database counts it 0 or 7."""
    rows = [[day, 1] for day in range(7)]
    labels = _shape(make_request({"dow": "numeric", "order_count": "bigint"}, rows)).x.labels
    assert labels[0] == "Monday"
    assert labels[-1] == "Sunday"


def test_small_groups_fold_into_other(make_request: Make) -> None:
    """What can be added up is folded, and the whole stays the same."""
    rows = [[f"g{place}", place] for place in range(80)]
    spec = _shape(make_request({"k": "text", "total": "numeric"}, rows))
    assert spec.x.labels[-1] == "Other"
    assert spec.series[0].y.sum() == sum(range(80))
    assert (spec.points_shown, spec.points_total) == (30, 80)
    assert "29 largest of 80" in spec.note


def test_averages_are_never_folded(make_request: Make) -> None:
    """There is no average of the rest: it is left out, and that is said."""
    rows = [[f"g{place}", place] for place in range(80)]
    spec = _shape(make_request({"k": "text", "avg_price": "numeric"}, rows))
    assert "Other" not in spec.x.labels
    assert "the rest is not shown" in spec.note


def test_many_series_fold_into_other(make_request: Make) -> None:
    """Six lines at most where the rest can be added up."""
    rows = [[f"2024-01-{day:02d}", f"s{place}", place] for day in range(1, 9) for place in range(1, 12)]
    spec = _shape(make_request({"day": "date", "s": "text", "total": "numeric"}, rows))
    assert [series.name for series in spec.series] == ["s11", "s10", "s9", "s8", "s7", "Other"]
    assert spec.series[-1].y.tolist() == [21.0] * 8


def test_missing_periods_are_gaps(make_request: Make) -> None:
    """A month without a row breaks the line; it is not zero and not bridged."""
    rows = [[f"2024-{month:02d}-01", month] for month in (1, 2, 3, 4, 6, 7)]
    spec = _shape(make_request({"month": "date", "revenue": "numeric"}, rows))
    assert np.isnan(spec.series[0].y).sum() == 1
    assert (spec.points_shown, spec.points_total) == (6, 6)


@pytest.mark.parametrize("cell", [None, "NaN", "Infinity", "-Infinity", float("nan"), float("inf")])
def test_what_is_not_finite_is_a_gap(make_request: Make, cell: Any) -> None:
    """Null, NaN and infinities are gaps, never numbers."""
    rows = [["2024-01-01", 1], ["2024-01-02", cell], ["2024-01-03", 3]]
    y = _shape(make_request({"day": "date", "v": "double precision"}, rows)).series[0].y
    assert [math.isnan(value) for value in y.tolist()] == [False, True, False]


def test_long_series_keep_their_extremes(make_request: Make) -> None:
    """At most 2,000 points are drawn, among them the peak; both numbers are told."""
    rows = [[f"2024-01-01T{i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}", i % 10] for i in range(50_000)]
    rows[31_234][1] = 5_000
    spec = _shape(make_request({"at": "timestamp without time zone", "v": "numeric"}, rows))
    assert spec.points_shown <= 2_000
    assert spec.points_total == 50_000
    assert np.nanmax(spec.series[0].y) == 5_000


def test_thinning_keeps_order_and_gaps() -> None:
    """Thinned points stay sorted, and a long gap stays one."""
    y = np.sin(np.arange(9_999) / 50)
    y[3_000:4_000] = np.nan
    x, thinned = thin_out(np.arange(9_999.0), y, 100)
    assert x.size <= 100
    assert np.all(np.diff(x) > 0)
    assert np.isnan(thinned).any()


def test_pie_folds_small_slices(make_request: Make) -> None:
    """More than six slices become five and "Other"."""
    rows = [[f"g{place}", 20 - place] for place in range(9)]
    spec = _shape(make_request({"k": "text", "total": "bigint"}, rows, chart_type="pie"))
    assert len(spec.x.labels) == 6
    assert spec.x.labels[-1] == "Other"
    assert spec.series[0].y.sum() == sum(20 - place for place in range(9))


def test_histogram_counts_every_value(make_request: Make) -> None:
    """Eight to twenty bins, and no value is lost."""
    spec = _shape(make_request({"x": "real"}, [[i * i % 101] for i in range(90)]))
    assert 8 <= spec.series[0].y.size <= 20
    assert spec.series[0].y.sum() == 90


def test_bars_begin_at_zero() -> None:
    """The range of bars always holds zero, that of points need not."""
    values = np.array([90.0, 100.0])
    assert find_range([values], zero=True)[0] == 0
    assert find_range([values], zero=False)[0] > 80
    assert find_range([-values], zero=True)[1] == 0


def test_stacks_stand_on_each_other(make_request: Make) -> None:
    """Each bar of a stack begins where the one below ends."""
    rows = [[a, b, 2 + (b == "p")] for a in "xy" for b in "pq"]
    spec = _shape(make_request({"a": "text", "b": "text", "total": "numeric"}, rows))
    low, high = place_bars(spec)
    assert low.base.tolist() == [0, 0]
    assert high.base.tolist() == low.end.tolist()


def test_every_fit_says_something() -> None:
    """Each type of chart has a plan or a reason, for rows without any measure too."""
    frame = arrange((), 3)
    for kind in ChartType:
        found = fit(kind, frame, wished=True)
        assert isinstance(found, Plan) or found
