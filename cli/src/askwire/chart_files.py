"""Write the chart of an answer to a file in the format that its name says."""

from __future__ import annotations

import asyncio
from pathlib import Path

from askwire.backend_api import BackendApi
from askwire.failures import CommandFailed, ExitCode
from askwire_protocol.errors import ConnectionFailed, RequestFailed
from askwire_protocol.messages import AskAnswer, ExportFormat, ExportRequest

__all__ = ["FORMATS", "choose_format", "write_chart"]

FORMATS = tuple(member.value for member in ExportFormat)
_PICTURES = (ExportFormat.SVG, ExportFormat.PNG)


def choose_format(path: Path) -> str:
    """Return the export format that the file's ending names.

    Raises:
        CommandFailed: for any other ending.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending not in FORMATS:
        endings = ", ".join(f".{name}" for name in FORMATS)
        raise CommandFailed(f"The chart file {path} must end in one of {endings}.", ExitCode.USAGE)
    return ending


def _shorten(reason: str) -> str:
    """Return the sentence of a reason as a part of another one."""
    part = reason.rstrip(". ").removeprefix("A table: ")
    return part[:1].lower() + part[1:]


async def write_chart(api: BackendApi, answer: AskAnswer, path: Path) -> None:
    """Export the answer's chart (for csv: its rows) and write the file.

    Raises:
        CommandFailed: there is nothing to draw, the export failed, or the file cannot be written.
    """
    wanted = choose_format(path)
    chart = answer.chart
    if chart is None and wanted != ExportFormat.CSV:
        reason = (answer.chart_error or "the answer has none").rstrip(".")
        raise CommandFailed(f"There is no chart to write: {reason}.")
    if chart is not None and chart.item is None and wanted in _PICTURES:
        # Said here: the export is sent the type that was chosen and would take it for a wish.
        raise CommandFailed(
            f"These rows make no picture ({_shorten(chart.reason)}): try --chart {path.stem}.csv or .html."
        )
    request = ExportRequest(
        format=wanted,
        item=chart.item if chart is not None and wanted != ExportFormat.CSV else None,
        rows=list(answer.rows),
        columns=answer.columns,
        chart_type=chart.chart_type if chart is not None else None,
        question=answer.question,
    )
    try:
        content = await api.export(request)
    except RequestFailed as failed:
        raise CommandFailed(f"The chart could not be exported: {failed.message.rstrip('.')}.") from failed
    except ConnectionFailed as problem:
        raise CommandFailed(
            f"The chart could not be exported: {str(problem).rstrip('.')}.", ExitCode.UNREACHABLE
        ) from problem
    try:
        await asyncio.to_thread(path.write_bytes, content)
    except OSError as problem:
        raise CommandFailed(f"The chart file {path} cannot be written: {problem.strerror}.") from problem
