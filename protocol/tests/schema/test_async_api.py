"""The AsyncAPI documents hold what each port speaks, and the tables of codes."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from askwire_protocol.close_codes import CLOSE_CODES
from askwire_protocol.errors import ERROR_CODES
from askwire_protocol.schema.async_api import describe_port
from askwire_protocol.schema.json_schema import all_messages
from askwire_protocol.schema.table import MESSAGES, Kind, Port

each_port = pytest.mark.parametrize("port", Port)


def _names(references: list[dict[str, str]]) -> list[str]:
    return [reference["$ref"].rsplit("/", 1)[1] for reference in references]


@each_port
def test_a_document_has_the_messages_of_its_port(port: Port) -> None:
    """All that the table gives to the port, with the answers, and nothing else."""
    document = describe_port(port)
    spoken = [message.type for message in all_messages(row for row in MESSAGES if port in row.ports)]

    assert list(document["channels"]["socket"]["messages"]) == spoken
    assert list(document["components"]["messages"]) == spoken


@each_port
def test_requests_are_received_and_replied(port: Port) -> None:
    """Each request has its answer and the error as replies; what needs no answer has no reply."""
    operations = describe_port(port)["operations"]
    for row in (row for row in MESSAGES if port in row.ports and row.received):
        operation = operations[f"receive_{row.type}"]
        assert _names(operation["messages"]) == [row.type]
        replies = _names(operation["reply"]["messages"]) if "reply" in operation else []
        expected = [row.answer_type, *([] if row.kind is Kind.HEARTBEAT else ["error"])]
        assert replies == ([] if row.answer_type is None else expected)


@each_port
def test_what_comes_unasked_is_sent(port: Port) -> None:
    """Welcome, parts, errors and the port's own heartbeats are operations that it begins."""
    operations = describe_port(port)["operations"]
    sent = {name.removeprefix("send_") for name, found in operations.items() if found["action"] == "send"}

    assert sent == {row.type for row in MESSAGES if port in row.ports and row.sent}
    assert {"connection_established", "progress_update", "error", "heartbeat"} <= sent


@each_port
def test_messages_are_correlated_by_their_ids(port: Port) -> None:
    """Requests carry the id, and what belongs to one refers to it."""
    document = describe_port(port)
    messages: dict[str, Any] = document["components"]["messages"]
    prefix = "#/components/correlationIds/"

    assert document["components"]["correlationIds"]["message_id"] == {"location": "$message.payload#/message_id"}
    assert document["components"]["correlationIds"]["response_to"] == {"location": "$message.payload#/response_to"}
    for row in (row for row in MESSAGES if port in row.ports and row.answer_type is not None):
        assert messages[row.type]["correlationId"] == {"$ref": f"{prefix}message_id"}
        assert messages[str(row.answer_type)]["correlationId"] == {"$ref": f"{prefix}response_to"}


@each_port
def test_examples_are_of_their_messages(port: Port) -> None:
    """The payload of each message, read within the whole document, accepts its example."""
    document = describe_port(port)
    for name, message in document["components"]["messages"].items():
        checker = Draft202012Validator({**document, "$ref": f"#/components/messages/{name}/payload"})
        assert [list(checker.iter_errors(example["payload"])) for example in message["examples"]] == [[]]


@each_port
def test_codes_are_published_as_data(port: Port) -> None:
    """Every error code and close code is there, with what a client does about it."""
    document = describe_port(port)

    assert {row["code"]: row["retryable"] for row in document["x-error-codes"]} == {
        str(code): spec.retryable for code, spec in ERROR_CODES.items()
    }
    assert {row["code"]: row["reconnect"] for row in document["x-close-codes"]} == {
        int(code): str(spec.reconnect) for code, spec in CLOSE_CODES.items()
    }
