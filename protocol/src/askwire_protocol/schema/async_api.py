"""Make an AsyncAPI document of each port: what it takes, what it answers, what it sends unasked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from askwire_protocol.close_codes import CLOSE_CODES
from askwire_protocol.envelope import PROTOCOL_VERSION
from askwire_protocol.errors import ERROR_CODES
from askwire_protocol.schema.examples import example_of
from askwire_protocol.schema.json_schema import (
    Json,
    all_messages,
    describe_use,
    envelope_body,
    message_body,
    payload_parts,
)
from askwire_protocol.schema.table import MESSAGES, Kind, MessageSpec, Port

__all__ = ["ASYNCAPI_VERSION", "describe_port"]

ASYNCAPI_VERSION = "3.1.0"
_WITHIN = "#/components/schemas/"
_CORRELATION = "#/components/correlationIds/"
_ENVELOPE = "Envelope"
_CHANNEL = "#/channels/socket"


class _Place(msgspec.Struct, frozen=True):
    """Where a port is found by default, and what its document says first."""

    host: str
    pathname: str
    text: str


_AGENT_TEXT = (
    "The agent speaks first: `connection_established`. Each request ends in exactly one answer or `error` with its "
    "`message_id` in `response_to`; any number of `progress_update` may come before. The same messages go over HTTP "
    "to `POST /v1/messages` of port {http_port}; what comes back are lines of JSON. An agent that demands a "
    "token (`auth` of the welcome is `required`) takes it from the handshake, as `Authorization: Bearer TOKEN`, or "
    "from `hello`."
)
_PLACES = {
    Port.NLP: _Place("localhost:8011", "/", f"Questions in English to SQL. {_AGENT_TEXT.format(http_port=8001)}"),
    Port.DATA: _Place("localhost:8012", "/", f"Read-only SQL to rows. {_AGENT_TEXT.format(http_port=8002)}"),
    Port.VIZ: _Place("localhost:8013", "/", f"Rows to charts and files. {_AGENT_TEXT.format(http_port=8003)}"),
    Port.BACKEND: _Place(
        "localhost:8000",
        "/ws",
        "Where browsers and programs of people ask. The backend speaks first: `connection_established`. Each request "
        "ends in exactly one answer or `error` with its `message_id` in `response_to`; any number of `progress_update` "
        "may come before.",
    ),
}


def describe_port(port: Port) -> Json:
    """Return the AsyncAPI document of one kind of port, complete in itself."""
    place = _PLACES[port]
    table = [message for message in MESSAGES if port in message.ports]
    messages = list(all_messages(table))
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": f"Askwire {port}",
            "version": PROTOCOL_VERSION,
            "description": place.text,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"default": {"host": place.host, "protocol": "ws", "pathname": place.pathname}},
        "channels": {"socket": _channel(port, messages)},
        "operations": dict(_operations(table)),
        "components": {
            "messages": {message.type: _message(message) for message in messages},
            "correlationIds": {
                "message_id": {"location": "$message.payload#/message_id"},
                "response_to": {"location": "$message.payload#/response_to"},
            },
            "schemas": {_ENVELOPE: envelope_body(_WITHIN), **payload_parts(messages, _WITHIN)},
        },
        "x-error-codes": [msgspec.to_builtins(spec) for spec in ERROR_CODES.values()],
        "x-close-codes": [msgspec.to_builtins(spec) for spec in CLOSE_CODES.values()],
    }


def _channel(port: Port, messages: Iterable[MessageSpec]) -> Json:
    return {
        "address": None,
        "title": f"A WebSocket connection to the {port}",
        "description": "Every message is one text frame.",
        "messages": {message.type: {"$ref": f"#/components/messages/{message.type}"} for message in messages},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }


def _operations(table: Iterable[MessageSpec]) -> Iterable[tuple[str, Json]]:
    for message in table:
        if message.received:
            yield f"receive_{message.type}", _operation(message, "receive")
        if message.sent:
            yield f"send_{message.type}", _operation(message, "send")


def _operation(message: MessageSpec, action: str) -> Json:
    operation = {
        "action": action,
        "channel": {"$ref": _CHANNEL},
        "summary": describe_use(message),
        "messages": [_in_channel(message.type)],
    }
    if message.answer_type is None:
        return operation
    answers = [_in_channel(message.answer_type)]
    if message.kind is not Kind.HEARTBEAT:
        answers.append(_in_channel("error"))
    return operation | {"reply": {"channel": {"$ref": _CHANNEL}, "messages": answers}}


def _in_channel(type_: str) -> Json:
    return {"$ref": f"{_CHANNEL}/messages/{type_}"}


def _message(message: MessageSpec) -> Json:
    payload = message_body(message, _WITHIN, envelope=_ENVELOPE)
    described: dict[str, Any] = {"name": message.type, "summary": payload["description"]}
    for identifier in ("message_id", "response_to"):
        if identifier in payload["properties"]:
            described["correlationId"] = {"$ref": _CORRELATION + identifier}
    return described | {"payload": payload, "examples": [{"payload": msgspec.json.decode(example_of(message))}]}
