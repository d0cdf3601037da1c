"""WebSocket link to an agent: a thin shell around the table of requests."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import TypeVar

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as websocket_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from askwire_protocol.close_codes import NOT_TEXT, CloseCode
from askwire_protocol.codec import encode, encode_data
from askwire_protocol.corked_transport import cork, has_room
from askwire_protocol.envelope import FEATURES, MAX_ANSWER_BYTES, PROTOCOL_VERSIONS, Envelope
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.link import (
    CHUNK_CREDIT,
    STALL_S,
    Calls,
    ChunkCallback,
    ProgressCallback,
    read_answer,
    timestamp_now,
)
from askwire_protocol.messages.agents import Cancel, GoAway, Hello, HelloAnswer, Welcome
from askwire_protocol.messages.chunks import RowChunk
from askwire_protocol.outgoing import Failed, GoingAway, HeartbeatAsked, Welcomed
from askwire_protocol.tls import TlsTrust, TlsUnusable, explain_tls

__all__ = ["WebSocketLink", "connect", "open_link"]

T = TypeVar("T")
_SWEEP_S = 0.1
_CLOSE_S = 1.0


class WebSocketLink:
    """One connection to one agent; made by ``open_link`` or ``connect``."""

    transport = "websocket"

    def __init__(self, url: str, socket: ClientConnection) -> None:
        self.url = url
        self.welcome = Welcome()
        self.going: GoAway | None = None
        self._socket = socket
        self._calls = Calls()
        self._welcomed: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self._closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks = (asyncio.create_task(self._read()), asyncio.create_task(self._sweep()))

    @property
    def in_flight(self) -> int:
        """Requests without an outcome."""
        return len(self._calls)

    @property
    def dropped(self) -> int:
        """Messages that matched no request."""
        return self._calls.outgoing.dropped

    async def wait_welcome(self, timeout_s: float) -> Welcome:
        """Wait for the agent's first message. Raises TimeoutError, or ConnectionFailed when it closed before."""
        async with asyncio.timeout(timeout_s):
            self.welcome = await asyncio.shield(self._welcomed)
        return self.welcome

    async def greet(self, *, token: str | None = None, timeout_s: float = 5.0) -> HelloAnswer:
        """Say hello, so that the agent may send what protocol 1.0 does not know; raises RequestFailed."""
        hello = Hello(client="askwire", protocol_versions=PROTOCOL_VERSIONS, features=FEATURES, token=token)
        return await self.request("hello", hello, answer=HelloAnswer, deadline_s=timeout_s)

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
        """Send one request and wait for its outcome; see ``Link``."""
        if self._closed.done():
            raise RequestFailed(ErrorCode.CONNECTION_LOST, "The connection is closed.", not_executed=True)
        message_id, message = self._calls.outgoing.request(
            type_,
            encode_data(data),
            now_s=time.monotonic(),
            deadline_s=deadline_s,
            traceparent=traceparent,
            attempt=attempt,
            idempotency_key=idempotency_key,
            timestamp=timestamp_now(),
            chunk_credit=CHUNK_CREDIT if on_chunk else None,
            stall_s=STALL_S if on_chunk else None,
        )
        future = self._calls.enter(message_id, on_progress, in_parts=on_chunk is not None)
        try:
            await self._send(message, deadline_s)
            if on_chunk is not None:
                await self._take_chunks(message_id, on_chunk)
            envelope = await future
        finally:
            if self._calls.leave(message_id):
                await self._give_up(message_id)
        return read_answer(envelope, answer)

    async def _take_chunks(self, message_id: str, on_chunk: ChunkCallback) -> None:
        chunks = self._calls.chunks_of(message_id)
        while (envelope := await chunks.get()) is not None:
            await on_chunk(read_answer(envelope, RowChunk))
            credit = self._calls.outgoing.credit(message_id, 1)
            if credit is not None:
                await self._send(credit, _CLOSE_S)

    async def _give_up(self, message_id: str) -> None:
        if "cancel" not in self.welcome.features or self._closed.done():
            return
        await self._send(encode(Envelope(type="cancel", data=encode_data(Cancel(request_id=message_id)))), _CLOSE_S)

    async def _send(self, message: bytes, timeout_s: float) -> None:
        """Send, but let a peer that does not read hold the caller back for this long only.

        What becomes of the message is not told here: the reader sees a closed connection, the sweep a missing answer.
        """
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            if has_room(self._socket):  # then sending does not wait, and needs no time limit
                await self._socket.send(message, text=True)
                return
            async with asyncio.timeout(timeout_s):
                await self._socket.send(message, text=True)

    async def heartbeat(self, *, timeout_s: float) -> tuple[float, Envelope]:
        """Send one heartbeat; see ``Link``."""
        if self._closed.done():
            raise TimeoutError("The connection is closed.")
        message_id, message = self._calls.outgoing.heartbeat(wall_time_s=time.time())
        future = self._calls.enter_heartbeat(message_id)
        sent_at_s = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                await self._send(message, timeout_s)
                envelope = await future
        finally:
            self._calls.leave_heartbeat(message_id)
        return time.monotonic() - sent_at_s, envelope

    async def wait_closed(self) -> str:
        """Wait until the connection is gone and say why."""
        return await asyncio.shield(self._closed)

    async def close(self, reason: str = "closed by this side") -> None:
        """Close the connection; bounded by a second. Requests in flight fail first, with the reason."""
        self._lose(reason)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S + 0.5):
                await self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        reason = "the connection was closed"
        try:
            while True:
                message = await self._socket.recv()
                if isinstance(message, bytes):
                    await self._socket.close(CloseCode.UNSUPPORTED_DATA, NOT_TEXT)
                else:
                    await self._take(message)
        except ConnectionClosed as closed:
            reason = _explain_close(closed)
        finally:
            self._lose(reason)

    async def _take(self, message: str) -> None:
        event = self._calls.outgoing.receive(message, now_s=time.monotonic())
        if isinstance(event, GoingAway):
            self.going = event.going
        elif isinstance(event, Welcomed) and not self._welcomed.done():
            self._welcomed.set_result(event.welcome)
        elif isinstance(event, HeartbeatAsked):
            answer = Envelope(
                type="heartbeat_response",
                response_to=event.envelope.message_id,
                timestamp=timestamp_now(),
                server_time=time.time(),
                echo=event.envelope.timestamp,
            )
            await self._send(encode(answer), _CLOSE_S)
        else:
            self._calls.dispatch(event)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            if len(self._calls):
                for failed in self._calls.outgoing.expire(time.monotonic()):
                    await self._end_late(failed)

    async def _end_late(self, failed: Failed) -> None:
        self._calls.dispatch(failed)
        await self._give_up(failed.message_id)

    def _lose(self, reason: str) -> None:
        if not self._closed.done():
            self._closed.set_result(reason)
        if not self._welcomed.done():
            self._welcomed.set_exception(ConnectionFailed(self.url, reason))
            self._welcomed.exception()  # read, so that an abandoned link does not warn
        self._calls.lose(f"The connection to the agent was lost: {reason}.")


async def open_link(
    url: str,
    *,
    token: str | None = None,
    open_timeout_s: float = 5.0,
    max_message_bytes: int = MAX_ANSWER_BYTES,
    tls: TlsTrust | None = None,
) -> WebSocketLink:
    """Connect to an agent and wait for its welcome; ``tls`` is for ``wss://`` (default: the system's authorities).

    Raises:
        ConnectionFailed: with the reason in one clause.
    """
    socket = await _open_socket(url, token, open_timeout_s, max_message_bytes, tls or TlsTrust())
    cork(socket)
    link = WebSocketLink(url, socket)
    try:
        await link.wait_welcome(open_timeout_s)
        if "hello" in link.welcome.features:
            await link.greet(timeout_s=open_timeout_s)
    except RequestFailed as refused:
        await link.close()
        lasting = refused.code in (ErrorCode.UNAUTHENTICATED, ErrorCode.UNSUPPORTED_VERSION)
        raise ConnectionFailed(url, f"hello was refused: {refused.message}", lasting=lasting) from refused
    except TimeoutError as late:
        await link.close()
        raise ConnectionFailed(url, f"no connection_established within {open_timeout_s:g} s") from late
    except BaseException:
        await link.close()
        raise
    return link


async def _open_socket(
    url: str, token: str | None, open_timeout_s: float, max_message_bytes: int, tls: TlsTrust
) -> ClientConnection:
    try:
        return await websocket_connect(
            url,
            ssl=tls.context_for(url),
            compression=None,  # costs throughput and memory, and buys nothing between neighbours
            proxy=None,  # the default takes one from the environment
            open_timeout=open_timeout_s,
            close_timeout=_CLOSE_S,
            ping_interval=None,  # heartbeats do this, and prove more
            max_size=max_message_bytes,
            max_queue=64,
            additional_headers={"Authorization": f"Bearer {token}"} if token else None,
            user_agent_header="askwire",
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        raise ConnectionFailed(url, f"refused with HTTP {status}", lasting=status in (401, 403)) from refused
    except TlsUnusable as wrong:
        raise ConnectionFailed(url, str(wrong).rstrip("."), lasting=True) from wrong
    except TimeoutError as late:
        raise ConnectionFailed(url, f"no answer within {open_timeout_s:g} s") from late
    except (InvalidURI, InvalidHandshake) as wrong:
        raise ConnectionFailed(url, f"not a WebSocket server: {wrong}") from wrong
    except OSError as problem:
        raise ConnectionFailed(url, _explain(problem), lasting=explain_tls(problem) is not None) from problem
    except ValueError as wrong:  # a host or port that no resolver takes
        raise ConnectionFailed(url, f"not a usable address: {wrong}") from wrong


def _explain_close(closed: ConnectionClosed) -> str:
    if closed.rcvd is not None and (closed.rcvd_then_sent or closed.sent is None):
        return f"closed by the agent: {closed.rcvd.code} {closed.rcvd.reason}".rstrip()
    if closed.sent is not None:
        return f"closed by this side: {closed.sent.code} {closed.sent.reason}".rstrip()
    return "the connection broke"


def _explain(problem: OSError) -> str:
    if (clause := explain_tls(problem)) is not None:
        return clause
    if isinstance(problem, ConnectionResetError):
        return "the peer ended the connection before it was usable; perhaps it does not speak TLS there, or only TLS"
    if isinstance(problem, ConnectionRefusedError) or "Connect call failed" in str(problem):
        return "nothing listens there (connection refused)"
    return problem.strerror or str(problem) or type(problem).__name__


@contextlib.asynccontextmanager
async def connect(
    url: str,
    *,
    token: str | None = None,
    open_timeout_s: float = 5.0,
    tls: TlsTrust | None = None,
) -> AsyncIterator[WebSocketLink]:
    """Open a link for the length of a block."""
    link = await open_link(url, token=token, open_timeout_s=open_timeout_s, tls=tls)
    try:
        yield link
    finally:
        await link.close()
