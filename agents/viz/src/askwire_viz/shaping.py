"""Make the chart's data from a plan: sort, fold the small ones, fill gaps, thin out, count."""

from __future__ import annotations

import numpy as np

from askwire_protocol.messages.charts import ChartType
from askwire_viz.bars import shape_bars, shape_pie
from askwire_viz.columns import Column, Role
from askwire_viz.fits import MAX_LINES, MAX_SERIES, Plan
from askwire_viz.labels import Grain, start_large
from askwire_viz.sampling import MAX_POINTS, thin_out
from askwire_viz.spec import Axis, ChartSpec, Scale, Series
from askwire_viz.times import FloatArray

__all__ = ["shape"]

_MIN_BINS, _MAX_BINS = 8, 20
_OTHER = "Other"
_DAY_MS = 86_400_000.0
_STEPS_MS = {Grain.DAY: _DAY_MS, Grain.HOUR: 3_600_000.0}
_STEPS_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def shape(plan: Plan, title: str) -> ChartSpec:
    """Return the chart's data; the plan must not be for a table or a number."""
    match plan.chart_type:
        case ChartType.PIE:
            return shape_pie(plan, title)
        case ChartType.HISTOGRAM:
            return _shape_histogram(plan, title)
        case ChartType.SCATTER:
            return _shape_scatter(plan, title)
        case ChartType.LINE | ChartType.MULTI_LINE:
            return _shape_lines(plan, title)
        case _:
            return shape_bars(plan, title)


def _shape_histogram(plan: Plan, title: str) -> ChartSpec:
    measure = plan.measures[0]
    values = measure.numbers[np.isfinite(measure.numbers)]
    bins = int(np.clip(np.ceil(np.log2(values.size) + 1), _MIN_BINS, _MAX_BINS))
    low, high = float(values.min()), float(values.max())
    if measure.whole and high - low < bins:
        edges = np.arange(low - 0.5, high + 1.0)
    else:
        edges = np.linspace(low, high, bins + 1)
    counts, edges = np.histogram(values, edges)
    middle = (edges[:-1] + edges[1:]) / 2
    series = Series("rows", middle, counts.astype(np.float64))
    return ChartSpec(
        ChartType.HISTOGRAM, title, Axis(measure.name), Axis("rows"), (series,), values.size, values.size, edges
    )


def _shape_scatter(plan: Plan, title: str) -> ChartSpec:
    measure, axis = plan.measures[0], _need(plan.axis)
    known = np.isfinite(measure.numbers) & np.isfinite(axis.numbers)
    parts: list[Series] = []
    for name, mask in _split(plan.series, measure.name, known):
        order = np.argsort(axis.numbers[mask], kind="stable")
        x, y = thin_out(axis.numbers[mask][order], measure.numbers[mask][order])
        parts.append(Series(name, x, y))
    return _finish(plan, title, _axis_of(axis), parts, int(known.sum()))


def _split(series: Column | None, name: str, known: np.ndarray) -> list[tuple[str, np.ndarray]]:
    if series is None:
        return [(name, known)]
    labels = np.array(series.labels, dtype=object)
    listed = [(label, known & (labels == label)) for label in dict.fromkeys(series.labels)]
    return [(label, mask) for label, mask in listed if mask.any()]


def _shape_lines(plan: Plan, title: str) -> ChartSpec:
    axis = _need(plan.axis)
    if plan.series is None:
        named = [(start_large(measure.name), axis.numbers, measure.numbers) for measure in plan.measures]
    else:
        named = _split_lines(plan.series, axis.numbers, plan.measures[0])
    total = sum(int(np.isfinite(y).sum()) for _, x, y in named)
    parts = [_make_line(name, x, y, axis) for name, x, y in named]
    spec_axis = _axis_of(axis)
    if axis.role is Role.CYCLIC:
        places = np.unique(axis.numbers[np.isfinite(axis.numbers)])
        names = dict(zip(axis.numbers.tolist(), axis.labels, strict=True))
        spec_axis = Axis(axis.name, Scale.LABELS, tuple(names[place] for place in places.tolist()))
        parts = [Series(part.name, np.searchsorted(places, part.x).astype(np.float64), part.y) for part in parts]
    return _finish(plan, title, spec_axis, parts, total)


def _split_lines(series: Column, x: FloatArray, measure: Column) -> list[tuple[str, FloatArray, FloatArray]]:
    known = np.isfinite(x)
    split = _split(series, measure.name, known)
    lines = [(name, x[mask], measure.numbers[mask]) for name, mask in split]
    lines.sort(key=lambda line: -float(np.nansum(np.abs(line[2]))))
    room = MAX_SERIES if measure.additive else MAX_LINES
    if len(lines) <= room:
        return lines
    kept, rest = (lines[: room - 1], lines[room - 1 :]) if measure.additive else (lines[:room], [])
    if rest:
        every = np.concatenate([line[1] for line in rest])
        places, index = np.unique(every, return_inverse=True)
        sums = np.bincount(index, weights=np.nan_to_num(np.concatenate([line[2] for line in rest])))
        kept.append((_OTHER, places, sums))
    return kept


def _make_line(name: str, x: FloatArray, y: FloatArray, axis: Column) -> Series:
    known = np.isfinite(x)
    order = np.argsort(x[known], kind="stable")
    x, y = x[known][order], y[known][order]
    if axis.role is Role.TIME and axis.grain is not None:
        x, y = _open_gaps(x, y, axis.grain)
    return Series(name, *thin_out(x, y))


def _open_gaps(x: FloatArray, y: FloatArray, grain: Grain) -> tuple[FloatArray, FloatArray]:
    """Put a gap where periods are missing, unless most are: then the points are single observations."""
    if x.size < 3 or grain is Grain.SECOND:
        return x, y
    if grain in _STEPS_MONTHS:
        periods = x.astype("datetime64[ms]").astype("datetime64[M]").astype(np.float64) / _STEPS_MONTHS[grain]
    else:
        periods = x / _STEPS_MS[grain]
    steps = np.diff(periods)
    # A weekly series of days steps by seven: its own usual step is the period.
    usual = float(np.median(steps))
    missing = np.flatnonzero(steps > 1.5 * usual)
    if usual <= 0 or missing.size == 0 or missing.size * 2 > steps.size:
        return x, y
    between = (x[missing] + x[missing + 1]) / 2
    return np.insert(x, missing + 1, between), np.insert(y, missing + 1, np.nan)


def _finish(plan: Plan, title: str, axis: Axis, parts: list[Series], total: int) -> ChartSpec:
    shown = sum(int(np.isfinite(part.y).sum()) for part in parts)
    note = (
        f"{shown:,} of {total:,} points are shown"
        if shown < total and any(p.y.size >= MAX_POINTS - 2 for p in parts)
        else ""
    )
    measure = plan.measures[0]
    value_name = measure.name if len(plan.measures) == 1 else "value"
    return ChartSpec(plan.chart_type, title, axis, Axis(value_name), tuple(parts), shown, total, note=note)


def _axis_of(column: Column) -> Axis:
    if column.role is Role.TIME:
        return Axis(column.name, Scale.TIME, grain=column.grain)
    return Axis(column.name)


def _need(axis: Column | None) -> Column:
    if axis is None:
        raise ValueError("a plan of this chart type has an axis")
    return axis
