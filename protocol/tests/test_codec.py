"""Bytes to messages and back."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askwire_protocol.codec import MAX_DEPTH, decode, decode_data, encode, encode_data, valid_id
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ErrorCode, MessageError, RequestFailed


class Limits(msgspec.Struct):
    """A payload with a field of each kind."""

    limit: int = 0
    share: float = 0.0
    text: str = ""
    free: Any = None


def refusal(message: bytes | str, **limits: int) -> MessageError:
    """Decode what has to be refused."""
    with pytest.raises(MessageError) as caught:
        decode(message, **limits)
    return caught.value


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"hello",
        b"[]",
        b"1",
        b'"x"',
        b"null",
        b"true",
        b"{}",
        b'{"type":7}',
        b'{"type":"a"} {"type":"b"}',
        b'{"type":"a","x":NaN}',
        b'{"type":"a","x":01}',
        b'{"type":"a","x":"\x01"}',
        b'{"type":"a","x":"\\ud800"}',
        b'{"type":"a","deadline_ms":1e999}',
        b'\xef\xbb\xbf{"type":"a"}',
        '{"type":"a"}'.encode("utf-16"),
        '{"type":"a\ud800"}',
        b"[" * 100_000,
        b'{"type":"a","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=range(20),
)
def test_what_is_no_envelope_is_refused_in_one_sentence(message: bytes | str) -> None:
    """Whatever is not one JSON object with a type is INVALID_MESSAGE, never another exception."""
    problem = refusal(message)
    assert problem.code is ErrorCode.INVALID_MESSAGE
    assert problem.message.endswith(".")
    assert len(problem.message) < 300


@pytest.mark.parametrize("type_", ["", "__init__", "_close", "a b", "a\n", "é", "a" * 65])
def test_a_type_is_a_name(type_: str) -> None:
    """A type that is no short ASCII name is refused, and the request's id is kept for the answer."""
    assert refusal(json.dumps({"type": type_, "message_id": "m1"})).message_id == "m1"


@pytest.mark.parametrize("message_id", ["", "a" * 129, "a" * 65_536, "../../x", "<script>", "a\r\n", "a b", "ü", "a\n"])
def test_an_id_that_is_not_plain_is_refused_and_not_echoed(message_id: str) -> None:
    """Ids match one strict pattern; others are neither used nor repeated in the answer."""
    problem = refusal(json.dumps({"type": "a", "message_id": message_id}))
    assert problem.message_id is None
    assert not message_id or message_id not in problem.message
    assert not valid_id(message_id)


@pytest.mark.parametrize("message_id", [7, 1.5, {}, [], True])
def test_an_id_of_another_type_is_refused(message_id: object) -> None:
    """A message_id that is no string is INVALID_MESSAGE."""
    assert refusal(json.dumps({"type": "a", "message_id": message_id})).message_id is None
    assert not valid_id(message_id)


@pytest.mark.parametrize("message_id", ["a", "a" * 128, "8f0e-1:2.3+4=5@6_7"])
def test_usual_ids_are_taken(message_id: str) -> None:
    """UUIDs, counters with a prefix and base64 of a URL are ids."""
    assert valid_id(message_id)
    assert decode(json.dumps({"type": "a", "message_id": message_id})).message_id == message_id


def test_the_limit_is_inclusive_and_the_id_of_a_larger_message_is_found() -> None:
    """Exactly the limit is read; one byte more is TOO_LARGE with the request's id."""
    message = json.dumps({"type": "a", "data": {"pad": "x" * 100}, "message_id": "m1"})
    assert decode(message, max_bytes=len(message)).message_id == "m1"
    problem = refusal(message, max_bytes=len(message) - 1)
    assert (problem.code, problem.message_id) == (ErrorCode.TOO_LARGE, "m1")


def test_the_limit_counts_bytes_not_characters() -> None:
    """Text that is short in characters may still be too large."""
    message = json.dumps({"type": "a", "data": {"text": "é" * 50}}, ensure_ascii=False)
    assert refusal(message, max_bytes=len(message)).code is ErrorCode.TOO_LARGE


def test_the_id_of_a_message_with_a_wrong_field_is_found() -> None:
    """A wrong type of another field leaves the id readable, so the error can name the request."""
    assert refusal(b'{"type":"a","message_id":"m1","deadline_ms":"soon"}').message_id == "m1"


def test_unknown_fields_are_ignored() -> None:
    """A newer peer may send fields that we do not know, beside data."""
    envelope = decode(b'{"type":"a","message_id":"m","data":{"x":1},"tenant":"other","hops":[1,2]}')
    assert json.loads(bytes(envelope.data)) == {"x": 1}


def test_fields_beside_type_become_data() -> None:
    """A request of protocol 1.0 without data has its fields beside type."""
    envelope = decode(b'{"type":"nlp_query","message_id":"m","query":"how many?","n":[1,{"a":null}]}')
    assert json.loads(bytes(envelope.data)) == {"query": "how many?", "n": [1, {"a": None}]}


def test_data_that_is_there_is_not_mixed_with_fields_beside_it() -> None:
    """Once a message has data, nothing is moved into it."""
    assert bytes(decode(b'{"type":"a","query":"x","data":{}}').data) == b"{}"


@pytest.mark.parametrize(
    "message", [b'{"type":"e","error":{"message":"m"},"x":1}', b'{"type":"r","response_to":"q","x":1}']
)
def test_fields_of_answers_are_not_moved(message: bytes) -> None:
    """Only requests are flat in protocol 1.0; answers keep the data that they have."""
    assert bytes(decode(message).data) == b""


def test_absent_data_counts_as_an_empty_object() -> None:
    """A request whose fields are all optional may leave data out."""
    assert decode_data(decode(b'{"type":"a"}').data, Limits) == Limits()


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b'{"limit":"ten"}', "data.limit"),
        (b'{"limit":' + b"9" * 4301 + b"}", "data.limit"),
        (b'{"share":1e999}', "data.share"),
        (b"[]", "data"),
        (b"null", "data"),
    ],
    ids=range(5),
)
def test_a_wrong_field_is_named_by_its_path(data: bytes, path: str) -> None:
    """A payload that does not fit its type is INVALID_ARGUMENT with the path, in text and in details."""
    with pytest.raises(RequestFailed) as caught:
        decode_data(msgspec.Raw(data), Limits)
    assert caught.value.code is ErrorCode.INVALID_ARGUMENT
    assert caught.value.message.startswith(path + ":")
    assert caught.value.details[0].field == path


@pytest.mark.parametrize(
    "data",
    [
        b'{"text":"SELECT 1\\u0000; DROP"}',
        b'{"text":"\\\\\\u0000"}',
        b'{"a\\u0000":1}',
        b'{"text":"\xff\xfe"}',
        b'{"text":"\xc0\xaf"}',
        b'{"text":"\\ud800"}',
        b'{"free":' + b"[" * 32 + b"]" * 32 + b"}",
        b'{"free":' + b'[{"a":' * 16 + b"1" + b"}]" * 16 + b"}",
        b'{"free":"\\"","x":' + b'["\\\\",' * 32 + b"1" + b"]" * 32 + b"}",
    ],
    ids=range(9),
)
def test_payloads_that_would_break_later_are_refused(data: bytes) -> None:
    """NUL, broken UTF-8, lone surrogates and deep nesting are INVALID_MESSAGE before anybody works with them."""
    with pytest.raises(RequestFailed) as caught:
        decode_data(msgspec.Raw(data), Limits)
    assert caught.value.code is ErrorCode.INVALID_MESSAGE


@pytest.mark.parametrize(
    "data",
    [
        {"text": "\\u0000 written out"},
        {"text": "[" * 100 + '"' + "{" * 100},
        {"text": "\\" * 99 + '"[' * 50},
        {"free": [[]] * 1000},
        {"text": "😀", "free": {"__proto__": {"isAdmin": True}}},
    ],
)
def test_harmless_payloads_that_look_hostile_are_read(data: dict[str, Any]) -> None:
    """Brackets in strings, escaped backslashes and wide payloads are neither deep nor NUL."""
    read = decode_data(encode_data(data), Limits)
    assert {"text": read.text, "free": read.free} == {"text": "", "free": None} | data


NESTED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('ab[]{}"\\', max_size=5), inner, max_size=4),
)


def depth_of(value: object) -> int:
    """Count the levels of a value."""
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@settings(derandomize=True, database=None, deadline=None)
@given(NESTED, st.integers(0, MAX_DEPTH + 2))
def test_only_what_is_too_deep_is_refused(value: object, wrapped: int) -> None:
    """Any JSON value is read as it was written, unless it has more than MAX_DEPTH levels."""
    for _ in range(wrapped):
        value = [value]
    raw = msgspec.Raw(json.dumps(value).encode())
    if depth_of(value) <= MAX_DEPTH:
        assert decode_data(raw, object) == value
    else:
        with pytest.raises(RequestFailed):
            decode_data(raw, object)


@settings(derandomize=True, database=None, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100))
def test_no_input_raises_anything_but_a_message_error(message: bytes | str) -> None:
    """Arbitrary input is an envelope or a MessageError."""
    try:
        envelope = decode(message)
    except MessageError:
        return
    assert envelope.type


def test_raw_payloads_pass_unread() -> None:
    """Who asks for Raw gets the bytes, and who gives Raw has them sent."""
    raw = msgspec.Raw(b'{"rows": [1]}')
    assert decode_data(raw, msgspec.Raw) is raw
    assert encode_data(raw) is raw
    assert json.loads(encode(Envelope(type="a", data=raw))) == {"type": "a", "data": {"rows": [1]}}


def test_absent_fields_are_not_sent() -> None:
    """A message has only the fields that mean something in it."""
    assert json.loads(encode(Envelope(type="heartbeat", timestamp=1.5))) == {"type": "heartbeat", "timestamp": 1.5}


def test_numbers_that_json_lacks_become_null() -> None:
    """NaN and infinity never reach the wire, where no browser could read them."""
    assert bytes(encode_data({"x": [float("nan"), float("inf")]})) == b'{"x":[null,null]}'
