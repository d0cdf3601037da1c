"""Do the part of an export that computes: read the request, make or check the item, write HTML and CSV."""

from __future__ import annotations

from typing import Any

import msgspec

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages.charts import ChartAnswer, ChartRequest, ExportAnswer, ExportFormat, ExportRequest
from askwire_viz.charts import make_chart
from askwire_viz.export.csv_file import write_csv
from askwire_viz.export.html_file import write_html
from askwire_viz.export.picture import Picture
from askwire_viz.items import check_item
from askwire_viz.labels import make_plain
from askwire_viz.table import Table, read_table

__all__ = ["prepare"]

_WIDTH_PX, _HEIGHT_PX = 800, 400
_LEAST_PX, _MOST_PX = 100, 4000
_MEDIA_TYPES = {ExportFormat.HTML: "text/html", ExportFormat.CSV: "text/csv"}


def prepare(
    request: ExportRequest, formats: tuple[str, ...], lacking_browser: tuple[str, ...] = ()
) -> ExportAnswer | Picture:
    """Return the file, or what a browser needs to make it.

    Args:
        request: an item, or rows to chart.
        formats: what this agent can write.
        lacking_browser: what it could write as well if Chromium were installed.

    Raises:
        RequestFailed: INVALID_ARGUMENT, TOO_LARGE, CHART_FAILED (no picture of these rows), FAILED_PRECONDITION
            (the format is not enabled, or needs what is not installed).
    """
    kind = _read_format(request.format, formats, lacking_browser)
    _check_size("width", request.width)
    _check_size("height", request.height)
    if request.item is None and request.rows is None:
        raise _invalid("an export needs an item or rows", "data.item")
    table = read_table(request.columns, request.rows) if request.rows is not None else None
    if kind is ExportFormat.CSV:
        return _write_csv(table)
    title = make_plain(request.title or "")
    item, text = _find_item(request)
    if kind is ExportFormat.HTML:
        names, rows = _list_rows(table)
        return _answer(kind, write_html(title, text, item, names, rows))
    if item is None:
        raise RequestFailed(ErrorCode.CHART_FAILED, f"there is no picture of these rows: {text}")
    return _fix_size(kind, item, request.width, request.height)


def _read_format(name: str, formats: tuple[str, ...], lacking_browser: tuple[str, ...]) -> ExportFormat:
    written = ", ".join(formats) or "no files"
    try:
        kind = ExportFormat(name.strip().lower())
    except ValueError:
        raise _invalid(f"there is no such format; this agent writes {written}", "data.format") from None
    if kind in formats:
        return kind
    lacks = kind in lacking_browser
    why = "needs headless Chromium, which is not there" if lacks else "is not enabled here (VIZ_EXPORTS)"
    raise RequestFailed(
        ErrorCode.FAILED_PRECONDITION,
        f"{kind.value} {why}; this agent writes {written}",
        details=(ErrorDetail(field="data.format"),),
    )


def _find_item(request: ExportRequest) -> tuple[dict[str, Any] | None, str]:
    if request.item is not None:
        return check_item(request.item), make_plain(request.title or "")
    answer: ChartAnswer = make_chart(
        ChartRequest(
            rows=request.rows or [],
            columns=request.columns,
            chart_type=request.chart_type,
            title=request.title,
            question=request.question,
        )
    )
    return answer.item, answer.text if answer.item is not None else f"{answer.reason} {answer.text}"


def _write_csv(table: Table | None) -> ExportAnswer:
    if table is None:
        raise _invalid("csv is written from rows; send them instead of an item", "data.rows")
    names, rows = _list_rows(table)
    return _answer(ExportFormat.CSV, write_csv(names, rows))


def _list_rows(table: Table | None) -> tuple[list[str], list[tuple[Any, ...]]]:
    if table is None:
        return [], []
    return [column.name for column in table.columns], list(
        zip(*(column.cells for column in table.columns), strict=True)
    )


def _answer(kind: ExportFormat, content: str) -> ExportAnswer:
    return ExportAnswer(
        format=kind, media_type=_MEDIA_TYPES[kind], content=content, bytes=len(content.encode("utf-8", "replace"))
    )


def _fix_size(kind: ExportFormat, item: dict[str, Any], width: int | None, height: int | None) -> Picture:
    attributes = item["doc"]["roots"][0]["attributes"]
    own = attributes.get("height")
    tall = height or (own if isinstance(own, int) and _LEAST_PX <= own <= _MOST_PX else _HEIGHT_PX)
    wide = width or _WIDTH_PX
    # Files are put on paper and on pages of any colour: white below the marks.
    fixed = {"background_fill_color": "#ffffff", "border_fill_color": "#ffffff", "toolbar_location": None}
    attributes.update(fixed, width=wide, height=tall, sizing_mode="fixed")
    return Picture(kind, msgspec.json.encode(item).decode(), wide, tall)


def _check_size(name: str, pixels: int | None) -> None:
    if pixels is not None and not _LEAST_PX <= pixels <= _MOST_PX:
        raise _invalid(f"{name} has to be from {_LEAST_PX} to {_MOST_PX} pixels", f"data.{name}")


def _invalid(message: str, field: str) -> RequestFailed:
    return RequestFailed(ErrorCode.INVALID_ARGUMENT, message, details=(ErrorDetail(field=field),))
