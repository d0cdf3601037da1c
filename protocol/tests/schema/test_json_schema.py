"""The schemas say of a message what the codec says of it, and every message has an example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from askwire_protocol.codec import decode, decode_data
from askwire_protocol.envelope import Envelope, answer_type
from askwire_protocol.errors import ErrorBody, MessageError, RequestFailed
from askwire_protocol.schema.envelope_fields import ENVELOPE_MEANINGS, SHAPES
from askwire_protocol.schema.examples import EXAMPLES, example_of
from askwire_protocol.schema.json_schema import all_messages, describe_envelope, describe_message
from askwire_protocol.schema.table import MESSAGES, Kind, MessageSpec

ALL = tuple(all_messages(MESSAGES))
VALUES: tuple[Any, ...] = (None, True, 7, 1.5, "x", [], ["x"], [[]], {}, {"name": 1})
each_message = pytest.mark.parametrize("message", ALL, ids=lambda message: message.type)


class EmptyPayload(msgspec.Struct):
    """Stands for the payload of a message without one."""


def _is_raw(hint: object) -> bool:
    return hint is msgspec.Raw or getattr(hint, "__origin__", None) is msgspec.Raw


def _checker(message: MessageSpec) -> Draft202012Validator:
    return Draft202012Validator(describe_message(message))


def _is_readable(message: MessageSpec, document: object) -> bool:
    """Tell whether envelope and payload are accepted by what peers read them with."""
    try:
        envelope = decode(json.dumps(document))
        if message.data is not None:
            decode_data(envelope.data, message.data)
    except (MessageError, RequestFailed):
        return False
    return True


def _with_each_field_wrong(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield copies of a payload or envelope in which one field is missing or another kind of value."""
    for name in document:
        yield f"no {name}", {key: value for key, value in document.items() if key != name}
        for value in VALUES:
            yield f"{name}={value!r}", {**document, name: value}


def test_every_type_is_in_the_table_once() -> None:
    """No two rows, and no row and answer, have the same type; answers are named as peers name them."""
    types = [message.type for message in ALL]

    assert len(types) == len(set(types))
    assert all(row.answer_type in (None, answer_type(row.type)) for row in MESSAGES)


def test_every_field_of_the_envelope_belongs_to_a_message() -> None:
    """Each field has a meaning and is in the envelope of some kind of message, and no other names are there."""
    fields = {item.encode_name for item in msgspec.structs.fields(Envelope)}
    used = {name for shape in SHAPES.values() for name in shape.fields}

    assert set(SHAPES) == set(Kind)
    assert fields == set(ENVELOPE_MEANINGS)
    assert fields - used == {"type", "data"}
    assert used <= fields
    assert all(set(shape.required) <= set(shape.fields) for shape in SHAPES.values())


def test_no_example_is_left_over() -> None:
    """Examples are those of the messages with data."""
    assert set(EXAMPLES) == {message.type for message in ALL if message.data is not None}


@each_message
def test_a_schema_is_one_and_complete_in_itself(message: MessageSpec) -> None:
    """It fulfils the meta schema, and every reference leads to a definition of the same file."""
    schema = describe_message(message)
    Draft202012Validator.check_schema(schema)
    referred = {part.split('"')[0] for part in json.dumps(schema).split('"$ref": "')[1:]}

    assert referred == {f"#/$defs/{name}" for name in schema.get("$defs", {})}


@each_message
def test_an_example_fulfils_its_schema(message: MessageSpec) -> None:
    """The example is valid as the message that it is, and as any message."""
    document = json.loads(example_of(message))

    assert list(_checker(message).iter_errors(document)) == []
    assert list(Draft202012Validator(describe_envelope()).iter_errors(document)) == []


@each_message
def test_an_example_is_read_and_written_by_the_codec(message: MessageSpec) -> None:
    """Nothing of it is lost on the way through envelope and payload type."""
    raw = example_of(message)
    envelope = decode(raw)
    assert envelope.type == message.type
    if message.data is None:
        assert "data" not in json.loads(raw)
    else:
        payload = decode_data(envelope.data, message.data)
        assert json.loads(msgspec.json.encode(payload)) == json.loads(raw)["data"]


@each_message
def test_schema_and_codec_agree_on_payloads(message: MessageSpec) -> None:
    """A payload with one field missing or of another kind is refused by both or by none; Raw is nobody's yet."""
    document = json.loads(example_of(message))
    checker = _checker(message)
    raw = [item.encode_name for item in msgspec.structs.fields(message.data or EmptyPayload) if _is_raw(item.type)]
    looked_at = {name: value for name, value in document.get("data", {}).items() if name not in raw}
    unread = {name: document["data"][name] for name in raw}
    wrong = {what: {**document, "data": {**unread, **data}} for what, data in _with_each_field_wrong(looked_at)}
    disagreed = [what for what, sent in wrong.items() if checker.is_valid(sent) != _is_readable(message, sent)]

    assert disagreed == []


@each_message
def test_schema_and_codec_agree_on_envelopes(message: MessageSpec) -> None:
    """A field of the envelope of a wrong kind is refused by both; null in place of an absent one is read only."""
    checker = _checker(message)
    document = json.loads(example_of(message))
    disagreed = [
        f"{name}={value!r}"
        for name in ("message_id", "response_to", "timestamp", "v", "seq", "deadline_ms", "accept", "final", "error")
        if name in SHAPES[message.kind].fields
        for value in VALUES[1:]
        if checker.is_valid({**document, name: value}) != _is_readable(message, {**document, name: value})
    ]

    assert disagreed == []


@each_message
def test_unknown_fields_are_allowed(message: MessageSpec) -> None:
    """What a newer peer adds fails no check, in the envelope and in the payload."""
    document = {**json.loads(example_of(message)), "new_field": 1}
    if message.data is not None:
        document["data"]["new_field"] = 1

    assert _checker(message).is_valid(document)


def test_texts_under_fields_are_descriptions() -> None:
    """What the source says of a field stands in the schema, without the marks of the source."""
    schema = describe_message(next(message for message in MESSAGES if message.type == "sql_query"))
    row_limit = schema["$defs"]["SqlQuery"]["properties"]["row_limit"]

    assert row_limit["description"] == "Lowers the agent's own limit, never raises it."
    assert "``" not in json.dumps(schema)


def test_errors_carry_their_body() -> None:
    """The schema of an error demands what every error body has."""
    checker = _checker(next(message for message in MESSAGES if message.kind is Kind.ERROR))
    body = json.loads(msgspec.json.encode(ErrorBody(message="a sentence.")))

    assert checker.is_valid({"type": "error", "error": body})
    assert not checker.is_valid({"type": "error", "error": {}})
    assert not checker.is_valid({"type": "error"})
