"""WebSocket server of an agent: a thin shell that hands messages to a table of requests."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

__all__ = ["BACKLOG", "Handler", "TokenReader", "listen", "token_matches"]

Handler = Callable[[ServerConnection], Awaitable[None]]
TokenReader = Callable[[], str | None]
"""Returns the token that a peer has to show; None when none is demanded."""
BACKLOG = 4096
_CLOSE_S = 1.0
_OPEN_S = 10.0


def token_matches(authorization: str | None, token: str) -> bool:
    """Compare an Authorization header with the token in constant time."""
    shown = authorization or ""
    return hmac.compare_digest(shown.encode("utf-8", "replace"), f"Bearer {token}".encode())


async def listen(
    handler: Handler,
    host: str,
    port: int,
    *,
    hard_max_message_bytes: int,
    max_connections: int,
    read_token: TokenReader,
) -> Server:
    """Open the port and run ``handler`` for each connection that passed the handshake.

    ``hard_max_message_bytes`` lies above the limit that is answered with TOO_LARGE: a frame above it costs the
    connection (close code 1009), because nobody should have to read it to the end. Handshakes with an Origin, that is
    of browsers, get 403; above ``max_connections`` 503; without the token 401.
    """

    def check(connection: ServerConnection, request: Request) -> Response | None:
        token = read_token()
        if token is not None and not token_matches(request.headers.get("Authorization"), token):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "A valid token is needed.\n")
        if len(connection.server.connections) >= max_connections:  # this one is not among them yet
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.\n")
        return None

    return await serve(
        handler,
        host,
        port,
        origins=[None],
        compression=None,
        process_request=check,
        open_timeout=_OPEN_S,
        close_timeout=_CLOSE_S,
        ping_interval=None,  # heartbeats of the protocol do this
        max_size=hard_max_message_bytes,
        max_queue=64,
        backlog=BACKLOG,
        server_header=None,
    )
