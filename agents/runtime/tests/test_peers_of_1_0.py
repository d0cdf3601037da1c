"""Peers that know only the requirement page: a frozen client, and websocat in the hands of a person."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from peers_1_0.client import Client10, connected_client

WEBSOCAT = Path(sys.executable).with_name("websocat")


def check_timestamp(value: object) -> None:
    """Accept ISO 8601 with an offset."""
    assert isinstance(value, str)
    assert datetime.fromisoformat(value).utcoffset() is not None


@pytest.fixture
async def old(served: Any) -> AsyncIterator[Client10]:
    """A 1.0 client, connected with its library's own settings."""
    async with connected_client(served.url) as client:
        yield client


async def test_the_1_0_client_is_welcomed(old: Client10) -> None:
    """It finds connection_established with its client_id and the capabilities."""
    assert old.welcome["type"] == "connection_established"
    assert isinstance(old.welcome["client_id"], str)
    check_timestamp(old.welcome["timestamp"])
    assert "nlp_query" in old.welcome["data"]["capabilities"]


async def test_the_1_0_client_gets_its_heartbeat_answered(old: Client10) -> None:
    """A heartbeat without an id has the given answer, without an id."""
    answer = await old.heartbeat()
    assert {"type", "timestamp", "server_time", "client_id", "from"} <= set(answer)
    assert (answer["type"], answer["from"]) == ("heartbeat_response", "test-agent")
    assert answer["client_id"] == old.welcome["client_id"]
    assert "response_to" not in answer


async def test_the_1_0_client_asks_in_data_and_flat(old: Client10) -> None:
    """Both ways of writing a request are answered in the standard format."""
    for reply in (await old.ask("nlp_query", {"query": "x"}), await old.ask("nlp_query", query="x")):
        assert set(reply) == {"type", "response_to", "client_id", "timestamp", "data"}
        assert (reply["type"], reply["data"]) == ("nlp_query_response", {"query": "x"})


async def test_the_1_0_client_sees_progress(old: Client10) -> None:
    """Progress comes unasked before the answer and names its request."""
    reply = await old.ask("steps")
    assert reply["type"] == "steps_response"
    assert [one["response_to"] for one in old.progress] == [reply["response_to"]] * 3


@pytest.mark.parametrize("kind", ["health_check", "stats"])
async def test_the_1_0_client_checks_health(old: Client10, kind: str) -> None:
    """The common messages are answered to the id that it sent."""
    reply = await old.ask(kind)
    assert reply["type"] == f"{kind}_response"
    assert isinstance(reply["data"], dict)


async def test_the_1_0_client_reads_errors(old: Client10) -> None:
    """An error has the given members and types; what we add disturbs nobody."""
    error = await old.ask("no_such_type")
    assert {"type", "client_id", "timestamp", "error"} <= set(error)
    check_timestamp(error["timestamp"])
    assert isinstance(error["error"]["message"], str)
    assert error["error"]["type"] == "server_error"
    assert (await old.heartbeat())["type"] == "heartbeat_response"


@contextlib.asynccontextmanager
async def websocat(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run websocat as `wscat -c` would be run: a line is a message."""
    if not WEBSOCAT.exists():
        pytest.skip("websocat is not installed")
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(str(WEBSOCAT), url, stdin=pipe, stdout=pipe)
    try:
        yield child
    finally:
        assert child.stdin is not None
        child.stdin.close()
        async with asyncio.timeout(20):
            await child.wait()


async def line(child: asyncio.subprocess.Process, message: dict[str, Any] | None = None) -> dict[str, Any]:
    """Type a message, if any, and read the next line."""
    assert child.stdin is not None
    assert child.stdout is not None
    if message is not None:
        child.stdin.write(json.dumps(message).encode() + b"\n")
    async with asyncio.timeout(20):
        answer: dict[str, Any] = json.loads(await child.stdout.readline())
    return answer


async def test_websocat_sees_the_heartbeat_of_the_page(served: Any) -> None:
    """Request and response are as written: members, their types, and the meaning of each."""
    async with websocat(served.url) as child:
        welcome = await line(child)
        answer = await line(child, {"type": "heartbeat", "timestamp": 1700000000.5})
    assert welcome["type"] == "connection_established"
    assert answer["type"] == "heartbeat_response"
    check_timestamp(answer["timestamp"])
    assert isinstance(answer["server_time"], float)
    assert answer["client_id"] == welcome["client_id"]
    assert answer["from"] == "test-agent"


async def test_websocat_sees_the_standard_format_of_the_page(served: Any) -> None:
    """A request with a message_id is answered with exactly the five members."""
    async with websocat(served.url) as child:
        welcome = await line(child)
        answer = await line(child, {"type": "nlp_query", "message_id": "message_id", "data": {"query": "how many?"}})
    assert list(answer) == ["type", "response_to", "client_id", "timestamp", "data"]
    check_timestamp(answer.pop("timestamp"))
    assert answer == {
        "type": "nlp_query_response",
        "response_to": "message_id",
        "client_id": welcome["client_id"],
        "data": {"query": "how many?"},
    }


async def test_websocat_sees_the_error_format_of_the_page(served: Any) -> None:
    """An error has exactly the given members and response_to, which the page lacks."""
    async with websocat(served.url) as child:
        welcome = await line(child)
        answer = await line(child, {"type": "refuse", "message_id": "m"})
    check_timestamp(answer.pop("timestamp"))
    error = answer.pop("error")
    assert answer == {"type": "error", "client_id": welcome["client_id"], "response_to": "m"}
    assert (error["message"], error["type"]) == ("There is no such thing.", "server_error")
