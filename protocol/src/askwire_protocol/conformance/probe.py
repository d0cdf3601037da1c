"""What the cases have at hand: the agent's address, what may be asked of it, and connections to it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus

from askwire_protocol.conformance.exchange import Exchange
from askwire_protocol.conformance.peer import RawPeer, open_peer
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Chapter, NotObservable, Violated
from askwire_protocol.conformance.samples import Sample, Samples, choose_agent_type, choose_samples
from askwire_protocol.conformance.timing import Timing
from askwire_protocol.tls import TlsTrust, TlsUnusable

__all__ = ["Probe", "ProbeChapter", "Target"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The agent under test; ``agent_type`` and ``samples`` are found out where they are not given."""

    url: str
    http_url: str | None = None
    token: str | None = None
    agent_type: str | None = None
    samples: Samples = dataclasses.field(default_factory=Samples)
    tls: TlsTrust = dataclasses.field(default_factory=TlsTrust)


class Probe:
    """State of one run."""

    def __init__(self, target: Target, timing: Timing) -> None:
        self.target = target
        self.timing = timing
        self.welcome = Received(b"", True, None)
        """The first message of the first connection."""
        self.answers_heartbeats = False

    @property
    def agent_type(self) -> str:
        """``nlp``, ``data``, ``viz`` or ``custom``."""
        return self.target.agent_type or choose_agent_type(self.welcome)

    @contextlib.asynccontextmanager
    async def open(self, *, token: bool = True, headers: tuple[tuple[str, str], ...] = ()) -> AsyncIterator[RawPeer]:
        """Connect to the agent; Violated where that is not possible."""
        shown = self.target.token if token else None
        async with contextlib.AsyncExitStack() as stack:
            try:
                peer = await stack.enter_async_context(
                    open_peer(self.target.url, self.timing, token=shown, headers=headers, tls=self.target.tls)
                )
            except TlsUnusable as wrong:
                raise Violated("a connection", str(wrong)) from wrong
            except InvalidStatus as refused:
                raise Violated("a connection", f"HTTP {refused.response.status_code}") from refused
            except (InvalidHandshake, InvalidMessage, OSError, TimeoutError, EOFError) as problem:
                raise Violated("a connection", str(problem) or type(problem).__name__) from problem
            yield peer

    async def rest(self, peer: RawPeer) -> tuple[Received, ...]:
        """Return what else came on a connection."""
        return await peer.rest(by_heartbeat=self.answers_heartbeats)

    async def ask(self, peer: RawPeer, message_id: str | None = None, **fields: object) -> Exchange:
        """Send the sample request and take in all until its outcome."""
        sample = self.request
        return await peer.ask(sample.type, message_id, data=sample.data, **fields)

    async def expected_kind(self) -> str:
        """Return what the sample request comes to on a connection of its own."""
        async with self.open() as peer:
            exchange = await self.ask(peer)
            exchange.require()
            return exchange.kind

    @property
    def request(self) -> Sample:
        """A request without effect."""
        return self._sample("request")

    @property
    def invalid(self) -> Sample:
        """A request with a wrong field."""
        return self._sample("invalid")

    @property
    def slow(self) -> Sample:
        """A request that is in work for seconds."""
        return self._sample("slow")

    @property
    def streaming(self) -> Sample:
        """A request that is answered in parts."""
        self.require_feature("chunks")
        sample = self._sample("streaming")
        streamed = {one.get("name") for one in self.welcome.objects("data", "types") if one.get("streams") is True}
        if sample.type not in streamed:
            raise NotObservable(f"the welcome does not say that {sample.type} streams")
        return sample

    def require_feature(self, name: str) -> None:
        """Raise NotObservable unless the welcome lists the feature."""
        if name not in self.welcome.texts("data", "features"):
            raise NotObservable(f"the welcome does not list the feature {name}")

    def limit(self, name: str) -> int:
        """Return a limit of the welcome."""
        value = self.welcome.get("data", "limits", name)
        if not isinstance(value, int) or value <= 0:
            raise NotObservable(f"the welcome states no limit {name}")
        return value

    def _sample(self, name: str) -> Sample:
        given: Sample | None = getattr(self.target.samples, name)
        usual: Sample | None = getattr(choose_samples(self.agent_type, self.welcome), name)
        sample = given or usual
        if sample is None:
            raise NotObservable(f"the suite knows no '{name}' request for this agent; give it one with --samples")
        return sample


class ProbeChapter(Chapter[Probe]):
    """Cases that are run with a probe."""
