"""A relay in front of a good agent that breaks one rule of the protocol: what the suite has to find."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from aiohttp import ClientSession, web
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

__all__ = ["CloseNow", "Mutant", "relaying", "relaying_http"]

Message = dict[str, Any]


class CloseNow(Exception):
    """Raised by a mutant that ends the connection with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Mutant:
    """Passes everything on; subclasses break one rule. One for each connection."""

    stays = False
    """Whether the agent is left in the belief that a requester who left is still there."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Return what the agent gets instead of a message of the suite."""
        return (message,)

    def said(self, message: Message) -> Iterable[Message | bytes]:
        """Return what the suite gets instead of a message of the agent; bytes go as a binary frame."""
        return (message,)

    def garbled(self, text: str | bytes) -> str | bytes:
        """Return what the agent gets instead of something that is no message."""
        return text

    def closing(self, code: int) -> int:
        """Return the code that the suite sees instead of the agent's."""
        return code


@contextlib.asynccontextmanager
async def relaying(url: str, kind: type[Mutant], **options: Any) -> AsyncIterator[str]:
    """Serve the relay on a free port; yields its address."""
    staying = contextlib.AsyncExitStack()

    async def handle(near: ServerConnection) -> None:
        async with contextlib.AsyncExitStack() as leaving:
            stack = staying if kind.stays else leaving
            opening = connect(url, proxy=None, compression=None, ping_interval=None, max_size=None)
            far = await stack.enter_async_context(opening)
            mutant = kind()
            forth = asyncio.create_task(_pass_asked(near, far, mutant))
            back = asyncio.create_task(_pass_said(near, far, mutant))
            await asyncio.wait({forth, back}, return_when=asyncio.FIRST_COMPLETED)
            for task in (forth, back):
                task.cancel()
            await asyncio.gather(forth, back, return_exceptions=True)

    options = {"origins": [None], "max_size": 32 << 20} | options
    async with (
        staying,
        serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=0.5, **options) as server,
    ):
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _pass_asked(near: ServerConnection, far: ClientConnection, mutant: Mutant) -> None:
    try:
        async for frame in near:
            try:
                message = json.loads(frame) if isinstance(frame, str) else None
            except ValueError:
                message = None
            if isinstance(message, dict) and isinstance(message.get("type"), str):
                for passed in mutant.asked(message):
                    await far.send(json.dumps(passed))
            else:
                await far.send(mutant.garbled(frame))
    except CloseNow as closing:
        await near.close(closing.code)
    except ConnectionClosed:
        pass
    if not mutant.stays:
        await far.close()


async def _pass_said(near: ServerConnection, far: ClientConnection, mutant: Mutant) -> None:
    try:
        while True:
            for passed in mutant.said(json.loads(await far.recv())):
                await near.send(passed if isinstance(passed, bytes) else json.dumps(passed))
    except CloseNow as closing:
        await near.close(closing.code)
    except ConnectionClosed as ended:
        if ended.rcvd is not None:
            await near.close(mutant.closing(ended.rcvd.code))


@contextlib.asynccontextmanager
async def relaying_http(url: str, alter: Callable[[web.Response], web.Response]) -> AsyncIterator[str]:
    """Serve a relay for ``POST /v1/messages`` that alters each response (it refuses pages of browsers itself)."""

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        kept = {"Content-Type": request.headers["Content-Type"]}
        async with ClientSession() as session, session.post(url + request.path, data=body, headers=kept) as answer:
            content = await answer.read()
        headers = {"Content-Type": answer.headers["Content-Type"]}
        origin = "Origin" in request.headers
        whole = (
            web.Response(status=403) if origin else web.Response(status=answer.status, body=content, headers=headers)
        )
        return alter(whole)

    app = web.Application(client_max_size=32 << 20)
    app.router.add_post("/v1/messages", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
