"""The way of one request through an agent: admitted, decoded, handled, answered. The same for both transports."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from askwire_agent.admission import Admission
from askwire_agent.agent import Agent, Request
from askwire_agent.credit_gate import CreditGate
from askwire_agent.health import Health
from askwire_agent.metrics import Metrics
from askwire_agent.remembered_answers import RememberedAnswers
from askwire_protocol.codec import decode_data, encode_data
from askwire_protocol.envelope import MAX_ANSWER_BYTES
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.incoming import Accepted, ControlAsked, Incoming, Refused
from askwire_protocol.link import timestamp_now
from askwire_protocol.messages.agents import Progress

__all__ = ["Dispatcher", "Send"]

Send = Callable[[bytes], Awaitable[None]]
_ENVELOPE_BYTES = 4096
_log = structlog.get_logger()


class Dispatcher:
    """Runs requests of all connections of one process."""

    def __init__(self, agent: Agent, admission: Admission, health: Health, metrics: Metrics) -> None:
        self._agent = agent
        self._admission = admission
        self._health = health
        self._metrics = metrics
        self._remembered = RememberedAnswers()

    def open(self, client_id: str, *, counts_credit: bool = True, authenticated: bool = True) -> Incoming:
        """Return the table of requests of a new connection; over HTTP the transport itself holds chunks back."""
        settings = self._agent.settings
        return Incoming(
            sender=self._agent.name,
            client_id=client_id,
            instance_id=self._agent.instance_id,
            types=self._agent.types,
            max_message_bytes=settings.max_message_bytes,
            max_in_flight=settings.max_in_flight,
            max_deadline_s=settings.max_deadline_s,
            timestamp=timestamp_now,
            counts_credit=counts_credit,
            authenticated=authenticated,
        )

    def answer_control(self, incoming: Incoming, asked: ControlAsked) -> bytes:
        """Return the answer to a heartbeat, health_check, stats or describe."""
        envelope = asked.envelope
        match envelope.type:
            case "heartbeat":
                self._metrics.heartbeats.inc()
                return incoming.heartbeat_answer(envelope, self._health.pulse(), wall_time_s=time.time())
            case "health_check":
                return incoming.control_answer(envelope, self._health.report())
            case "stats":
                return incoming.control_answer(envelope, self._health.stats())
            case _:
                return incoming.control_answer(envelope, self._agent.welcome())

    def count_refused(self, code: ErrorCode) -> None:
        """Count a message that got an error at once."""
        self._metrics.refused.labels(code).inc()

    async def run(self, incoming: Incoming, accepted: Accepted, send: Send, gate: CreditGate) -> None:
        """Admit one request, work on it and send its one outcome."""
        refused = self.admit(incoming, accepted)
        if refused is not None:
            await _send(send, refused.reply)
        else:
            await self.work(incoming, accepted, send, gate)

    def admit(self, incoming: Incoming, accepted: Accepted) -> Refused | None:
        """Take one request in, after which ``work`` has to follow at once; or return the refusal."""
        failure = self._admission.enter()
        reply = incoming.fail(accepted.message_id, failure) if failure is not None else None
        if failure is None or reply is None:
            return None
        code = ErrorCode(failure.code)
        self.count_refused(code)
        return Refused(reply, code)

    async def work(self, incoming: Incoming, accepted: Accepted, send: Send, gate: CreditGate) -> None:
        """Work on one admitted request; it counts as in flight until its outcome is sent."""
        started_ns = time.monotonic_ns()
        try:
            failure: RequestFailed | None = None
            try:
                data = await self._answer(incoming, accepted, send, gate)
                message = incoming.answer(accepted.message_id, data)
            except RequestFailed as failed:
                failure = failed
                message = incoming.fail(accepted.message_id, failed)
            except asyncio.CancelledError:
                failure = RequestFailed(ErrorCode.CANCELLED, "The requester gave up.")
                raise
            finally:
                self._count(accepted.envelope.type, time.monotonic_ns() - started_ns, failure)
            await _send(send, message)
        finally:
            self._admission.leave()

    def _count(self, type_: str, elapsed_ns: int, failure: RequestFailed | None) -> None:
        self._admission.count(type_, elapsed_ns=elapsed_ns, failure=failure)
        self._metrics.ended(type_, "ok" if failure is None else str(failure.code), elapsed_ns / 1e9)

    async def _answer(self, incoming: Incoming, accepted: Accepted, send: Send, gate: CreditGate) -> msgspec.Raw:
        """Return the payload of the answer, from memory where the request's idempotency key is known."""
        envelope = accepted.envelope
        request = self._request(incoming, accepted, send, gate)
        key = envelope.idempotency_key
        if key is None or request.takes_chunks:
            return await self._handle(accepted, request)
        return await self._remembered.once((envelope.type, key), lambda: self._handle(accepted, request))

    def _request(self, incoming: Incoming, accepted: Accepted, send: Send, gate: CreditGate) -> Request[Any]:
        envelope, message_id = accepted.envelope, accepted.message_id
        loop = asyncio.get_running_loop()

        async def report(progress: Progress) -> None:
            await _send(send, incoming.progress(message_id, progress))

        async def send_chunk(data: object) -> None:
            await gate.wait(message_id)
            await _send(send, incoming.chunk(message_id, data))

        return Request(
            envelope.type,
            decode_data(envelope.data, self._agent.handlers[envelope.type].request),
            message_id=message_id,
            client_id=envelope.client_id or "",
            traceparent=envelope.traceparent,
            expires_at_s=loop.time() + accepted.deadline_s,
            now_s=loop.time,
            report=report,
            send_chunk=send_chunk,
            takes_chunks=incoming.takes_chunks(message_id),
            attempt=envelope.attempt or 1,
        )

    async def _handle(self, accepted: Accepted, request: Request[Any]) -> msgspec.Raw:
        handler = self._agent.handlers[request.type]
        try:
            async with asyncio.timeout(accepted.deadline_s) as limit:
                return _sendable(encode_data(await handler.function(request)))
        except RequestFailed:
            raise
        except Exception as problem:  # noqa: BLE001 - the border to code of agents: any defect becomes INTERNAL
            if isinstance(problem, TimeoutError) and limit.expired():
                text = f"The request took longer than its {accepted.deadline_s:g} s."
                raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, text) from None
            _log.exception("request failed", type=request.type, message_id=accepted.message_id)
            text = "The agent failed on this request; its log says why."
            raise RequestFailed(ErrorCode.INTERNAL, text) from None


def _sendable(data: msgspec.Raw) -> msgspec.Raw:
    """Refuse to send what the other side would close the connection for."""
    size = len(bytes(data))
    if size <= MAX_ANSWER_BYTES - _ENVELOPE_BYTES:
        return data
    text = f"The answer has {size} bytes; at most {MAX_ANSWER_BYTES - _ENVELOPE_BYTES} can be sent. Ask for less."
    raise RequestFailed(ErrorCode.TOO_LARGE, text, not_executed=False)


async def _send(send: Send, message: bytes | None) -> None:
    if message is not None:
        await send(message)
