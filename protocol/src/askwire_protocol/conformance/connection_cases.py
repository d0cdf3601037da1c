"""Rules about the start of a connection."""

from __future__ import annotations

from datetime import datetime

from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Level, NotObservable, Violated, expect

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Connection and welcome")
_WELCOME = ("welcome-first",)


@CHAPTER.case("handshake", Level.V1_0, "A WebSocket handshake without subprotocol is accepted.")
async def _handshake(probe: Probe) -> None:
    async with probe.open() as peer:
        probe.welcome = peer.welcome
        if peer.closed is not None:
            raise Violated("a connection that stays open", peer.closed)


@CHAPTER.case("welcome-first", Level.V1_0, "The agent speaks first, unasked: `connection_established`.")
async def _welcome_first(probe: Probe) -> None:
    welcome = probe.welcome
    expect(welcome.type == "connection_established", "connection_established", (welcome.raw and welcome) or "nothing")


@CHAPTER.case(
    "messages-are-text", Level.V1_0, "Every message is one text frame that holds one JSON object with `type`."
)
async def _messages_are_text(probe: Probe) -> None:
    async with probe.open() as peer:
        seen = [peer.welcome]
        await peer.send("heartbeat", timestamp=1.5)
        await peer.send("conformance_unknown", peer.make_id())
        seen += [message for _ in range(2) if (message := await peer.receive()) is not None]
    for message in seen:
        expect(message.is_text, "a text frame", f"a binary frame: {message}")
        expect(isinstance(message.value, dict), "a JSON object", message)
        expect(message.type is not None, "a text in type", message)


@CHAPTER.case(
    "welcome-client-id", Level.V1_0, "`client_id` names the connection: each open one has its own.", needs=_WELCOME
)
async def _welcome_client_id(probe: Probe) -> None:
    async with probe.open() as one, probe.open() as other:
        for peer in (one, other):
            expect(bool(peer.welcome.text("client_id")), "a text in client_id", peer.welcome)
        same = one.welcome.text("client_id")
        expect(same != other.welcome.text("client_id"), "two different ids", f"{same} on both connections")


@CHAPTER.case(
    "welcome-capabilities",
    Level.V1_0,
    "`data.capabilities` of the welcome lists the request types that are answered.",
    needs=_WELCOME,
)
async def _welcome_capabilities(probe: Probe) -> None:
    listed = probe.welcome.get("data", "capabilities")
    expect(isinstance(listed, list) and bool(listed), "an array of names in data.capabilities", probe.welcome)
    expect(len(probe.welcome.texts("data", "capabilities")) == len(listed), "names only", listed)


@CHAPTER.case(
    "timestamps", Level.V1_0, "`timestamp` in every message of the agent is ISO 8601 with an offset.", needs=_WELCOME
)
async def _timestamps(probe: Probe) -> None:
    async with probe.open() as peer:
        await peer.send("heartbeat", timestamp=1.5)
        heartbeat = await peer.receive_type("heartbeat_response")
        error = await peer.ask("conformance_unknown")
    for message in (peer.welcome, heartbeat, error.outcome):
        if message is not None:
            expect(_has_offset(message.text("timestamp")), "ISO 8601 with an offset", _timestamp_of(message))


def _timestamp_of(message: Received) -> str:
    return f"timestamp {message.get('timestamp')!r} in {message.type}"


def _has_offset(timestamp: str | None) -> bool:
    try:
        return timestamp is not None and datetime.fromisoformat(timestamp).utcoffset() is not None
    except ValueError:
        return False


@CHAPTER.case(
    "welcome-identity",
    Level.V1_1,
    "The welcome says who answers: `agent`, `agent_type`, `version`, `started_at` and the process's `instance_id`.",
    needs=_WELCOME,
)
async def _welcome_identity(probe: Probe) -> None:
    for name in ("agent", "agent_type", "version", "started_at", "instance_id"):
        expect(bool(probe.welcome.text("data", name)), f"a text in data.{name}", probe.welcome.get("data", name))
    expect(_has_offset(probe.welcome.text("data", "started_at")), "ISO 8601 in started_at", probe.welcome)


@CHAPTER.case(
    "welcome-versions",
    Level.V1_1,
    "`data.protocol_versions` of the welcome lists what the agent speaks, 1.1 among it.",
    needs=_WELCOME,
)
async def _welcome_versions(probe: Probe) -> None:
    listed = probe.welcome.get("data", "protocol_versions")
    expect("1.1" in probe.welcome.texts("data", "protocol_versions"), "1.1 in data.protocol_versions", listed)


@CHAPTER.case(
    "welcome-features", Level.V1_1, "`data.features` of the welcome names what goes beyond 1.0.", needs=_WELCOME
)
async def _welcome_features(probe: Probe) -> None:
    listed = probe.welcome.get("data", "features")
    texts = probe.welcome.texts("data", "features")
    expect(isinstance(listed, list) and len(listed) == len(texts), "an array of names in data.features", listed)


@CHAPTER.case(
    "welcome-limits",
    Level.V1_1,
    "`data.limits` of the welcome has `max_message_bytes`, `max_in_flight` and `max_deadline_ms`.",
    needs=_WELCOME,
)
async def _welcome_limits(probe: Probe) -> None:
    for name in ("max_message_bytes", "max_in_flight", "max_deadline_ms"):
        value = probe.welcome.get("data", "limits", name)
        expect(isinstance(value, int) and value > 0, f"a positive number in data.limits.{name}", value)


@CHAPTER.case(
    "welcome-heartbeat",
    Level.V1_1,
    "`data.heartbeat` of the welcome has `interval_ms`, and a `timeout_ms` that is longer.",
    needs=_WELCOME,
)
async def _welcome_heartbeat(probe: Probe) -> None:
    timing = probe.welcome.get("data", "heartbeat")
    interval, timeout = (probe.welcome.get("data", "heartbeat", name) for name in ("interval_ms", "timeout_ms"))
    numbers = isinstance(interval, (int, float)) and isinstance(timeout, (int, float))
    expect(numbers and 0 < interval < timeout, "0 < interval_ms < timeout_ms", timing)


@CHAPTER.case(
    "welcome-types",
    Level.V1_1,
    "`data.types` of the welcome has each capability with `name`, `answer`, `idempotent` and `streams`.",
    needs=_WELCOME,
)
async def _welcome_types(probe: Probe) -> None:
    types = probe.welcome.objects("data", "types")
    for one in types:
        texts = isinstance(one.get("name"), str) and isinstance(one.get("answer"), str)
        flags = isinstance(one.get("idempotent"), bool) and isinstance(one.get("streams"), bool)
        expect(texts and flags, "two texts and two flags", one)
    names = sorted(str(one.get("name")) for one in types)
    listed = sorted(probe.welcome.texts("data", "capabilities"))
    expect(names == listed, f"the capabilities {', '.join(listed)}", ", ".join(names) or "none")


@CHAPTER.case(
    "origin-refused", Level.V1_1, "A handshake with an `Origin` comes from a page of a browser and is refused with 403."
)
async def _origin_refused(probe: Probe) -> None:
    try:
        async with probe.open(headers=(("Origin", "https://page.example"),)):
            pass
    except Violated as refused:
        expect(refused.found == "HTTP 403", "HTTP 403", refused.found)
    else:
        raise Violated("HTTP 403", "a connection")


@CHAPTER.case(
    "token-demanded",
    Level.V1_1,
    "Where the welcome says `auth: required`, nobody is served without the token: 401, or UNAUTHENTICATED and 4401.",
    needs=_WELCOME,
)
async def _token_demanded(probe: Probe) -> None:
    if probe.welcome.text("data", "auth") != "required":
        raise NotObservable("this agent demands no token")
    try:
        async with probe.open(token=False) as peer:
            await peer.send("health_check", peer.make_id())
            outcome = await peer.receive_outcome()
            closed = peer.closed or (await peer.wait_closed() if outcome is None else None)
    except Violated as refused:
        expect(refused.found == "HTTP 401", "HTTP 401", refused.found)
        return
    refused_in_words = outcome is not None and outcome.code == "UNAUTHENTICATED"
    refused_by_code = closed is not None and closed.code in (4401, 4408)
    expect(refused_in_words or refused_by_code, "401, UNAUTHENTICATED or 4401", outcome or closed or "nothing")
