"""Choose the chart for a frame of rows, and say why."""

from __future__ import annotations

import dataclasses

from askwire_protocol.messages.charts import ChartType
from askwire_viz.columns import Column, Role
from askwire_viz.fits import LONG_LABEL, MAX_BARS, MAX_VERTICAL_BARS, Plan, fit
from askwire_viz.frame import Frame
from askwire_viz.labels import start_large
from askwire_viz.wishes import FAMILIES

__all__ = ["Choice", "choose"]

_MAX_ALTERNATIVES = 5
_NAMES = {
    ChartType.NUMBER: "a single number",
    ChartType.TABLE: "a table",
    ChartType.BAR: "a bar chart",
    ChartType.HORIZONTAL_BAR: "a horizontal bar chart",
    ChartType.LINE: "a line chart",
    ChartType.MULTI_LINE: "a chart of several lines",
    ChartType.STACKED_BAR: "a stacked bar chart",
    ChartType.GROUPED_BAR: "a grouped bar chart",
    ChartType.PIE: "a pie chart",
    ChartType.SCATTER: "a scatter plot",
    ChartType.HISTOGRAM: "a histogram",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """``rule`` is the stable id of the rule that chose; ``reason`` is one sentence for people."""

    plan: Plan
    rule: str
    reason: str
    alternatives: tuple[ChartType, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class _Candidate:
    chart_type: ChartType
    rule: str
    why: str


def choose(frame: Frame, wish: ChartType | None = None, *, exact: bool = False) -> Choice:
    """Choose; a wish wins where the rows allow it.

    An ``exact`` wish names its type; another one only its kind, so that "bars" may lie where names are long.
    """
    if frame.row_count == 0:
        return Choice(Plan(ChartType.TABLE), "no-rows", "There are no rows to draw.", ())
    refusal = ""
    if wish is not None:
        found = _grant(frame, wish, exact=exact)
        if isinstance(found, Plan):
            said = "was asked for" if found.chart_type is wish else f"fits the wish for {_NAMES[wish]}"
            reason = _sentence(f"{_NAMES[found.chart_type]} {said}", found.left_out)
            return Choice(found, "asked-for", reason, _list_alternatives(frame, found.chart_type))
        refusal = f"{_NAMES[wish]} was asked for, but {found}; instead: "
    for candidate in _list_candidates(frame):
        plan = fit(candidate.chart_type, frame, wished=False)
        if isinstance(plan, Plan):
            reason = _sentence(refusal + candidate.why, plan.left_out)
            return Choice(plan, candidate.rule, reason, _list_alternatives(frame, plan.chart_type))
    reason = _sentence(refusal + _say_why_table(frame), "")
    return Choice(Plan(ChartType.TABLE), _table_rule(frame), reason, _list_alternatives(frame, ChartType.TABLE))


def _grant(frame: Frame, wish: ChartType, *, exact: bool) -> Plan | str:
    """Return the plan that fulfils a wish, or why its own type does not fit."""
    family = FAMILIES.get(wish, (wish,))
    if not exact:
        family = (*_list_preferred(frame, wish), *family)
    plans = [fit(kind, frame, wished=True) for kind in family]
    granted = next((plan for plan in plans if isinstance(plan, Plan)), None)
    return granted if granted is not None else str(fit(wish, frame, wished=True))


def _list_preferred(frame: Frame, wish: ChartType) -> tuple[ChartType, ...]:
    # Several measures of one scale belong side by side; long names need room.
    if wish in (ChartType.BAR, ChartType.LINE) and frame.series is None and len(frame.measures) > 1:
        return (ChartType.GROUPED_BAR if wish is ChartType.BAR else ChartType.MULTI_LINE,)
    named = wish is ChartType.BAR and frame.axis is not None and frame.axis.role is Role.CATEGORY
    return (ChartType.HORIZONTAL_BAR,) if named and frame.axis is not None and _wants_width(frame.axis) else ()


def _list_candidates(frame: Frame) -> list[_Candidate]:
    """List what suits the shape of the rows, best first."""
    if frame.row_count == 1:
        return [_Candidate(ChartType.NUMBER, "single-row", "the result is a single row of numbers")]
    axis = frame.axis
    if not frame.measures or frame.problem is not None:
        return []
    if axis is None:
        return _list_raw(frame)
    subject = f"{frame.measures[0].name} by {axis.name}"
    if not frame.unique:
        return [*_list_series(frame, axis, subject), *_list_bars(axis, subject), *_list_raw(frame)]
    if frame.series is not None or len(frame.measures) > 1:
        return [*_list_series(frame, axis, subject), *_list_single(frame, axis, subject)]
    return _list_single(frame, axis, subject)


def _list_single(frame: Frame, axis: Column, subject: str) -> list[_Candidate]:
    line = _Candidate(ChartType.LINE, "time-line", f"{subject}: a line shows how it goes on in time")
    match axis.role:
        case Role.TIME if frame.measures[0].count:
            bars = _Candidate(ChartType.BAR, "time-counts", f"{subject}: a bar for what was counted in each period")
            return [bars, line]
        case Role.TIME:
            return [line]
        case Role.CYCLIC:
            return [_Candidate(ChartType.BAR, "calendar-bars", f"{subject}: bars in the order of the calendar")]
        case Role.ORDINAL:
            return [_Candidate(ChartType.BAR, "ordinal-bars", f"{subject}: bars in the order of {axis.name}")]
        case _:
            return _list_bars(axis, subject)


def _list_bars(axis: Column, subject: str) -> list[_Candidate]:
    if axis.role not in (Role.CATEGORY, Role.KEY):
        return []
    if not _wants_width(axis):
        return [_Candidate(ChartType.BAR, "category-bars", f"{subject}: bars compare few groups")]
    why = f"{subject}: horizontal bars leave room for the names"
    if axis.distinct > MAX_BARS:
        why = f"{subject}: the largest of {axis.distinct} groups as horizontal bars"
    return [_Candidate(ChartType.HORIZONTAL_BAR, "category-horizontal-bars", why)]


def _list_series(frame: Frame, axis: Column, subject: str) -> list[_Candidate]:
    split = f" and {frame.series.name}" if frame.series is not None else ""
    side = _Candidate(ChartType.GROUPED_BAR, "grouped-bars", f"{subject}{split}: bars side by side compare the groups")
    if frame.series is None:
        listed = " and ".join(measure.name for measure in frame.measures[:3])
        side = dataclasses.replace(side, rule="measures-grouped", why=f"{listed} by {axis.name}: bars on one scale")
    stack = _Candidate(ChartType.STACKED_BAR, "stacked-bars", f"{subject}{split}: stacks show the parts and the whole")
    lines = _Candidate(
        ChartType.MULTI_LINE, "time-lines", f"{subject}{split}: a line each shows how they go on in time"
    )
    dots = _Candidate(
        ChartType.SCATTER, "measures-scatter", f"two measures for each {axis.name}: points show how they relate"
    )
    match axis.role:
        case Role.TIME:
            return [lines, stack]
        case Role.CATEGORY | Role.KEY if frame.series is None:
            return [side, dots] if frame.row_count > MAX_BARS else [side]
        case _:
            return [stack, side]


def _list_raw(frame: Frame) -> list[_Candidate]:
    names = [measure.name for measure in frame.measures]
    scatter = _Candidate(ChartType.SCATTER, "raw-scatter", "points show how single values relate")
    histogram = _Candidate(ChartType.HISTOGRAM, "raw-histogram", f"{names[0]}: how often values of each range occur")
    if len(names) >= 2:
        return [dataclasses.replace(scatter, why=f"{names[0]} and {names[1]}: {scatter.why}")]
    if frame.axis is not None and frame.axis.role is Role.TIME:
        return [dataclasses.replace(scatter, rule="time-scatter", why=f"{names[0]} in time: a point for each row")]
    return [histogram]


def _wants_width(axis: Column) -> bool:
    return axis.distinct > MAX_VERTICAL_BARS or any(len(label) > LONG_LABEL for label in axis.labels)


def _table_rule(frame: Frame) -> str:
    if not frame.measures:
        return "table-no-numbers"
    return "table-single-row" if frame.row_count == 1 else "table-shape"


def _say_why_table(frame: Frame) -> str:
    if not frame.measures:
        return "a table: no column holds numbers to draw"
    if frame.row_count == 1:
        return "a table: a single row of several columns"
    if frame.problem is not None:
        return f"a table: {frame.problem}"
    if frame.axis is not None and not frame.unique:
        return f"a table: several rows share the same {frame.axis.name}"
    if frame.axis is not None and frame.axis.distinct > MAX_BARS:
        return f"a table: {frame.axis.distinct} groups are too many for a chart"
    return "a table: no chart would say more"


def _list_alternatives(frame: Frame, chosen: ChartType) -> tuple[ChartType, ...]:
    order = (
        ChartType.LINE, ChartType.MULTI_LINE, ChartType.BAR, ChartType.HORIZONTAL_BAR, ChartType.STACKED_BAR,
        ChartType.GROUPED_BAR, ChartType.PIE, ChartType.SCATTER, ChartType.HISTOGRAM, ChartType.NUMBER,
    )  # fmt: skip
    fitting = [kind for kind in order if kind is not chosen and isinstance(fit(kind, frame, wished=True), Plan)]
    room = _MAX_ALTERNATIVES - (chosen is not ChartType.TABLE)
    return (*fitting[:room], *([ChartType.TABLE] if chosen is not ChartType.TABLE else []))


def _sentence(text: str, left_out: str) -> str:
    whole = f"{text} ({left_out})" if left_out else text
    return start_large(whole) + "."
