"""Rules about health, stats, describe and hello."""

from __future__ import annotations

from askwire_protocol.conformance.peer import RawPeer
from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Level, NotObservable, Violated, expect

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Health, description and greeting")
_WELCOME = ("welcome-first",)
_COMMON = ("health_check", "stats")
_CONTROL = (*_COMMON, "describe")
_COUNTERS = ("num_requests", "num_errors", "processing_time_ns", "average_processing_time_ns")


async def _control(peer: RawPeer, type_: str, message_id: str | None = None) -> Received:
    if message_id is None:
        await peer.send(type_)
        answer = await peer.receive_outcome()
    else:
        answer = (await peer.ask(type_, message_id)).outcome
    if answer is None or answer.type != f"{type_}_response":
        raise Violated(f"{type_}_response", answer or peer.closed or "nothing in time")
    return answer


@CHAPTER.case(
    "common-messages",
    Level.V1_0,
    "`health_check` and `stats` are answered by `health_check_response` and `stats_response`, or by `error` where an "
    "agent of 1.0 has none; never with silence.",
)
async def _common_messages(probe: Probe) -> None:
    async with probe.open() as peer:
        for type_ in _COMMON:
            outcome = (await peer.ask(type_)).require()
            kept = outcome.is_error or (outcome.type == f"{type_}_response" and isinstance(outcome.get("data"), dict))
            expect(kept, f"{type_}_response with data", outcome)


@CHAPTER.case(
    "health-check",
    Level.V1_1,
    "`health_check_response` has `status`, `ready`, `live`, `instance_id` and named `checks`.",
)
async def _health_check(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = await _control(peer, "health_check", "c1")
    expect(bool(answer.text("data", "status")), "a text in data.status", answer)
    for name in ("ready", "live"):
        expect(isinstance(answer.get("data", name), bool), f"true or false in data.{name}", answer)
    expect(bool(answer.text("data", "instance_id")), "a text in data.instance_id", answer)
    for check in answer.objects("data", "checks"):
        expect(isinstance(check.get("name"), str) and isinstance(check.get("ok"), bool), "name and ok", check)


@CHAPTER.case(
    "stats", Level.V1_1, "`stats_response` counts by type: `num_requests`, `num_errors`, `processing_time_ns`, …."
)
async def _stats(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = await _control(peer, "stats", "c1")
    types = answer.objects("data", "types")
    names = {str(one.get("name")) for one in types}
    listed = set(peer.welcome.texts("data", "capabilities"))
    expect(listed <= names, f"the types {', '.join(sorted(listed))}", ", ".join(sorted(names)) or answer)
    for one in types:
        numbers = all(isinstance(one.get(name), (int, float)) for name in _COUNTERS)
        expect(numbers, f"numbers in {', '.join(_COUNTERS)}", one)
    for name in ("in_flight", "queued", "rejected", "cancelled", "deadline_exceeded", "connections"):
        expect(isinstance(answer.get("data", name), (int, float)), f"a number in data.{name}", answer)


@CHAPTER.case(
    "stats-count", Level.V1_1, "Each request raises `num_requests` of its type.", needs=("stats", "request-answered")
)
async def _stats_count(probe: Probe) -> None:
    name = probe.request.type
    async with probe.open() as peer:
        before = _count(await _control(peer, "stats", "s1"), name)
        (await probe.ask(peer)).require()
        after = _count(await _control(peer, "stats", "s2"), name)
    expect(after > before, f"more than {before}", after)


def _count(answer: Received, name: str) -> float:
    counts = [one.get("num_requests") for one in answer.objects("data", "types") if one.get("name") == name]
    return sum(count for count in counts if isinstance(count, (int, float)))


@CHAPTER.case("describe", Level.V1_1, "`describe_response` repeats the content of the welcome.", needs=_WELCOME)
async def _describe(probe: Probe) -> None:
    probe.require_feature("describe")
    async with probe.open() as peer:
        answer = await _control(peer, "describe", "d1")
    for name, value in (peer.welcome.get("data") or {}).items():
        found = answer.get("data", name)
        expect(found == value, f"{name} as in the welcome: {value}", found)


@CHAPTER.case(
    "control-names-request",
    Level.V1_1,
    "`health_check`, `stats` and `describe` need no id; their answers have `response_to` exactly where there was one.",
    needs=("health-check", "stats", "describe"),
)
async def _control_names_request(probe: Probe) -> None:
    async with probe.open() as peer:
        for type_ in _CONTROL:
            if type_ == "describe" and type_ not in probe.welcome.texts("data", "features"):
                continue
            named, unnamed = await _control(peer, type_, f"id-{type_}"), await _control(peer, type_)
            expect(named.get("response_to") == f"id-{type_}", f"response_to id-{type_}", named)
            expect(not unnamed.has("response_to"), "no response_to", unnamed)


async def _hello(probe: Probe, peer: RawPeer, **data: object) -> Received:
    probe.require_feature("hello")
    greeting: dict[str, object] = {"client": "askwire conformance", "version": "1", **data}
    if probe.target.token is not None:
        greeting["token"] = probe.target.token
    return (await peer.ask("hello", data=greeting)).require()


@CHAPTER.case("hello", Level.V1_1, "`hello` is answered by `hello_response` with the version that both speak.")
async def _hello_answered(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = await _hello(probe, peer, protocol_versions=["1.0", "1.1"], features=["goaway"])
    expect(answer.type == "hello_response", "hello_response", answer)
    version = answer.text("data", "protocol_version") or ""
    expect(version in ("1.0", "1.1"), "1.0 or 1.1 in data.protocol_version", answer)


@CHAPTER.case(
    "hello-features",
    Level.V1_1,
    "`hello_response` has in `features` only what both sides named.",
    needs=("hello",),
)
async def _hello_features(probe: Probe) -> None:
    async with probe.open() as peer:
        named = ["goaway", "conformance_teleport"]
        answer = await _hello(probe, peer, protocol_versions=["1.1"], features=named)
    listed = answer.get("data", "features")
    both = set(named) & set(probe.welcome.texts("data", "features"))
    expect(isinstance(listed, list) and set(map(str, listed)) == both, f"{sorted(both)}", listed)


@CHAPTER.case(
    "hello-once",
    Level.V1_1,
    "A second `hello` gets FAILED_PRECONDITION, and the connection stays open.",
    needs=("hello",),
)
async def _hello_once(probe: Probe) -> None:
    async with probe.open() as peer:
        await _hello(probe, peer, protocol_versions=["1.1"], features=[])
        second = await _hello(probe, peer, protocol_versions=["1.1"], features=[])
        expect(second.code == "FAILED_PRECONDITION", "FAILED_PRECONDITION", second)
        await probe.rest(peer)
        expect(peer.closed is None, "a connection that stays open", peer.closed)


@CHAPTER.case(
    "hello-no-common-version",
    Level.V1_1,
    "A `hello` without a common version gets UNSUPPORTED_VERSION, then the connection closes with 4406.",
    needs=("hello", "version-unsupported"),
)
async def _no_common_version(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = await _hello(probe, peer, protocol_versions=["99.0"], features=[])
        closed = await peer.wait_closed()
    expect(answer.code == "UNSUPPORTED_VERSION", "UNSUPPORTED_VERSION", answer)
    expect(closed is not None and closed.code == 4406, "4406", closed or "a connection that stays open")


@CHAPTER.case(
    "unlisted-features",
    Level.V1_1,
    "`describe` and `hello` of an agent that does not list them get UNKNOWN_TYPE.",
    needs=("unknown-type-code",),
)
async def _unlisted_features(probe: Probe) -> None:
    lacking = [name for name in ("describe", "hello") if name not in probe.welcome.texts("data", "features")]
    if not lacking:
        raise NotObservable("the agent lists both")
    async with probe.open() as peer:
        for name in lacking:
            outcome = (await peer.ask(name, data={})).require()
            expect(outcome.code == "UNKNOWN_TYPE", "UNKNOWN_TYPE", outcome)
