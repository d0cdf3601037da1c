"""One connection to /ws: a reader that never waits for work, and a task for each request."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

import structlog
from aiohttp import WSMsgType, web

from askwire_backend.progress_relay import ProgressRelay
from askwire_backend.requests import Requests
from askwire_protocol.close_codes import CLOSE_CODES, NOT_TEXT, CloseCode
from askwire_protocol.credentials import TokenReader
from askwire_protocol.envelope import FEATURES, PROTOCOL_VERSIONS
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.hello_gate import HelloGate
from askwire_protocol.incoming import Accepted, CancelAsked, ControlAsked, HelloAsked, Incoming, Pulse, Refused
from askwire_protocol.link import timestamp_now
from askwire_protocol.messages import AgentLimits, Check, GoAway, HealthReport, Progress, StatsReport, Welcome
from askwire_resources.settings import BackendSettings

__all__ = ["BrowserSession", "Identity"]

_log = structlog.get_logger()
_WRITE_S = 10.0
_MAX_IN_FLIGHT = 16


class Identity:
    """Who this backend is to those that connect."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.instance_id = secrets.token_hex(8)
        self.started_at = timestamp_now()
        self.started_s = time.monotonic()


class BrowserSession:
    """Serves one peer until it leaves; its requests in work are cancelled then."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        requests: Requests,
        identity: Identity,
        settings: BackendSettings,
        *,
        authenticated: bool,
        read_token: TokenReader,
        on_refused: Callable[[CloseCode], None],
    ) -> None:
        self._socket = socket
        self._requests = requests
        self._identity = identity
        self._settings = settings
        self._incoming = Incoming(
            sender="backend",
            client_id=secrets.token_hex(8),
            instance_id=identity.instance_id,
            types=requests.types,
            max_message_bytes=settings.max_message_bytes,
            max_in_flight=_MAX_IN_FLIGHT,
            max_deadline_s=settings.ask_deadline_s,
            timestamp=timestamp_now,
            authenticated=authenticated,
        )
        self._hello = HelloGate(
            self._incoming,
            read_token=read_token,
            timeout_s=settings.hello_timeout_s,
            send=self._send,
            close=self.close,
            on_refused=on_refused,
        )
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Greet, then read until the connection ends."""
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._hello.watch())
            try:
                await self._send(self._incoming.welcome(self._welcome()))
                await self._read(group)
            finally:
                watch.cancel()
                for task in tuple(self._tasks.values()):
                    task.cancel()

    async def go_away(self, going: GoAway) -> None:
        """Ask the peer to send nothing new, where it knows that message."""
        message = self._incoming.go_away(going)
        if message is not None:
            await self._send(message)

    async def close(self, code: CloseCode, reason: str) -> None:
        """Close the connection."""
        await self._socket.close(code=code, message=reason.encode())

    def _welcome(self) -> Welcome:
        identity, settings = self._identity, self._settings
        return Welcome(
            capabilities=self._requests.types,
            agent="backend",
            agent_type="backend",
            instance_id=identity.instance_id,
            version=identity.version,
            started_at=identity.started_at,
            protocol_versions=PROTOCOL_VERSIONS,
            features=FEATURES,
            auth=settings.auth,
            limits=AgentLimits(
                max_message_bytes=settings.max_message_bytes,
                max_in_flight=_MAX_IN_FLIGHT,
                max_deadline_ms=round(settings.ask_deadline_s * 1000),
                hello_timeout_ms=round(settings.hello_timeout_s * 1000),
            ),
        )

    async def _read(self, group: asyncio.TaskGroup) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                await self._socket.close(code=CloseCode.UNSUPPORTED_DATA, message=NOT_TEXT.encode())
                return
            event = self._incoming.receive(message.data)
            match event:
                case ControlAsked():
                    await self._send(self._answer_control(event))
                case Accepted():
                    self._start(group, event)
                case HelloAsked():
                    await self._hello.take(event)
                case CancelAsked(message_id):
                    await self._cancel(message_id)
                case Refused(reply, _, close):
                    await self._send(reply)
                    if close is not None:
                        await self.close(close, CLOSE_CODES[close].meaning)
                        return
                case _:
                    pass

    def _answer_control(self, asked: ControlAsked) -> bytes:
        envelope = asked.envelope
        status = "draining" if self._requests.draining else "ok"
        match envelope.type:
            case "heartbeat":
                pulse = Pulse(status=status, in_flight=self._requests.in_flight)
                return self._incoming.heartbeat_answer(envelope, pulse, wall_time_s=time.time())
            case "health_check":
                ready = self._requests.agents().ready
                report = HealthReport(
                    status=status,
                    ready=ready,
                    live=True,
                    instance_id=self._identity.instance_id,
                    checks=(Check(name="agents", ok=ready),),
                )
                return self._incoming.control_answer(envelope, report)
            case "stats":
                return self._incoming.control_answer(envelope, self._stats())
            case _:
                return self._incoming.control_answer(envelope, self._welcome())

    def _stats(self) -> StatsReport:
        identity = self._identity
        return StatsReport(
            agent="backend",
            instance_id=identity.instance_id,
            version=identity.version,
            started=identity.started_at,
            uptime_s=round(time.monotonic() - identity.started_s, 3),
            types=(),
            in_flight=self._requests.in_flight,
        )

    def _start(self, group: asyncio.TaskGroup, accepted: Accepted) -> None:
        message_id = accepted.message_id
        task = group.create_task(self._run(accepted))
        self._tasks[message_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(message_id, None))

    async def _cancel(self, message_id: str) -> None:
        # Both messages may have come in one packet: a task that is cancelled before its first step has no outcome.
        await asyncio.sleep(0)
        if (task := self._tasks.get(message_id)) is not None:
            task.cancel()

    async def _run(self, accepted: Accepted) -> None:
        try:
            message = await self._work(accepted)
        except asyncio.CancelledError:
            message = self._incoming.cancelled(accepted.message_id)
        if message is not None:
            await self._send(message)

    async def _work(self, accepted: Accepted) -> bytes | None:
        message_id, envelope = accepted.message_id, accepted.envelope

        async def send_progress(progress: Progress) -> None:
            message = self._incoming.progress(message_id, progress)
            if message is not None:
                await self._send(message)

        relay = ProgressRelay(send_progress)
        try:
            async with asyncio.timeout(accepted.deadline_s), relay.running():
                answer = await self._requests.answer(
                    envelope.type, envelope.data, deadline_s=accepted.deadline_s, report=relay.report
                )
            return self._incoming.answer(message_id, answer)
        except TimeoutError:
            failed = RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "The request's time is over.")
            return self._incoming.fail(message_id, failed)
        except RequestFailed as failed:
            return self._incoming.fail(message_id, failed)
        except Exception:  # noqa: BLE001 - the border to people: a defect of ours becomes one explicit error
            _log.exception("request failed", type=envelope.type)
            return self._incoming.fail(
                message_id, RequestFailed(ErrorCode.INTERNAL, "The backend failed; see its log.")
            )

    async def _send(self, message: bytes) -> None:
        try:
            async with asyncio.timeout(_WRITE_S):
                await self._socket.send_str(message.decode())
        except TimeoutError:
            await self._socket.close(code=CloseCode.SLOW_CONSUMER, message=b"not reading")
        except (ConnectionError, RuntimeError):
            pass  # closed under our hands; the reader sees it too and ends the session
