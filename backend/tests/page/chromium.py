"""Drive a headless Chromium over its DevTools WebSocket: no more of it than the tests of the page need."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

__all__ = ["Browser", "Page", "find_chromium", "open_page"]

# The commands of distributions are wrapper scripts that leave the browser running when they are killed.
_BINARIES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/headless_shell",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
)
_COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
_START_TIMEOUT_S = 20.0
_WAIT_TIMEOUT_S = 20.0


def find_chromium() -> str | None:
    """Return the path of a Chromium that can be started, or None."""
    for binary in _BINARIES:
        if os.access(binary, os.X_OK):
            return binary
    return next((found for command in _COMMANDS if (found := shutil.which(command))), None)


class Browser:
    """One browser process, in a process group of its own that ends with it."""

    def __init__(self, binary: str, profile: Path) -> None:
        flags = [*_FLAGS, f"--user-data-dir={profile}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        self._process = subprocess.Popen(
            [binary, *flags, "about:blank"],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url = self._wait_for_url(profile / "DevToolsActivePort")

    def _wait_for_url(self, port_file: Path) -> str:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            lines = port_file.read_text().splitlines() if port_file.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
        self.close()
        raise RuntimeError("Chromium did not open its DevTools port")

    def close(self) -> None:
        """End the whole process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Page:
    """One tab with storage of its own; what it asked for, logged and violated is kept."""

    def __init__(self, socket: ClientConnection, session_id: str) -> None:
        self._socket = socket
        self._session_id = session_id
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._counter = 0
        self.requested_urls: list[str] = []
        self.problems: list[str] = []
        """Uncaught exceptions, console errors and violations of the content security policy."""

    async def read(self) -> None:
        """Read what the browser says until the connection ends."""
        async for text in self._socket:
            message = json.loads(text)
            future = self._waiting.pop(message.get("id", -1), None)
            if future and not future.done():
                future.set_result(message)
            elif message.get("sessionId") == self._session_id:
                self._note(message["method"], message.get("params", {}))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method in ("Network.requestWillBeSent", "Network.webSocketCreated"):
            self.requested_urls.append(params["url"] if "url" in params else params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(f"exception: {details.get('exception', {}).get('description', details['text'])}")
        elif method == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.problems.append(f"console: {[argument.get('value') for argument in params['args']]}")
        elif method == "Log.entryAdded" and params["entry"]["source"] == "security":
            self.problems.append(f"security: {params['entry']['text']}")
        elif method == "Page.javascriptDialogOpening":
            self.problems.append(f"dialog: {params['message']}")
        elif method == "Audits.issueAdded" and params["issue"]["code"] == "ContentSecurityPolicyIssue":
            self.problems.append(f"policy: {params['issue']['details']}")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call one DevTools method in this tab."""
        self._counter += 1
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[self._counter] = future
        message = {"id": self._counter, "sessionId": self._session_id, "method": method, "params": params}
        await self._socket.send(json.dumps(message))
        async with asyncio.timeout(_WAIT_TIMEOUT_S):
            answer = await future
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    async def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript in the page and return its value; a promise is awaited."""
        result = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"].get("exception", {}).get("description", expression))
        return result["result"].get("value")

    async def wait_for(self, expression: str) -> Any:
        """Wait, frame by frame, until an expression is true and return its value."""
        loop = (
            "new Promise((resolve, reject) => { const end = performance.now() + %d; const look = () => {"
            " const value = (%s); if (value) resolve(value);"
            " else if (performance.now() > end) reject(new Error('never true: ' + %s));"
            " else setTimeout(look, 15); }; look(); })"
        )
        return await self.evaluate(loop % (int(_WAIT_TIMEOUT_S * 900), expression, json.dumps(expression)))

    async def text(self, selector: str) -> str:
        """Return the text of the first element that fits."""
        return str(await self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    async def click(self, selector: str) -> None:
        """Click the first element that fits; it must be there."""
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def press(self, key: str, text: str = "") -> None:
        """Press and let go of one key, where the focus is."""
        shared = {"key": key, "code": key, "windowsVirtualKeyCode": {"Enter": 13, "Escape": 27}.get(key, 0)}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    async def ask(self, question: str) -> None:
        """Type a question into the box and press Enter."""
        await self.evaluate("document.getElementById('question').focus()")
        await self.evaluate("document.getElementById('question').select()")
        await self.call("Input.insertText", text=question)
        await self.press("Enter", "\r")
        await self.wait_for(f"document.title.startsWith({json.dumps(question[:80])})")

    async def go(self, url: str) -> None:
        """Open an address and wait until the page's modules have run."""
        await self.call("Page.navigate", url=url)
        await self.wait_for("document.readyState === 'complete' && document.querySelector('#patterns li')")


@contextlib.asynccontextmanager
async def open_page(browser: Browser, width: int = 1280, height: int = 900) -> AsyncIterator[Page]:
    """Open a tab in a browser context of its own, and close both afterwards."""
    async with connect(browser.url, max_size=None, proxy=None, ping_interval=None) as socket:
        context = await _plain_call(socket, 1, "Target.createBrowserContext", {})
        target = await _plain_call(
            socket, 2, "Target.createTarget", {"url": "about:blank", "browserContextId": context["browserContextId"]}
        )
        session = await _plain_call(
            socket, 3, "Target.attachToTarget", {"targetId": target["targetId"], "flatten": True}
        )
        page = Page(socket, session["sessionId"])
        page._counter = 10
        reader = asyncio.create_task(page.read())
        try:
            for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
                await page.call(f"{domain}.enable")
            await page.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
            )
            yield page
        finally:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader
            await _plain_call(
                socket, 4, "Target.disposeBrowserContext", {"browserContextId": context["browserContextId"]}
            )


async def _plain_call(socket: ClientConnection, call_id: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Call a method of the browser itself and skip what else it says meanwhile."""
    await socket.send(json.dumps({"id": call_id, "method": method, "params": params}))
    async with asyncio.timeout(_WAIT_TIMEOUT_S):
        async for text in socket:
            message = json.loads(text)
            if message.get("id") == call_id:
                return dict(message.get("result", {}))
    raise AssertionError(f"{method}: the browser left")
