"""One agent process as the backend knows it: its link, its heartbeats, its state."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import structlog

from askwire_backend.backoff import Backoff
from askwire_backend.breaker import Breaker
from askwire_backend.endpoints import Endpoint
from askwire_backend.metrics import Metrics
from askwire_backend.routing import OWNERS
from askwire_protocol.client import open_link
from askwire_protocol.credentials import TokenUnreadable
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.heartbeat import HeartbeatMonitor, HeartbeatPolicy, ReplicaState
from askwire_protocol.http_client import open_http_link
from askwire_protocol.link import ChunkCallback, Link, ProgressCallback
from askwire_protocol.messages import AgentStatus, HealthReport, Welcome
from askwire_protocol.tls import TlsTrust

__all__ = ["Replica"]

T = TypeVar("T")
_log = structlog.get_logger()
_TICKS_PER_INTERVAL = 8
_OPEN_S = 5.0


class Replica:
    """Keeps one connection to one endpoint, for as long as ``run`` runs."""

    def __init__(
        self,
        endpoint: Endpoint,
        policy: HeartbeatPolicy,
        metrics: Metrics,
        *,
        read_token: Callable[[], str | None],
        tls: TlsTrust,
        on_change: Callable[[Replica], None],
    ) -> None:
        self.endpoint = endpoint
        self.welcome = Welcome()
        self.in_flight = 0
        self.tried = False
        self._policy = policy
        self._metrics = metrics
        self._read_token = read_token
        self._tls = tls
        self._on_change = on_change
        self._monitor = HeartbeatMonitor(policy, now_s=time.monotonic())
        self._backoff = Backoff(random.random)
        self._link: Link | None = None
        self._last_heartbeat: Envelope | None = None
        self._last_error: str | None = None
        self._problem: str | None = None
        self._breaker = Breaker()
        self._pending: set[Callable[[], None]] = set()

    @property
    def state(self) -> ReplicaState:
        """What may be expected of it now."""
        return self._monitor.state

    @property
    def agent_type(self) -> str:
        """Type by its endpoint, or by its welcome for a custom one."""
        return self.endpoint.agent_type if self.endpoint.agent_type != "custom" else self.welcome.agent_type or "custom"

    @property
    def usable(self) -> bool:
        """True when new requests may be sent to it."""
        draining = self._last_heartbeat is not None and self._last_heartbeat.status == "draining"
        link = self._link
        if link is None or link.going is not None:
            return False
        return self.state is ReplicaState.RESPONDING and not draining

    @property
    def well(self) -> bool:
        """True when it is usable and does not call itself degraded."""
        return self.usable and self._last_heartbeat is not None and self._last_heartbeat.status != "degraded"

    @property
    def worth_asking(self) -> bool:
        """False while its own failures speak against it."""
        return self._breaker.allows(time.monotonic())

    @property
    def has_room(self) -> bool:
        """True while it has fewer requests in flight than it takes."""
        limits = self.welcome.limits
        return limits is None or self.in_flight < limits.max_in_flight

    def is_idempotent(self, type_: str) -> bool:
        """Tell whether it declares that doing this twice is the same as doing it once."""
        return any(info.name == type_ and info.idempotent for info in self.welcome.types)

    def answers(self, type_: str) -> bool:
        """Tell whether it answers requests of this type, and is of the kind that may."""
        kind = self.endpoint.agent_type
        return type_ in self.welcome.capabilities and OWNERS.get(type_, kind) == kind

    async def run(self) -> None:
        """Connect, keep the heartbeats going, connect again; until cancelled."""
        while True:
            began_s = time.monotonic()
            try:
                link = await self._open()
            except ConnectionFailed as failed:
                self._lost(failed.reason)
                await asyncio.sleep(self._backoff.failed(lasting=failed.lasting))
                continue
            finally:
                self.tried = True
            self._link = link
            reason = "the backend stops"
            try:
                reason = await self._keep(link)
            finally:
                self._link = None
                self._problem = None
                await link.close(reason)
            answered = self._monitor.answered_at_s is not None and self._monitor.answered_at_s >= began_s
            self._lost(reason)
            await asyncio.sleep(self._backoff.ended(lived_s=time.monotonic() - began_s, answered=answered))

    async def _open(self) -> Link:
        url, tls = self.endpoint.url, self._tls
        try:
            token = self._read_token()
        except TokenUnreadable as problem:
            raise ConnectionFailed(url, str(problem).rstrip("."), lasting=True) from problem
        if self.endpoint.transport == "websocket":
            link: Link = await open_link(url, token=token, open_timeout_s=_OPEN_S, tls=tls)
        else:
            link = await open_http_link(url, token=token, open_timeout_s=_OPEN_S, tls=tls)
        if link.welcome.instance_id != self.welcome.instance_id:
            self._breaker.reset()
        self.welcome = link.welcome
        self._monitor.connected(time.monotonic())
        self._metrics.connected(self.agent_type)
        _log.info("agent connected", url=url, instance_id=self.welcome.instance_id, version=self.welcome.version)
        self._changed()
        return link

    async def _keep(self, link: Link) -> str:
        """Send heartbeats until the link is gone or the agent is lost; returns why."""
        async with asyncio.TaskGroup() as group:
            closed = group.create_task(link.wait_closed())
            beats: set[asyncio.Task[None]] = set()
            try:
                while not closed.done():
                    now_s, before = time.monotonic(), self.state
                    if self._monitor.due(now_s):
                        self._monitor.sent(now_s, jitter=random.uniform(-0.1, 0.1))  # noqa: S311 - spreads load
                        beat = group.create_task(self._beat(link))
                        beats.add(beat)
                        beat.add_done_callback(beats.discard)
                    if self._tick(now_s, before) is ReplicaState.LOST:
                        return f"nothing heard for {self._policy.lost_after_s:g} s"
                    await asyncio.wait([closed], timeout=self._policy.interval_s / _TICKS_PER_INTERVAL)
                return closed.result()
            finally:
                for task in (closed, *beats):
                    task.cancel()

    async def _beat(self, link: Link) -> None:
        try:
            rtt_s, answer = await link.heartbeat(timeout_s=self._policy.lost_after_s)
        except TimeoutError:
            return  # the monitor counts it as missed by the clock
        before = self.state
        self._last_heartbeat = answer
        self._monitor.answered(time.monotonic(), rtt_s=rtt_s)
        self._last_error = None
        self._metrics.heartbeat(self.agent_type, rtt_s)
        was_well = self._problem is None
        self._problem = await self._ask_problem(link) if answer.status == "degraded" else None
        if before is not self.state or was_well != (self._problem is None):
            self._changed()

    async def _ask_problem(self, link: Link) -> str:
        """Ask a degraded agent which of its conditions fail."""
        try:
            report = await link.request(
                "health_check", {}, answer=HealthReport, deadline_s=self._policy.interval_s + _OPEN_S
            )
        except RequestFailed as failed:
            return f"it does not say why ({failed.message})"
        failed_checks = [f"{check.name}: {check.message}".rstrip(": ") for check in report.checks if not check.ok]
        return "; ".join(failed_checks) or "it is well again"

    def _tick(self, now_s: float, before: ReplicaState) -> ReplicaState:
        """Tell everybody when the state is no longer the one from before: sending a heartbeat may change it too."""
        missed = self._monitor.missed
        state = self._monitor.tick(now_s)
        if state is not before:
            for give_up in tuple(self._pending):
                give_up()
            _log.warning("agent changed state", url=self.endpoint.url, state=state, missed=missed)
            self._metrics.transition(self.agent_type, state)
            self._changed()
        return state

    def _lost(self, reason: str) -> None:
        first = self.state is not ReplicaState.LOST or self._last_error != reason
        self._last_error = reason
        self._monitor.disconnected(time.monotonic())
        if first:
            _log.warning("agent not connected", url=self.endpoint.url, reason=reason)
            self._metrics.transition(self.agent_type, ReplicaState.LOST)
            self._changed()

    def _changed(self) -> None:
        self._on_change(self)

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
    ) -> T:
        """Send one request to this replica; see ``Link``.

        When the replica becomes suspect the request fails at once, with what is not known: whether it was executed.
        """
        link = self._link
        if link is None:
            text = f"The {self.agent_type} agent at {self.endpoint.url} is not connected."
            raise RequestFailed(ErrorCode.NO_AGENT, text)
        self.in_flight += 1
        self._breaker.sent()
        outcome: str | None = None
        try:
            async with self._until_suspect():
                result = await link.request(
                    type_,
                    data,
                    answer=answer,
                    deadline_s=deadline_s,
                    on_progress=on_progress,
                    on_chunk=on_chunk,
                    traceparent=traceparent,
                    attempt=attempt,
                )
            self._monitor.heard(time.monotonic())
        except RequestFailed as failed:
            outcome = str(failed.code)
            raise
        except asyncio.CancelledError:
            outcome = str(ErrorCode.CANCELLED)
            raise
        finally:
            self.in_flight -= 1
            self._breaker.ended(outcome, time.monotonic())
            self._metrics.request(type_ if self.answers(type_) else "other", outcome or "ok")
        return result

    @contextlib.asynccontextmanager
    async def _until_suspect(self) -> AsyncIterator[None]:
        """Fail the work of a block when this replica becomes suspect before its end."""
        task = asyncio.current_task()
        suspected = False

        def give_up() -> None:
            nonlocal suspected
            if task is not None and not suspected:  # a second cancel would pass for one of the caller's
                suspected = True
                task.cancel()

        self._pending.add(give_up)
        try:
            yield
        except asyncio.CancelledError:
            if not suspected or task is None or task.uncancel() > 0:
                raise
            text = f"The {self.agent_type} agent did not answer {self._policy.suspect_after_missed} heartbeats."
            raise RequestFailed(ErrorCode.CONNECTION_LOST, text) from None
        finally:
            self._pending.discard(give_up)

    def status(self) -> AgentStatus:
        """Return its row in the table of agents."""
        now_s = time.monotonic()
        monitor, beat, welcome = self._monitor, self._last_heartbeat, self.welcome
        answered_s = monitor.answered_at_s
        return AgentStatus(
            agent=welcome.agent or f"{self.endpoint.agent_type}-agent",
            agent_type=self.agent_type,
            url=self.endpoint.url,
            transport=self.endpoint.transport,
            state=monitor.state,
            instance_id=welcome.instance_id,
            version=welcome.version,
            capabilities=welcome.capabilities,
            formats=welcome.formats,
            last_heartbeat_age_s=None if answered_s is None else round(now_s - answered_s, 3),
            rtt_ms=None if monitor.rtt_s is None else round(monitor.rtt_s * 1000, 3),
            missed=monitor.missed,
            status=beat.status if beat else None,
            problem=self._problem,
            in_flight=self.in_flight,
            loop_lag_ms=beat.loop_lag_ms if beat else None,
            since_s=round(now_s - monitor.since_s, 3),
            last_error=self._last_error,
        )
