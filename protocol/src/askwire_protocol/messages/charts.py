"""``generate_chart`` and ``export_chart``: rows to a chart with the reason for it, and to files."""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from askwire_protocol.messages.queries import ResultColumn

__all__ = [
    "ChartAnswer",
    "ChartLibrary",
    "ChartLibraryRequest",
    "ChartRequest",
    "ChartType",
    "ExportAnswer",
    "ExportFormat",
    "ExportRequest",
]


class ChartType(enum.StrEnum):
    """What can be drawn; ``number`` and ``table`` have no Bokeh item."""

    NUMBER = "number"
    TABLE = "table"
    BAR = "bar"
    HORIZONTAL_BAR = "horizontal_bar"
    LINE = "line"
    MULTI_LINE = "multi_line"
    STACKED_BAR = "stacked_bar"
    GROUPED_BAR = "grouped_bar"
    PIE = "pie"
    SCATTER = "scatter"
    HISTOGRAM = "histogram"


class ChartRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``rows`` are arrays in the order of ``columns``, or objects by column name.

    ``columns`` may hold names alone, and may be left out where the rows are objects.
    """

    rows: list[list[Any] | dict[str, Any]]
    columns: tuple[ResultColumn | str, ...] = ()
    chart_type: str | None = None
    """The wish of the asker; it wins where the rows allow it."""
    title: str | None = None
    """Heading of the chart."""
    question: str | None = None
    truncated: bool = False
    """True when the rows are not all that there are; its text says so then."""


class ChartAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``item`` is for ``Bokeh.embed.embed_item``; None for ``number``, ``table`` and no rows."""

    chart_type: str
    """What was chosen, one of ``ChartType``."""
    reason: str
    """Why this chart, in one sentence (also why a wish was not granted)."""
    item: Any = None
    alternatives: tuple[str, ...] = ()
    """Other types that these rows allow."""
    text: str = ""
    """What the chart shows, in words, for people who cannot see it."""
    points_shown: int = 0
    """Marks that the chart has."""
    points_total: int = 0
    """Marks that it would have if none were left out."""
    rule: str = ""
    """Stable id of the rule that chose."""


class ExportFormat(enum.StrEnum):
    """File formats; png and svg need headless Chromium at the agent."""

    HTML = "html"
    CSV = "csv"
    SVG = "svg"
    PNG = "png"


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An ``item`` that was made before, or the fields of a chart request; csv needs rows."""

    format: str
    """One of ``ExportFormat``; which of them an agent can make is in its welcome."""
    item: Any = None
    """``item`` of a chart answer."""
    rows: list[list[Any] | dict[str, Any]] | None = None
    columns: tuple[ResultColumn | str, ...] = ()
    chart_type: str | None = None
    title: str | None = None
    question: str | None = None
    width: int | None = None
    """Width in pixels."""
    height: int | None = None
    """Height in pixels."""


class ExportAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``content`` is text, or base64 where ``encoding`` says so; ``bytes`` is the file's size."""

    format: str
    media_type: str
    """Type of the file for HTTP, as ``image/png``."""
    content: str
    bytes: int
    """Size of the file, before base64."""
    encoding: str | None = None
    """``base64``, or None where ``content`` is the text itself."""


class ChartLibraryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the browser library that draws the items of this agent."""


class ChartLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """The script of the version that this agent's items were made with."""

    version: str
    """Version of Bokeh's library."""
    media_type: str
    content: str
    """The script."""
