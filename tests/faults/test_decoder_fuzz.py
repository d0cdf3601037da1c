"""Bytes that nobody meant: the decoder reads them or says MessageError, and never anything else."""

from __future__ import annotations

import contextlib
import json

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from askwire_protocol.codec import decode, decode_data, encode
from askwire_protocol.errors import MessageError, RequestFailed
from askwire_protocol.incoming import Incoming
from askwire_protocol.messages import ChartRequest, Hello, NlpQuery, SqlQuery
from askwire_protocol.outgoing import Outgoing

VALID = (
    b'{"type":"nlp_query","message_id":"a-1","data":{"query":"h\xc3\xa4\\u00e9\\n","limits":[1,-2.5e3,null,true]}}',
    b'{"type":"nlp_query","message_id":"a-1","query":"flat","nested":{"a":[{}]}}',
    b'{"type":"hello","message_id":"h","data":{"features":["chunks"],"protocol_versions":["1.1"]}}',
    b'{"type":"error","response_to":"c-1","error":{"message":"m","code":"INTERNAL","details":[{"field":"f"}]}}',
    b'{"type":"result_chunk","response_to":"c-1","seq":0,"data":{"rows":[[1,"x"]]}}',
    b'{"type":"heartbeat","timestamp":1763978400.25}',
)
BOUNDED = settings(max_examples=400, derandomize=True, database=None, deadline=None)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a valid message in which a few bytes are changed, left out, doubled or put in."""
    message = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(message)))
        match draw(st.sampled_from(["replace", "cut", "insert", "double"])):
            case "replace":
                message[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del message[at : at + draw(st.integers(1, 8))]
            case "insert":
                message[at:at] = draw(st.sampled_from([b"{", b"]", b'"', b"\\u", b"\\ud800", b"\xff", b"\0", b"1e999"]))
            case _:
                message[at:at] = message[at : at + draw(st.integers(1, 40))]
    return bytes(message)


def read(message: bytes) -> None:
    """Read a message as every side does; whatever is wrong is told in the protocol's own errors."""
    try:
        envelope = decode(message, max_bytes=10_000)
    except MessageError:
        return
    assert decode(encode(envelope)).type == envelope.type
    for kind in (NlpQuery, SqlQuery, ChartRequest, Hello):
        with contextlib.suppress(RequestFailed):
            decode_data(envelope.data, kind)


@BOUNDED
@given(st.binary(max_size=300))
@example(b'{"type":"a","\xff":1}')
@example(b'{"type":"a","\\ud800":1}')
@example(b'{"type":"a","x":' + b"[" * 900 + b"]" * 900 + b"}")
def test_random_bytes(message: bytes) -> None:
    """Any bytes at all."""
    read(message)


@BOUNDED
@given(mutated())
def test_valid_messages_with_faults(message: bytes) -> None:
    """What was a message before some of its bytes changed."""
    read(message)


def test_every_beginning_and_every_missing_byte() -> None:
    """Messages that are cut at each place, and that lack each single byte."""
    for message in VALID:
        for at in range(len(message)):
            read(message[:at])
            read(message[:at] + message[at + 1 :])
            read(message[at : at + 1])


@BOUNDED
@given(st.lists(mutated(), min_size=1, max_size=6))
def test_both_tables_survive(messages: list[bytes]) -> None:
    """Whatever comes, each side makes an event of it; what is answered can be read by the other."""
    incoming = Incoming(
        sender="agent",
        client_id="client",
        instance_id="instance",
        types=("nlp_query",),
        max_message_bytes=10_000,
        max_in_flight=4,
        max_deadline_s=60.0,
        timestamp=lambda: "now",
    )
    outgoing = Outgoing("c")
    outgoing.request("nlp_query", msgspec.Raw(b"{}"), now_s=0.0, deadline_s=1.0, chunk_credit=2)
    for message in messages:
        event = incoming.receive(message)
        reply = getattr(event, "reply", None)
        assert reply is None or json.loads(reply)["type"] == "error"
        outgoing.receive(message)
    outgoing.lose("gone")
    assert len(outgoing) == 0
