"""An agent: its name, the requests it answers, and the conditions of its readiness."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from askwire_agent.workers import Workers
from askwire_protocol.envelope import FEATURES, PROTOCOL_VERSIONS, answer_type
from askwire_protocol.messages.agents import AgentLimits, Check, HeartbeatTiming, Progress, TypeInfo, Welcome
from askwire_resources.settings import AgentSettings

__all__ = ["Agent", "Handler", "Request"]

D = TypeVar("D")


class Request(Generic[D]):
    """One request in work, as its handler sees it."""

    __slots__ = (
        "_expires_at_s",
        "_now_s",
        "_report",
        "_send_chunk",
        "attempt",
        "client_id",
        "data",
        "message_id",
        "takes_chunks",
        "traceparent",
        "type",
    )

    def __init__(
        self,
        type_: str,
        data: D,
        *,
        message_id: str,
        client_id: str,
        traceparent: str | None,
        expires_at_s: float,
        now_s: Callable[[], float],
        report: Callable[[Progress], Awaitable[None]],
        send_chunk: Callable[[object], Awaitable[None]],
        takes_chunks: bool = False,
        attempt: int = 1,
    ) -> None:
        self.takes_chunks = takes_chunks
        self.attempt = attempt
        self._send_chunk = send_chunk
        self.type = type_
        self.data = data
        self.message_id = message_id
        self.client_id = client_id
        self.traceparent = traceparent
        self._expires_at_s = expires_at_s
        self._now_s = now_s
        self._report = report

    def remaining_s(self) -> float:
        """Return the seconds until the deadline, never below zero."""
        return max(0.0, self._expires_at_s - self._now_s())

    async def progress(self, stage: str, progress: float | None = None, message: str | None = None) -> None:
        """Tell the requester how far the work is; ``progress`` from 0 to 1."""
        await self._report(Progress(stage=stage, progress=progress, message=message))

    async def chunk(self, data: object) -> None:
        """Send one part of the answer, once the requester has room for it; only where ``takes_chunks``.

        The answer that is returned at the end carries no rows, but the summary of what was sent.
        """
        if not self.takes_chunks:
            raise ValueError("this requester did not accept chunks")
        await self._send_chunk(data)


@dataclasses.dataclass(frozen=True, slots=True)
class Handler:
    """The function behind one request type."""

    function: Callable[[Request[Any]], Awaitable[object]]
    request: type[Any]
    info: TypeInfo


class Agent:
    """What ``run`` serves.

    ``formats`` are the export formats that the welcome lists. ``workers`` are started before the functions of
    ``on_start`` and ended after those of ``on_stop``.
    """

    def __init__(self, name: str, agent_type: str, settings: AgentSettings, *, version: str = "0.1.0") -> None:
        self.name = name
        self.agent_type = agent_type
        self.settings = settings
        self.version = version
        self.instance_id = secrets.token_hex(8)
        self.started_at = datetime.now(UTC).isoformat()
        self.formats: tuple[str, ...] = ()
        self.workers = Workers(settings.workers, max_waiting=settings.max_in_flight)
        self.handlers: dict[str, Handler] = {}
        self.checks: dict[str, Callable[[], Check]] = {}
        self.starters: list[Callable[[], Awaitable[None]]] = []
        self.stoppers: list[Callable[[], Awaitable[None]]] = []

    def handle(
        self,
        type_: str,
        function: Callable[[Request[D]], Awaitable[object]],
        *,
        request: type[D],
        answer: str | None = None,
        idempotent: bool = False,
        streams: bool = False,
    ) -> None:
        """Answer requests of a type with what ``function`` returns.

        ``request`` is the type of ``data``; ``msgspec.Raw`` hands it over undecoded. The function may raise
        RequestFailed; anything else it raises is logged and answered as INTERNAL. ``answer`` has to be the type that
        the protocol gives to answers of this request.
        """
        expected = answer_type(type_)
        if answer not in (None, expected):
            raise ValueError(f"{type_} is answered by {expected}, not by {answer}")
        info = TypeInfo(name=type_, answer=expected, idempotent=idempotent, streams=streams)
        self.handlers[type_] = Handler(function, request, info)

    def check(self, name: str, function: Callable[[], Check]) -> None:
        """Add a condition of readiness: cheap, from memory, without waiting."""
        self.checks[name] = function

    def on_start(self, function: Callable[[], Awaitable[None]]) -> None:
        """Run a function at the start; readiness is false until it is done, an exception ends the process."""
        self.starters.append(function)

    def on_stop(self, function: Callable[[], Awaitable[None]]) -> None:
        """Run a function after the drain."""
        self.stoppers.append(function)

    @property
    def types(self) -> tuple[str, ...]:
        """The request types that are answered."""
        return tuple(self.handlers)

    def welcome(self) -> Welcome:
        """Say who this agent is."""
        settings = self.settings
        interval_ms = round(settings.heartbeat_interval_s * 1000)
        return Welcome(
            capabilities=self.types,
            agent=self.name,
            agent_type=self.agent_type,
            instance_id=self.instance_id,
            version=self.version,
            started_at=self.started_at,
            protocol_versions=PROTOCOL_VERSIONS,
            features=FEATURES,
            auth=settings.auth,
            limits=AgentLimits(
                max_message_bytes=settings.max_message_bytes,
                max_in_flight=settings.max_in_flight,
                max_deadline_ms=round(settings.max_deadline_s * 1000),
                hello_timeout_ms=round(settings.hello_timeout_s * 1000),
            ),
            heartbeat=HeartbeatTiming(
                interval_ms=interval_ms, timeout_ms=settings.lost_after_missed * interval_ms + 2000
            ),
            types=tuple(handler.info for handler in self.handlers.values()),
            formats=self.formats,
        )
