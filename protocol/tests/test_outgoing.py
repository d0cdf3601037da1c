"""The requests that we sent: one outcome each, made by the peer or by us."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from askwire_protocol.codec import encode_data
from askwire_protocol.errors import ErrorCode
from askwire_protocol.outgoing import (
    Answered,
    Dropped,
    Failed,
    HeartbeatAnswered,
    HeartbeatAsked,
    Outgoing,
    Progressed,
    Welcomed,
)


@pytest.fixture
def outgoing() -> Outgoing:
    """A table of a new connection."""
    return Outgoing("c")


def ask(outgoing: Outgoing, *, now_s: float = 0.0, deadline_s: float = 10.0) -> str:
    """Send one request; returns its id."""
    return outgoing.request("nlp_query", encode_data({"query": "x"}), now_s=now_s, deadline_s=deadline_s)[0]


def message(type_: str, **fields: Any) -> bytes:
    """Write a message of the peer."""
    return json.dumps({"type": type_, **fields}).encode()


def test_a_request_carries_what_the_peer_needs(outgoing: Outgoing) -> None:
    """Type, id, data, version and remaining time are in the message; nothing else."""
    message_id, sent = outgoing.request("sql_query", msgspec.Raw(b'{"sql":"SELECT 1"}'), now_s=5.0, deadline_s=1.5)
    assert json.loads(sent) == {
        "type": "sql_query",
        "message_id": message_id,
        "data": {"sql": "SELECT 1"},
        "v": "1.1",
        "deadline_ms": 1500.0,
    }


def test_ids_are_unique_over_requests_and_heartbeats(outgoing: Outgoing) -> None:
    """No id is used twice on a connection, whatever it was for."""
    ids = [ask(outgoing), outgoing.heartbeat(wall_time_s=1.0)[0], ask(outgoing), outgoing.new_id()]
    assert len(set(ids)) == 4


def test_an_answer_ends_its_request(outgoing: Outgoing) -> None:
    """The message that names the request is its outcome."""
    message_id = ask(outgoing)
    event = outgoing.receive(message("nlp_query_response", response_to=message_id, data={"sql": "S"}))
    assert isinstance(event, Answered)
    assert event.message_id == message_id
    assert len(outgoing) == 0


@pytest.mark.parametrize("second", ["nlp_query_response", "error", "progress_update"])
def test_nothing_counts_after_the_outcome(outgoing: Outgoing, second: str) -> None:
    """Second answers, late errors and late progress are dropped and counted."""
    message_id = ask(outgoing)
    outgoing.receive(message("nlp_query_response", response_to=message_id, data={}))
    fields = {"data": {"stage": "s"}, "error": {"message": "m"}}
    assert isinstance(outgoing.receive(message(second, response_to=message_id, **fields)), Dropped)
    assert outgoing.dropped == 1


def test_an_answer_to_nobody_is_dropped(outgoing: Outgoing) -> None:
    """Answers without or with a foreign response_to end nothing."""
    ask(outgoing)
    assert isinstance(outgoing.receive(message("nlp_query_response", data={})), Dropped)
    assert isinstance(outgoing.receive(message("nlp_query_response", response_to="other-1", data={})), Dropped)
    assert (len(outgoing), outgoing.dropped) == (1, 2)


def test_an_error_ends_its_request_with_its_code(outgoing: Outgoing) -> None:
    """An error that names a request fails that one, with all it says."""
    first, second = ask(outgoing), ask(outgoing)
    event = outgoing.receive(
        message("error", response_to=first, error={"message": "full", "code": "OVERLOADED", "retry_after_ms": 7})
    )
    assert isinstance(event, Failed)
    assert (event.message_id, event.failure.code, event.failure.retry_after_ms) == (first, ErrorCode.OVERLOADED, 7)
    assert outgoing.forget(second)


def test_an_error_that_names_nobody_is_of_the_only_request(outgoing: Outgoing) -> None:
    """Errors of protocol 1.0 name no request: with one in flight there is nothing to guess."""
    message_id = ask(outgoing)
    event = outgoing.receive(message("error", error={"message": "m", "type": "server_error"}))
    assert isinstance(event, Failed)
    assert (event.message_id, event.failure.code) == (message_id, ErrorCode.INTERNAL)


@pytest.mark.parametrize("in_flight", [0, 2])
def test_an_error_that_names_nobody_is_never_guessed(outgoing: Outgoing, in_flight: int) -> None:
    """With none or several in flight such an error fails nobody."""
    for _ in range(in_flight):
        ask(outgoing)
    assert isinstance(outgoing.receive(message("error", error={"message": "m"})), Dropped)
    assert len(outgoing) == in_flight


def test_an_error_without_a_body_still_ends_its_request(outgoing: Outgoing) -> None:
    """A peer that only says error has failed the request all the same."""
    event = outgoing.receive(message("error", response_to=ask(outgoing)))
    assert isinstance(event, Failed)
    assert event.failure.code is ErrorCode.INTERNAL


@pytest.mark.parametrize(("sent", "seen"), [(0.5, 0.5), (5, 1.0), (-1, 0.0), (None, None)])
def test_progress_is_between_none_and_all(outgoing: Outgoing, sent: float | None, seen: float | None) -> None:
    """Progress outside 0 to 1 is brought back into it."""
    event = outgoing.receive(
        message("progress_update", response_to=ask(outgoing), data={"stage": "s", "progress": sent})
    )
    assert isinstance(event, Progressed)
    assert event.progress.progress == seen


@pytest.mark.parametrize("data", [{}, {"stage": 1}, {"stage": "s", "progress": "half"}, [], None])
def test_progress_of_bad_form_is_dropped(outgoing: Outgoing, data: object) -> None:
    """Progress that cannot be read is no outcome and ends nothing."""
    assert isinstance(outgoing.receive(message("progress_update", response_to=ask(outgoing), data=data)), Dropped)
    assert len(outgoing) == 1


def test_undecodable_messages_are_dropped_with_the_reason(outgoing: Outgoing) -> None:
    """Garbage of the peer is counted and fails nobody."""
    ask(outgoing)
    event = outgoing.receive(b"hello")
    assert isinstance(event, Dropped)
    assert "not a valid envelope" in event.reason
    assert len(outgoing) == 1


def test_time_ends_a_request_exactly_once(outgoing: Outgoing) -> None:
    """At its deadline a request fails, the others stay, and its late answer is dropped."""
    early, late = ask(outgoing, deadline_s=1.0), ask(outgoing, deadline_s=2.0)
    assert outgoing.expire(0.99) == ()
    (failed,) = outgoing.expire(1.0)
    assert (failed.message_id, failed.failure.code) == (early, ErrorCode.DEADLINE_EXCEEDED)
    assert outgoing.expire(1.5) == ()
    assert isinstance(outgoing.receive(message("nlp_query_response", response_to=early, data={})), Dropped)
    assert [failed.message_id for failed in outgoing.expire(9.0)] == [late]


def test_a_lost_connection_ends_all_with_unknown_execution(outgoing: Outgoing) -> None:
    """Nobody knows whether lost requests ran, so the failure does not claim it."""
    ids = {ask(outgoing), ask(outgoing)}
    lost = outgoing.lose("gone")
    assert {failed.message_id for failed in lost} == ids
    assert {(failed.failure.code, failed.failure.not_executed) for failed in lost} == {
        (ErrorCode.CONNECTION_LOST, None)
    }
    assert outgoing.lose("again") == ()


def test_a_forgotten_request_has_no_outcome(outgoing: Outgoing) -> None:
    """Who left gets nothing, and leaving twice says so."""
    message_id = ask(outgoing)
    assert outgoing.forget(message_id)
    assert not outgoing.forget(message_id)
    assert isinstance(outgoing.receive(message("nlp_query_response", response_to=message_id, data={})), Dropped)


@pytest.mark.parametrize("response_to", [None, "c-1"])
def test_an_answered_heartbeat_is_no_request(outgoing: Outgoing, response_to: str | None) -> None:
    """Heartbeats come back beside the table, also without an id from a 1.0 peer."""
    ask(outgoing)
    event = outgoing.receive(message("heartbeat_response", response_to=response_to, server_time=1.0))
    assert isinstance(event, HeartbeatAnswered)
    assert (event.message_id, len(outgoing)) == (response_to, 1)


def test_a_heartbeat_is_as_given(outgoing: Outgoing) -> None:
    """Our heartbeat is the given one and an id."""
    message_id, sent = outgoing.heartbeat(wall_time_s=1700000000.25)
    assert json.loads(sent) == {"type": "heartbeat", "timestamp": 1700000000.25, "message_id": message_id}


def test_the_peer_may_ask_too(outgoing: Outgoing) -> None:
    """A heartbeat of the peer is handed on to be answered."""
    assert isinstance(outgoing.receive(message("heartbeat", timestamp=1.0)), HeartbeatAsked)


@pytest.mark.parametrize("fields", [{"data": {"capabilities": ["nlp_query"]}}, {"capabilities": ["nlp_query"]}])
def test_a_welcome_is_read_in_data_or_flat(outgoing: Outgoing, fields: dict[str, Any]) -> None:
    """The capabilities are found where our peers and where those of 1.0 may put them."""
    event = outgoing.receive(message("connection_established", client_id="1", **fields))
    assert isinstance(event, Welcomed)
    assert event.welcome.capabilities == ("nlp_query",)
    assert event.welcome.features == ()
