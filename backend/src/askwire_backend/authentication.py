"""Who may ask at the port for people, where the mesh's token is demanded."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from askwire_backend.answers import failed_response
from askwire_backend.metrics import Metrics
from askwire_backend.refusals import RefusalLimit, network_of
from askwire_protocol.credentials import TokenReader, has_token_in_query, header_matches
from askwire_protocol.errors import ErrorCode, RequestFailed

__all__ = ["WEBSOCKET_PATH", "Authentication"]

_log = structlog.get_logger()
WEBSOCKET_PATH = "/ws"
_OPEN = frozenset({"/", "/static/{name}", "/chart-library.js", "/livez"})
"""Routes that hold nothing of anybody's database; every other one needs the token."""


class Authentication:
    """Refuses requests without the token; a /ws without any header is let in, to say hello with it."""

    def __init__(self, read_token: TokenReader, metrics: Metrics) -> None:
        self.read_token = read_token
        self._metrics = metrics
        self._limit = RefusalLimit()

    def vouches_for(self, request: web.Request) -> bool:
        """Tell whether a request needs no token, or has it in its header."""
        token = self.read_token()
        return token is None or header_matches(request.headers.getall("Authorization", []), token)

    def note_refused(self, request: web.Request, reason: str) -> None:
        """Count a refusal against the address that it came from."""
        self._limit.refused(network_of(request.remote), time.monotonic())
        self._metrics.refused.labels(reason).inc()
        _log.info("peer refused", remote=request.remote, reason=reason)

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Check every request to a route that is not open to all."""
        if _is_open(request):
            return await handler(request)
        if has_token_in_query(request.path_qs):
            self._metrics.refused.labels("token in the address").inc()
            text = "A token does not belong into an address: send it as Authorization: Bearer, or in hello."
            return failed_response(RequestFailed(ErrorCode.INVALID_MESSAGE, text))
        if self.vouches_for(request):
            return await handler(request)
        wait_s = self._limit.wait_s(network_of(request.remote), time.monotonic())
        if wait_s:
            self._metrics.refused.labels("too many refused").inc()
            text = "Too many requests of this address were refused; wait, or bring the right token."
            return failed_response(RequestFailed(ErrorCode.OVERLOADED, text, retry_after_ms=round(wait_s * 1000)))
        if request.path == WEBSOCKET_PATH and "Authorization" not in request.headers:
            return await handler(request)
        self.note_refused(request, "wrong token" if "Authorization" in request.headers else "no token")
        text = "This backend wants the mesh's token, as Authorization: Bearer TOKEN."
        return failed_response(RequestFailed(ErrorCode.UNAUTHENTICATED, text))


def _is_open(request: web.Request) -> bool:
    if request.match_info.http_exception is not None:
        return True  # no such route: 404 or 405
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in _OPEN
