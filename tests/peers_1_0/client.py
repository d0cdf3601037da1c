"""A client of protocol 1.0: it knows the messages of the requirement page and nothing else."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect


class Client10:
    """Sends one message at a time and reads until its answer comes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: dict = {}
        self.progress: list[dict] = []

    async def receive(self) -> dict:
        """Read one message."""
        async with asyncio.timeout(10):
            return json.loads(await self.socket.recv())

    async def send(self, message: dict) -> None:
        """Send one message."""
        await self.socket.send(json.dumps(message))

    async def heartbeat(self) -> dict:
        """Send the given heartbeat; returns the next message."""
        await self.send({"type": "heartbeat", "timestamp": time.time()})
        return await self.receive()

    async def ask(self, kind: str, data: dict | None = None, **fields: object) -> dict:
        """Send a request, collect its progress, return its answer or error."""
        message_id = str(uuid.uuid4())
        message = {"type": kind, "message_id": message_id, **fields}
        if data is not None:
            message["data"] = data
        await self.send(message)
        while True:
            reply = await self.receive()
            if reply["type"] == "progress_update":
                self.progress.append(reply)
            elif reply["type"] == "error" or reply.get("response_to") == message_id:
                return reply


@asynccontextmanager
async def connected_client(url: str) -> AsyncIterator[Client10]:
    """Connect with the library's own settings and read the welcome."""
    async with connect(url, proxy=None) as socket:
        client = Client10(socket)
        client.welcome = await client.receive()
        yield client
