"""Build Bokeh figures without data: one for each layout, to be filled by handle."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from bokeh.core.properties import value
from bokeh.models import (
    BoxZoomTool,
    ColumnDataSource,
    DatetimeAxis,
    FixedTicker,
    Grid,
    HoverTool,
    LinearAxis,
    NumeralTickFormatter,
    PlainText,
    Range1d,
    ResetTool,
)
from bokeh.models.annotations import Legend, LegendItem, Title
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure

from askwire_protocol.messages.charts import ChartType
from askwire_viz.palette import DASHES, GREY, HATCHES, MARKERS, PALETTE, pick
from askwire_viz.spec import Scale

__all__ = ["FORMATS", "HOVER_VALUES", "Layout", "build_figure", "list_common_layouts"]

_HEIGHT_PX = 360
_PIE_RADIUS_PX = 120
_LABEL, _VALUE, _NUMBER, _SERIES = "@label", "@value{0,0.[00]}", "@x{0,0.[00]}", "$name"
# What a tooltip may show: names of our own columns, each escaped by BokehJS; never the format that does not escape.
HOVER_VALUES = frozenset({_LABEL, _VALUE, _NUMBER, _SERIES})
# Plain and compact ("12.3k").
FORMATS = ("0,0.[00]", "0,0.[0]a")
_BARS = (ChartType.BAR, ChartType.HORIZONTAL_BAR, ChartType.STACKED_BAR, ChartType.GROUPED_BAR, ChartType.HISTOGRAM)
_LINES = (ChartType.LINE, ChartType.MULTI_LINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """All that makes figures differ besides texts and numbers."""

    kind: ChartType
    x_scale: Scale
    series_count: int
    markers: bool = False
    """Whether lines show their points."""
    values_written: bool = False
    """Whether each bar has its value beside it."""
    steep_labels: bool = False
    """Whether the names on the axis are written at an angle."""

    @property
    def lies(self) -> bool:
        """True where names are on the vertical axis."""
        return self.kind is ChartType.HORIZONTAL_BAR


def list_common_layouts() -> list[Layout]:
    """Return the layouts that most charts have.

    Together they hold every model, attribute and style that a chart may have: two series are the least that has a
    legend, and further ones differ in their signs alone.
    """
    bars = [
        Layout(ChartType.BAR, Scale.LABELS, 1, values_written=True),
        Layout(ChartType.BAR, Scale.LABELS, 1, values_written=True, steep_labels=True),
        Layout(ChartType.BAR, Scale.LABELS, 1),
        Layout(ChartType.BAR, Scale.TIME, 1),
        Layout(ChartType.HORIZONTAL_BAR, Scale.LABELS, 1, values_written=True),
        Layout(ChartType.HORIZONTAL_BAR, Scale.LABELS, 1),
        Layout(ChartType.HISTOGRAM, Scale.NUMBER, 1),
    ]
    lines = [Layout(ChartType.LINE, Scale.TIME, 1, markers=markers) for markers in (True, False)]
    several = [
        layout
        for count in (2, 3)
        for layout in (
            Layout(ChartType.MULTI_LINE, Scale.TIME, count, markers=True),
            Layout(ChartType.STACKED_BAR, Scale.LABELS, count),
            Layout(ChartType.GROUPED_BAR, Scale.LABELS, count),
        )
    ]
    slices = [Layout(ChartType.PIE, Scale.LABELS, count) for count in (3, 4)]
    return [*bars, *lines, *several, *slices, Layout(ChartType.SCATTER, Scale.NUMBER, 1)]


def build_figure(layout: Layout) -> tuple[figure, dict[str, Any]]:
    """Return an empty figure, and its models that take data by the names of their handles."""
    handles: dict[str, Any] = {}
    plot = _make_plot(layout, handles)
    items = [_add_series(plot, layout, index, handles) for index in range(layout.series_count)]
    if layout.series_count > 1:
        beside = layout.kind is ChartType.PIE
        legend = Legend(
            items=items,
            orientation="vertical" if beside else "horizontal",
            ncols="auto" if beside else min(4, layout.series_count),
            background_fill_alpha=0,
            border_line_color=None,
            label_text_color=GREY,
        )
        plot.add_layout(legend, "right" if beside else "above")
    _add_hover(plot, layout, handles)
    return plot, handles


def _make_plot(layout: Layout, handles: dict[str, Any]) -> figure:
    handles["x_range"], handles["y_range"] = Range1d(), Range1d()
    plot = figure(
        height=_HEIGHT_PX,
        sizing_mode="stretch_width",
        tools="",
        x_range=handles["x_range"],
        y_range=handles["y_range"],
        x_axis_type=None,
        y_axis_type=None,
        output_backend="canvas",
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        toolbar_location=None,
        min_border_right=16,
    )
    plot.toolbar.logo = None
    handles["plot"] = plot
    handles["title_text"] = PlainText(text="")
    handles["title"] = Title(text=handles["title_text"], text_color=GREY, visible=False)
    plot.title = handles["title"]
    if layout.kind is not ChartType.PIE:
        _add_axes(plot, layout, handles)
    if layout.kind in _LINES or layout.kind is ChartType.SCATTER:
        plot.toolbar_location = "right"
        plot.toolbar.autohide = True
        plot.add_tools(BoxZoomTool(), ResetTool())
    return plot


def _add_axes(plot: figure, layout: Layout, handles: dict[str, Any]) -> None:
    style: dict[str, Any] = {
        "axis_label_text_color": GREY,
        "axis_label_text_font_style": "normal",
        "axis_line_color": GREY,
        "major_label_text_color": GREY,
        "major_tick_line_color": GREY,
        "minor_tick_line_color": None,
    }
    handles["x_name"], handles["y_name"] = PlainText(text=""), PlainText(text="")
    # Names go as plain text and by position: as factors or strings they could be read as formulas.
    if layout.x_scale is Scale.LABELS:
        handles["x_ticker"] = FixedTicker(ticks=[])
        x_axis = LinearAxis(axis_label=handles["x_name"], ticker=handles["x_ticker"], **style)
        x_axis.major_label_orientation = 0.7 if layout.steep_labels else "horizontal"
    elif layout.x_scale is Scale.TIME:
        x_axis = DatetimeAxis(axis_label=handles["x_name"], **style)
    else:
        handles["x_format"] = NumeralTickFormatter(format=FORMATS[0])
        x_axis = LinearAxis(axis_label=handles["x_name"], formatter=handles["x_format"], **style)
    handles["y_format"] = NumeralTickFormatter(format=FORMATS[0])
    y_axis = LinearAxis(axis_label=handles["y_name"], formatter=handles["y_format"], **style)
    handles["x_axis"] = x_axis
    plot.add_layout(x_axis, "left" if layout.lies else "below")
    plot.add_layout(y_axis, "below" if layout.lies else "left")
    dimension: Literal[0, 1] = 0 if layout.lies else 1
    plot.add_layout(Grid(axis=y_axis, dimension=dimension, grid_line_color=GREY, grid_line_alpha=0.25), "center")


def _add_series(plot: figure, layout: Layout, index: int, handles: dict[str, Any]) -> LegendItem:
    source = ColumnDataSource(data={name: [] for name in _list_fields(layout)})
    handles[f"source{index}"] = source
    colour = pick(PALETTE, index)
    if layout.kind is ChartType.PIE:
        renderers = [_add_slice(plot, source, colour, index)]
    elif layout.kind in _BARS:
        renderers = [_add_bars(plot, source, colour, index)]
        if layout.values_written:
            _add_values(plot, layout, source)
    elif layout.kind in _LINES:
        style: dict[str, Any] = {"line_color": colour, "line_width": 2, "line_dash": pick(DASHES, index)}
        renderers = [plot.line("x", "value", source=source, **style)]
        if layout.markers:
            marker = pick(MARKERS, index)
            renderers.append(_add_points(plot, source, colour, marker, 6))
    else:
        renderers = [_add_points(plot, source, colour, pick(MARKERS, index), 7)]
    for place, renderer in enumerate(renderers):
        renderer.nonselection_glyph = renderer.muted_glyph = renderer.selection_glyph = None
        handles[f"renderer{index}.{place}"] = renderer
    item = LegendItem(label=value(""), renderers=renderers)
    handles[f"legend{index}"] = item
    return item


def _list_fields(layout: Layout) -> tuple[str, ...]:
    if layout.kind is ChartType.PIE:
        return ("start", "end", "label", "value")
    if layout.kind in _BARS:
        written = ("middle", "written") if layout.values_written else ()
        return ("left", "right", "bottom", "top", "label", "value", *written)
    return ("x", "value") if layout.x_scale is Scale.NUMBER else ("x", "value", "label")


def _add_points(plot: figure, source: ColumnDataSource, colour: str, marker: str, size: int) -> GlyphRenderer[Any]:
    style: dict[str, Any] = {"line_color": colour, "fill_color": colour, "fill_alpha": 0.6}
    return plot.scatter("x", "value", source=source, marker=marker, size=size, **style)


def _add_bars(plot: figure, source: ColumnDataSource, colour: str, index: int) -> GlyphRenderer[Any]:
    return plot.quad(
        left="left",
        right="right",
        bottom="bottom",
        top="top",
        source=source,
        fill_color=colour,
        line_color="#ffffff",
        line_alpha=0.6,
        hatch_pattern=pick(HATCHES, index),
        hatch_color="#ffffff",
        hatch_alpha=0.35,
        hatch_scale=12,
    )


def _add_values(plot: figure, layout: Layout, source: ColumnDataSource) -> None:
    style: dict[str, Any] = {"text_color": GREY, "text_font_size": "12px"}
    if layout.lies:
        plot.text("right", "middle", text="written", source=source, text_baseline="middle", x_offset=4, **style)
    else:
        plot.text("middle", "top", text="written", source=source, text_align="center", y_offset=-3, **style)


def _add_slice(plot: figure, source: ColumnDataSource, colour: str, index: int) -> GlyphRenderer[Any]:
    return plot.wedge(
        x=0,
        y=0,
        radius=_PIE_RADIUS_PX,
        radius_units="screen",
        start_angle="start",
        end_angle="end",
        direction="clock",
        source=source,
        fill_color=colour,
        line_color="#ffffff",
        hatch_pattern=pick(HATCHES, index),
        hatch_color="#ffffff",
        hatch_alpha=0.35,
        hatch_scale=12,
    )


def _add_hover(plot: figure, layout: Layout, handles: dict[str, Any]) -> None:
    # One renderer of each series answers; lines with points would answer twice.
    renderers = [handles[f"renderer{index}.0"] for index in range(layout.series_count)]
    x_value = _NUMBER if layout.x_scale is Scale.NUMBER and layout.kind is not ChartType.HISTOGRAM else _LABEL
    tooltips = [("", x_value), ("", _VALUE)]
    if layout.series_count > 1 and layout.kind is not ChartType.PIE:
        tooltips.append(("series", _SERIES))
    handles["hover"] = HoverTool(tooltips=tooltips, renderers=renderers)
    plot.add_tools(handles["hover"])
