"""Rules about giving up: cancel, deadlines, leaving."""

from __future__ import annotations

import time
from collections.abc import Callable

from askwire_protocol.conformance.peer import RawPeer
from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.rule import Level, Violated, expect

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Cancellation and deadlines")
_ANSWERED = ("request-answered", "one-outcome")


@CHAPTER.case(
    "cancel-one-outcome",
    Level.V1_1,
    "A cancelled request has exactly one outcome: its normal one where that won the race, else CANCELLED.",
    needs=_ANSWERED,
)
async def _cancel_one_outcome(probe: Probe) -> None:
    probe.require_feature("cancel")
    wanted = await probe.expected_kind()
    sample = probe.request
    async with probe.open() as peer:
        await peer.send(sample.type, "gone", data=sample.data)
        await peer.send("cancel", data={"request_id": "gone"})
        exchange = await peer.gather("gone")
        exchange.require()
        second = [message for message in await probe.rest(peer) if message.may_be_outcome]
    expect(exchange.kind in (wanted, "error CANCELLED"), f"{wanted} or CANCELLED", exchange.outcome)
    expect(not second, "one outcome", second and second[0])


@CHAPTER.case(
    "cancel-ends-work",
    Level.V1_1,
    "`cancel` ends a request that is in work with `error` CANCELLED; it has no answer of its own.",
)
async def _cancel_ends_work(probe: Probe) -> None:
    probe.require_feature("cancel")
    sample = probe.slow
    async with probe.open() as peer:
        await peer.send(sample.type, "gone", data=sample.data)
        await peer.send("cancel", "cancel-1", data={"request_id": "gone", "reason": "conformance"})
        exchange = await peer.gather("gone")
        expect(exchange.kind == "error CANCELLED", "CANCELLED", exchange.outcome or exchange.kind)
        own = [message for message in await probe.rest(peer) if message.response_to == "cancel-1"]
    expect(not own, "no answer to the cancel itself", own and own[0])


@CHAPTER.case(
    "cancel-unknown",
    Level.V1_1,
    "`cancel` of an id that is unknown or has its outcome is ignored, without an error.",
    needs=_ANSWERED,
)
async def _cancel_unknown(probe: Probe) -> None:
    probe.require_feature("cancel")
    async with probe.open() as peer:
        (await probe.ask(peer, "finished")).require()
        for request_id in ("finished", "never-sent"):
            await peer.send("cancel", data={"request_id": request_id})
        rest = [message for message in await probe.rest(peer) if message.may_be_outcome]
    expect(not rest and peer.closed is None, "silence", peer.closed or (rest and rest[0]))


@CHAPTER.case("cancel-own-only", Level.V1_1, "`cancel` reaches requests of its own connection only.")
async def _cancel_own_only(probe: Probe) -> None:
    probe.require_feature("cancel")
    sample = probe.slow
    async with probe.open() as asking, probe.open() as other:
        await asking.send(sample.type, "mine", data=sample.data)
        await probe.rest(asking)
        await other.send("cancel", data={"request_id": "mine"})
        exchange = await asking.gather("mine")
    expect(exchange.kind != "error CANCELLED", "its normal outcome", exchange.outcome)


@CHAPTER.case(
    "leaving-cancels",
    Level.V1_1,
    "When the requester's connection ends, its requests are cancelled (`in_flight` of the heartbeat falls).",
    needs=("heartbeat-load", "heartbeat-overtakes"),
)
async def _leaving_cancels(probe: Probe) -> None:
    sample = probe.slow
    async with probe.open() as watching:
        idle = await _in_flight(watching)
        async with probe.open() as leaving:
            await leaving.send(sample.type, "left", data=sample.data)
            busy = await _wait_for_load(probe, leaving, lambda load: load > idle, f"more than {idle:g} in flight")
        await _wait_for_load(probe, watching, lambda load: load < busy, f"less than {busy:g} in flight")


async def _wait_for_load(probe: Probe, peer: RawPeer, is_there: Callable[[float], bool], wanted: str) -> float:
    """Send heartbeats until the agent's load is as wanted, in less time than the slow request takes."""
    ends_s = time.monotonic() + probe.timing.wait_s / 4
    while not is_there(load := await _in_flight(peer)):
        if time.monotonic() > ends_s:
            raise Violated(wanted, f"{load:g}")
    return load


async def _in_flight(peer: RawPeer) -> float:
    await peer.send("heartbeat", timestamp=time.time())
    answer = await peer.receive_type("heartbeat_response")
    value = answer.get("in_flight") if answer is not None else None
    if not isinstance(value, (int, float)):
        raise Violated("in_flight in heartbeat_response", answer or peer.closed or "nothing in time")
    return value


@CHAPTER.case(
    "deadline", Level.V1_1, "A request that is in work when its `deadline_ms` are over ends in DEADLINE_EXCEEDED."
)
async def _deadline(probe: Probe) -> None:
    sample = probe.slow
    async with probe.open() as peer:
        exchange = await peer.ask(sample.type, data=sample.data, deadline_ms=100)
    expect(exchange.kind == "error DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", exchange.outcome or exchange.kind)


@CHAPTER.case(
    "long-deadline",
    Level.V1_1,
    "A deadline above `limits.max_deadline_ms` is no error; the smaller one counts.",
    needs=("request-answered",),
)
async def _long_deadline(probe: Probe) -> None:
    wanted = await probe.expected_kind()
    longer = probe.limit("max_deadline_ms") * 10
    async with probe.open() as peer:
        exchange = await probe.ask(peer, deadline_ms=longer)
    expect(exchange.kind == wanted, wanted, exchange.outcome or exchange.kind)


@CHAPTER.case("credit-unknown", Level.V1_1, "`credit` for an id that is unknown is ignored, without an error.")
async def _credit_unknown(probe: Probe) -> None:
    probe.require_feature("chunks")
    async with probe.open() as peer:
        await peer.send("credit", data={"request_id": "never-sent", "n": 1})
        rest = [message for message in await probe.rest(peer) if message.may_be_outcome]
    expect(not rest and peer.closed is None, "silence", peer.closed or (rest and rest[0]))
