"""Rules about errors and about messages that are wrong."""

from __future__ import annotations

from askwire_protocol.conformance.peer import RawPeer
from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Level, Violated, expect
from askwire_protocol.errors import ERROR_CODES, ErrorCode

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Errors")
_ERRORS = ("unknown-type-error",)
_NAMED = ("unknown-type-error", "error-names-request")
_CODED = ("unknown-type-error", "error-code")
_UNKNOWN = "conformance_unknown"


async def _provoke(peer: RawPeer, message_id: str | None = "conformance-3") -> Received:
    """Return the error for a type that no agent knows."""
    await peer.send(_UNKNOWN, message_id, data={})
    return _require_error(peer, await peer.receive_outcome())


def _require_error(peer: RawPeer, outcome: Received | None) -> Received:
    if outcome is None or not outcome.is_error:
        raise Violated("an error", outcome or peer.closed or "nothing in time")
    return outcome


def _expect_code(error: Received, *codes: ErrorCode) -> None:
    expect(error.code in codes, " or ".join(codes), error)


async def _expect_open(probe: Probe, peer: RawPeer) -> None:
    await probe.rest(peer)
    if peer.closed is not None:
        raise Violated("a connection that stays open", peer.closed)


@CHAPTER.case("unknown-type-error", Level.V1_0, "A message of an unknown type is answered with `error`.")
async def _unknown_type_error(probe: Probe) -> None:
    async with probe.open() as peer:
        await _provoke(peer)


@CHAPTER.case("unknown-type-stays-open", Level.V1_0, "A message of an unknown type does not close the connection.")
async def _unknown_type_stays_open(probe: Probe) -> None:
    async with probe.open() as peer:
        await peer.send(_UNKNOWN, peer.make_id(), data={})
        await _expect_open(probe, peer)


@CHAPTER.case(
    "error-format",
    Level.V1_0,
    "An error has the connection's `client_id`, and in `error` a `message` and the `type` `server_error`.",
    needs=(*_ERRORS, "welcome-client-id"),
)
async def _error_format(probe: Probe) -> None:
    async with probe.open() as peer:
        error = await _provoke(peer)
    client_id = peer.welcome.text("client_id")
    expect(error.text("client_id") == client_id, f"client_id {client_id}", error)
    expect(bool(error.text("error", "message")), "a text in error.message", error)
    expect(error.get("error", "type") == "server_error", "server_error in error.type", error)


@CHAPTER.case(
    "no-internals",
    Level.V1_0,
    "The `message` of an error is a sentence for people, without a traceback.",
    needs=_ERRORS,
)
async def _no_internals(probe: Probe) -> None:
    async with probe.open() as peer:
        text = (await _provoke(peer)).text("error", "message") or ""
    expect("Traceback" not in text and "\n" not in text, "one sentence", text)


@CHAPTER.case(
    "error-names-request", Level.V1_1, "`response_to` of an error is the request's `message_id`.", needs=_ERRORS
)
async def _names_request(probe: Probe) -> None:
    async with probe.open() as peer:
        error = await _provoke(peer)
    expect(error.get("response_to") == "conformance-3", "response_to conformance-3", error)


@CHAPTER.case(
    "error-without-id",
    Level.V1_1,
    "An error about a message without a readable id names no request.",
    needs=_ERRORS,
)
async def _without_id(probe: Probe) -> None:
    async with probe.open() as peer:
        error = await _provoke(peer, None)
    expect(not error.has("response_to"), "no response_to", error)


@CHAPTER.case("error-code", Level.V1_1, "`error.code` is one of the table of error codes.", needs=_ERRORS)
async def _code(probe: Probe) -> None:
    async with probe.open() as peer:
        error = await _provoke(peer)
    expect(error.code in {str(code) for code in ERROR_CODES}, "a code of the table", error)


@CHAPTER.case("unknown-type-code", Level.V1_1, "The code of an unknown type is UNKNOWN_TYPE.", needs=_CODED)
async def _unknown_type_code(probe: Probe) -> None:
    async with probe.open() as peer:
        _expect_code(await _provoke(peer), ErrorCode.UNKNOWN_TYPE)


@CHAPTER.case(
    "error-flags",
    Level.V1_1,
    "`error.retryable` says whether trying again helps, `error.not_executed` that the request did not start; for an "
    "unknown type false and true.",
    needs=_ERRORS,
)
async def _flags(probe: Probe) -> None:
    async with probe.open() as peer:
        error = await _provoke(peer)
    expect(error.get("error", "retryable") is False, "retryable false", error)
    expect(error.get("error", "not_executed") is True, "not_executed true", error)


@CHAPTER.case(
    "malformed-json",
    Level.V1_1,
    "Text that is not JSON gets INVALID_MESSAGE, and the connection stays open.",
    needs=_CODED,
)
async def _malformed_json(probe: Probe) -> None:
    await _expect_invalid(probe, b"conformance", b'{"type":"heartbeat"', b'{"type":"heartbeat"} {}')


@CHAPTER.case(
    "malformed-envelope",
    Level.V1_1,
    "JSON that is no message (no object, no `type`, an id that is not text) gets INVALID_MESSAGE, and the connection "
    "stays open.",
    needs=_CODED,
)
async def _malformed_envelope(probe: Probe) -> None:
    await _expect_invalid(probe, b"[]", b'{"message":1}', f'{{"type":"{_UNKNOWN}","message_id":7}}'.encode())


async def _expect_invalid(probe: Probe, *texts: bytes) -> None:
    async with probe.open() as peer:
        for text in texts:
            await peer.send_text(text)
            _expect_code(_require_error(peer, await peer.receive_outcome()), ErrorCode.INVALID_MESSAGE)
        await _expect_open(probe, peer)


@CHAPTER.case(
    "id-needed", Level.V1_1, "A request without `message_id` gets INVALID_MESSAGE and is not run.", needs=_CODED
)
async def _id_needed(probe: Probe) -> None:
    sample = probe.request
    async with probe.open() as peer:
        error = _require_error(peer, await peer.ask_without_id(sample.type, data=sample.data))
    _expect_code(error, ErrorCode.INVALID_MESSAGE)


@CHAPTER.case(
    "id-form",
    Level.V1_1,
    "An id of more than 128 characters or with others than the allowed gets INVALID_MESSAGE and is not repeated.",
    needs=_CODED,
)
async def _id_form(probe: Probe) -> None:
    async with probe.open() as peer:
        for message_id in ("x" * 129, "<b>", ""):
            await peer.send(_UNKNOWN, message_id)
            error = _require_error(peer, await peer.receive_outcome())
            _expect_code(error, ErrorCode.INVALID_MESSAGE)
            expect(not error.has("response_to"), "no response_to", error)


@CHAPTER.case(
    "invalid-argument",
    Level.V1_1,
    "A wrong field of a request gets INVALID_ARGUMENT, its path in `error.details[].field`.",
    needs=_CODED,
)
async def _invalid_argument(probe: Probe) -> None:
    sample = probe.invalid
    async with probe.open() as peer:
        await peer.send(sample.type, peer.make_id(), data=sample.data)
        error = _require_error(peer, await peer.receive_outcome())
    _expect_code(error, ErrorCode.INVALID_ARGUMENT)
    fields = [one.get("field") for one in error.objects("error", "details")]
    expect(any(isinstance(field, str) and field for field in fields), "a path in error.details[].field", error)


@CHAPTER.case(
    "version-unsupported",
    Level.V1_1,
    "A request of another major version in `v` gets UNSUPPORTED_VERSION.",
    needs=_CODED,
)
async def _version_unsupported(probe: Probe) -> None:
    sample = probe.request
    async with probe.open() as peer:
        await peer.send(sample.type, peer.make_id(), data=sample.data, v="99.0")
        error = _require_error(peer, await peer.receive_outcome())
    _expect_code(error, ErrorCode.UNSUPPORTED_VERSION)


@CHAPTER.case(
    "duplicate-id",
    Level.V1_1,
    "A second request with the id of one in work gets DUPLICATE_ID; the first goes on, the connection stays open.",
    needs=_CODED,
)
async def _duplicate_id(probe: Probe) -> None:
    sample = probe.slow
    async with probe.open() as peer:
        await peer.send(sample.type, "twice", data=sample.data)
        await peer.send(sample.type, "twice", data=sample.data)
        _expect_code(_require_error(peer, await peer.receive_outcome()), ErrorCode.DUPLICATE_ID)
        first = await peer.receive_outcome()
    if first is None or first.is_error:
        raise Violated("the answer of the first", first or peer.closed or "nothing in time")


@CHAPTER.case(
    "too-large",
    Level.V1_1,
    "A message above `limits.max_message_bytes` gets TOO_LARGE with its id, and the connection stays open.",
    needs=(*_NAMED, "error-code"),
)
async def _too_large(probe: Probe) -> None:
    limit = probe.limit("max_message_bytes")
    async with probe.open() as peer:
        await peer.send(_UNKNOWN, "conformance-4", data={"pad": "x" * limit})
        error = _require_error(peer, await peer.receive_outcome())
        _expect_code(error, ErrorCode.TOO_LARGE)
        expect(error.get("response_to") == "conformance-4", "response_to conformance-4", error)
        await _expect_open(probe, peer)
