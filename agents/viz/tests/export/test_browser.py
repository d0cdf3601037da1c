"""Pictures by a real headless Chromium."""

from __future__ import annotations

import base64
import os
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psutil
import pytest
from bokeh import __version__ as bokeh_version

from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.charts import ChartRequest, ExportFormat, ExportRequest
from askwire_viz.charts import make_chart
from askwire_viz.export.browser import Browser
from askwire_viz.export.chromium import Chromium, ChromiumError, find_chromium
from askwire_viz.export.picture import Picture
from askwire_viz.export.prepare import prepare

_FORMATS = ("svg", "png")
_TIME_S = 40.0


@pytest.fixture
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """A browser that is ended after the test."""
    made = Browser(chromium, max_waiting=4)
    yield made
    await made.stop()


def _picture(sample: ChartRequest, kind: str, **fields: int) -> Picture:
    request = ExportRequest(
        format=kind, rows=sample.rows, columns=sample.columns, question=sample.question, title="Chart", **fields
    )
    prepared = prepare(request, _FORMATS)
    assert isinstance(prepared, Picture)
    return prepared


def _of_group(group: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) == group:
                found.append(process)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found


async def test_every_chart_is_drawn_as_both(browser: Browser, samples: dict[str, ChartRequest]) -> None:
    """Each chart type gives a PNG of the size asked for and a well-formed SVG that shows its texts."""
    for sample in samples.values():
        png = base64.b64decode(await browser.draw(_picture(sample, "png", width=640, height=320), _TIME_S))
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (640, 320)
        svg = await browser.draw(_picture(sample, "svg"), _TIME_S)
        root = ET.fromstring(svg)  # noqa: S314 - made by our own browser
        assert root.tag.endswith("svg")
        assert "Chart" in "".join(root.itertext())


async def test_hostile_texts_are_only_drawn(browser: Browser) -> None:
    """Markup and formulas in values are text in the SVG: no script, no image, no link."""
    rows = [["<script>alert(1)</script>", 1], ["$$\\frac{1}{2}$$", 2], ["javascript:alert(1)", 3]]
    sample = ChartRequest(rows=list(rows), columns=("<b>x</b>", "n"))
    root = ET.fromstring(await browser.draw(_picture(sample, "svg"), _TIME_S))  # noqa: S314 - see above
    tags = {element.tag.rsplit("}", 1)[-1] for element in root.iter()}
    assert not tags & {"script", "image", "a", "foreignObject"}
    shown = "".join(root.itertext())
    assert "$$\\frac{1}{2}$$" in shown
    assert "<b>x</b>" in shown


async def test_page_cannot_reach_anything(browser: Browser, samples: dict[str, ChartRequest]) -> None:
    """The page's policy stops every request, that to its own machine included."""
    await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)
    result = await browser._call("Runtime.evaluate", {"expression": _REACH, "awaitPromise": True})
    assert result["result"]["value"] == "connect-src"


_REACH = """
new Promise((done) => {
  document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
  fetch("http://127.0.0.1:9/").then(() => done("sent"), () => setTimeout(done, 3000, "stopped by something else"));
})
"""


async def test_charts_are_torn_down(browser: Browser, samples: dict[str, ChartRequest]) -> None:
    """After many charts the page holds neither documents nor elements of them."""
    for _ in range(5):
        await browser.draw(_picture(samples["line"], "svg"), _TIME_S)
    script = "[Bokeh.documents.length, [...Bokeh.index].length, document.querySelectorAll('#chart *').length].join()"
    result = await browser._call("Runtime.evaluate", {"expression": script})
    assert result["result"]["value"] == "0,0,0"


async def test_tooltip_shows_markup_as_text(browser: Browser) -> None:
    """Under the pointer, names and values with markup make no element."""
    name = "<b>x</b><img src=x>"
    answer = make_chart(ChartRequest(rows=[[name, 1], ["b", 1]], columns=(name, name)))
    await browser.draw(_picture(ChartRequest(rows=[["a", 1], ["b", 1]], columns=("k", "n")), "svg"), _TIME_S)
    item = msgspec.json.encode(answer.item).decode()
    result = await browser._call(
        "Runtime.callFunctionOn",
        {
            "functionDeclaration": _HOVER,
            "objectId": browser._window,
            "arguments": [{"value": item}],
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    shown = result["result"]["value"]
    assert shown["text"].count(name) == 3
    assert shown["elements"] == 0


_HOVER = """
async function (text) {
  const item = JSON.parse(text);
  const place = document.getElementById("chart");
  place.style.width = "600px";
  const views = await Bokeh.embed.embed_item(item, "chart");
  const view = [...views][0];
  if (!view.model.document.is_idle) await new Promise((done) => view.model.document.idle.connect(() => done()));
  const hover = view.model.toolbar.tools.find((tool) => tool.type === "HoverTool");
  const shown = [...view.tool_views.values()].find((tool) => tool.model === hover);
  const source = view.model.renderers[0].data_source;
  const pointer = { index: 0, x: 0, y: 0, sx: 0, sy: 0, snap_x: 0, snap_y: 0, name: null };
  const element = shown._render_tooltips(source, pointer);
  const found = { text: element.textContent, elements: element.querySelectorAll("b, img, script").length };
  views.clear();
  Bokeh.documents.length = 0;
  place.replaceChildren();
  return found;
}
"""


async def test_item_that_cannot_be_drawn_is_an_error(browser: Browser, samples: dict[str, ChartRequest]) -> None:
    """A defect in the page is one error, and the next picture is drawn."""
    with pytest.raises(RequestFailed) as failed:
        await browser.draw(Picture(ExportFormat.SVG, '{"doc": {}, "root_id": "x"}', 300, 300), _TIME_S)
    assert failed.value.code is ErrorCode.CHART_FAILED
    assert await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)


async def test_browser_that_dies_is_replaced(browser: Browser, samples: dict[str, ChartRequest]) -> None:
    """Killed from outside, it is started anew by the next picture."""
    await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)
    first = browser.chromium
    assert first is not None
    psutil.Process(first.pid).kill()
    await first._process.wait()
    assert await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)
    assert browser.chromium is not None
    assert browser.chromium.pid != first.pid


async def test_picture_that_takes_too_long_ends_the_browser(chromium: Path, samples: dict[str, ChartRequest]) -> None:
    """A page that never ends is not waited for, and does not stay."""
    browser = Browser(chromium)
    try:
        await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)
        assert browser.chromium is not None
        group = browser.chromium.pid
        await browser._call(
            "Runtime.evaluate", {"expression": "Bokeh.embed.embed_item = () => new Promise(() => {}); 0"}
        )
        with pytest.raises(RequestFailed) as failed:
            await browser.draw(_picture(samples["bar"], "svg"), 0.3)
        assert failed.value.code is ErrorCode.DEADLINE_EXCEEDED
        assert _of_group(group) == []
        assert await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)
    finally:
        await browser.stop()


async def test_browser_is_renewed(chromium: Path, samples: dict[str, ChartRequest]) -> None:
    """After its number of pictures a new browser takes over."""
    browser = Browser(chromium, renew_after=1)
    try:
        assert await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)
        assert browser.chromium is None
        assert await browser.draw(_picture(samples["bar"], "svg"), _TIME_S)
    finally:
        await browser.stop()


async def test_nothing_is_left_after_stop(chromium: Path, samples: dict[str, ChartRequest]) -> None:
    """No process of its group and no file of its profile outlives the stop."""
    browser = Browser(chromium)
    await browser.draw(_picture(samples["bar"], "png"), _TIME_S)
    assert browser.chromium is not None
    group, profile = browser.chromium.pid, browser.chromium.profile
    assert _of_group(group)
    await browser.stop()
    assert _of_group(group) == []
    assert not profile.exists()


async def test_program_that_is_no_browser_is_an_error() -> None:
    """What ends at once is said in one clause."""
    with pytest.raises(ChromiumError, match="ended at its start"):
        await Chromium.start(Path("/bin/false"))


def test_setting_names_the_program() -> None:
    """A path that is set is the only one that counts."""
    assert find_chromium("/bin/sh") == Path("/bin/sh")
    assert find_chromium("/nowhere/chromium") is None


def test_library_and_items_have_one_version(samples: dict[str, ChartRequest]) -> None:
    """The page draws with the library that the items were made for."""
    assert make_chart(samples["bar"]).item["version"] == bokeh_version
