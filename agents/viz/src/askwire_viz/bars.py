"""Make the data of bars and slices: a matrix of groups and series, sorted, the small ones folded into "Other"."""

from __future__ import annotations

import dataclasses

import numpy as np

from askwire_protocol.messages.charts import ChartType
from askwire_viz.columns import Column, Role
from askwire_viz.fits import MAX_AXIS_BARS, MAX_BARS, MAX_SERIES, MAX_SLICES, Plan
from askwire_viz.labels import start_large
from askwire_viz.spec import Axis, ChartSpec, Scale, Series
from askwire_viz.times import FloatArray

__all__ = ["shape_bars", "shape_pie"]

_OTHER = "Other"
_SMALL_SLICE = 0.025

Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Groups:
    """``values`` has a row for each label and a column for each series; ``places`` are times or places in an order."""

    labels: list[str]
    places: FloatArray
    names: list[str]
    values: Matrix


def shape_bars(plan: Plan, title: str) -> ChartSpec:
    """Return bars, single, grouped or stacked."""
    axis = plan.axis
    if axis is None:
        raise ValueError("a plan of bars has an axis")
    groups = _gather(plan, axis)
    total = int(np.isfinite(groups.values).sum())
    additive = plan.measures[0].additive and (plan.series is not None or len(plan.measures) == 1)
    groups = _fold_series(groups, additive, MAX_SERIES)
    groups = _sort(groups, axis)
    room = MAX_BARS if len(groups.names) == 1 else MAX_AXIS_BARS
    before = len(groups.labels)
    if axis.role in (Role.CATEGORY, Role.KEY):
        groups = _fold_labels(groups, additive and bool(np.nanmin(groups.values, initial=0.0) >= 0), room)
    after = len(groups.labels)
    note = ""
    if after < before:
        kept = after - (groups.labels[-1] == _OTHER)
        rest = "the rest is in Other" if kept < after else "the rest is not shown"
        note = f"the {kept} largest of {before} are shown, {rest}"
    return _finish(plan, title, axis, groups, total, note)


def shape_pie(plan: Plan, title: str) -> ChartSpec:
    """Return slices as one series over labels."""
    axis = plan.axis
    if axis is None:
        raise ValueError("a plan of a pie has an axis")
    groups = _sort(_gather(plan, axis), axis)
    values = np.nan_to_num(groups.values[:, 0])
    labels = groups.labels
    total = len(labels)
    if axis.role is Role.CATEGORY:
        large = int((values >= _SMALL_SLICE * values.sum()).sum())
        # One small slice alone would only change its name.
        room = total if total <= MAX_SLICES and large >= total - 1 else min(large, MAX_SLICES - 1)
        if room < total:
            labels, values = [*labels[:room], _OTHER], np.append(values[:room], values[room:].sum())
    series = Series(plan.measures[0].name, np.arange(len(labels), dtype=np.float64), values)
    x, y = Axis(axis.name, Scale.LABELS, tuple(labels)), Axis(plan.measures[0].name)
    return ChartSpec(ChartType.PIE, title, x, y, (series,), len(labels), total)


def _gather(plan: Plan, axis: Column) -> _Groups:
    if plan.series is None:
        order = axis.numbers if axis.role is Role.TIME else np.arange(len(axis.labels), dtype=np.float64)
        known = np.isfinite(order)
        labels = [axis.labels[i] for i in np.flatnonzero(known)] if axis.labels else [""] * int(known.sum())
        values = np.column_stack([measure.numbers[known] for measure in plan.measures])
        return _Groups(labels, axis.numbers[known], [start_large(measure.name) for measure in plan.measures], values)
    keys = list(axis.labels) if axis.labels else axis.numbers.tolist()
    rows = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    names = {name: place for place, name in enumerate(dict.fromkeys(plan.series.labels or ("",)))}
    values = np.full((len(rows), len(names)), np.nan)
    places = np.full(len(rows), np.nan)
    for index, (key, name) in enumerate(zip(keys, plan.series.labels, strict=True)):
        values[rows[key], names[name]] = plan.measures[0].numbers[index]
        places[rows[key]] = axis.numbers[index]
    return _Groups([str(key) for key in rows], places, list(names), values)


def _fold_series(groups: _Groups, additive: bool, room: int) -> _Groups:
    if len(groups.names) <= 1:
        return groups
    totals = np.nansum(np.abs(groups.values), axis=0)
    order = np.argsort(-totals, kind="stable") if additive else np.arange(totals.size)
    names, values = [groups.names[i] for i in order], groups.values[:, order]
    if len(names) > room and additive:
        rest = _sum_known(values[:, room - 1 :], axis=1)
        names, values = [*names[: room - 1], _OTHER], np.column_stack((values[:, : room - 1], rest))
    return dataclasses.replace(groups, names=names, values=values)


def _sort(groups: _Groups, axis: Column) -> _Groups:
    if axis.role not in (Role.CATEGORY, Role.KEY):
        places = np.where(np.isfinite(groups.places), groups.places, np.inf)
        return _take(groups, np.argsort(places, kind="stable"))
    totals = _sum_known(groups.values, axis=1)
    known = np.where(np.isfinite(totals), totals, -np.inf)
    # Rows that come in rising order were asked for so ("the five cheapest").
    rising = (
        known.size > 2 and known[0] < known[-1] and bool(np.all(known[1:] >= known[:-1])) and known.size <= MAX_BARS
    )
    return groups if rising else _take(groups, np.argsort(-known, kind="stable"))


def _fold_labels(groups: _Groups, additive: bool, room: int) -> _Groups:
    if len(groups.labels) <= room:
        return groups
    if not additive:
        return _take(groups, np.arange(room))
    rest = _sum_known(groups.values[room - 1 :], axis=0)
    return _Groups(
        [*groups.labels[: room - 1], _OTHER],
        np.append(groups.places[: room - 1], np.nan),
        groups.names,
        np.vstack((groups.values[: room - 1], rest)),
    )


def _take(groups: _Groups, order: np.ndarray) -> _Groups:
    labels = [groups.labels[i] for i in order]
    return _Groups(labels, groups.places[order], groups.names, groups.values[order])


def _sum_known(values: Matrix, axis: int) -> Matrix:
    # The sum of nothing is a gap, not a zero.
    sums = np.nansum(values, axis=axis)
    return np.where(np.isfinite(values).any(axis=axis), sums, np.nan)


def _finish(plan: Plan, title: str, axis: Column, groups: _Groups, total: int, note: str) -> ChartSpec:
    timed = axis.role is Role.TIME
    positions = groups.places if timed else np.arange(len(groups.labels), dtype=np.float64)
    x = Axis(axis.name, Scale.TIME, grain=axis.grain) if timed else Axis(axis.name, Scale.LABELS, tuple(groups.labels))
    series = tuple(Series(name, positions, groups.values[:, place]) for place, name in enumerate(groups.names))
    shown = int(np.isfinite(groups.values).sum())
    value_name = plan.measures[0].name if len(plan.measures) == 1 else "value"
    return ChartSpec(plan.chart_type, title, x, Axis(value_name), series, shown, total, note=note)
