"""Answers in parts, hello, goaway and idempotency keys, over real sockets."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from askwire_protocol.client import connect
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.http_client import open_http_link
from askwire_protocol.messages import RowChunk


class Parts(msgspec.Struct):
    """The end of an answer in parts."""

    rows: list[list[int]]
    worked: int


async def test_parts_come_in_order_and_the_answer_ends_them(served: Any) -> None:
    """A requester that accepts chunks gets all rows in order, and then an answer without rows."""
    rows: list[list[int]] = []

    async def take(chunk: RowChunk) -> None:
        rows.extend(msgspec.json.decode(chunk.rows))

    async with connect(served.url) as link:
        end = await link.request("parts", {"limit": 40}, answer=Parts, deadline_s=10, on_chunk=take)

    assert rows == [[number] for number in range(40)]
    assert end.rows == []


async def test_the_same_parts_come_over_http(served: Any) -> None:
    """Over HTTP the parts are lines, held back by what the requester reads."""
    rows: list[list[int]] = []

    async def take(chunk: RowChunk) -> None:
        rows.extend(msgspec.json.decode(chunk.rows))

    link = await open_http_link(served.http_url)
    try:
        await link.request("parts", {"limit": 40}, answer=Parts, deadline_s=10, on_chunk=take)
    finally:
        await link.close()

    assert rows == [[number] for number in range(40)]


async def test_who_does_not_ask_for_parts_gets_the_whole(served: Any) -> None:
    """Without ``accept`` the answer comes in one message, as in protocol 1.0."""
    async with connect(served.url) as link:
        whole = await link.request("parts", {"limit": 3}, answer=Parts, deadline_s=10)

    assert whole.rows == [[0], [1], [2]]


async def test_the_sender_stops_without_credit(peer: Any) -> None:
    """Of 20 parts only as many come as the credit allows; each credit brings one more, with dense seq."""
    await peer.send("parts", "m1", data={"limit": 20}, accept=["chunks"], credit=3, v="1.1")
    got = [await peer.receive() for _ in range(3)]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await peer.receive()
    await peer.send("credit", data={"request_id": "m1", "n": 2})
    got += [await peer.receive() for _ in range(2)]

    assert [message["type"] for message in got] == ["result_chunk"] * 5
    assert [message["seq"] for message in got] == [0, 1, 2, 3, 4]


async def test_hello_is_answered_once(peer: Any) -> None:
    """The first hello names what both sides know; a second one is refused, and the connection stays usable."""
    data = {"client": "test", "protocol_versions": ["1.1"], "features": ["goaway", "teleport"]}
    first = await peer.ask("hello", "h1", data=data)
    second = await peer.ask("hello", "h2", data=data)
    third = await peer.ask("nlp_query", "q", data={"query": "x"})

    assert (first["type"], first["data"]["features"]) == ("hello_response", ["goaway"])
    assert second["error"]["code"] == "FAILED_PRECONDITION"
    assert third["type"] == "nlp_query_response"


async def test_no_common_version_ends_the_connection(peer: Any) -> None:
    """A client of another major version is told which ones are spoken, and closed with 4406."""
    answer = await peer.ask("hello", "h1", data={"protocol_versions": ["9.0"]})
    await peer.socket.wait_closed()

    assert answer["error"]["code"] == "UNSUPPORTED_VERSION"
    assert peer.socket.close_code == 4406


async def test_goaway_comes_to_who_knows_it_before_the_close(serving: Any, dial: Any) -> None:
    """At a drain a peer that said hello hears goaway; one of protocol 1.0 only sees the close."""
    async with serving(drain_s=5.0) as served, dial(served.url) as new, dial(served.url) as old:
        await new.ask("hello", "h1", data={"features": ["goaway"]})
        await new.send("hold", "m1")
        await served.reached.acquire()
        served.service.stop.set()
        goaway = await new.receive()
        served.gate.set()
        answer = await new.receive()
        await old.socket.wait_closed()

    assert (goaway["type"], goaway["data"]["reason"]) == ("goaway", "shutdown")
    assert answer["type"] == "hold_response"
    assert old.socket.close_code == 1012


async def test_the_same_key_is_worked_on_once(served: Any) -> None:
    """Requests with one idempotency key, at once and later, are one piece of work with one answer."""
    async with connect(served.url) as link:

        async def ask(key: str) -> int:
            answer = await link.request("parts", {"limit": 1}, answer=Parts, deadline_s=10, idempotency_key=key)
            return answer.worked

        same = await asyncio.gather(*(ask("k1") for _ in range(5)))
        other = await ask("k2")

    assert same == [1] * 5
    assert other == 2


async def test_a_taker_that_fails_gives_its_request_up(served: Any) -> None:
    """A requester whose taker fails gives the request up, and the next one works."""

    async def refuse(_: RowChunk) -> None:
        raise RequestFailed(ErrorCode.CANCELLED, "enough")

    async with connect(served.url) as link:
        with pytest.raises(RequestFailed, match="enough"):
            await link.request("parts", {"limit": 20}, answer=Parts, deadline_s=10, on_chunk=refuse)
        assert (await link.request("parts", {"limit": 1}, answer=Parts, deadline_s=10)).rows == [[0]]
        assert link.in_flight == 0
