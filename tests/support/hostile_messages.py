"""The corpus' messages: form, envelope, content; played against both ports that speak the protocol."""

from __future__ import annotations

import json
from typing import Any

from structlog.testing import capture_logs
from support.hostile_cases import Stage, case
from support.raw_websocket import dialled

ASK = {"type": "ask", "message_id": "m", "data": {"question": "how many books?"}}
ECHO = {"type": "nlp_query", "message_id": "m", "data": {"query": "x"}}


def code(answer: dict[str, Any]) -> str:
    """Return the code of an error."""
    assert answer["type"] == "error", answer
    found: str = answer["error"]["code"]
    return found


async def assert_codes(stage: Stage, messages: dict[bytes, str], *, named: bool | None = None) -> None:
    """Each message gets its code on both ports, each on a connection that is usable afterwards."""
    for port, path in stage.ports:
        for message, expected in messages.items():
            async with dialled(port, path) as socket:
                answer = await socket.ask(message)
                assert code(answer) == expected, (port, message[:80], answer)
                assert named is None or ("response_to" in answer) == named
                assert len(json.dumps(answer)) < 2000
                assert (await socket.ask({"type": "heartbeat"}))["type"] == "heartbeat_response"


@case("ws-json-01")
async def not_json(stage: Stage) -> None:
    """One slip closes nothing; the fifth in a row ends the connection with 4400."""
    for port, path in stage.ports:
        async with dialled(port, path) as socket:
            for _ in range(5):
                assert code(await socket.ask(b"hello")) == "INVALID_MESSAGE"
            assert await socket.read_close() == 4400


@case("ws-json-03", "ws-json-15", "ws-json-04")
async def no_object(stage: Stage) -> None:
    """Other JSON, two documents, endless nesting: no envelope."""
    bad = (b"[]", b"1", b'"x"', b"null", b"true", b"{} {}", b"[" * 50_000)
    await assert_codes(stage, dict.fromkeys(bad, "INVALID_MESSAGE"), named=False)


def typed(value: str) -> dict[bytes, bytes]:
    """Put raw JSON into a field of a payload; one message for each port."""
    agent = b'{"type":"typed","message_id":"m","data":{"limit":%s}}' % value.encode()
    backend = b'{"type":"sql_query","message_id":"m","data":{"sql":"SELECT 1","row_limit":%s}}' % value.encode()
    return {b"agent": agent, b"backend": backend}


@case("ws-json-06", "ws-json-09")
async def numbers_out_of_range(stage: Stage) -> None:
    """A number that no machine has is an error of its field, and nothing is run for it."""
    for value in ("9" * 4301, "1e999"):
        messages = typed(value)
        for (port, path), side in zip(stage.ports, (b"agent", b"backend"), strict=True):
            async with dialled(port, path) as socket:
                assert code(await socket.ask(messages[side])) in ("INVALID_ARGUMENT", "INVALID_MESSAGE")


@case("ws-json-07")
async def integer_that_browsers_round(stage: Stage) -> None:
    """No number of a request comes back to a browser; an agent reads all its digits."""
    async with dialled(stage.agent_port) as socket:
        assert (await socket.ask(typed("9007199254740993")[b"agent"]))["data"]["limit"] == 9007199254740993


@case("ws-json-12", "ws-json-13")
async def broken_texts(stage: Stage) -> None:
    """A lone surrogate or a NUL in a text is refused before anybody works with it."""
    for text in (rb"\ud800", rb"SELECT 1\u0000; DROP"):
        async with dialled(stage.backend_port, "/ws") as socket:
            message = b'{"type":"ask","message_id":"m","data":{"question":"%s"}}' % text
            assert code(await socket.ask(message)) == "INVALID_MESSAGE"
        async with dialled(stage.agent_port) as socket:
            message = b'{"type":"break","message_id":"m","data":{"how":"%s"}}' % text
            assert code(await socket.ask(message)) == "INVALID_MESSAGE"


@case("ws-json-17")
async def many_keys(stage: Stage) -> None:
    """Too many fields beside type are refused; unknown ones in data are passed over unread; a browser has no room."""
    keys = ",".join(f'"k{number}":1' for number in range(80_000))
    async with dialled(stage.agent_port) as socket:
        assert code(await socket.ask(f'{{"type":"typed","message_id":"m",{keys}}}'.encode())) == "INVALID_MESSAGE"
        inside = f'{{"type":"typed","message_id":"m","data":{{"limit":1,{keys}}}}}'.encode()
        assert (await socket.ask(inside))["data"]["limit"] == 1
    async with dialled(stage.backend_port, "/ws") as socket:
        await socket.say(inside)
        assert await socket.read_close() == 1009


@case("ws-json-19", "ws-envelope-12", "ws-content-15", "ws-content-16")
async def fields_that_are_not_ours(stage: Stage) -> None:
    """Names of prototypes, tenants, models and addresses are no fields here: nothing of them is read or sent back."""
    extra = {"__proto__": {"isAdmin": True}, "constructor": {}, "tenant": "other", "priority": 9}
    extra |= {"model": "../../etc/passwd", "source": "http://169.254.169.254/"}
    async with dialled(stage.backend_port, "/ws") as socket:
        await socket.say({**ASK, **extra, "data": {**ASK["data"], **extra}})
        answer = await last(socket)
    assert answer["type"] == "ask_response"
    text = json.dumps(answer)
    assert not any(name in text for name in ("__proto__", "isAdmin", "tenant", "etc/passwd", "169.254"))


async def last(socket: Any) -> dict[str, Any]:
    """Read past the progress."""
    while (message := await socket.read_message())["type"] == "progress_update":
        pass
    found: dict[str, Any] = message
    return found


@case("ws-json-20", "ws-content-12")
async def long_texts(stage: Stage) -> None:
    """A question of 900 KB, or of ten thousand marks on one letter, is refused; the shorter one is an argument."""
    async with dialled(stage.backend_port, "/ws") as socket:
        for text, expected in (("x" * 900_000, None), ("e" + "\u0301" * 10_000, "INVALID_ARGUMENT")):
            if expected is None:
                async with dialled(stage.backend_port, "/ws") as cut:
                    await cut.say({**ASK, "data": {"question": text}})
                    assert await cut.read_close() == 1009
            else:
                assert code(await socket.ask({**ASK, "data": {"question": text}})) == expected


@case("ws-json-21")
async def control_characters_in_a_name(stage: Stage) -> None:
    """A client's name with bidi and control characters is in no line of the log as it is."""
    for port, path in stage.ports:
        with capture_logs() as logged:
            async with dialled(port, path) as socket:
                hello = {"type": "hello", "message_id": "h", "data": {"client": "a\u202e\u0007"}}
                assert (await socket.ask(hello))["type"] == "hello_response"
        assert not any("\u202e" in str(value) for one in logged for value in one.values())


@case("ws-envelope-01")
async def no_id(stage: Stage) -> None:
    """Without an id nothing can be answered, so nothing is done."""
    async with dialled(stage.agent_port) as socket:
        answer = await socket.ask({"type": "parts", "data": {"limit": 1}})
    assert code(answer) == "INVALID_MESSAGE"
    assert "response_to" not in answer
    assert stage.served.worked == 0
    async with dialled(stage.backend_port, "/ws") as socket:
        assert code(await socket.ask({"type": "ask", "data": ASK["data"]})) == "INVALID_MESSAGE"


@case("ws-envelope-02", "ws-envelope-03", "ws-envelope-04")
async def wrong_ids(stage: Stage) -> None:
    """An id is a short plain text; others are neither used nor repeated."""
    ids: list[object] = [7, {}, [], "a" * 64_000, "../../x", "<script>", "a\r\nb"]
    messages = {json.dumps({"type": "agents", "message_id": one}).encode(): "INVALID_MESSAGE" for one in ids}
    long_id = json.dumps({"type": "agents", "message_id": "a" * 70_000}).encode()
    await assert_codes(stage, messages, named=False)
    async with dialled(stage.backend_port, "/ws") as socket:
        assert code(await socket.ask(long_id)) == "TOO_LARGE"


@case("ws-envelope-06")
async def attribute_names(stage: Stage) -> None:
    """Types are found in a table: names of attributes are unknown, or no names at all."""
    messages = {
        json.dumps({"type": type_, "message_id": "m"}).encode(): expected
        for type_, expected in {
            "__init__": "INVALID_MESSAGE",
            "_close": "INVALID_MESSAGE",
            "close": "UNKNOWN_TYPE",
        }.items()
    }
    await assert_codes(stage, messages, named=True)


@case("ws-envelope-08")
async def unknown_version(stage: Stage) -> None:
    """Another major version is refused with what is spoken."""
    for (port, path), request in zip(stage.ports, (ECHO, ASK), strict=True):
        async with dialled(port, path) as socket:
            answer = await socket.ask({**request, "v": "99"})
            assert code(answer) == "UNSUPPORTED_VERSION"
            assert "1.1" in answer["error"]["message"]


@case("ws-envelope-10")
async def far_deadline(stage: Stage) -> None:
    """A deadline counts up to our maximum."""
    async with stage.serving(max_deadline_s=30.0) as served, dialled(served.service.websocket_port) as socket:
        answer = await socket.ask({"type": "typed", "message_id": "m", "deadline_ms": 1e15, "data": {"limit": 1}})
    assert answer["data"]["in_time"] is True


@case("ws-content-13")
async def error_texts(stage: Stage) -> None:
    """A defect says a code and our sentence, nothing of its cause."""
    async with dialled(stage.agent_port) as socket:
        answer = await socket.ask({"type": "break", "message_id": "m", "data": {"how": "raise"}})
    assert code(answer) == "INTERNAL"
    text = json.dumps(answer)
    assert not any(word in text for word in ("secret", "Traceback", "ValueError", ".py", "/"))


@case("ws-content-17")
async def tags_of_loaders(stage: Stage) -> None:
    """A text that means something to an unsafe loader is a text."""
    text = "!!python/object/apply:os.system [id]"
    async with dialled(stage.agent_port) as socket:
        assert (await socket.ask({**ECHO, "data": {"query": text}}))["data"]["query"] == text
