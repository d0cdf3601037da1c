"""The chart as data, before any drawing library: axes, series, counts."""

from __future__ import annotations

import dataclasses
import enum

from askwire_protocol.messages.charts import ChartType
from askwire_viz.labels import Grain
from askwire_viz.times import FloatArray

__all__ = ["Axis", "ChartSpec", "Scale", "Series"]


class Scale(enum.StrEnum):
    """What the positions on an axis are."""

    NUMBER = "number"
    TIME = "time"
    """Milliseconds since 1970."""
    LABELS = "labels"
    """Position i is the i-th label."""


@dataclasses.dataclass(frozen=True, slots=True)
class Axis:
    """One axis; ``labels`` only with ``Scale.LABELS``, ``grain`` only with ``Scale.TIME``."""

    name: str
    scale: Scale = Scale.NUMBER
    labels: tuple[str, ...] = ()
    grain: Grain | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """Points of one series; NaN in ``y`` is a gap."""

    name: str
    x: FloatArray
    y: FloatArray


@dataclasses.dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart to draw.

    ``x`` is the axis of names, times or left-hand numbers even where bars lie; ``y`` is always the measure.
    ``edges`` are the borders of a histogram's bins, one more than it has bars.
    """

    kind: ChartType
    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    points_shown: int
    points_total: int
    edges: FloatArray | None = None
    note: str = ""
    """What the chart does not show, in words; "" where it shows all."""
