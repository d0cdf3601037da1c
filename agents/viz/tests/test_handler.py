"""The viz agent over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from askwire_agent import Service, StartFailed
from askwire_protocol.client import WebSocketLink, connect
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.charts import (
    ChartAnswer,
    ChartLibrary,
    ChartLibraryRequest,
    ChartRequest,
    ExportAnswer,
    ExportRequest,
)
from askwire_resources.settings import VizSettings
from askwire_viz import handler
from askwire_viz.handler import build

_TIME_S = 50.0


@contextlib.asynccontextmanager
async def _serve(**settings: str) -> AsyncIterator[tuple[Service, WebSocketLink]]:
    service = Service(build(VizSettings(websocket_port=0, http_port=0, **settings)))  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        await service.started.wait()
        try:
            async with connect(f"ws://127.0.0.1:{service.websocket_port}") as link:
                yield service, link
        finally:
            service.stop.set()


def _list_started(before: list[psutil.Process]) -> list[psutil.Process]:
    """List what was started since then, with all below it; other fixtures' servers are children of this process too."""
    own = [child for child in psutil.Process().children() if child not in before]
    return [process for child in own for process in (child, *child.children(recursive=True))]


def _is_alive(process: psutil.Process) -> bool:
    """Tell whether it still runs; what is dead and not yet collected by whoever has to does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_chart_export_and_library(samples: dict[str, ChartRequest], chromium: Path) -> None:
    """A chart, its files and its library come over one connection; nothing is left when the agent stops."""
    before = psutil.Process().children()
    async with _serve() as (service, link):
        assert link.welcome.formats == ("html", "csv", "svg", "png")
        chart = await link.request("generate_chart", samples["bar"], answer=ChartAnswer, deadline_s=_TIME_S)
        assert (chart.chart_type, chart.rule) == ("bar", "category-bars")
        wanted = {"png": "image/png", "svg": "image/svg+xml", "html": "text/html"}
        for kind, media_type in wanted.items():
            request = ExportRequest(format=kind, item=chart.item)
            file = await link.request("export_chart", request, answer=ExportAnswer, deadline_s=_TIME_S)
            assert (file.format, file.media_type) == (kind, media_type)
            assert file.bytes > 1000
            assert (file.encoding == "base64") == (kind == "png")
        library = await link.request("chart_library", ChartLibraryRequest(), answer=ChartLibrary, deadline_s=_TIME_S)
        assert library.version == chart.item["version"]
        assert "Bokeh" in library.content
        started = _list_started(before)
        assert service.agent.checks["charts"]().ok
    assert len(started) > len(service.agent.workers.pids)  # the workers, and a browser
    async with asyncio.timeout(10):
        while any(map(_is_alive, started)):
            await asyncio.sleep(0)


@pytest.mark.parametrize("installed", [Path("/bin/true"), None])
async def test_format_that_is_not_enabled(
    samples: dict[str, ChartRequest], monkeypatch: pytest.MonkeyPatch, installed: Path | None
) -> None:
    """What the settings leave out is told as that, whether Chromium is there or not."""
    monkeypatch.setattr(handler, "find_chromium", lambda setting: installed)
    async with _serve(exports="html") as (_, link):
        for kind in ("png", "csv"):
            request = ExportRequest(format=kind, rows=samples["bar"].rows, columns=samples["bar"].columns)
            with pytest.raises(RequestFailed) as failed:
                await link.request("export_chart", request, answer=ExportAnswer, deadline_s=_TIME_S)
            assert failed.value.code is ErrorCode.FAILED_PRECONDITION
            assert failed.value.message == f"{kind} is not enabled here (VIZ_EXPORTS); this agent writes html"


async def test_without_chromium(samples: dict[str, ChartRequest], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Chromium neither svg nor png is offered, and asking is a clear error; the connection stays usable."""
    monkeypatch.setattr(handler, "find_chromium", lambda setting: None)
    async with _serve() as (_, link):
        assert link.welcome.formats == ("html", "csv")
        request = ExportRequest(format="png", rows=samples["bar"].rows, columns=samples["bar"].columns)
        with pytest.raises(RequestFailed) as failed:
            await link.request("export_chart", request, answer=ExportAnswer, deadline_s=_TIME_S)
        assert failed.value.code is ErrorCode.FAILED_PRECONDITION
        assert "needs headless Chromium" in failed.value.message
        request = ExportRequest(format="csv", rows=samples["bar"].rows, columns=samples["bar"].columns)
        file = await link.request("export_chart", request, answer=ExportAnswer, deadline_s=_TIME_S)
        assert file.content.startswith("fruit,total\r\n")


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"exports": "html,pdf"}, "VIZ_EXPORTS names 'pdf'"), ({"chromium": "/nowhere"}, "there is no such program")],
)
def test_wrong_settings_are_one_sentence(settings: dict[str, str], words: str) -> None:
    """A mistake in the settings stops the start with its reason."""
    with pytest.raises(StartFailed, match=words):
        build(VizSettings(**settings))  # type: ignore[arg-type]
