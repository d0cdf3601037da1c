"""Make the Bokeh JSON item of a chart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from askwire_protocol.messages.charts import ChartType
from askwire_viz.figures import FORMATS, HOVER_VALUES, Layout
from askwire_viz.geometry import Bars, find_range, place_bars
from askwire_viz.labels import format_number, shorten, start_large
from askwire_viz.skeleton import Filling, encode_value, fill
from askwire_viz.spec import ChartSpec, Scale, Series
from askwire_viz.text import name_position
from askwire_viz.times import FloatArray

__all__ = ["lay_out", "list_fillings", "make_item"]

_MAX_TITLE = 100
_MAX_TICK = 28
_MAX_LEGEND = 28
_MAX_WRITTEN = 10
_MAX_MARKED = 60
_COMPACT_FROM = 1e4
_LYING_ROW_PX, _LEAST_HEIGHT_PX = 24, 240


def make_item(spec: ChartSpec, token: str) -> dict[str, Any]:
    """Return the item for ``Bokeh.embed.embed_item``; ``token`` keeps its ids apart from those of other items."""
    return fill(lay_out(spec), list_fillings(spec, token), token)


def lay_out(spec: ChartSpec) -> Layout:
    """Return the layout that a chart needs."""
    single = len(spec.series) == 1
    written = single and spec.kind in (ChartType.BAR, ChartType.HORIZONTAL_BAR) and spec.points_shown <= _MAX_WRITTEN
    longest = max((len(label) for label in spec.x.labels), default=0)
    lines = spec.kind in (ChartType.LINE, ChartType.MULTI_LINE)
    return Layout(
        kind=spec.kind,
        x_scale=spec.x.scale,
        series_count=len(spec.x.labels) if spec.kind is ChartType.PIE else len(spec.series),
        markers=lines and max(series.y.size for series in spec.series) <= _MAX_MARKED,
        values_written=written and spec.x.scale is Scale.LABELS,
        steep_labels=spec.kind is not ChartType.HORIZONTAL_BAR and longest * len(spec.x.labels) > 90,
    )


def list_fillings(spec: ChartSpec, token: str) -> Iterator[Filling]:
    """Yield everything that a figure of this layout lacks."""
    title = shorten(spec.title, _MAX_TITLE)
    yield Filling("title_text", "text", title)
    yield Filling("title", "visible", bool(title))
    if spec.kind is ChartType.PIE:
        yield from _fill_pie(spec)
        return
    if spec.kind in (ChartType.LINE, ChartType.MULTI_LINE, ChartType.SCATTER):
        yield from _fill_points(spec)
    else:
        yield from _fill_bars(spec)
    yield from _fill_axes(spec, token)
    if len(spec.series) > 1:
        for index, series in enumerate(spec.series):
            yield from _fill_name(f"{index}", series.name)
    names = [spec.x.name, spec.y.name, "series"]
    yield Filling("hover", "tooltips", _tooltips(spec, names))


def _tooltips(spec: ChartSpec, names: list[str]) -> list[list[str]]:
    numbers = spec.x.scale is Scale.NUMBER and spec.kind is not ChartType.HISTOGRAM
    values = ["@x{0,0.[00]}" if numbers else "@label", "@value{0,0.[00]}"]
    if len(spec.series) > 1 and spec.kind is not ChartType.PIE:
        values.append("$name")
    if not set(values) <= HOVER_VALUES:
        raise ValueError("a tooltip shows only our own columns")
    return [[start_large(name), value] for name, value in zip(names, values, strict=False)]


def _fill_points(spec: ChartSpec) -> Iterator[Filling]:
    for index, series in enumerate(spec.series):
        columns: dict[str, Any] = {"x": series.x, "value": series.y}
        if spec.x.scale is not Scale.NUMBER:
            columns["label"] = [name_position(spec.x, position) for position in series.x.tolist()]
        yield _fill_source(index, columns)
    yield from _fill_range("x_range", *_x_range(spec))
    yield from _fill_range("y_range", *find_range([series.y for series in spec.series], zero=False))


def _x_range(spec: ChartSpec) -> tuple[float, float]:
    if spec.x.scale is Scale.LABELS:
        return -0.5, len(spec.x.labels) - 0.5
    return find_range([series.x for series in spec.series], zero=False, padding=0.02)


def _fill_bars(spec: ChartSpec) -> Iterator[Filling]:
    placed = place_bars(spec)
    lies = spec.kind is ChartType.HORIZONTAL_BAR
    written = lay_out(spec).values_written
    for index, (series, bars) in enumerate(zip(spec.series, placed, strict=True)):
        yield _fill_source(index, _list_bar_columns(spec, series, bars, lies, written))
    ends = [array for bars in placed for array in (bars.base, bars.end)]
    along = find_range(ends, zero=True, padding=0.12 if written else 0.05)
    across = _across(spec, placed)
    yield from _fill_range("x_range", *(along if lies else across))
    # The first name of lying bars is at the top.
    yield from _fill_range("y_range", *(across[::-1] if lies else along))
    if lies:
        height = max(_LEAST_HEIGHT_PX, 90 + _LYING_ROW_PX * len(spec.x.labels))
        yield Filling("plot", "height", height)


def _across(spec: ChartSpec, placed: list[Bars]) -> tuple[float, float]:
    if spec.x.scale is Scale.LABELS:
        return -0.5, len(spec.x.labels) - 0.5
    return find_range([array for bars in placed for array in (bars.left, bars.right)], zero=False, padding=0.02)


def _list_bar_columns(spec: ChartSpec, series: Series, bars: Bars, lies: bool, written: bool) -> dict[str, Any]:
    sides = (
        {"left": bars.base, "right": bars.end, "bottom": bars.left, "top": bars.right}
        if lies
        else {"left": bars.left, "right": bars.right, "bottom": bars.base, "top": bars.end}
    )
    columns: dict[str, Any] = {**sides, "label": _name_bars(spec, series), "value": series.y}
    if written:
        columns["middle"] = (bars.left + bars.right) / 2
        columns["written"] = ["" if not np.isfinite(y) else format_number(y) for y in series.y.tolist()]
    return columns


def _name_bars(spec: ChartSpec, series: Series) -> list[str]:
    if spec.edges is not None:
        edges = [format_number(edge) for edge in spec.edges.tolist()]
        return [f"{low} to {high}" for low, high in itertools.pairwise(edges)]
    return [name_position(spec.x, position) for position in series.x.tolist()]


def _fill_axes(spec: ChartSpec, token: str) -> Iterator[Filling]:
    yield Filling("x_name", "text", shorten(start_large(spec.x.name), _MAX_TITLE))
    yield Filling("y_name", "text", shorten(start_large(spec.y.name), _MAX_TITLE))
    largest = max((float(np.nanmax(np.abs(s.y), initial=0.0)) for s in spec.series), default=0.0)
    yield Filling("y_format", "format", FORMATS[largest >= _COMPACT_FROM])
    if spec.x.scale is Scale.LABELS:
        count = len(spec.x.labels)
        yield Filling("x_ticker", "ticks", list(range(count)))
        entries = [[index, _plain_text(label, f"{token}-t{index}")] for index, label in enumerate(spec.x.labels)]
        yield Filling("x_axis", "major_label_overrides", {"type": "map", "entries": entries})
    elif spec.x.scale is Scale.NUMBER:
        widest = max(float(np.nanmax(np.abs(s.x), initial=0.0)) for s in spec.series)
        yield Filling("x_format", "format", FORMATS[widest >= _COMPACT_FROM])


def _plain_text(text: str, model_id: str) -> dict[str, Any]:
    shown = shorten(text, _MAX_TICK)
    return {"type": "object", "name": "PlainText", "id": model_id, "attributes": {"text": shown}}


def _fill_pie(spec: ChartSpec) -> Iterator[Filling]:
    values: FloatArray = spec.series[0].y
    # From twelve o'clock on, clockwise.
    angles = np.pi / 2 - 2 * np.pi * np.concatenate(([0.0], np.cumsum(values))) / values.sum()
    for index, label in enumerate(spec.x.labels):
        share = f"{100 * values[index] / values.sum():.1f} %"
        start, end = angles[index : index + 1], angles[index + 1 : index + 2]
        columns = {"start": start, "end": end, "label": [f"{label} ({share})"], "value": values[index : index + 1]}
        yield _fill_source(index, columns)
        yield from _fill_name(f"{index}", f"{shorten(label, _MAX_LEGEND)} · {share}")
    yield from _fill_range("x_range", -1.0, 1.0)
    yield from _fill_range("y_range", -1.0, 1.0)
    yield Filling("hover", "tooltips", _tooltips(spec, [spec.x.name, spec.y.name]))


def _fill_source(index: int, columns: dict[str, Any]) -> Filling:
    entries = [[name, encode_value(values)] for name, values in columns.items()]
    return Filling(f"source{index}", "data", {"type": "map", "entries": entries})


def _fill_range(handle: str, start: float, end: float) -> Iterator[Filling]:
    yield Filling(handle, "start", start)
    yield Filling(handle, "end", end)


def _fill_name(index: str, name: str) -> Iterator[Filling]:
    yield Filling(f"legend{index}", "label", {"type": "value", "value": shorten(name, _MAX_LEGEND + 12)})
    yield Filling(f"renderer{index}.0", "name", name)
