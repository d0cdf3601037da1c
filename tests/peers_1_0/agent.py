"""An agent of protocol 1.0: it knows the messages of the requirement page and nothing else.

Its errors name no request, its heartbeat answers carry no id, and its welcome has nothing but capabilities.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from websockets.asyncio.server import ServerConnection, serve

NAME = "data-agent"


def now() -> str:
    """ISO timestamp."""
    return datetime.now(UTC).isoformat()


async def handle(socket: ServerConnection) -> None:
    """Greet, then answer one message after the other."""
    client_id = f"client_{id(socket)}"
    await say(
        socket,
        type="connection_established",
        client_id=client_id,
        timestamp=now(),
        data={"capabilities": ["sql_query"]},
    )
    async for text in socket:
        message = json.loads(text)
        kind = message.get("type")
        if kind == "heartbeat":
            await say(
                socket,
                **{
                    "type": "heartbeat_response",
                    "timestamp": now(),
                    "server_time": time.time(),
                    "client_id": client_id,
                    "from": NAME,
                },
            )
        elif kind == "sql_query":
            await answer_query(socket, client_id, message)
        else:
            await fail(socket, client_id, f"Unknown message type: {kind}")


async def answer_query(socket: ServerConnection, client_id: str, message: dict) -> None:
    """Report progress, then answer; a query that says FAIL fails, one that says SILENCE is never answered."""
    sql = message["data"]["sql"]
    if "FAIL" in sql:
        await fail(socket, client_id, "syntax error")
    elif "SILENCE" not in sql:
        reply = {"response_to": message["message_id"], "client_id": client_id, "timestamp": now()}
        await say(socket, type="progress_update", **reply, data={"stage": "executing", "progress": 0.5})
        await say(socket, type="sql_query_response", **reply, data={"rows": [[1]], "columns": [{"name": "n"}]})


async def fail(socket: ServerConnection, client_id: str, text: str) -> None:
    """Send an error in the given format."""
    await say(
        socket, type="error", client_id=client_id, timestamp=now(), error={"message": text, "type": "server_error"}
    )


async def say(socket: ServerConnection, **message: object) -> None:
    """Send one message."""
    await socket.send(json.dumps(message))


@asynccontextmanager
async def running_agent() -> AsyncIterator[str]:
    """Serve on a free port; yields the address."""
    async with serve(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}"
