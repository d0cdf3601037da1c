"""Draw items in one kept page of headless Chromium, one after the other."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_viz.export.chromium import Chromium, ChromiumError
from askwire_viz.export.devtools import DevTools, DevToolsError
from askwire_viz.export.page import DOCUMENT, DRAW, PREPARE
from askwire_viz.export.picture import Picture
from askwire_viz.library import read_library

__all__ = ["Browser"]

_OPEN_S = 30.0
_CLOSE_S = 2.0


class Browser:
    """Starts Chromium at the first picture, keeps it, and starts it anew when it fails or has drawn enough."""

    def __init__(self, program: Path, *, export_s: float = 20.0, renew_after: int = 500, max_waiting: int = 32) -> None:
        self._program = program
        self._export_s = export_s
        self._renew_after = renew_after
        self._max_waiting = max_waiting
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._drawn = 0
        self._chromium: Chromium | None = None
        self._tools: DevTools | None = None
        self._session = ""
        self._window = ""

    @property
    def chromium(self) -> Chromium | None:
        """The running browser, None before the first picture and after a failure."""
        return self._chromium

    async def draw(self, picture: Picture, timeout_s: float) -> str:
        """Return the text of an SVG, or a PNG in base64.

        Cancelling it, and a picture that takes too long, ends the browser; the next picture starts another.

        Raises:
            RequestFailed: OVERLOADED, UPSTREAM (no browser), CHART_FAILED (the item cannot be drawn),
                DEADLINE_EXCEEDED.
        """
        if self._waiting >= self._max_waiting:
            raise RequestFailed(ErrorCode.OVERLOADED, "Too many exports wait for the browser.", retry_after_ms=1000)
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_s), self._turn:
                return await self._draw_now(picture)
        except TimeoutError:
            raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "The export took longer than its time.") from None
        finally:
            self._waiting -= 1

    async def stop(self) -> None:
        """End the browser; a picture that is being drawn fails."""
        await self._end(kindly=True)

    async def _draw_now(self, picture: Picture) -> str:
        done = False
        try:
            await self._ensure()
            async with asyncio.timeout(self._export_s):
                drawn = await self._call_draw(picture)
            self._drawn += 1
            done = True
            if self._drawn >= self._renew_after:
                await self._end(kindly=True)
            return drawn
        except (ChromiumError, DevToolsError) as problem:
            raise RequestFailed(ErrorCode.UPSTREAM, f"The browser that draws pictures failed: {problem}.") from problem
        finally:
            if not done:
                await asyncio.shield(self._end())

    async def _call_draw(self, picture: Picture) -> str:
        arguments = [picture.item, picture.format.value, picture.width_px, picture.height_px]
        result = await self._call(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": DRAW,
                "objectId": self._window,
                "arguments": [{"value": argument} for argument in arguments],
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        drawn = result.get("result", {}).get("value")
        if "exceptionDetails" in result or not isinstance(drawn, str):
            raise RequestFailed(ErrorCode.CHART_FAILED, "The chart library could not draw this item.")
        return drawn

    async def _ensure(self) -> None:
        if self._chromium is not None and self._chromium.running:
            return
        await self._end()
        self._drawn = 0
        async with asyncio.timeout(_OPEN_S):
            self._chromium = await Chromium.start(self._program)
            self._tools = await DevTools.open(self._chromium.url)
            await self._open_page()

    async def _open_page(self) -> None:
        target = await self._call("Target.createTarget", {"url": "about:blank"})
        attached = await self._call("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        self._session = attached["sessionId"]
        tree = await self._call("Page.getFrameTree", {})
        await self._call("Page.setDocumentContent", {"frameId": tree["frameTree"]["frame"]["id"], "html": DOCUMENT})
        for script in (PREPARE, f"{read_library().content}\n;0"):
            loaded = await self._call("Runtime.evaluate", {"expression": script})
            if "exceptionDetails" in loaded:
                raise DevToolsError("the chart library does not load")
        window = await self._call("Runtime.evaluate", {"expression": "globalThis"})
        self._window = window["result"]["objectId"]

    async def _call(self, method: str, parameters: dict[str, Any]) -> Any:
        if self._tools is None:
            raise DevToolsError("there is no link to the browser")
        return await self._tools.call(method, parameters, self._session or None)

    async def _end(self, *, kindly: bool = False) -> None:
        """End the browser; one that is asked kindly collects its own children, so that no zombie is left behind."""
        tools, chromium = self._tools, self._chromium
        self._tools = self._chromium = None
        self._session = self._window = ""
        if tools is not None and kindly:
            with contextlib.suppress(DevToolsError, TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await tools.call("Browser.close", {})
        if tools is not None:
            await tools.close()
        if chromium is not None:
            await chromium.stop(patience_s=_CLOSE_S if kindly else 0.0)
