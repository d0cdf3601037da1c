"""Make the JSON Schema of each message: the envelope that its kind has, and its ``data``.

The schemas use the words that JSON Schema 2020-12 and AsyncAPI have in common, so that both kinds of documents are
made of the same parts. They describe what is sent; what is accepted besides (unknown fields, null in place of an
absent field, a payload beside ``type``) is told on the protocol's page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from askwire_protocol.codec import ID_PATTERN, TYPE_PATTERN
from askwire_protocol.envelope import PROTOCOL_VERSION, Envelope
from askwire_protocol.schema.envelope_fields import ENVELOPE_MEANINGS, SHAPES
from askwire_protocol.schema.field_texts import read_field_texts, read_text
from askwire_protocol.schema.table import Kind, MessageSpec, Payload

__all__ = ["DIALECT", "Json", "all_messages", "describe_envelope", "describe_message", "message_body", "payload_parts"]

Json = dict[str, Any]
"""A JSON object of a schema language, whose form is that language's business."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_IN_FILE = "#/$defs/"
_NULL = {"type": "null"}
_ENVELOPE = {item.encode_name: item for item in msgspec.structs.fields(Envelope)}
_PATTERNS = {"type": TYPE_PATTERN, "message_id": ID_PATTERN}


def all_messages(table: Iterable[MessageSpec]) -> Iterator[MessageSpec]:
    """Yield every message on the wire: the rows, each followed by its answer."""
    for message in table:
        yield message
        if message.answer_spec is not None:
            yield message.answer_spec


def describe_message(message: MessageSpec) -> Json:
    """Return the schema of a message, complete in itself."""
    return _document(message.type, message_body(message, _IN_FILE), payload_parts([message], _IN_FILE))


def describe_envelope() -> Json:
    """Return the schema that every message fulfils, those of types that are not in the table as well."""
    body = {
        "title": "Message",
        "description": "Any message of the protocol.",
        "type": "object",
        "properties": {name: {} if name == "data" else _envelope_field(name, _IN_FILE) for name in _ENVELOPE},
        "required": ["type"],
    }
    body["properties"]["data"] = {"description": ENVELOPE_MEANINGS["data"]}
    return _document("envelope", body, _parts([Envelope.__annotations__ and _error_kind()], _IN_FILE))


def message_body(message: MessageSpec, reference: str) -> Json:
    """Return the schema of a message whose payload types are found under ``reference``."""
    shape = SHAPES[message.kind]
    properties: Json = {"type": {"const": message.type}}
    properties |= {name: _envelope_field(name, reference) for name in shape.fields}
    required = ["type", *shape.required]
    if message.data is not None:
        properties["data"] = {"$ref": reference + message.data.__name__}
        if message.kind in (Kind.ANSWER, Kind.CONTROL_ANSWER) or _has_required_field(message.data):
            required.append("data")
    return {
        "title": _title(message.type),
        "description": describe_use(message),
        "type": "object",
        "properties": properties,
        "required": required,
    }


def describe_use(message: MessageSpec) -> str:
    """Return one line about who sends a message, and what follows."""
    ports = " and ".join((", ".join(message.ports[:-1]), message.ports[-1])) if message.ports[1:] else message.ports[0]
    if message.kind is Kind.HEARTBEAT:
        return f"Sent by either side; answered by `{message.answer_type}`."
    if message.answer_type is not None:
        return f"Sent to {ports}; answered by `{message.answer_type}` or `error`."
    if message.received:
        return f"Sent to {ports}; not answered."
    return f"Sent by {ports}{', for a request in work' if message.kind is Kind.PART else ''}."


def payload_parts(messages: Iterable[MessageSpec], reference: str) -> Json:
    """Return the schemas of all types that the messages' bodies refer to, by name."""
    kinds: list[Payload] = []
    for message in messages:
        if message.data is not None:
            kinds.append(message.data)
        if "error" in SHAPES[message.kind].fields:
            kinds.append(_error_kind())
    return _parts(kinds, reference)


