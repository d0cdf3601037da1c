"""Tell for each chart type whether rows can be drawn so, and why not where they cannot."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from askwire_protocol.messages.charts import ChartType
from askwire_viz.columns import Column, Role
from askwire_viz.frame import Frame

__all__ = [
    "LONG_LABEL",
    "MAX_AXIS_BARS",
    "MAX_BARS",
    "MAX_SERIES",
    "MAX_SLICES",
    "MAX_VERTICAL_BARS",
    "Plan",
    "fit",
]

MAX_VERTICAL_BARS = 10
MAX_TIME_BARS = 30
MAX_BARS = 30
MAX_LISTED_BARS = 100
MAX_AXIS_BARS = 12
MAX_SERIES = 6
MAX_LINES = 20
MAX_SLICES = 6
MAX_SLICES_FOLDED = 30
MAX_COLOURS = 8
MAX_TILES = 4
LONG_LABEL = 12
_SAME_SCALE = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What to draw: the columns for each part of a chart."""

    chart_type: ChartType
    measures: tuple[Column, ...] = ()
    axis: Column | None = None
    series: Column | None = None
    left_out: str = ""
    """What of the rows is not in the chart, as a clause for people; "" where all is."""


def fit(kind: ChartType, frame: Frame, *, wished: bool) -> Plan | str:
    """Return the plan for a chart of that type, or the clause that says why there is none.

    ``wished`` charts have wider limits: what is not best may still be what the asker wants.
    """
    if kind is ChartType.TABLE:
        return Plan(ChartType.TABLE)
    if frame.row_count == 0:
        return "there are no rows"
    if not frame.measures:
        return "no column holds numbers to draw"
    plan = _FITS[kind](frame, wished)
    if isinstance(plan, str) or plan.axis is None:
        return plan
    least = 2 if kind in (ChartType.LINE, ChartType.MULTI_LINE, ChartType.SCATTER) else 1
    if any(_count_points(plan.axis, measure) < least for measure in plan.measures):
        return f"too few rows have both {plan.axis.name} and {plan.measures[0].name}"
    return plan


def _fit_number(frame: Frame, wished: bool) -> Plan | str:
    if frame.row_count != 1:
        return "there is more than one row"
    if len(frame.measures) > MAX_TILES or (len(frame.measures) < frame.column_count and not wished):
        return "a row of several columns reads better as a table"
    return Plan(ChartType.NUMBER, frame.measures)


def _fit_bar(frame: Frame, wished: bool) -> Plan | str:
    return _fit_bars(frame, wished, ChartType.BAR)


def _fit_horizontal_bar(frame: Frame, wished: bool) -> Plan | str:
    if frame.axis is not None and frame.axis.role is Role.TIME:
        return "time runs from left to right"
    return _fit_bars(frame, wished, ChartType.HORIZONTAL_BAR)


def _fit_bars(frame: Frame, wished: bool, kind: ChartType) -> Plan | str:
    axis = frame.axis
    problem = _need_axis(frame) or _need_unique(frame, wished)
    if problem or axis is None:
        return problem
    if frame.series is not None:
        return "the rows are grouped by two columns, single bars show one"
    if axis.role is Role.TIME and axis.distinct > (MAX_LISTED_BARS if wished else MAX_TIME_BARS):
        return f"{axis.distinct} bars in time are too many"
    if not wished and frame.row_count > MAX_LISTED_BARS:
        return f"{frame.row_count} bars are too many"
    rest = f"{_name_all(frame.measures[1:])} left out: one measure is shown" if len(frame.measures) > 1 else ""
    return Plan(kind, frame.measures[:1], axis, left_out=rest)


def _fit_line(frame: Frame, wished: bool) -> Plan | str:
    axis = frame.axis
    if axis is None and frame.problem is None and len(frame.measures) >= 2 and wished and frame.row_count > 1:
        axis, measures = frame.measures[0], frame.measures[1:]
        if axis.distinct != frame.row_count:
            return f"several rows share the same {axis.name}"
        return Plan(ChartType.LINE, measures[:1], axis)
    problem = _need_axis(frame) or _need_order(frame) or _need_unique(frame, False)
    if problem or axis is None:
        return problem
    if frame.series is not None:
        return "the rows are grouped by two columns, a single line shows one"
    if axis.distinct < 2:
        return "a line needs two points at least"
    rest = f"{_name_all(frame.measures[1:])} left out: their scales differ" if len(frame.measures) > 1 else ""
    return Plan(ChartType.LINE, frame.measures[:1], axis, left_out=rest)


def _fit_multi_line(frame: Frame, wished: bool) -> Plan | str:
    problem = _need_axis(frame) or _need_order(frame) or _need_unique(frame, False) or _need_parts(frame)
    if problem:
        return problem
    if frame.axis is not None and frame.axis.distinct < 2:
        return "a line needs two points at least"
    if frame.series is None:
        return Plan(ChartType.MULTI_LINE, frame.measures[:MAX_SERIES], frame.axis)
    if frame.series.distinct > MAX_LINES and not frame.measures[0].additive and not wished:
        return f"{frame.series.distinct} lines are too many"
    return Plan(ChartType.MULTI_LINE, frame.measures[:1], frame.axis, frame.series)


def _fit_stacked(frame: Frame, wished: bool) -> Plan | str:
    problem = _need_axis(frame) or _need_unique(frame, False)
    if problem:
        return problem
    if frame.series is None:
        return "the rows are grouped by one column, stacks need two"
    measure = frame.measures[0]
    if not measure.additive:
        return f"{measure.name} cannot be added up"
    if np.nanmin(measure.numbers) < 0:
        return f"{measure.name} has negative values"
    problem = _need_few(frame, wished)
    return problem or Plan(ChartType.STACKED_BAR, (measure,), frame.axis, frame.series)


def _fit_grouped(frame: Frame, wished: bool) -> Plan | str:
    problem = _need_axis(frame) or _need_unique(frame, False) or _need_parts(frame) or _need_few(frame, wished)
    if problem:
        return problem
    if frame.series is not None:
        return Plan(ChartType.GROUPED_BAR, frame.measures[:1], frame.axis, frame.series)
    return Plan(ChartType.GROUPED_BAR, frame.measures[:MAX_SERIES], frame.axis)


def _fit_pie(frame: Frame, wished: bool) -> Plan | str:
    problem = _need_axis(frame) or _need_unique(frame, False)
    if problem or frame.axis is None:
        return problem
    if frame.series is not None:
        return "the rows are grouped by two columns, a pie shows one"
    measure = frame.measures[0]
    known = measure.numbers[np.isfinite(measure.numbers)]
    ordered = frame.axis.role is not Role.CATEGORY
    if not measure.additive:
        return f"{measure.name} cannot be added up to a whole"
    if known.min() < 0 or known.sum() <= 0:
        return f"{measure.name} has values that are no shares of a whole"
    if frame.row_count < 2 or known.max() / known.sum() > 0.9:
        return "one slice would be nearly the whole pie"
    if frame.row_count > (MAX_SLICES + 1 if ordered else MAX_SLICES_FOLDED):
        return f"{frame.row_count} slices cannot be told apart"
    if not wished:
        return "shares are compared best as bars"
    return Plan(ChartType.PIE, (measure,), frame.axis)


def _fit_scatter(frame: Frame, wished: bool) -> Plan | str:
    axis = frame.axis
    if frame.row_count < 2:
        return "one point says nothing"
    colour = next((c for c in (axis, frame.series) if c is not None and _can_colour(c, frame)), None)
    if axis is not None and axis.role is Role.TIME and len(frame.measures) == 1:
        series = frame.series if frame.series is not None and _can_colour(frame.series, frame) else None
        return Plan(ChartType.SCATTER, frame.measures, axis, series)
    if len(frame.measures) < 2:
        return "a scatter plot needs two columns of numbers"
    return Plan(ChartType.SCATTER, frame.measures[1:2], frame.measures[0], colour)


def _fit_histogram(frame: Frame, wished: bool) -> Plan | str:
    measure = frame.measures[0]
    if frame.axis is not None and frame.unique and frame.axis.role is not Role.KEY and not _is_listing(frame):
        return "the rows are grouped already, a histogram counts single values"
    if measure.distinct < (2 if wished else 21):
        return "there are too few different values to count them in ranges"
    return Plan(ChartType.HISTOGRAM, (measure,))


def _need_axis(frame: Frame) -> str:
    return frame.problem or ("" if frame.axis is not None else "no column names the rows")


def _need_order(frame: Frame) -> str:
    ordered = frame.axis is not None and frame.axis.role in (Role.TIME, Role.CYCLIC, Role.ORDINAL)
    return "" if ordered else "lines need an axis with an order, as time has"


def _need_unique(frame: Frame, wished: bool) -> str:
    if frame.unique or frame.axis is None:
        return ""
    # Two customers may have the same name: each keeps a bar of its own.
    distinct, rows = frame.axis.distinct, frame.row_count
    if (
        frame.series is None
        and frame.axis.role is Role.CATEGORY
        and (distinct >= 0.8 * rows or (wished and rows <= MAX_BARS))
    ):
        return ""
    return f"several rows share the same {frame.axis.name}, they are not grouped"


def _need_parts(frame: Frame) -> str:
    if frame.series is not None:
        return ""
    if len(frame.measures) < 2:
        return "there is only one series"
    sizes = [float(np.nanmean(np.abs(measure.numbers))) for measure in frame.measures[:MAX_SERIES]]
    if max(sizes) >= _SAME_SCALE * max(min(sizes), 1e-300):
        return "the scales of the measures differ too much for one axis"
    return ""


def _need_few(frame: Frame, wished: bool) -> str:
    axis, series = frame.axis, frame.series
    if axis is None:
        return ""
    folds = frame.measures[0].additive and axis.role is Role.CATEGORY
    places = MAX_LISTED_BARS if wished and folds else 31 if axis.role is not Role.CATEGORY else MAX_AXIS_BARS
    if folds and series is not None and not wished:
        places = MAX_BARS
    if axis.distinct > places:
        return f"{axis.distinct} groups of bars are too many"
    if series is not None and series.distinct > (MAX_LINES if frame.measures[0].additive else MAX_SERIES):
        return f"{series.distinct} bars side by side are too many"
    return ""


def _count_points(x: Column, y: Column) -> int:
    # Categories have no numbers, only labels: each row has its place.
    placed = (
        np.isfinite(y.numbers)
        if x.role in (Role.CATEGORY, Role.KEY)
        else np.isfinite(x.numbers) & np.isfinite(y.numbers)
    )
    return int(placed.sum())


def _can_colour(column: Column, frame: Frame) -> bool:
    few = column.role in (Role.CATEGORY, Role.CYCLIC) and column.distinct <= MAX_COLOURS
    return few and column.distinct < frame.row_count


def _is_listing(frame: Frame) -> bool:
    # Names of single things beside their values, not groups.
    axis = frame.axis
    return axis is not None and axis.role is Role.CATEGORY and axis.distinct > MAX_LISTED_BARS


def _name_all(measures: tuple[Column, ...]) -> str:
    return " and ".join(measure.name for measure in measures[:3])


_FITS: dict[ChartType, Callable[[Frame, bool], Plan | str]] = {
    ChartType.NUMBER: _fit_number,
    ChartType.BAR: _fit_bar,
    ChartType.HORIZONTAL_BAR: _fit_horizontal_bar,
    ChartType.LINE: _fit_line,
    ChartType.MULTI_LINE: _fit_multi_line,
    ChartType.STACKED_BAR: _fit_stacked,
    ChartType.GROUPED_BAR: _fit_grouped,
    ChartType.PIE: _fit_pie,
    ChartType.SCATTER: _fit_scatter,
    ChartType.HISTOGRAM: _fit_histogram,
}
