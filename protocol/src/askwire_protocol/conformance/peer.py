"""A raw connection to an agent: bytes out, messages in, nothing of the protocol's own client."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from askwire_protocol.conformance.exchange import Exchange, sort_messages
from askwire_protocol.conformance.received import Closed, Received
from askwire_protocol.conformance.timing import Timing
from askwire_protocol.tls import TlsTrust

__all__ = ["RawPeer", "open_peer"]

_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_ABNORMAL = 1006


class _ConnectHere(connect):
    """Goes to the given address only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow nothing."""
        return exc


class RawPeer:
    """One connection; ``closed`` is set once the agent ended it."""

    def __init__(self, socket: ClientConnection, timing: Timing) -> None:
        self._socket = socket
        self._timing = timing
        self._ids: set[str] = set()
        self.welcome = Received(b"", True, None)
        """The first message, whatever it is."""
        self.closed: Closed | None = None

    async def send(self, type_: str, message_id: str | None = None, **fields: object) -> None:
        """Send one message; a connection that has ended is noticed by the next ``receive``."""
        message: dict[str, object] = {"type": type_, **fields}
        if message_id is not None:
            self._ids.add(message_id)
            message["message_id"] = message_id
        await self.send_text(msgspec.json.encode(message))

    async def send_text(self, text: bytes | Iterable[bytes]) -> None:
        """Send bytes as one text message; several pieces become its fragments."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(text, text=True)

    async def send_binary(self, content: bytes) -> None:
        """Send bytes as one binary message."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(content)

    def send_frames(self, frames: bytes) -> None:
        """Put bytes on the wire as they are."""
        self._socket.transport.write(frames)

    async def ping(self) -> bool:
        """Tell whether the agent answers a ping of the transport."""
        try:
            async with asyncio.timeout(self._timing.wait_s):
                await (await self._socket.ping(secrets.token_bytes(4)))
        except (TimeoutError, ConnectionClosed):
            return False
        return True

    async def receive(self, wait_s: float | None = None) -> Received | None:
        """Return the next message; None when none came in time, or the connection ended (see ``closed``)."""
        try:
            async with asyncio.timeout(self._timing.wait_s if wait_s is None else wait_s):
                return Received.of(await self._socket.recv())
        except TimeoutError:
            return None
        except ConnectionClosed as ended:
            frame = ended.rcvd
            self.closed = Closed(frame.code, frame.reason) if frame is not None else Closed(_ABNORMAL, "")
            return None

    async def receive_type(self, type_: str, response_to: str | None = None) -> Received | None:
        """Return the next message of a type (and to a request), leaving out others; None when none came in time."""
        ends_s = time.monotonic() + self._timing.wait_s
        while (message := await self.receive(max(0.0, ends_s - time.monotonic()))) is not None:
            if message.type == type_ and (response_to is None or message.response_to == response_to):
                return message
        return None

    async def ask(self, type_: str, message_id: str | None = None, **fields: object) -> Exchange:
        """Send one message and take in all until its outcome."""
        sent_id = message_id or self.make_id()
        await self.send(type_, sent_id, **fields)
        return await self.gather(sent_id)

    async def ask_without_id(self, type_: str, **fields: object) -> Received | None:
        """Send one message without an id and return the next answer or error."""
        await self.send(type_, None, **fields)
        return await self.receive_outcome()

    async def receive_outcome(self) -> Received | None:
        """Return the next answer or error."""
        while (message := await self.receive()) is not None:
            if message.may_be_outcome:
                return message
        return None

    async def gather(self, message_id: str) -> Exchange:
        """Take in all until the outcome of a request."""
        messages: list[Received] = []
        while (message := await self.receive()) is not None:
            messages.append(message)
            if sort_messages(message_id, messages, self._ids).outcome is not None:
                break
        return sort_messages(message_id, messages, self._ids, closed=self.closed)

    async def rest(self, *, by_heartbeat: bool = True) -> tuple[Received, ...]:
        """Return what else the agent sends: all that comes before the answer to a heartbeat, and shortly after."""
        messages: list[Received] = []
        if by_heartbeat:
            await self.send("heartbeat", self.make_id(), timestamp=time.time())
            while (message := await self.receive()) is not None and message.type != "heartbeat_response":
                messages.append(message)
        while (message := await self.receive(self._timing.quiet_s)) is not None:
            messages.append(message)
        return tuple(messages)

    async def wait_closed(self) -> Closed | None:
        """Wait until the agent closes; None when it does not."""
        ends_s = time.monotonic() + self._timing.wait_s
        while self.closed is None and time.monotonic() < ends_s:
            await self.receive(max(0.0, ends_s - time.monotonic()))
        return self.closed

    async def close(self) -> Closed | None:
        """Close the connection; returns what the agent answered, or None when it did not."""
        await self._socket.close(1000)
        frame = self._socket.protocol.close_rcvd
        return None if frame is None else Closed(frame.code, frame.reason)

    def make_id(self) -> str:
        """Return an id that was not used here before."""
        return f"conformance-{secrets.token_hex(6)}"


@contextlib.asynccontextmanager
async def open_peer(
    url: str,
    timing: Timing,
    *,
    token: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    tls: TlsTrust,
) -> AsyncIterator[RawPeer]:
    """Connect and take in the first message.

    Raises:
        OSError, InvalidHandshake, TimeoutError, TlsUnusable: no connection.
    """
    authorization = (("Authorization", f"Bearer {token}"),) if token is not None else ()
    options: dict[str, Any] = {"proxy": None, "compression": None, "ping_interval": None}  # keywords of the library
    async with _ConnectHere(
        url,
        ssl=tls.context_for(url),
        additional_headers=[*authorization, *headers],
        open_timeout=timing.wait_s,
        close_timeout=timing.close_s,
        max_size=_MAX_ANSWER_BYTES,
        **options,
    ) as socket:
        peer = RawPeer(socket, timing)
        first = await peer.receive()
        if first is not None:
            peer.welcome = first
        yield peer
