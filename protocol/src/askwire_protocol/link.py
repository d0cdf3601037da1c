"""A link to one agent: the same calls over WebSocket and over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from askwire_protocol.codec import decode_data
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.agents import GoAway, Progress, Welcome
from askwire_protocol.messages.chunks import RowChunk
from askwire_protocol.outgoing import (
    Answered,
    Chunked,
    Failed,
    HeartbeatAnswered,
    Outgoing,
    OutgoingEvent,
    Progressed,
)

__all__ = [
    "CHUNK_CREDIT",
    "STALL_S",
    "Calls",
    "ChunkCallback",
    "Link",
    "ProgressCallback",
    "read_answer",
    "timestamp_now",
]

T = TypeVar("T")
ProgressCallback = Callable[[Progress], None]
ChunkCallback = Callable[[RowChunk], Awaitable[None]]
"""Takes one part of an answer; the next ones come when it returns. On an error all parts are void."""
CHUNK_CREDIT = 8
STALL_S = 30.0
"""Longest silence about an answer that has begun."""


@functools.lru_cache(maxsize=2)
def _timestamp(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def timestamp_now() -> str:
    """Return the current time as the envelope writes it (ISO 8601, UTC, to the millisecond)."""
    return _timestamp(int(time.time() * 1000))


class Link(Protocol):
    """One link to one agent process.

    ``request`` raises RequestFailed for every outcome but success. Cancelling it gives the request up, at the agent
    too where that understands ``cancel``.
    """

    @property
    def url(self) -> str:
        """Address of the agent."""
        ...

    @property
    def transport(self) -> str:
        """``websocket`` or ``http``."""
        ...

    @property
    def welcome(self) -> Welcome:
        """What the agent said of itself."""
        ...

    @property
    def going(self) -> GoAway | None:
        """Set once the agent asked to be sent nothing new."""
        ...

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
        """Send one request and wait for its outcome.

        With ``on_chunk`` the agent may send rows in parts before the answer, which then has a summary and no rows.
        """
        ...

    async def heartbeat(self, *, timeout_s: float) -> tuple[float, Envelope]:
        """Send one heartbeat; returns its round trip in seconds and the answer. Raises TimeoutError."""
        ...

    async def wait_closed(self) -> str:
        """Wait until the link is gone and say why."""
        ...

    async def close(self, reason: str = "closed by this side") -> None:
        """End the link; requests in flight fail with CONNECTION_LOST and the reason."""
        ...


@dataclasses.dataclass(slots=True)
class _Call:
    future: asyncio.Future[Envelope]
    on_progress: ProgressCallback | None
    chunks: asyncio.Queue[Envelope | None] | None
    """Parts that nobody took yet (their number is bounded by the credit), and None after the last."""


class Calls:
    """Waiting callers of one link: turns the events of its table of requests into results."""

    def __init__(self) -> None:
        self.outgoing = Outgoing(secrets.token_hex(8))
        self._calls: dict[str, _Call] = {}
        self._heartbeats: dict[str, asyncio.Future[Envelope]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def enter(
        self, message_id: str, on_progress: ProgressCallback | None, *, in_parts: bool = False
    ) -> asyncio.Future[Envelope]:
        """Add the caller of a request that the table just made."""
        future: asyncio.Future[Envelope] = asyncio.get_running_loop().create_future()
        self._calls[message_id] = _Call(future, on_progress, asyncio.Queue() if in_parts else None)
        return future

    def chunks_of(self, message_id: str) -> asyncio.Queue[Envelope | None]:
        """Return the parts of a request's answer as they come; None is the end."""
        call = self._calls.get(message_id)
        if call is not None and call.chunks is not None:
            return call.chunks
        ended: asyncio.Queue[Envelope | None] = asyncio.Queue()
        ended.put_nowait(None)
        return ended

    def leave(self, message_id: str) -> bool:
        """Remove a caller; True when its request had no outcome yet."""
        self._calls.pop(message_id, None)
        return self.outgoing.forget(message_id)

    def enter_heartbeat(self, message_id: str) -> asyncio.Future[Envelope]:
        """Add somebody who waits for a heartbeat's answer."""
        future: asyncio.Future[Envelope] = asyncio.get_running_loop().create_future()
        self._heartbeats[message_id] = future
        return future

    def leave_heartbeat(self, message_id: str) -> None:
        """Remove somebody who waited for a heartbeat's answer."""
        self._heartbeats.pop(message_id, None)

    def dispatch(self, event: OutgoingEvent) -> None:
        """Wake whom an event concerns; events of nobody are left to the table's own count."""
        match event:
            case Answered(message_id, envelope):
                self._resolve(message_id, envelope)
            case Failed(message_id, failure):
                self._resolve(message_id, failure)
            case Progressed(message_id, progress):
                self._report(message_id, progress)
            case Chunked(message_id, envelope):
                call = self._calls.get(message_id)
                if call is not None and call.chunks is not None:
                    call.chunks.put_nowait(envelope)
            case HeartbeatAnswered(message_id, envelope):
                self._answer_heartbeat(message_id, envelope)
            case _:
                pass

    def _report(self, message_id: str, progress: Progress) -> None:
        call = self._calls.get(message_id)
        if call is None or call.on_progress is None:
            return
        try:
            call.on_progress(progress)
        except Exception as problem:  # noqa: BLE001 - the caller's own defect ends its request, not everybody's reader
            self.outgoing.forget(message_id)
            self._resolve(message_id, problem)

    def _resolve(self, message_id: str, outcome: Envelope | Exception) -> None:
        call = self._calls.pop(message_id, None)
        if call is None or call.future.done():
            return
        if call.chunks is not None:
            call.chunks.put_nowait(None)
        if isinstance(outcome, Exception):
            _fail(call.future, outcome)
        else:
            call.future.set_result(outcome)

    def _answer_heartbeat(self, message_id: str | None, envelope: Envelope) -> None:
        if message_id is None and self._heartbeats:
            # A peer of protocol 1.0 does not say which; it answers in order, so it is the oldest.
            message_id = next(iter(self._heartbeats))
        future = self._heartbeats.pop(message_id, None) if message_id else None
        if future is not None and not future.done():
            future.set_result(envelope)

    def lose(self, reason: str) -> None:
        """End every caller because the link is gone."""
        for failed in self.outgoing.lose(reason):
            self.dispatch(failed)
        for future in self._heartbeats.values():
            if not future.done():
                _fail(future, TimeoutError(reason))
        self._heartbeats.clear()


def read_answer(envelope: Envelope, kind: type[T]) -> T:
    """Read the payload of an answer; one that does not fit is the agent's defect: RequestFailed INTERNAL."""
    try:
        return decode_data(envelope.data, kind, hostile=False)
    except RequestFailed as problem:
        text = f"The agent's {envelope.type} cannot be read: {problem.message}"
        raise RequestFailed(ErrorCode.INTERNAL, text) from problem


def _fail(future: asyncio.Future[Envelope], problem: Exception) -> None:
    future.set_exception(problem)
    future.exception()  # read, so that a caller who was cancelled meanwhile does not make a warning
