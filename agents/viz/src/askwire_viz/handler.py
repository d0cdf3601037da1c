"""Answer ``generate_chart``, ``export_chart`` and ``chart_library``: the viz agent as the runtime sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import structlog

from askwire_agent import Agent, Request, StartFailed
from askwire_protocol.codec import encode_data
from askwire_protocol.messages.agents import Check
from askwire_protocol.messages.charts import ChartLibraryRequest, ExportAnswer, ExportFormat
from askwire_resources.settings import VizSettings
from askwire_viz.export.browser import Browser
from askwire_viz.export.chromium import find_chromium
from askwire_viz.export.picture import Picture
from askwire_viz.library import read_library
from askwire_viz.work import answer_chart, answer_export, prepare_process

__all__ = ["VizService", "build"]

_log = structlog.get_logger()
_BY_BROWSER = (ExportFormat.SVG.value, ExportFormat.PNG.value)
_MARGIN_S = 0.1
"""Kept back from the deadline, so that our own error is the answer, not the runtime's."""


def build(settings: VizSettings) -> Agent:
    """Return the viz agent for these settings.

    Raises:
        StartFailed: a format does not exist, or the Chromium that is named is not there.
    """
    agent = Agent("viz-agent", "viz", settings)
    program = find_chromium(settings.chromium)
    if settings.chromium is not None and program is None:
        raise StartFailed(f"CHROMIUM is {settings.chromium!r}: there is no such program.")
    enabled = _read_formats(settings.exports)
    lacking = tuple(name for name in enabled if program is None and name in _BY_BROWSER)
    agent.formats = tuple(name for name in enabled if name not in lacking)
    service = VizService(agent, program, lacking)
    agent.handle("generate_chart", service.generate_chart, request=msgspec.Raw, idempotent=True)
    agent.handle("export_chart", service.export_chart, request=msgspec.Raw, idempotent=True)
    agent.handle("chart_library", service.chart_library, request=ChartLibraryRequest, idempotent=True)
    agent.check("charts", service.check_charts)
    agent.on_start(service.start)
    agent.on_stop(service.stop)
    return agent


def _read_formats(exports: str) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(name.strip().lower() for name in exports.split(",") if name.strip()))
    known = tuple(kind.value for kind in ExportFormat)
    for name in asked:
        if name not in known:
            raise StartFailed(f"VIZ_EXPORTS names {name!r}: the formats are {', '.join(known)}.")
    return asked


class VizService:
    """Workers that chart, and the browser that draws files."""

    def __init__(self, agent: Agent, program: Path | None, lacking_browser: tuple[str, ...] = ()) -> None:
        self._agent = agent
        self._lacking_browser = lacking_browser
        self.browser = None if program is None else Browser(program)
        self._library: msgspec.Raw | None = None

    async def start(self) -> None:
        """Warm the workers up, and read the library once."""
        await self._agent.workers.remember("charts", prepare_process)
        self._library = await asyncio.to_thread(lambda: encode_data(read_library()))
        _log.info("charts are ready", formats=",".join(self._agent.formats), chromium=self.browser is not None)

    async def stop(self) -> None:
        """End the browser."""
        if self.browser is not None:
            await self.browser.stop()

    def check_charts(self) -> Check:
        """Tell whether charts can be made, and which files."""
        if self._library is None:
            return Check(name="charts", ok=False, message="the chart library is being loaded")
        return Check(name="charts", ok=True, message=f"exports: {', '.join(self._agent.formats) or 'none'}")

    async def generate_chart(self, request: Request[msgspec.Raw]) -> msgspec.Raw:
        """Choose and draw a chart of rows."""
        answer = await self._agent.workers.run(answer_chart, bytes(request.data), timeout_s=_time_left(request))
        return msgspec.Raw(answer)

    async def export_chart(self, request: Request[msgspec.Raw]) -> msgspec.Raw | ExportAnswer:
        """Write a chart as a file."""
        formats = (self._agent.formats, self._lacking_browser)
        prepared = await self._agent.workers.run(
            answer_export, bytes(request.data), *formats, timeout_s=_time_left(request)
        )
        if not isinstance(prepared, Picture):
            return msgspec.Raw(prepared)
        if self.browser is None:
            raise RuntimeError("a picture was prepared without a browser")
        drawn = await self.browser.draw(prepared, _time_left(request))
        return _answer_picture(prepared.format, drawn)

    async def chart_library(self, request: Request[ChartLibraryRequest]) -> msgspec.Raw:
        """Return the script that draws the items."""
        if self._library is None:
            raise RuntimeError("a request came before the start was done")
        return self._library


def _answer_picture(kind: ExportFormat, drawn: str) -> ExportAnswer:
    if kind is ExportFormat.SVG:
        return ExportAnswer(format=kind, media_type="image/svg+xml", content=drawn, bytes=len(drawn.encode()))
    size = len(drawn) * 3 // 4 - drawn[-2:].count("=")
    return ExportAnswer(format=kind, media_type="image/png", content=drawn, bytes=size, encoding="base64")


def _time_left(request: Request[msgspec.Raw]) -> float:
    return max(0.001, request.remaining_s() - _MARGIN_S)
