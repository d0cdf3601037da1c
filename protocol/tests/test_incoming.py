"""The requests that a peer sent us: refused at once, or one outcome each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from askwire_protocol.close_codes import CloseCode
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.incoming import Accepted, CancelAsked, ControlAsked, Ignored, Incoming, Pulse, Refused
from askwire_protocol.messages.agents import Progress, Welcome

LIMIT_BYTES = 2048


@pytest.fixture
def incoming() -> Incoming:
    """A table of a new connection with room for two requests."""
    return Incoming(
        sender="nlp-agent",
        client_id="client-1",
        instance_id="instance-1",
        types=("nlp_query", "generate_chart"),
        max_message_bytes=LIMIT_BYTES,
        max_in_flight=2,
        max_deadline_s=60.0,
        timestamp=lambda: "2026-01-02T03:04:05+00:00",
    )


def ask(incoming: Incoming, message_id: str | None = "m1", type_: str = "nlp_query", **fields: Any) -> Any:
    """Send one request; returns the event."""
    if message_id is not None:
        fields["message_id"] = message_id
    return incoming.receive(json.dumps({"type": type_, **fields}))


def error_of(event: object) -> dict[str, Any]:
    """Return the error message that a refusal sends."""
    assert isinstance(event, Refused)
    reply: dict[str, Any] = json.loads(event.reply)
    assert reply["type"] == "error"
    assert reply["error"]["type"] == "server_error"
    assert reply["error"]["code"] == event.code
    return reply


def test_a_request_is_accepted_with_its_data(incoming: Incoming) -> None:
    """A known type with an id is work to do."""
    event = ask(incoming, data={"query": "x"})
    assert isinstance(event, Accepted)
    assert json.loads(bytes(event.envelope.data)) == {"query": "x"}
    assert incoming.in_work() == ("m1",)


@pytest.mark.parametrize(("deadline_ms", "deadline_s"), [(None, 60.0), (1500, 1.5), (1e15, 60.0), (0, 0.0), (-5, 0.0)])
def test_a_deadline_is_bounded_by_ours(incoming: Incoming, deadline_ms: float | None, deadline_s: float) -> None:
    """The peer's time counts up to our maximum, and no time is below zero."""
    assert ask(incoming, deadline_ms=deadline_ms).deadline_s == deadline_s


def test_an_answer_is_in_the_standard_format(incoming: Incoming) -> None:
    """The answer has the five members of the requirement and nothing else."""
    ask(incoming, type_="generate_chart")
    answer = incoming.answer("m1", {"chart": 1})
    assert answer is not None
    assert json.loads(answer) == {
        "type": "chart_generation_response",
        "response_to": "m1",
        "client_id": "client-1",
        "timestamp": "2026-01-02T03:04:05+00:00",
        "data": {"chart": 1},
    }


def test_a_request_ends_once(incoming: Incoming) -> None:
    """After the first terminal message of a request there is no other, and no progress."""
    ask(incoming)
    assert incoming.fail("m1", RequestFailed(ErrorCode.INTERNAL, "x")) is not None
    assert incoming.answer("m1", {}) is None
    assert incoming.fail("m1", RequestFailed(ErrorCode.INTERNAL, "x")) is None
    assert incoming.cancelled("m1") is None
    assert incoming.progress("m1", Progress(stage="s")) is None
    assert len(incoming) == 0


def test_an_error_names_its_request(incoming: Incoming) -> None:
    """A failure carries response_to, message, type, code and what follows from it."""
    ask(incoming)
    failed = incoming.fail("m1", RequestFailed(ErrorCode.SQL_REJECTED, "No."))
    assert failed is not None
    assert json.loads(failed) == {
        "type": "error",
        "response_to": "m1",
        "client_id": "client-1",
        "timestamp": "2026-01-02T03:04:05+00:00",
        "error": {
            "message": "No.",
            "type": "server_error",
            "code": "SQL_REJECTED",
            "retryable": False,
            "not_executed": True,
        },
    }


def test_progress_is_numbered_for_each_request(incoming: Incoming) -> None:
    """Seq counts from 0 for each request, also for one that uses an id again."""
    ask(incoming, "a")
    ask(incoming, "b")
    sent = [incoming.progress(one, Progress(stage="s", progress=0.0)) for one in ("a", "a", "b", "a")]
    assert [json.loads(one or b"")["seq"] for one in sent] == [0, 1, 0, 2]
    incoming.answer("a", {})
    ask(incoming, "a")
    again = json.loads(incoming.progress("a", Progress(stage="s", progress=0.0)) or b"")
    assert again["seq"] == 0
    assert again["data"] == {"stage": "s", "progress": 0.0}
    assert again["response_to"] == "a"


def test_an_id_in_work_is_refused_and_the_first_goes_on(incoming: Incoming) -> None:
    """A second request with the id of one in work is DUPLICATE_ID; the first keeps its one outcome."""
    ask(incoming)
    assert error_of(ask(incoming))["error"]["code"] == "DUPLICATE_ID"
    assert incoming.answer("m1", {}) is not None


def test_an_id_may_be_used_again_after_its_outcome(incoming: Incoming) -> None:
    """Ids are unique while in flight; a finished one is a new request."""
    ask(incoming)
    incoming.answer("m1", {})
    assert isinstance(ask(incoming), Accepted)


@pytest.mark.parametrize("type_", ["nope", "hullo", "connection_established", "getattr", "nlp_query_response"])
def test_an_unknown_type_is_named_and_the_known_are_listed(incoming: Incoming, type_: str) -> None:
    """UNKNOWN_TYPE with the request's id says what would be answered."""
    reply = error_of(ask(incoming, type_=type_))
    assert (reply["error"]["code"], reply["response_to"]) == ("UNKNOWN_TYPE", "m1")
    assert "nlp_query" in reply["error"]["message"]


def test_a_request_without_an_id_is_refused(incoming: Incoming) -> None:
    """Without message_id nothing could be answered, so nothing is done."""
    reply = error_of(ask(incoming, None))
    assert reply["error"]["code"] == "INVALID_MESSAGE"
    assert "response_to" not in reply


def test_a_peer_may_not_answer(incoming: Incoming) -> None:
    """We asked nothing, so a message with response_to is refused."""
    assert error_of(ask(incoming, response_to="x"))["error"]["code"] == "INVALID_MESSAGE"


@pytest.mark.parametrize("type_", ["error", "heartbeat_response"])
def test_errors_are_never_answered(incoming: Incoming, type_: str) -> None:
    """Two peers that answer each other's errors would go on for ever."""
    assert isinstance(ask(incoming, type_=type_, error={"message": "m"}), Ignored)
    assert isinstance(ask(incoming, None, type_=type_), Ignored)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.99", "1"])
def test_versions_of_our_major_are_spoken(incoming: Incoming, version: str) -> None:
    """A newer minor version only adds what may be ignored."""
    assert isinstance(ask(incoming, v=version), Accepted)


@pytest.mark.parametrize("version", ["2.0", "99", "", "x"])
def test_another_major_is_refused_with_what_is_spoken(incoming: Incoming, version: str) -> None:
    """UNSUPPORTED_VERSION lists the versions that would be understood."""
    reply = error_of(ask(incoming, v=version))
    assert (reply["error"]["code"], reply["response_to"]) == ("UNSUPPORTED_VERSION", "m1")
    assert "1.0, 1.1" in reply["error"]["message"]


def test_too_many_are_refused_at_once_and_room_comes_back(incoming: Incoming) -> None:
    """Above the limit OVERLOADED names the request; an outcome makes room again."""
    ask(incoming, "a")
    ask(incoming, "b")
    reply = error_of(ask(incoming, "c"))
    assert (reply["error"]["code"], reply["response_to"], reply["error"]["not_executed"]) == ("OVERLOADED", "c", True)
    incoming.answer("a", {})
    assert isinstance(ask(incoming, "c"), Accepted)


def test_while_draining_only_new_requests_are_refused(incoming: Incoming) -> None:
    """What is in work finishes and heartbeats go on."""
    ask(incoming, "a")
    incoming.draining = True
    assert error_of(ask(incoming, "b"))["error"]["code"] == "DRAINING"
    assert isinstance(ask(incoming, None, "heartbeat"), ControlAsked)
    assert incoming.answer("a", {}) is not None


@pytest.mark.parametrize("type_", ["heartbeat", "health_check", "stats", "describe"])
def test_control_messages_pass_every_limit(incoming: Incoming, type_: str) -> None:
    """They are answered when the table is full, and need no id."""
    ask(incoming, "a")
    ask(incoming, "b")
    assert isinstance(ask(incoming, None, type_), ControlAsked)
    assert isinstance(ask(incoming, "a", type_), ControlAsked)


@pytest.mark.parametrize("form", [{"data": {"request_id": "m1"}}, {"request_id": "m1"}])
def test_cancel_reaches_the_request_in_work(incoming: Incoming, form: dict[str, Any]) -> None:
    """The request is still to be ended by its one outcome, CANCELLED or another."""
    ask(incoming)
    assert ask(incoming, "c1", "cancel", **form) == CancelAsked("m1")
    ended = incoming.cancelled("m1")
    assert ended is not None
    assert json.loads(ended)["error"]["code"] == "CANCELLED"


def test_cancel_of_what_is_not_in_work_is_ignored(incoming: Incoming) -> None:
    """Finished and unknown ids, of other connections too, need no answer."""
    ask(incoming)
    incoming.answer("m1", {})
    assert isinstance(ask(incoming, None, "cancel", data={"request_id": "m1"}), Ignored)
    assert isinstance(ask(incoming, None, "cancel", data={"request_id": "other"}), Ignored)


def test_cancel_of_nothing_is_an_error(incoming: Incoming) -> None:
    """A cancel without request_id is INVALID_ARGUMENT, since it can mean nothing."""
    reply = error_of(ask(incoming, "c1", "cancel", data={}))
    assert (reply["error"]["code"], reply["response_to"]) == ("INVALID_ARGUMENT", "c1")


def test_one_slip_closes_nothing_and_five_in_a_row_do(incoming: Incoming) -> None:
    """Undecodable messages are answered; the fifth in a row ends the connection with 4400."""
    closes = []
    for _ in range(5):
        event = incoming.receive(b"hello")
        error_of(event)
        closes.append(event.close if isinstance(event, Refused) else None)
    assert closes == [None] * 4 + [CloseCode.BAD_MESSAGES]


def test_a_good_message_ends_the_row(incoming: Incoming) -> None:
    """Only consecutive undecodable messages count; refused but readable ones are good."""
    for _ in range(4):
        incoming.receive(b"hello")
    ask(incoming, None, "nope")
    event = incoming.receive(b"hello")
    assert isinstance(event, Refused)
    assert event.close is None


def test_too_large_names_its_request(incoming: Incoming) -> None:
    """A readable message above the limit is answered TOO_LARGE with its id and closes nothing."""
    event = ask(incoming, data={"pad": "x" * LIMIT_BYTES})
    reply = error_of(event)
    assert (reply["error"]["code"], reply["response_to"]) == ("TOO_LARGE", "m1")
    assert event.close is None
    assert len(incoming) == 0


def test_the_welcome_says_who_is_there(incoming: Incoming) -> None:
    """The first message is connection_established with client_id, timestamp and capabilities."""
    assert json.loads(incoming.welcome(Welcome(capabilities=("nlp_query",)))) == {
        "type": "connection_established",
        "client_id": "client-1",
        "timestamp": "2026-01-02T03:04:05+00:00",
        "from": "nlp-agent",
        "data": {"capabilities": ["nlp_query"]},
    }


def test_a_heartbeat_answer_has_the_given_members(incoming: Incoming) -> None:
    """All five members of protocol 1.0 are there; the id is named when one was sent, the timestamp comes back."""
    answer = json.loads(
        incoming.heartbeat_answer(
            Envelope(type="heartbeat", message_id="h1", timestamp=1.5), Pulse(in_flight=3), wall_time_s=2.5
        )
    )
    assert answer == {
        "type": "heartbeat_response",
        "timestamp": "2026-01-02T03:04:05+00:00",
        "server_time": 2.5,
        "client_id": "client-1",
        "from": "nlp-agent",
        "response_to": "h1",
        "echo": 1.5,
        "status": "ok",
        "in_flight": 3,
        "queued": 0,
        "loop_lag_ms": 0.0,
        "instance_id": "instance-1",
    }


def test_a_long_timestamp_is_not_echoed(incoming: Incoming) -> None:
    """A heartbeat is no way to have megabytes sent back."""
    asked = Envelope(type="heartbeat", timestamp="x" * 1000)
    assert b"xxx" not in incoming.heartbeat_answer(asked, Pulse(), wall_time_s=0.0)


def test_a_control_answer_names_the_message_where_it_has_an_id(incoming: Incoming) -> None:
    """health_check, stats and describe are answered in the standard format, with or without an id."""
    with_id = json.loads(incoming.control_answer(Envelope(type="stats", message_id="s1"), {"n": 1}))
    assert (with_id["type"], with_id["response_to"], with_id["data"]) == ("stats_response", "s1", {"n": 1})
    assert "response_to" not in json.loads(incoming.control_answer(Envelope(type="stats"), {}))
