"""Say in words what a chart shows, for people who cannot see it."""

from __future__ import annotations

import numpy as np

from askwire_protocol.messages.charts import ChartType
from askwire_viz.columns import Column
from askwire_viz.labels import format_number, format_time, start_large
from askwire_viz.spec import Axis, ChartSpec, Scale
from askwire_viz.times import FloatArray

__all__ = ["describe", "describe_numbers", "name_position"]

_NAMES = {
    ChartType.BAR: "Bar chart",
    ChartType.HORIZONTAL_BAR: "Horizontal bar chart",
    ChartType.LINE: "Line chart",
    ChartType.MULTI_LINE: "Line chart",
    ChartType.STACKED_BAR: "Stacked bar chart",
    ChartType.GROUPED_BAR: "Grouped bar chart",
    ChartType.PIE: "Pie chart",
    ChartType.SCATTER: "Scatter plot",
    ChartType.HISTOGRAM: "Histogram",
}
_MAX_NAMES = 6


def describe(spec: ChartSpec) -> str:
    """Return a few sentences: type, axes, range, highest value, what is missing."""
    parts = [_say_subject(spec)]
    if len(spec.series) > 1:
        names = [series.name for series in spec.series[:_MAX_NAMES]]
        more = f" and {len(spec.series) - _MAX_NAMES} more" if len(spec.series) > _MAX_NAMES else ""
        parts.append(f"{len(spec.series)} series: {', '.join(names)}{more}.")
    parts.append(_say_range(spec))
    if spec.note:
        parts.append(spec.note[0].upper() + spec.note[1:] + ".")
    return " ".join(part for part in parts if part)


def describe_numbers(measures: tuple[Column, ...]) -> str:
    """Return the numbers of a single row, each with its name."""
    return "; ".join(f"{start_large(measure.name)}: {format_number(float(measure.numbers[0]))}" for measure in measures)


def name_position(axis: Axis, position: float) -> str:
    """Return what stands at a position of an axis."""
    if axis.scale is Scale.LABELS:
        return axis.labels[int(position)]
    return format_time(position, axis.grain) if axis.scale is Scale.TIME else format_number(position)


def _say_subject(spec: ChartSpec) -> str:
    title = f" “{spec.title}”" if spec.title else ""
    if spec.kind is ChartType.HISTOGRAM:
        return (
            f"{_NAMES[spec.kind]}{title} of {spec.x.name}: how many rows are in each of {spec.series[0].y.size} ranges."
        )
    joined = (
        f"{spec.y.name} against {spec.x.name}" if spec.kind is ChartType.SCATTER else f"{spec.y.name} by {spec.x.name}"
    )
    return f"{_NAMES[spec.kind]}{title}: {joined}, {_count(spec)}."


def _count(spec: ChartSpec) -> str:
    kinds = {ChartType.PIE: "slice", ChartType.LINE: "point", ChartType.MULTI_LINE: "point", ChartType.SCATTER: "point"}
    noun = kinds.get(spec.kind, "bar")
    return f"{spec.points_shown:,} {noun}{'' if spec.points_shown == 1 else 's'}"


def _say_range(spec: ChartSpec) -> str:
    x = np.concatenate([series.x for series in spec.series])
    y = np.concatenate([series.y for series in spec.series])
    known = np.isfinite(y)
    if not known.any():
        return "There are no values."
    owners = np.repeat(np.arange(len(spec.series)), [series.y.size for series in spec.series])
    x, y, owners = x[known], y[known], owners[known]
    top, low = int(y.argmax()), int(y.argmin())
    said = f"Highest: {_say_point(spec, x, y, owners, top)}"
    if top != low:
        said += f"; lowest: {_say_point(spec, x, y, owners, low)}"
    if spec.x.scale is Scale.LABELS or spec.kind is ChartType.HISTOGRAM:
        return said + "."
    first, last = name_position(spec.x, float(x.min())), name_position(spec.x, float(x.max()))
    return f"{start_large(spec.x.name)} from {first} to {last}. {said}."


def _say_point(spec: ChartSpec, x: FloatArray, y: FloatArray, owners: np.ndarray, index: int) -> str:
    where = name_position(spec.x, float(x[index]))
    if spec.kind is ChartType.HISTOGRAM and spec.edges is not None:
        bin_index = int(np.searchsorted(spec.edges, x[index], side="right")) - 1
        where = f"{format_number(float(spec.edges[bin_index]))} to {format_number(float(spec.edges[bin_index + 1]))}"
    share = f" ({100 * y[index] / y.sum():.1f} %)" if spec.kind is ChartType.PIE else ""
    owner = f", {spec.series[owners[index]].name}" if len(spec.series) > 1 else ""
    return f"{format_number(float(y[index]))}{share} at {where}{owner}"
