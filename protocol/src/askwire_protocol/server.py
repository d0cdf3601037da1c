"""WebSocket server of an agent: a thin shell that hands messages to a table of requests."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from askwire_protocol.corked_transport import cork
from askwire_protocol.credentials import TokenReader, has_token_in_query, header_matches
from askwire_protocol.envelope import SUBPROTOCOL

__all__ = ["BACKLOG", "Handler", "listen", "was_authenticated"]

Handler = Callable[[ServerConnection], Awaitable[None]]
BACKLOG = 4096
_CLOSE_S = 1.0
_OPEN_S = 10.0


def was_authenticated(connection: ServerConnection, *, demanded: bool) -> bool:
    """Tell whether a connection passed its handshake with the token, or needed none; the others have to say hello."""
    return not demanded or (connection.request is not None and "Authorization" in connection.request.headers)


def _choose_subprotocol(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Agree on our version; peers of protocol 1.0 offer none, and who offers only others is refused with 400."""
    if not offered:
        return None
    if SUBPROTOCOL not in offered:
        raise NegotiationError(f"the subprotocol spoken here is {SUBPROTOCOL}")
    return Subprotocol(SUBPROTOCOL)


async def listen(
    handler: Handler,
    host: str,
    port: int,
    *,
    hard_max_message_bytes: int,
    max_connections: int,
    read_token: TokenReader,
    tls: ssl.SSLContext | None = None,
) -> Server:
    """Open the port and run ``handler`` for each connection that passed the handshake.

    ``hard_max_message_bytes`` lies above the limit that is answered with TOO_LARGE: a frame above it costs the
    connection (close code 1009), because nobody should have to read it to the end. Handshakes with an Origin, that is
    of browsers, get 403; above ``max_connections`` 503; with a wrong token 401; with a token in the address, or only
    unknown subprotocols, 400. Those without an Authorization header are let in, and ``was_authenticated`` tells them
    apart.
    """

    def check(connection: ServerConnection, request: Request) -> Response | None:
        if has_token_in_query(request.path):
            return connection.respond(HTTPStatus.BAD_REQUEST, "A token does not belong into an address.\n")
        token, shown = read_token(), request.headers.get_all("Authorization")
        if token is not None and shown and not header_matches(shown, token):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "A valid token is needed.\n")
        if len(connection.server.connections) >= max_connections:  # this one is not among them yet
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.\n")
        return None

    async def handle(connection: ServerConnection) -> None:
        cork(connection)
        await handler(connection)

    return await serve(
        handle,
        host,
        port,
        ssl=tls,
        origins=[None],
        select_subprotocol=_choose_subprotocol,
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
