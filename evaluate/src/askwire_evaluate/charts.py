"""Score the choice of a chart: the gold's rows and the question's wording in, a family out."""

from __future__ import annotations

import re
import time
from typing import Any

from askwire_evaluate.questions import GoldChart
from askwire_evaluate.results import ChartResult
from askwire_protocol.errors import RequestFailed
from askwire_protocol.messages.charts import ChartRequest, ChartType
from askwire_protocol.messages.queries import ResultColumn
from askwire_viz.charts import make_chart

__all__ = ["choose_all", "family_of", "request_of"]

_FAMILIES = {
    ChartType.BAR: "Bar",
    ChartType.HORIZONTAL_BAR: "Bar",
    ChartType.HISTOGRAM: "Bar",
    ChartType.PIE: "Pie",
    ChartType.LINE: "Line",
    ChartType.MULTI_LINE: "Grouping Line",
    ChartType.STACKED_BAR: "Stacked Bar",
    ChartType.GROUPED_BAR: "Stacked Bar",
    ChartType.SCATTER: "Scatter",
}
_CALL = re.compile(r"(count|sum|avg|min|max)\s*\(.*\)")
"""A column that is computed is called after its function, where nobody calls it otherwise."""
_FIELDS = ("x_data", "y_data", "classify")


def choose_all(chart: GoldChart) -> list[ChartResult]:
    """Return what is chosen for each wording."""
    found = []
    for wording in chart.nl:
        started_s = time.perf_counter()
        try:
            answer = make_chart(request_of(chart, wording), token="a0")  # noqa: S106 the ids of a drawing
            chosen, rule = family_of(answer.chart_type, grouped=_is_grouped(chart)), answer.rule
        except RequestFailed as failure:
            chosen, rule = "error", str(failure)
        took_ms = round((time.perf_counter() - started_s) * 1000, 3)
        found.append(
            ChartResult(
                id=chart.id, db=chart.db, wording=wording, wanted=chart.chart, chosen=chosen, rule=rule,
                milliseconds=took_ms,
            )
        )  # fmt: skip
    return found


def family_of(chart_type: str, *, grouped: bool) -> str:
    """Return the family of a chart; points that rows split into groups are a grouping scatter."""
    family = _FAMILIES.get(ChartType(chart_type), "none")
    return "Grouping Scatter" if family == "Scatter" and grouped else family


def request_of(chart: GoldChart, wording: str) -> ChartRequest:
    """Return the request for the gold's rows; columns are called as PostgreSQL would call what the chart shows."""
    fields = [field for field in _FIELDS if any(field in value for value in chart.values)]
    rows = [[value.get(field) for field in fields] for value in chart.values]
    columns = tuple(
        ResultColumn(name=_title(chart, field), type=_type([row[place] for row in rows]))
        for place, field in enumerate(fields)
    )
    return ChartRequest(rows=list(rows), columns=columns, question=wording)


def _is_grouped(chart: GoldChart) -> bool:
    return any("classify" in value for value in chart.values)


def _title(chart: GoldChart, field: str) -> str:
    channels = {"x_data": ("x", "color"), "y_data": ("y", "theta"), "classify": ("color", "shape")}[field]
    found: list[Any] = [chart.encoding.get(channel, {}).get("title") for channel in channels]
    title = next((str(title) for title in found if title), field).lower()
    call = _CALL.fullmatch(title)
    return call[1] if call is not None else title


def _type(values: list[Any]) -> str:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int) and not isinstance(value, bool) for value in known):
        return "bigint"
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return "numeric"
    return "text"
