"""Rules about the same messages over ``POST /v1/messages``."""

from __future__ import annotations

import asyncio
import dataclasses

import aiohttp
import msgspec

from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Level, NotObservable, Violated, expect
from askwire_protocol.tls import TlsUnusable

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Messages over HTTP")
_PATH = "/v1/messages"
_ANSWERED = ("http-answered",)
_UNKNOWN = "conformance_unknown"


@dataclasses.dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    content_type: str
    lines: tuple[Received, ...]

    @property
    def last(self) -> Received:
        if not self.lines:
            raise Violated("a line of JSON", f"HTTP {self.status} without one")
        return self.lines[-1]


async def _post(probe: Probe, body: bytes, *, token: bool = True, **headers: str) -> _Reply:
    url = probe.target.http_url
    if url is None:
        raise NotObservable("no --http-url was given")
    shown = {"Authorization": f"Bearer {probe.target.token}"} if token and probe.target.token else {}
    fields = {"Content-Type": "application/json"} | shown | {key.replace("_", "-"): headers[key] for key in headers}
    try:
        connector = aiohttp.TCPConnector(ssl=probe.target.tls.context_for(url) or True)
        async with (
            asyncio.timeout(probe.timing.wait_s),
            aiohttp.ClientSession(trust_env=False, connector=connector) as session,
            session.post(url.rstrip("/") + _PATH, data=body, headers=fields, allow_redirects=False) as response,
        ):
            content = await response.read()
            content_type = response.content_type
    except (aiohttp.ClientError, TlsUnusable, TimeoutError) as problem:
        raise Violated("an HTTP answer", str(problem) or "nothing in time") from problem
    lines = tuple(Received.of(line.decode("utf-8", "replace")) for line in content.splitlines() if line.strip())
    return _Reply(response.status, content_type, lines)


async def _send(probe: Probe, type_: str, message_id: str | None = None, **fields: object) -> _Reply:
    message = {"type": type_, **fields} | ({"message_id": message_id} if message_id is not None else {})
    return await _post(probe, msgspec.json.encode(message))


@CHAPTER.case("http-answered", Level.V1_1, "`POST /v1/messages` answers one message with lines of JSON (NDJSON).")
async def _answered(probe: Probe) -> None:
    reply = await _send(probe, "heartbeat", timestamp=1.5)
    expect(reply.status == 200, "HTTP 200", f"HTTP {reply.status}")
    expect(reply.content_type == "application/x-ndjson", "application/x-ndjson", reply.content_type)
    expect(reply.last.type == "heartbeat_response", "heartbeat_response", reply.last)


@CHAPTER.case("http-describe", Level.V1_1, "`describe` over HTTP gives what the welcome says.", needs=_ANSWERED)
async def _describe(probe: Probe) -> None:
    last = (await _send(probe, "describe", "d1")).last
    expect(last.type == "describe_response", "describe_response", last)
    for name, value in (probe.welcome.get("data") or {}).items():
        found = last.get("data", name)
        expect(found == value, f"{name} as in the welcome: {value}", found)


@CHAPTER.case(
    "http-outcome",
    Level.V1_1,
    "A request over HTTP has the same outcome as over WebSocket, in the last line and in no other.",
    needs=("http-answered", "request-answered"),
)
async def _outcome(probe: Probe) -> None:
    sample = probe.request
    reply = await _send(probe, sample.type, "h1", data=sample.data)
    wanted = await probe.expected_kind()
    last = reply.last
    kind = f"error {last.code}" if last.is_error else last.type
    expect(kind == wanted, wanted, last)
    early = [line for line in reply.lines[:-1] if line.may_be_outcome]
    expect(not early, "one outcome", early and early[0])


@CHAPTER.case("http-names-request", Level.V1_1, "Lines of HTTP name the request in `response_to`.", needs=_ANSWERED)
async def _names_request(probe: Probe) -> None:
    for type_ in ("health_check", _UNKNOWN):
        for line in (await _send(probe, type_, "h2")).lines:
            expect(line.get("response_to") == "h2", "response_to h2", line)


@CHAPTER.case(
    "http-status",
    Level.V1_1,
    "An error over HTTP has the status of its code: 501 for UNKNOWN_TYPE, 400 for INVALID_MESSAGE.",
    needs=_ANSWERED,
)
async def _status(probe: Probe) -> None:
    unknown = await _send(probe, _UNKNOWN, "h3")
    expect(unknown.status == 501, "HTTP 501", f"HTTP {unknown.status}")
    expect(unknown.last.code == "UNKNOWN_TYPE", "UNKNOWN_TYPE", unknown.last)
    malformed = await _post(probe, b"conformance")
    expect(malformed.status == 400, "HTTP 400", f"HTTP {malformed.status}")
    expect(malformed.last.code == "INVALID_MESSAGE", "INVALID_MESSAGE", malformed.last)


@CHAPTER.case(
    "http-origin-refused",
    Level.V1_1,
    "A `POST` with an `Origin` comes from a page of a browser and gets 403.",
    needs=_ANSWERED,
)
async def _origin_refused(probe: Probe) -> None:
    reply = await _post(probe, b'{"type":"heartbeat"}', Origin="https://page.example")
    expect(reply.status == 403, "HTTP 403", f"HTTP {reply.status}")


@CHAPTER.case(
    "http-token-demanded",
    Level.V1_1,
    "Where the welcome says `auth: required`, a `POST` without the token gets 401.",
    needs=_ANSWERED,
)
async def _token_demanded(probe: Probe) -> None:
    if probe.welcome.text("data", "auth") != "required":
        raise NotObservable("this agent demands no token")
    reply = await _post(probe, b'{"type":"heartbeat"}', token=False)
    expect(reply.status == 401, "HTTP 401", f"HTTP {reply.status}")


@CHAPTER.case(
    "http-chunks",
    Level.V1_1,
    "Answers in parts come as lines of HTTP too, `seq` without a gap.",
    needs=("http-answered", "chunks"),
)
async def _chunks(probe: Probe) -> None:
    sample = probe.streaming
    reply = await _send(probe, sample.type, "h4", data=sample.data, v="1.1", accept=["chunks"], chunk_bytes=4096)
    parts = [line for line in reply.lines if not line.may_be_outcome]
    expect(any(part.type == "result_chunk" for part in parts), "result_chunk lines", reply.last)
    found = [part.get("seq") for part in parts]
    expect(found == list(range(len(found))), f"seq 0 to {len(found) - 1}", f"seq {found}")
    expect(reply.last.get("final") is True, "final true in the last line", reply.last)
