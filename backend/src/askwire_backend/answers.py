"""Responses of the REST API: JSON, and errors in the protocol's own words."""

from __future__ import annotations

import math

import msgspec
from aiohttp import web

from askwire_protocol.codec import encode_data
from askwire_protocol.errors import ERROR_CODES, ErrorCode, RequestFailed

__all__ = ["failed_response", "json_response"]


def json_response(body: msgspec.Raw, status: int = 200) -> web.Response:
    """Return a response that nobody stores."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return web.Response(body=bytes(body), status=status, headers=headers)


def failed_response(failed: RequestFailed) -> web.Response:
    """Return the error with the status that belongs to its code."""
    spec = ERROR_CODES.get(failed.code) if isinstance(failed.code, ErrorCode) else None
    response = json_response(encode_data({"error": failed.body()}), spec.http_status if spec else 500)
    if failed.code == ErrorCode.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="askwire"'
    if failed.retry_after_ms is not None:
        response.headers["Retry-After"] = str(math.ceil(failed.retry_after_ms / 1000))
    return response
