"""The tables of error codes, close codes and trusted hosts."""

from __future__ import annotations

import pickle

import msgspec
import pytest

from askwire_protocol.close_codes import CLOSE_CODES, CloseCode, Reconnect
from askwire_protocol.envelope import answer_type
from askwire_protocol.errors import ERROR_CODES, ErrorBody, ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.hosts import host_allowed, host_name


def test_every_error_code_has_its_row() -> None:
    """The table is complete, and its sentences are fit for documentation."""
    assert set(ERROR_CODES) == set(ErrorCode)
    for code, spec in ERROR_CODES.items():
        assert spec.code is code
        assert 400 <= spec.http_status <= 599
        assert spec.meaning


def test_what_may_be_retried_did_not_run_or_says_so() -> None:
    """Only UPSTREAM is retryable without proof that nothing was executed; its sender decides."""
    unproven = {code for code, spec in ERROR_CODES.items() if spec.retryable and spec.not_executed is not True}
    assert unproven == {ErrorCode.UPSTREAM}


def test_every_close_code_has_its_row() -> None:
    """The table is complete; our own codes are in the range that RFC 6455 leaves to applications."""
    assert set(CLOSE_CODES) == set(CloseCode)
    assert all(4000 <= code <= 4999 or 1000 <= code <= 1015 for code in CLOSE_CODES)


def test_who_was_refused_for_good_does_not_come_back() -> None:
    """Codes that a repetition cannot mend are never followed by a reconnect."""
    never = {code for code, spec in CLOSE_CODES.items() if spec.reconnect is Reconnect.NEVER}
    assert never == {
        CloseCode.NORMAL,
        CloseCode.BAD_MESSAGES,
        CloseCode.FORBIDDEN,
        CloseCode.NO_COMMON_VERSION,
    }


@pytest.mark.parametrize("code", list(ErrorCode))
def test_an_error_survives_the_wire_and_the_pipe(code: ErrorCode) -> None:
    """A failure is the same after its body was sent, and after it was pickled to another process."""
    failure = RequestFailed(code, "a sentence.", details=(ErrorDetail(field="data.x", position=0),), retry_after_ms=5)
    sent = RequestFailed.of(msgspec.json.decode(msgspec.json.encode(failure.body()), type=ErrorBody))
    for copy in (sent, pickle.loads(pickle.dumps(failure))):  # noqa: S301 - our own bytes
        assert copy.body() == failure.body()
        assert copy.code is code
        assert str(copy) == f"{code}: a sentence."


def test_an_error_body_always_has_message_and_type() -> None:
    """The two members of protocol 1.0 are sent, whatever else is."""
    body = msgspec.json.decode(msgspec.json.encode(RequestFailed(ErrorCode.INTERNAL, "x").body()))
    assert body["message"] == "x"
    assert body["type"] == "server_error"


@pytest.mark.parametrize("body", [b'{"message":"m","type":"server_error"}', b'{"message":"m"}'])
def test_an_error_of_a_1_0_peer_is_internal(body: bytes) -> None:
    """An error without a code counts as INTERNAL, not retryable, execution unknown."""
    failure = RequestFailed.of(msgspec.json.decode(body, type=ErrorBody))
    assert (failure.code, failure.retryable, failure.not_executed) == (ErrorCode.INTERNAL, False, None)


def test_a_code_of_a_newer_peer_is_kept() -> None:
    """An unknown code stays readable and is not retried on a guess."""
    failure = RequestFailed.of(ErrorBody(message="m", code="QUOTA"))
    assert (failure.code, failure.retryable, failure.body().code) == ("QUOTA", False, "QUOTA")


def test_what_a_sender_says_beats_the_table() -> None:
    """``retryable`` and ``not_executed`` of the body win over the code's defaults."""
    failure = RequestFailed.of(ErrorBody(message="m", code="OVERLOADED", retryable=False, not_executed=False))
    assert (failure.retryable, failure.not_executed) == (False, False)


@pytest.mark.parametrize(
    ("request_type", "answer"),
    [
        ("heartbeat", "heartbeat_response"),
        ("health_check", "health_check_response"),
        ("stats", "stats_response"),
        ("nlp_query", "nlp_query_response"),
        ("sql_query", "sql_query_response"),
        ("generate_chart", "chart_generation_response"),
        ("export_chart", "chart_export_response"),
    ],
)
def test_answers_have_the_names_of_the_requirement(request_type: str, answer: str) -> None:
    """Each request type of protocol 1.0 has its given answer type."""
    assert answer_type(request_type) == answer


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:8001", "localhost"),
        ("127.0.0.1:8001", "127.0.0.1"),
        ("[::1]:8001", "::1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        (" a.example:1 ", "a.example"),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    """Port, brackets and case are no part of the name."""
    assert host_name(header) == name


@pytest.mark.parametrize(
    "header",
    [
        "localhost:8001",
        "127.0.0.1",
        "[::1]:1",
        "10.1.2.3:8001",
        "nlp-agent:8001",
        "nlp.shop.svc",
        "nlp.shop.svc.cluster.local:1",
    ],
)
def test_addresses_and_cluster_names_are_trusted(header: str) -> None:
    """No page can have one of these names, so no page can be rebound to them."""
    assert host_allowed(header)


@pytest.mark.parametrize(
    "header",
    [None, "", ":80", "evil.example", "evil.example:8001", "127.0.0.1.evil.example", "x.svc.evil.example", "[]"],
)
def test_names_of_the_internet_are_not_trusted(header: str | None) -> None:
    """A name that somebody can register is refused unless it is listed."""
    assert not host_allowed(header)
    assert header is None or not host_allowed(header, ("other.example",))


def test_a_listed_host_is_trusted() -> None:
    """Names in ``extra`` are allowed, with any port."""
    assert host_allowed("Ask.Example:443", ("ask.example",))
