"""One WebSocket connection of an agent, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import Any

import pytest
import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from askwire_agent import session


async def close_code(peer: Any) -> tuple[int, str]:
    """Read until the agent closes; returns code and reason."""
    async with asyncio.timeout(20):
        await peer.socket.wait_closed()
    return peer.socket.close_code, peer.socket.close_reason


def error_of(reply: dict[str, Any]) -> tuple[str, str | None]:
    """Return code and response_to of an error in the given format."""
    assert reply["type"] == "error", reply
    assert reply["error"]["type"] == "server_error"
    assert reply["error"]["message"].endswith(".")
    assert "Traceback" not in json.dumps(reply)
    return reply["error"]["code"], reply.get("response_to")


async def test_the_welcome_comes_first_and_says_what_is_answered(peer: Any, served: Any) -> None:
    """connection_established names agent, process, capabilities, limits and heartbeat timing."""
    welcome = peer.welcome
    assert welcome["type"] == "connection_established"
    assert welcome["from"] == "test-agent"
    assert isinstance(welcome["client_id"], str)
    data = welcome["data"]
    assert "nlp_query" in data["capabilities"]
    assert data["instance_id"] == served.agent.instance_id
    assert data["protocol_versions"] == ["1.0", "1.1"]
    assert set(data["features"]) == {"cancel", "chunks", "describe", "goaway", "hello", "progress"}
    assert data["limits"] == {
        "max_message_bytes": 8388608,
        "max_in_flight": 64,
        "max_deadline_ms": 120000,
        "hello_timeout_ms": 5000,
    }
    assert data["heartbeat"] == {"interval_ms": 5000, "timeout_ms": 17000}
    assert {"name": "nlp_query", "answer": "nlp_query_response", "idempotent": True, "streams": False} in data["types"]


async def test_each_connection_has_its_own_client_id(peer: Any, served: Any, dial: Any) -> None:
    """The id of a connection is made by the agent, for each anew."""
    async with dial(served.url) as other:
        assert other.welcome["client_id"] != peer.welcome["client_id"]


async def test_a_heartbeat_is_answered_while_every_worker_computes(peer: Any, served: Any) -> None:
    """Work that computes is in other processes, so the reader has time for heartbeats."""
    await peer.send("compute", "c1", data={})
    async with asyncio.timeout(20):
        await served.reached.acquire()
        while not served.agent.workers.busy_since_s:
            await asyncio.sleep(0)
    reply = await peer.ask("heartbeat", "h1", timestamp=12.5)
    assert (reply["type"], reply["response_to"], reply["echo"]) == ("heartbeat_response", "h1", 12.5)
    assert (reply["status"], reply["in_flight"], reply["instance_id"]) == ("ok", 1, served.agent.instance_id)


async def test_health_check_lists_the_conditions(peer: Any) -> None:
    """health_check tells status, readiness, liveness and each named check."""
    data = (await peer.ask("health_check", "1"))["data"]
    assert (data["status"], data["ready"], data["live"]) == ("ok", True, True)
    assert {"name": "started", "ok": True} in data["checks"]


async def test_a_failed_check_makes_the_agent_degraded(serving: Any, dial: Any) -> None:
    """A condition of readiness that does not hold is shown by name in health and heartbeat."""
    from askwire_protocol.messages.agents import Check

    def prepare(served: Any) -> None:
        served.agent.check("database", lambda: Check(name="database", ok=False, message="connection refused"))

    async with serving(prepare) as served, dial(served.url) as peer:
        data = (await peer.ask("health_check"))["data"]
        assert (data["status"], data["ready"], data["live"]) == ("degraded", False, True)
        assert {"name": "database", "ok": False, "message": "connection refused"} in data["checks"]
        assert (await peer.ask("heartbeat"))["status"] == "degraded"


async def test_stats_count_requests_and_errors_by_type(peer: Any) -> None:
    """Stats names every type, with counts, last error and mean time."""
    await peer.ask("nlp_query", "1", data={})
    await peer.ask("refuse", "2")
    data = (await peer.ask("stats", "3"))["data"]
    by_name = {item["name"]: item for item in data["types"]}
    assert (by_name["nlp_query"]["num_requests"], by_name["nlp_query"]["num_errors"]) == (1, 0)
    assert by_name["nlp_query"]["average_processing_time_ns"] > 0
    assert by_name["refuse"]["num_errors"] == 1
    assert by_name["refuse"]["last_error"] == "NOT_FOUND: There is no such thing."
    assert by_name["hold"]["num_requests"] == 0
    assert (data["agent"], data["connections"], data["in_flight"]) == ("test-agent", 1, 0)


async def test_describe_repeats_the_welcome(peer: Any) -> None:
    """Who missed the welcome can ask for it."""
    reply = await peer.ask("describe", "d1")
    assert (reply["type"], reply["response_to"], reply["data"]) == ("describe_response", "d1", peer.welcome["data"])


async def test_progress_comes_in_order_before_the_answer(peer: Any) -> None:
    """Steps are numbered from 0 and name their request; the answer is last."""
    await peer.send("steps", "s1")
    replies = [await peer.receive() for _ in range(4)]
    assert [reply["type"] for reply in replies] == ["progress_update"] * 3 + ["steps_response"]
    assert [reply.get("seq") for reply in replies] == [0, 1, 2, None]
    assert [reply["data"].get("progress") for reply in replies] == [0.0, 0.5, 1.0, None]
    assert {reply["response_to"] for reply in replies} == {"s1"}


async def test_the_handler_knows_the_typed_payload_and_the_time_left(peer: Any) -> None:
    """Data is decoded to its type; the deadline and the trace of the request are at hand."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    reply = await peer.ask("typed", "t1", data={"limit": 3}, deadline_ms=60_000, traceparent=trace)
    assert reply["data"] == {"limit": 3, "in_time": True, "traceparent": trace}


BAD = [
    pytest.param("hello", ("INVALID_MESSAGE", None), id="not-json"),
    pytest.param("[]", ("INVALID_MESSAGE", None), id="no-object"),
    pytest.param("{} {}", ("INVALID_MESSAGE", None), id="two-documents"),
    pytest.param('{"type":"nlp_query","message_id":7}', ("INVALID_MESSAGE", None), id="id-of-another-type"),
    pytest.param('{"type":"nlp_query"}', ("INVALID_MESSAGE", None), id="no-id"),
    pytest.param('{"type":"nlp_query","message_id":"<b>"}', ("INVALID_MESSAGE", None), id="id-with-markup"),
    pytest.param('{"type":"__init__","message_id":"b"}', ("INVALID_MESSAGE", "b"), id="type-of-an-attribute"),
    pytest.param('{"type":"run","message_id":"b"}', ("UNKNOWN_TYPE", "b"), id="unknown-type"),
    pytest.param('{"type":"typed","message_id":"b","v":"99"}', ("UNSUPPORTED_VERSION", "b"), id="unknown-version"),
    pytest.param('{"type":"typed","message_id":"b","data":{}}', ("INVALID_ARGUMENT", "b"), id="field-missing"),
    pytest.param('{"type":"typed","message_id":"b","data":{"limit":"x"}}', ("INVALID_ARGUMENT", "b"), id="wrong-type"),
    pytest.param('{"type":"typed","message_id":"b","data":{"limit":1e999}}', ("INVALID_ARGUMENT", "b"), id="overflow"),
    pytest.param('{"type":"typed","message_id":"b","data":{"l":"\\u0000"}}', ("INVALID_MESSAGE", "b"), id="nul"),
    pytest.param(
        '{"type":"typed","message_id":"b","data":' + "[" * 99 + "]" * 99 + "}", ("INVALID_MESSAGE", "b"), id="deep"
    ),
    pytest.param('{"type":"hold","message_id":"held"}', ("DUPLICATE_ID", "held"), id="id-in-work"),
    pytest.param('{"type":"x","message_id":"b","response_to":"a"}', ("INVALID_MESSAGE", "b"), id="answers"),
    pytest.param('{"type":"refuse","message_id":"b"}', ("NOT_FOUND", "b"), id="handler-refuses"),
    pytest.param('{"type":"cancel","message_id":"b"}', ("INVALID_ARGUMENT", "b"), id="cancel-of-nothing"),
]


@pytest.mark.parametrize(("message", "expected"), BAD)
async def test_bad_input_gets_an_error_and_costs_nobody_anything(
    served: Any, peer: Any, message: str, expected: tuple[str, str | None]
) -> None:
    """The error has code and response_to; a request in flight and the connection are untouched."""
    await peer.send("hold", "held")
    await served.reached.acquire()
    await peer.socket.send(message)
    assert error_of(await peer.receive()) == expected
    served.gate.set()
    assert (await peer.receive())["response_to"] == "held"
    assert (await peer.ask("nlp_query", "after", data={"q": 1}))["data"] == {"q": 1}


async def test_too_large_is_answered_and_the_connection_stays_usable(serving: Any, dial: Any) -> None:
    """A message above the limit gets TOO_LARGE with its id; what is in flight goes on."""
    async with serving(max_message_bytes=2000) as served, dial(served.url) as peer:
        await peer.send("hold", "held")
        await served.reached.acquire()
        reply = await peer.ask("nlp_query", "big", data={"pad": "x" * 2000})
        assert error_of(reply) == ("TOO_LARGE", "big")
        served.gate.set()
        assert (await peer.receive())["response_to"] == "held"
        exact = json.dumps({"type": "nlp_query", "message_id": "e", "data": {"pad": ""}})
        await peer.socket.send(exact.replace('""', f'"{"x" * (2000 - len(exact))}"'))
        assert (await peer.receive())["type"] == "nlp_query_response"


async def test_what_is_far_too_large_costs_the_connection(serving: Any, dial: Any) -> None:
    """Nobody reads a message of several times the limit to its end: 1009."""
    async with serving(max_message_bytes=2000) as served, dial(served.url) as peer:
        await peer.send("nlp_query", "big", data={"pad": "x" * 9000})
        assert (await close_code(peer))[0] == 1009


async def test_too_many_are_refused_at_once_and_heartbeats_say_so(serving: Any, dial: Any) -> None:
    """Above the limit of the process OVERLOADED names the request, over all connections; the others finish."""
    async with serving(max_in_flight=2) as served, dial(served.url) as peer, dial(served.url) as other:
        for message_id in ("a", "b"):
            await peer.send("hold", message_id)
            await served.reached.acquire()
        assert error_of(await peer.ask("nlp_query", "c")) == ("OVERLOADED", "c")
        assert error_of(await other.ask("nlp_query", "d")) == ("OVERLOADED", "d")
        assert (await other.ask("heartbeat"))["status"] == "overloaded"
        assert (await other.ask("stats"))["data"]["rejected"] == 1
        served.gate.set()
        assert {(await peer.receive())["response_to"] for _ in "ab"} == {"a", "b"}
        assert (await peer.ask("nlp_query", "c", data={}))["type"] == "nlp_query_response"


async def test_five_undecodable_messages_in_a_row_end_the_connection(peer: Any) -> None:
    """Each is answered, then 4400 tells the peer not to come back by itself."""
    for _ in range(5):
        await peer.socket.send("hello")
    for _ in range(5):
        assert error_of(await peer.receive()) == ("INVALID_MESSAGE", None)
    assert (await close_code(peer))[0] == 4400


async def test_a_binary_frame_ends_the_connection(peer: Any) -> None:
    """Messages are text: a binary frame gets 1003, even when it holds a good message."""
    await peer.socket.send(b'{"type":"heartbeat"}')
    assert await close_code(peer) == (1003, "messages are text frames")


@pytest.mark.parametrize("text", [b"\xff\xfe", b'"\xc0\xaf"', b'{"type":"heartbeat","x":"\xed\xa0\x80"}'], ids=range(3))
async def test_text_that_is_not_utf_8_ends_the_connection(peer: Any, text: bytes) -> None:
    """Bytes that no JSON may hold get 1007."""
    await peer.socket.send(text, text=True)
    assert (await close_code(peer))[0] == 1007


async def test_fragments_are_one_message(peer: Any) -> None:
    """A message may come in frames, also cut in the middle of a character."""
    whole = '{"type":"nlp_query","message_id":"f","data":{"q":"€"}}'.encode()
    cut = whole.index("€".encode()) + 1

    async def parts() -> Any:
        yield whole[:cut]
        yield whole[cut:]

    await peer.socket.send(parts(), text=True)
    assert (await peer.receive())["data"] == {"q": "€"}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:8011", "null"])
async def test_browsers_are_refused(served: Any, origin: str) -> None:
    """A handshake with an Origin comes from a page, and pages may not ask agents: 403."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(served.url, proxy=None, additional_headers={"Origin": origin})
    assert refused.value.response.status_code == 403


async def test_above_the_connection_limit_the_handshake_is_refused(serving: Any, dial: Any) -> None:
    """503 tells a client to try later; a place that becomes free is given again."""
    async with serving(max_connections=1) as served:
        async with dial(served.url):
            with pytest.raises(InvalidStatus) as refused:
                await connect(served.url, proxy=None)
            assert refused.value.response.status_code == 503
        async with dial(served.url) as peer:
            assert peer.welcome["type"] == "connection_established"


async def test_leaving_cancels_the_work(served: Any, dial: Any) -> None:
    """Nobody works for a peer that is gone."""
    async with dial(served.url) as peer:
        await peer.send("hold", "left")
        await served.reached.acquire()
    assert await asyncio.wait_for(served.left.get(), 20) == "left"


async def test_a_reset_in_the_middle_of_a_frame_frees_everything(served: Any, dial: Any) -> None:
    """A peer that vanishes half way through a message leaves no request and no connection behind."""
    async with dial(served.url) as peer:
        await peer.send("hold", "left")
        await served.reached.acquire()
        raw = peer.socket.transport.get_extra_info("socket")
        peer.socket.transport.write(b"\x81\xfe\xff\xff half a frame")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        peer.socket.transport.abort()
        assert await asyncio.wait_for(served.left.get(), 20) == "left"
    async with dial(served.url) as peer:
        assert (await peer.ask("stats"))["data"]["in_flight"] == 0


async def test_cancel_ends_the_request_with_one_error(served: Any, peer: Any) -> None:
    """The cancelled request gets CANCELLED; cancelling it again means nothing; others go on."""
    await peer.send("hold", "a")
    await peer.send("hold", "b")
    await served.reached.acquire()
    await served.reached.acquire()
    await peer.send("cancel", data={"request_id": "a"})
    await peer.send("cancel", data={"request_id": "a"})
    assert error_of(await peer.receive()) == ("CANCELLED", "a")
    served.gate.set()
    assert (await peer.receive())["response_to"] == "b"
    stats = (await peer.ask("stats"))["data"]
    assert (stats["cancelled"], stats["in_flight"]) == (1, 0)


async def test_a_cancel_right_behind_its_request_still_gives_an_outcome(served: Any, peer: Any) -> None:
    """Both messages in one packet: the request ends as any other cancelled one."""
    frames = b""
    for message in ({"type": "hold", "message_id": "a"}, {"type": "cancel", "data": {"request_id": "a"}}):
        payload = json.dumps(message).encode()
        frames += bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload  # a mask of zeros changes nothing
    peer.socket.transport.write(frames)
    assert error_of(await peer.receive()) == ("CANCELLED", "a")
    assert (await peer.ask("heartbeat"))["in_flight"] == 0


async def test_a_deadline_ends_the_request(peer: Any) -> None:
    """When its time is over a request fails with DEADLINE_EXCEEDED, and its handler is cancelled."""
    assert error_of(await peer.ask("hold", "late", deadline_ms=1)) == ("DEADLINE_EXCEEDED", "late")
    stats = (await peer.ask("stats"))["data"]
    assert (stats["deadline_exceeded"], stats["in_flight"]) == (1, 0)


@pytest.mark.parametrize("how", ["raise", "result", "timeout"])
async def test_a_defect_of_a_handler_is_internal_and_says_nothing(peer: Any, how: str) -> None:
    """An exception, an answer that cannot be encoded, a timeout of its own: INTERNAL, the cause only in the log."""
    reply = await peer.ask("break", "x", data={"how": how})
    assert error_of(reply) == ("INTERNAL", "x")
    assert "secret" not in json.dumps(reply)
    assert (await peer.ask("nlp_query", "x", data={}))["type"] == "nlp_query_response"


async def test_requests_of_one_connection_overtake_each_other(served: Any, peer: Any) -> None:
    """A slow request holds back no other."""
    await peer.send("hold", "slow")
    await served.reached.acquire()
    assert (await peer.ask("nlp_query", "fast", data={}))["response_to"] == "fast"
    served.gate.set()
    assert (await peer.receive())["response_to"] == "slow"


async def test_the_same_id_on_two_connections_is_two_requests(served: Any, dial: Any, peer: Any) -> None:
    """Each connection has a table of its own and gets only its own answers."""
    async with dial(served.url) as other:
        await peer.send("nlp_query", "x", data={"from": "a"})
        await other.send("nlp_query", "x", data={"from": "b"})
        assert (await peer.receive())["data"] == {"from": "a"}
        assert (await other.receive())["data"] == {"from": "b"}


async def test_nobody_cancels_the_requests_of_others(served: Any, dial: Any, peer: Any) -> None:
    """A cancel reaches requests of its own connection only."""
    await peer.send("hold", "mine")
    await served.reached.acquire()
    async with dial(served.url) as other:
        await other.send("cancel", data={"request_id": "mine"})
        assert (await other.ask("heartbeat"))["in_flight"] == 1
    served.gate.set()
    assert (await peer.receive())["type"] == "hold_response"


async def test_a_peer_that_does_not_read_is_cut_off(
    served: Any, dial: Any, peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection whose buffer stays full past the write deadline ends with 4430, and the others notice nothing."""
    monkeypatch.setattr(session, "_WRITE_S", 0.2)
    monkeypatch.setattr(session, "_CLOSE_S", 0.2)
    async with dial(served.url) as slow:
        slow.socket.transport.pause_reading()
        with structlog.testing.capture_logs() as logged:
            with contextlib.suppress(ConnectionClosed):  # the agent may cut it off in the middle
                for number in range(8):
                    await slow.send("nlp_query", f"m{number}", data={"pad": "x" * 4_000_000})
            async with asyncio.timeout(20):
                while (await peer.ask("stats"))["data"]["connections"] == 2:
                    assert (await peer.ask("heartbeat"))["type"] == "heartbeat_response"
        assert (await peer.ask("heartbeat"))["in_flight"] == 0
        assert [one["code"] for one in logged if one["event"] == "slow reader"][:1] == [4430]
        slow.socket.transport.abort()
