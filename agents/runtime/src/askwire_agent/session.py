"""One WebSocket connection of an agent: a reader that never waits for work, and a task for each request."""

from __future__ import annotations

import asyncio

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from askwire_agent.credit_gate import CreditGate
from askwire_agent.dispatch import Dispatcher
from askwire_protocol.close_codes import CLOSE_CODES, NOT_TEXT, CloseCode
from askwire_protocol.corked_transport import has_room
from askwire_protocol.credentials import TokenReader
from askwire_protocol.errors import ErrorCode
from askwire_protocol.hello_gate import HelloGate
from askwire_protocol.incoming import (
    Accepted,
    CancelAsked,
    ControlAsked,
    CreditGiven,
    HelloAsked,
    Incoming,
    Refused,
)
from askwire_protocol.messages.agents import GoAway, Welcome
from askwire_protocol.server import was_authenticated

__all__ = ["Session"]

_log = structlog.get_logger()
_WRITE_S = 10.0
_CLOSE_S = 2.0


class Session:
    """Serves one peer until it leaves; requests in work are cancelled then."""

    def __init__(
        self,
        socket: ServerConnection,
        dispatcher: Dispatcher,
        client_id: str,
        *,
        read_token: TokenReader,
        hello_timeout_s: float,
    ) -> None:
        self._socket = socket
        self._dispatcher = dispatcher
        authenticated = was_authenticated(socket, demanded=read_token() is not None)
        self.incoming: Incoming = dispatcher.open(client_id, authenticated=authenticated)
        self._hello = HelloGate(
            self.incoming,
            read_token=read_token,
            timeout_s=hello_timeout_s,
            send=self.send,
            close=self.close,
            on_refused=self._on_refused,
        )
        self._gate = CreditGate(self.incoming)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self, welcome: Welcome) -> None:
        """Greet, then read until the connection ends."""
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._hello.watch())
            try:
                await self.send(self.incoming.welcome(welcome))
                await self._read(group)
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else None
                _log.info("connection ended", client_id=self.incoming.client_id, code=code, in_work=len(self.incoming))
            finally:
                watch.cancel()
                for task in tuple(self._tasks.values()):
                    task.cancel()

    async def send(self, message: bytes) -> None:
        """Send one message; a peer that does not read for ten seconds loses its connection."""
        try:
            if has_room(self._socket):
                await self._socket.send(message, text=True)
                return
            async with asyncio.timeout(_WRITE_S):
                await self._socket.send(message, text=True)
        except TimeoutError:
            code = CloseCode.SLOW_CONSUMER
            _log.info("slow reader", client_id=self.incoming.client_id, code=int(code))
            await self.close(code, "not reading")
        except ConnectionClosed:
            pass  # the reader sees it too, and ends the session

    async def go_away(self, going: GoAway) -> None:
        """Ask the peer to send nothing new, where it knows that message."""
        message = self.incoming.go_away(going)
        if message is not None:
            await self.send(message)

    async def close(self, code: CloseCode, reason: str) -> None:
        """Close the connection; a peer that does not take part in that within seconds is cut off."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._socket.close(code, reason)
        except TimeoutError:
            self._socket.transport.abort()

    async def _read(self, group: asyncio.TaskGroup) -> None:
        while True:
            message = await self._socket.recv()
            if isinstance(message, bytes):
                await self.close(CloseCode.UNSUPPORTED_DATA, NOT_TEXT)
                return
            event = self.incoming.receive(message)
            match event:
                case ControlAsked():
                    await self.send(self._dispatcher.answer_control(self.incoming, event))
                case Accepted():
                    self._start(group, event)
                case CancelAsked(message_id):
                    await self._cancel(message_id)
                case CreditGiven(message_id):
                    self._gate.wake(message_id)
                case HelloAsked():
                    await self._hello.take(event)
                case Refused(reply, code, close):
                    self._dispatcher.count_refused(code)
                    await self.send(reply)
                    if close is not None:
                        await self.close(close, CLOSE_CODES[close].meaning)
                        return
                case _:
                    pass

    def _on_refused(self, code: CloseCode) -> None:
        self._dispatcher.count_refused(ErrorCode.UNAUTHENTICATED)
        _log.info("peer refused", client_id=self.incoming.client_id, code=int(code))

    def _start(self, group: asyncio.TaskGroup, accepted: Accepted) -> None:
        message_id = accepted.message_id
        task = group.create_task(self._run(accepted))
        self._tasks[message_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(message_id, None))

    async def _cancel(self, message_id: str) -> None:
        # Both messages may have come in one packet: a task that is cancelled before its first step has no outcome.
        await asyncio.sleep(0)
        task = self._tasks.get(message_id)
        if task is not None:
            task.cancel()

    async def _run(self, accepted: Accepted) -> None:
        try:
            await self._dispatcher.run(self.incoming, accepted, self.send, self._gate)
        except asyncio.CancelledError:
            cancelled = self.incoming.cancelled(accepted.message_id)
            if cancelled is not None:
                await self.send(cancelled)
