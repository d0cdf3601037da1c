"""Speak the DevTools protocol: numbered commands and their answers over one WebSocket."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

__all__ = ["DevTools", "DevToolsError"]

_OPEN_S = 10.0
_MAX_ANSWER_BYTES = 128 * 1024 * 1024


class DevToolsError(Exception):
    """The browser refused a command, or is gone."""


class _Answer(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: dict[str, Any] | None = None


class DevTools:
    """One link to a browser; commands may run at the same time."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str) -> DevTools:
        """Connect.

        Raises:
            DevToolsError: nobody answers there.
        """
        try:
            # No proxy: the browser is on loopback, whatever the environment says of the world outside.
            socket = await connect(
                url, max_size=_MAX_ANSWER_BYTES, compression=None, proxy=None, open_timeout=_OPEN_S, ping_interval=None
            )
        except (OSError, TimeoutError, WebSocketException) as problem:
            raise DevToolsError(f"no link to the browser: {problem}") from problem
        return cls(socket)

    async def call(self, method: str, parameters: msgspec.Raw | dict[str, Any], session: str | None = None) -> Any:
        """Send one command and return its result; the caller sets the time limit."""
        if self._reader.done():
            raise DevToolsError("the link to the browser is closed")
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._socket.send(msgspec.json.encode(message).decode())
            return msgspec.json.decode(await answer)
        except WebSocketException as problem:
            raise DevToolsError(f"the link to the browser broke: {problem}") from problem
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        """Close the link; commands that wait fail."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._socket.close()

    async def _read(self) -> None:
        reason = "the link to the browser is closed"
        try:
            async for message in self._socket:
                self._take(message)
        except (WebSocketException, msgspec.DecodeError) as problem:
            reason = f"the link to the browser broke: {problem}"
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(DevToolsError(reason))

    def _take(self, message: str | bytes) -> None:
        answer = msgspec.json.decode(message, type=_Answer)
        # Events have no number; an answer nobody waits for came after its time limit.
        waiting = None if answer.id is None else self._waiting.get(answer.id)
        if waiting is None or waiting.done():
            return
        if answer.error is not None:
            waiting.set_exception(DevToolsError(str(answer.error.get("message", "refused"))[:500]))
        else:
            waiting.set_result(answer.result)
