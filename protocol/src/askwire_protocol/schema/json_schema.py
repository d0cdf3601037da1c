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
from askwire_protocol.schema.nesting import structs_of, with_all_within
from askwire_protocol.schema.table import AGENTS, EVERYBODY, Kind, MessageSpec, Payload

__all__ = [
    "DIALECT",
    "Json",
    "all_messages",
    "describe_envelope",
    "describe_message",
    "describe_use",
    "envelope_body",
    "message_body",
    "payload_parts",
]

Json = dict[str, Any]
"""A JSON object of a schema language, whose form is that language's business."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WITHIN = "#/$defs/"
_FIELDS = {item.encode_name: item for item in msgspec.structs.fields(Envelope)}
_GROUPS = {EVERYBODY: "every port", AGENTS: "every agent"}
_PATTERNS = {"type": TYPE_PATTERN, "message_id": ID_PATTERN}


def all_messages(table: Iterable[MessageSpec]) -> Iterator[MessageSpec]:
    """Yield every message on the wire: the rows, each followed by its answer."""
    for message in table:
        yield message
        if message.answer_spec is not None:
            yield message.answer_spec


def describe_message(message: MessageSpec) -> Json:
    """Return the schema of a message, complete in itself."""
    return _document(message.type, message_body(message, _WITHIN), payload_parts([message], _WITHIN))


def describe_envelope() -> Json:
    """Return the schema that every message fulfils, also one of a type that the table does not have."""
    return _document("envelope", envelope_body(_WITHIN), _parts(_envelope_structs(_FIELDS), _WITHIN))


def envelope_body(reference: str) -> Json:
    """Return the schema of the envelope, whose types are found under ``reference``."""
    return {
        "title": "Envelope",
        "description": "Any message of the protocol.",
        "type": "object",
        "properties": {name: _envelope_field(name, reference) for name in _FIELDS},
        "required": ["type"],
    }


def message_body(message: MessageSpec, reference: str, *, envelope: str | None = None) -> Json:
    """Return the schema of a message, whose payload types are found under ``reference``.

    With ``envelope`` the fields of the envelope refer to the properties of the schema of that name.
    """
    shape = SHAPES[message.kind]
    required = ["type", *shape.required]
    properties: Json = {"type": {"const": message.type}}
    for name in shape.fields:
        shared = {"$ref": f"{reference}{envelope}/properties/{name}"}
        properties[name] = shared if envelope else _envelope_field(name, reference)
    if message.data is not None:
        properties["data"] = {"$ref": reference + message.data.__name__}
        if message.kind in (Kind.ANSWER, Kind.CONTROL_ANSWER) or _needs_a_field(message.data):
            required.append("data")
    return {
        "title": "".join(word.capitalize() for word in message.type.split("_")) + "Message",
        "description": describe_use(message),
        "type": "object",
        "properties": properties,
        "required": required,
    }


def describe_use(message: MessageSpec) -> str:
    """Return one sentence about who sends a message, and what follows."""
    ports = _GROUPS.get(message.ports) or f"the {' and the '.join(message.ports)}"
    if message.kind is Kind.HEARTBEAT:
        return f"Sent by either side; answered by `{message.answer_type}`."
    if message.answer_type is not None:
        return f"Sent to {ports}; answered by `{message.answer_type}` or `error`."
    if message.received:
        return f"Sent to {ports}; not answered."
    return f"Sent by {ports}."


def payload_parts(messages: Iterable[MessageSpec], reference: str) -> Json:
    """Return the schemas of all types that the bodies of the messages refer to, by name."""
    kinds: list[Payload] = []
    for message in messages:
        kinds += [message.data] if message.data is not None else []
        kinds += _envelope_structs(SHAPES[message.kind].fields)
    return _parts(kinds, reference)


def _document(name: str, body: Json, parts: Json) -> Json:
    document = {"$schema": DIALECT, "$id": f"urn:askwire:{PROTOCOL_VERSION}:{name}", **body}
    return document | {"$defs": parts} if parts else document


def _envelope_structs(names: Iterable[str]) -> list[Payload]:
    return [kind for name in names for kind in structs_of(_FIELDS[name].type)]


def _envelope_field(name: str, reference: str) -> Json:
    item = _FIELDS[name]
    if item.type is msgspec.Raw:
        return {"description": ENVELOPE_MEANINGS[name]}
    ((found,), _) = msgspec.json.schema_components([item.type], ref_template=reference + "{name}")
    described = _with_description(_without_null(_shorten(found)), ENVELOPE_MEANINGS[name])
    return described | ({"pattern": f"^{_PATTERNS[name]}$"} if name in _PATTERNS else {})


def _parts(kinds: Iterable[Payload], reference: str) -> Json:
    """Return the schemas of structs and all that they hold, with the texts of their sources."""
    structs = {kind.__name__: kind for kind in with_all_within(kinds)}
    _, parts = msgspec.json.schema_components(structs.values(), ref_template=reference + "{name}")
    for name, part in parts.items():
        if name in structs:
            _add_texts(part, structs[name])
    return {name: _shorten(parts[name]) for name in sorted(parts)}


def _add_texts(part: Json, kind: Payload) -> None:
    part["description"] = read_text(kind)
    texts = read_field_texts(kind)
    for item in msgspec.structs.fields(kind):
        if item.name in texts:
            properties = part["properties"]
            properties[item.encode_name] = _with_description(properties[item.encode_name], texts[item.name])


def _with_description(schema: Json, text: str) -> Json:
    """Return the schema with a text; a reference is wrapped, because some readers drop what stands beside it."""
    if "$ref" in schema:
        return {"description": text, "allOf": [schema]}
    return {"description": text, **schema}


def _shorten(value: Any) -> Any:  # Any: whatever stands in a schema
    """Say the same in fewer words: kinds as a list where nothing is said but kinds, nothing that is null or empty."""
    if isinstance(value, list):
        return [_shorten(part) for part in value]
    if not isinstance(value, dict):
        return value
    left_out: tuple[tuple[str, Any], ...] = (("default", None), ("required", []))
    short = {name: _shorten(part) for name, part in value.items() if (name, part) not in left_out}
    choices = short.get("anyOf", [])
    if len(choices) == 2 and choices[1] == {"type": "null"} and isinstance(choices[0].get("type"), str):
        del short["anyOf"]
        return {**short, **choices[0], "type": [choices[0]["type"], "null"]}
    plain = [choice["type"] for choice in choices if list(choice) == ["type"]]
    if choices and len(plain) == len(choices):
        del short["anyOf"]
        return {**short, "type": plain}
    return short


def _without_null(schema: Json) -> Json:
    """Return the schema of a field that is left out rather than sent as null."""
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        return {**schema, "type": kinds[0] if len(kinds) == 1 else kinds}
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def _needs_a_field(kind: Payload) -> bool:
    return any(item.required for item in msgspec.structs.fields(kind))
