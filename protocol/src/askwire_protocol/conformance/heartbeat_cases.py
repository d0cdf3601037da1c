"""Rules about heartbeats."""

from __future__ import annotations

import time

from askwire_protocol.conformance.peer import RawPeer
from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Level, Violated, expect

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Heartbeats")
_ANSWERED = ("heartbeat-answered",)
_STATES = ("ok", "degraded", "overloaded", "draining")
_PIPELINED = 20


async def _beat(peer: RawPeer, message_id: str | None = None, timestamp: object = None) -> Received:
    await peer.send("heartbeat", message_id, timestamp=time.time() if timestamp is None else timestamp)
    answer = await peer.receive_type("heartbeat_response")
    if answer is None:
        raise Violated("heartbeat_response", peer.closed or "nothing in time")
    return answer


@CHAPTER.case("heartbeat-answered", Level.V1_0, "`heartbeat` (it needs no id) is answered by `heartbeat_response`.")
async def _answered(probe: Probe) -> None:
    async with probe.open() as peer:
        await _beat(peer)
        probe.answers_heartbeats = True
        await _beat(peer)


@CHAPTER.case(
    "heartbeat-fields",
    Level.V1_0,
    "`heartbeat_response` has `server_time` (seconds of the epoch), the connection's `client_id`, the agent in `from`.",
    needs=(*_ANSWERED, "welcome-client-id"),
)
async def _fields(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = await _beat(peer)
    server_time = answer.get("server_time")
    number = isinstance(server_time, (int, float)) and not isinstance(server_time, bool)
    expect(number and 1e9 < server_time < 1e11, "seconds of the epoch in server_time", answer)
    client_id = peer.welcome.text("client_id")
    expect(answer.text("client_id") == client_id, f"client_id {client_id}, as in the welcome", answer)
    expect(bool(answer.text("from")), "a name in from", answer)


@CHAPTER.case(
    "heartbeat-names-request",
    Level.V1_1,
    "`heartbeat_response` has `response_to` where the heartbeat had an id, and none otherwise.",
    needs=_ANSWERED,
)
async def _names_request(probe: Probe) -> None:
    async with probe.open() as peer:
        named, unnamed = await _beat(peer, "beat-1"), await _beat(peer)
    expect(named.get("response_to") == "beat-1", "response_to beat-1", named)
    expect(not unnamed.has("response_to"), "no response_to", unnamed)


@CHAPTER.case(
    "heartbeat-echo",
    Level.V1_1,
    "`echo` repeats the heartbeat's `timestamp` (a number or a text), so that round trips are measured on one clock.",
    needs=_ANSWERED,
)
async def _echo(probe: Probe) -> None:
    async with probe.open() as peer:
        for timestamp in (1700000000.25, "2026-01-02T03:04:05+00:00"):
            answer = await _beat(peer, timestamp=timestamp)
            expect(answer.get("echo") == timestamp, f"echo {timestamp!r}", answer)


@CHAPTER.case(
    "heartbeat-load",
    Level.V1_1,
    "`heartbeat_response` has `status`, `in_flight`, `queued`, `loop_lag_ms`.",
    needs=_ANSWERED,
)
async def _load(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = await _beat(peer)
    expect(answer.text("status") in _STATES, f"status, one of {', '.join(_STATES)}", answer)
    for name in ("in_flight", "queued", "loop_lag_ms"):
        value = answer.get(name)
        expect(isinstance(value, (int, float)) and value >= 0, f"a number in {name}", answer)


@CHAPTER.case(
    "heartbeat-instance",
    Level.V1_1,
    "`instance_id` in `heartbeat_response` is that of the welcome.",
    needs=("heartbeat-answered", "welcome-identity"),
)
async def _instance(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = await _beat(peer)
    wanted = peer.welcome.text("data", "instance_id")
    expect(answer.text("instance_id") == wanted, f"instance_id {wanted}", answer)


@CHAPTER.case(
    "heartbeat-during-work",
    Level.V1_1,
    f"Heartbeats are answered whatever the agent is doing, also behind {_PIPELINED} requests on the same connection.",
    needs=_ANSWERED,
)
async def _during_work(probe: Probe) -> None:
    sample = probe.request
    async with probe.open() as peer:
        for _ in range(_PIPELINED):
            await peer.send(sample.type, peer.make_id(), data=sample.data)
        await peer.send("heartbeat", timestamp=time.time())
        is_answered, outcomes = False, 0
        while not (is_answered and outcomes >= _PIPELINED) and (message := await peer.receive()) is not None:
            is_answered = is_answered or message.type == "heartbeat_response"
            outcomes += message.may_be_outcome  # to the last one, so that no work is left behind
    expect(is_answered, "heartbeat_response", peer.closed or f"{outcomes} outcomes")


@CHAPTER.case(
    "heartbeat-overtakes",
    Level.V1_1,
    "A heartbeat does not wait for a request that is in work.",
    needs=_ANSWERED,
)
async def _overtakes(probe: Probe) -> None:
    sample = probe.slow
    async with probe.open() as peer:
        await peer.send(sample.type, "slow", data=sample.data)
        await peer.send("heartbeat", "beat", timestamp=1.0)
        while (message := await peer.receive()) is not None:
            if message.type == "heartbeat_response":
                return
            expect(not message.may_be_outcome, "heartbeat_response before the answer", message)
    raise Violated("heartbeat_response", peer.closed or "nothing in time")


@CHAPTER.case(
    "answers-are-not-answered",
    Level.V1_1,
    "`heartbeat_response` and `error` sent to the agent are never answered, or two peers would do so for ever.",
)
async def _not_answered(probe: Probe) -> None:
    async with probe.open() as peer:
        await peer.send("heartbeat_response", server_time=1.0)
        await peer.send("error", error={"message": "from the conformance suite", "type": "server_error"})
        rest = await probe.rest(peer)
    expect(not rest and peer.closed is None, "silence", peer.closed or (rest and rest[0]))
