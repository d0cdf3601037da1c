"""Place bars and ranges on their axes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from askwire_protocol.messages.charts import ChartType
from askwire_viz.spec import ChartSpec, Scale
from askwire_viz.times import FloatArray

__all__ = ["Bars", "find_range", "place_bars"]

_FILL = 0.8  # part of its place that a group of bars takes
_DAY_MS = 86_400_000.0


@dataclasses.dataclass(frozen=True, slots=True)
class Bars:
    """Borders of the bars of one series: ``left`` and ``right`` on the axis of names, ``base`` and ``end`` along."""

    left: FloatArray
    right: FloatArray
    base: FloatArray
    end: FloatArray


def place_bars(spec: ChartSpec) -> list[Bars]:
    """Return the bars of each series; a gap has no end."""
    if spec.edges is not None:
        counts = spec.series[0].y
        return [Bars(spec.edges[:-1], spec.edges[1:], np.zeros_like(counts), counts)]
    width = _FILL * _find_step(spec)
    if spec.kind is ChartType.STACKED_BAR:
        return _stack(spec, width)
    each = width / len(spec.series)
    placed = []
    for index, series in enumerate(spec.series):
        left = series.x - width / 2 + index * each
        placed.append(Bars(left, left + each, np.zeros_like(series.y), series.y))
    return placed


def find_range(arrays: Sequence[FloatArray], *, zero: bool, padding: float = 0.05) -> tuple[float, float]:
    """Return start and end around all finite values, from zero where ``zero``."""
    joined = np.concatenate(arrays) if arrays else np.array([])
    known = joined[np.isfinite(joined)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        pad = max(abs(low) * 0.1, 1.0)
        return (low, low + pad) if zero else (low - pad, high + pad)
    # Halves first: the span of two huge numbers may be above what a float holds.
    pad = (high / 2 - low / 2) * 2 * padding if abs(high) < 1e300 and abs(low) < 1e300 else 0.0
    return (low if zero and low == 0 else low - pad), (high if zero and high == 0 else high + pad)


def _find_step(spec: ChartSpec) -> float:
    if spec.x.scale is Scale.LABELS:
        return 1.0
    positions = np.unique(spec.series[0].x)
    return float(np.diff(positions).min()) if positions.size > 1 else _DAY_MS


def _stack(spec: ChartSpec, width: float) -> list[Bars]:
    height = np.zeros_like(spec.series[0].y)
    placed = []
    for series in spec.series:
        top = height + np.nan_to_num(series.y)
        end = np.where(np.isfinite(series.y), top, np.nan)
        placed.append(Bars(series.x - width / 2, series.x + width / 2, height, end))
        height = top
    return placed
