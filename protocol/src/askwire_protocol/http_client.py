"""HTTP link to an agent: every message is one ``POST /v1/messages``, its answers come as lines of JSON."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import TypeVar

import aiohttp

from askwire_protocol.codec import encode_data
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.link import Calls, ChunkCallback, ProgressCallback, read_answer, timestamp_now
from askwire_protocol.messages.agents import GoAway, Welcome
from askwire_protocol.messages.chunks import RowChunk
from askwire_protocol.tls import TlsTrust, TlsUnusable, explain_tls

__all__ = ["MESSAGES_PATH", "HttpLink", "open_http_link"]

T = TypeVar("T")
MESSAGES_PATH = "/v1/messages"
_MAX_LINE_BYTES = 16 * 1024 * 1024
_CONNECT_S = 5.0
_UNAUTHORIZED = 401
_UNLIMITED = 2**31
"""Chunks need no credit here: what is not read holds the sender back."""


class HttpLink:
    """The calls of ``Link`` over HTTP; made by ``open_http_link``."""

    transport = "http"

    def __init__(self, url: str, token: str | None, tls: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.welcome = Welcome()
        self.going: GoAway | None = None
        """Never set: who drains says so in its heartbeats' answers."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_S)
        self._session = aiohttp.ClientSession(
            headers=headers,
            timeout=timeout,
            trust_env=False,
            read_bufsize=256 * 1024,
            connector=aiohttp.TCPConnector(ssl=tls if tls is not None else True),
        )
        self._calls = Calls()
        self._closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def in_flight(self) -> int:
        """Requests without an outcome."""
        return len(self._calls)

    async def request(
        self,
        type_: str,
        data: object,
        *,
        answer: type[T],
        deadline_s: float,
        on_progress: ProgressCallback | None = None,
        on_chunk: ChunkCallback | None = None,
        traceparent: str | None = None,
        attempt: int | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        """Send one request and wait for its outcome; see ``Link``. Cancelling it closes the HTTP request."""
        message_id, message = self._calls.outgoing.request(
            type_,
            encode_data(data),
            now_s=time.monotonic(),
            deadline_s=deadline_s,
            traceparent=traceparent,
            attempt=attempt,
            idempotency_key=idempotency_key,
            timestamp=timestamp_now(),
            chunk_credit=_UNLIMITED if on_chunk else None,
        )
        future = self._calls.enter(message_id, on_progress, in_parts=on_chunk is not None)
        chunks = self._calls.chunks_of(message_id) if on_chunk else None
        try:
            async with asyncio.timeout(deadline_s):
                status = await self._post(message, chunks, on_chunk)
            if not future.done():
                text = f"The agent's answer (HTTP {status}) ended before the outcome came."
                raise RequestFailed(ErrorCode.CONNECTION_LOST, text)
            return read_answer(await future, answer)
        except TimeoutError:
            text = "The answer did not come within the request's time."
            raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, text) from None
        except aiohttp.ClientError as problem:
            refused = isinstance(problem, aiohttp.ClientConnectorError)
            raise RequestFailed(
                ErrorCode.CONNECTION_LOST,
                f"The HTTP request to the agent failed: {_explain(problem)}.",
                not_executed=True if refused else None,
            ) from problem
        finally:
            self._calls.leave(message_id)

    async def _post(
        self,
        message: bytes,
        chunks: asyncio.Queue[Envelope | None] | None = None,
        on_chunk: ChunkCallback | None = None,
    ) -> int:
        headers = {"Content-Type": "application/json", "Accept": "application/x-ndjson"}
        url = self.url + MESSAGES_PATH
        # A redirect is not followed: it could lead to another host, or out of TLS.
        async with self._session.post(url, data=message, headers=headers, allow_redirects=False) as response:
            rest = b""
            async for chunk in response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
                if len(rest) > _MAX_LINE_BYTES:
                    raise RequestFailed(ErrorCode.TOO_LARGE, "The agent's answer is above the limit.")
                for line in lines:
                    self._take(line)
                    await _hand_over(chunks, on_chunk)
            self._take(rest)
            return response.status

    def _take(self, line: bytes) -> None:
        if line.strip():
            self._calls.dispatch(self._calls.outgoing.receive(line))

    async def heartbeat(self, *, timeout_s: float) -> tuple[float, Envelope]:
        """Send one heartbeat; see ``Link``."""
        message_id, message = self._calls.outgoing.heartbeat(wall_time_s=time.time())
        future = self._calls.enter_heartbeat(message_id)
        sent_at_s = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                if await self._post(message) == _UNAUTHORIZED and not self._closed.done():
                    self._closed.set_result("the token is not accepted any more")  # a new link reads the file anew
        except aiohttp.ClientError as problem:
            if isinstance(problem, aiohttp.ClientConnectorError) and not self._closed.done():
                self._closed.set_result(_explain(problem))  # nothing listens: as lost as a closed connection
            raise TimeoutError(_explain(problem)) from problem
        finally:
            self._calls.leave_heartbeat(message_id)
        if not future.done():
            raise TimeoutError("the answer was no heartbeat_response")
        return time.monotonic() - sent_at_s, await future

    async def describe(self, timeout_s: float) -> Welcome:
        """Ask the agent who it is, which over WebSocket it says unasked."""
        message_id, message = self._calls.outgoing.request(
            "describe", encode_data({}), now_s=time.monotonic(), deadline_s=timeout_s
        )
        future = self._calls.enter(message_id, None)
        try:
            async with asyncio.timeout(timeout_s):
                status = await self._post(message)
        finally:
            self._calls.leave(message_id)
        if not future.done():
            raise ConnectionFailed(self.url, f"refused with HTTP {status}", lasting=status in (_UNAUTHORIZED, 403))
        self.welcome = read_answer(await future, Welcome)
        return self.welcome

    async def wait_closed(self) -> str:
        """Wait until nothing listens there any more, or this side closes."""
        return await asyncio.shield(self._closed)

    async def close(self, reason: str = "closed by this side") -> None:
        """End the link and its HTTP requests, which fail with the reason."""
        if not self._closed.done():
            self._closed.set_result(reason)
        self._calls.lose(f"The link to the agent was lost: {reason}.")
        await self._session.close()


async def _hand_over(chunks: asyncio.Queue[Envelope | None] | None, on_chunk: ChunkCallback | None) -> None:
    """Give a part that just came to its taker; while that works nothing more is read, which holds the agent back."""
    while chunks is not None and on_chunk is not None and not chunks.empty():
        envelope = chunks.get_nowait()
        if envelope is not None:
            await on_chunk(read_answer(envelope, RowChunk))


async def open_http_link(
    url: str, *, token: str | None = None, open_timeout_s: float = 5.0, tls: TlsTrust | None = None
) -> HttpLink:
    """Make a link to the agent at ``url`` (scheme, host and port) and ask it who it is.

    ``tls`` is for ``https://`` (default: the system's authorities).

    Raises:
        ConnectionFailed: with the reason in one clause.
    """
    try:
        context = (tls or TlsTrust()).context_for(url)
    except TlsUnusable as wrong:
        raise ConnectionFailed(url, str(wrong).rstrip("."), lasting=True) from wrong
    link = HttpLink(url.rstrip("/"), token, context)
    try:
        await link.describe(open_timeout_s)
    except TimeoutError as late:
        await link.close()
        raise ConnectionFailed(url, f"no answer within {open_timeout_s:g} s") from late
    except aiohttp.ClientError as problem:
        await link.close()
        raise ConnectionFailed(url, _explain(problem), lasting=isinstance(problem, aiohttp.ClientSSLError)) from problem
    except RequestFailed as refused:
        await link.close()
        raise ConnectionFailed(url, f"refused: {refused.message}") from refused
    except BaseException:
        await link.close()
        raise
    return link


def _explain(problem: aiohttp.ClientError) -> str:
    if isinstance(problem, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        cause = problem.__cause__
        return explain_tls(cause) or str(problem)
    if isinstance(problem, aiohttp.ClientConnectorError):
        return "nothing listens there (connection refused)"
    return str(problem) or type(problem).__name__
