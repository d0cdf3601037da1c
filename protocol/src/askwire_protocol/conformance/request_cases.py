"""Rules about requests and their outcomes."""

from __future__ import annotations

import msgspec

from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Level, NotObservable, Violated, expect
from askwire_protocol.envelope import Envelope

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Requests and outcomes")
_ANSWERED = ("request-answered",)
_NAMED = ("request-answered", "answer-names-request")
_SINGLE = (*_NAMED, "one-outcome")
_IRREGULAR_ANSWERS = {"generate_chart": "chart_generation_response", "export_chart": "chart_export_response"}
_LONG_ID = "Az09_.:+=@-" * 11 + "1234567"
_AT_ONCE = 10
_RESERVED = frozenset(field.encode_name for field in msgspec.structs.fields(Envelope))
_MAX_FLOOD = 256


@CHAPTER.case("request-answered", Level.V1_0, "Every request has an outcome: its answer, or an `error`.")
async def _answered(probe: Probe) -> None:
    async with probe.open() as peer:
        (await probe.ask(peer)).require()


@CHAPTER.case(
    "answer-type",
    Level.V1_0,
    "The answer to a request of type `x` is `x_response` (`generate_chart`: `chart_generation_response`, "
    "`export_chart`: `chart_export_response`).",
    needs=_ANSWERED,
)
async def _answer_type(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = (await probe.ask(peer)).require_answer()
    name = probe.request.type
    wanted = _IRREGULAR_ANSWERS.get(name, f"{name}_response")
    expect(answer.type == wanted, wanted, answer)


@CHAPTER.case(
    "answer-names-request",
    Level.V1_0,
    "`response_to` of an answer is the request's `message_id`, unchanged.",
    needs=_ANSWERED,
)
async def _names_request(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = (await probe.ask(peer, "conformance-1")).require_answer()
    expect(answer.get("response_to") == "conformance-1", "response_to conformance-1", answer)


@CHAPTER.case(
    "long-ids",
    Level.V1_0,
    "A `message_id` has up to 128 characters of `A-Z a-z 0-9 _ . : + = @ -`, and means nothing to the agent.",
    needs=_NAMED,
)
async def _long_ids(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = (await probe.ask(peer, _LONG_ID)).require_answer()
    expect(answer.get("response_to") == _LONG_ID, f"response_to {_LONG_ID}", answer)


@CHAPTER.case(
    "answer-format",
    Level.V1_0,
    "An answer has the connection's `client_id` and its payload in `data`.",
    needs=(*_ANSWERED, "welcome-client-id"),
)
async def _answer_format(probe: Probe) -> None:
    async with probe.open() as peer:
        answer = (await probe.ask(peer)).require_answer()
    client_id = peer.welcome.text("client_id")
    expect(answer.text("client_id") == client_id, f"client_id {client_id}", answer)
    expect(isinstance(answer.get("data"), dict), "an object in data", answer)
    expect(not answer.has("error"), "no error in an answer", answer)


@CHAPTER.case(
    "one-outcome",
    Level.V1_0,
    "A request has exactly one outcome: after it no second answer and no error come.",
    needs=_ANSWERED,
)
async def _one_outcome(probe: Probe) -> None:
    async with probe.open() as peer:
        (await probe.ask(peer)).require()
        second = [message for message in await probe.rest(peer) if message.may_be_outcome]
    expect(not second, "nothing after the outcome", second and second[0])


@CHAPTER.case(
    "outcome-is-last",
    Level.V1_0,
    "Neither progress nor chunks come after the outcome.",
    needs=_ANSWERED,
)
async def _outcome_is_last(probe: Probe) -> None:
    async with probe.open() as peer:
        (await probe.ask(peer)).require()
        late = [message for message in await probe.rest(peer) if message.type in ("progress_update", "result_chunk")]
    expect(not late, "nothing after the outcome", late and late[0])


@CHAPTER.case(
    "progress-names-request", Level.V1_0, "`progress_update` names its request in `response_to`.", needs=_ANSWERED
)
async def _progress_names_request(probe: Probe) -> None:
    async with probe.open() as peer:
        exchange = await probe.ask(peer, "conformance-2")
    steps = [part for part in exchange.parts if part.type == "progress_update"]
    if not steps:
        raise NotObservable("the agent reports no progress on the suite's request")
    for step in steps:
        expect(step.get("response_to") == "conformance-2", "response_to conformance-2", step)


@CHAPTER.case(
    "progress-rises",
    Level.V1_1,
    "`data.progress` is between 0 and 1 and never falls; `data.stage` is text.",
    needs=_ANSWERED,
)
async def _progress_rises(probe: Probe) -> None:
    async with probe.open() as peer:
        exchange = await probe.ask(peer)
    steps = [part for part in exchange.parts if part.type == "progress_update"]
    if not steps:
        raise NotObservable("the agent reports no progress on the suite's request")
    before = 0.0
    for step in steps:
        expect(step.text("data", "stage") is not None, "a text in data.stage", step)
        value = step.get("data", "progress")
        if value is not None:
            expect(isinstance(value, (int, float)) and before <= value <= 1, f"from {before} to 1", step)
            before = value


@CHAPTER.case(
    "progress-is-numbered",
    Level.V1_1,
    "`seq` counts the parts of a request (progress, chunks): 0, 1, 2, …",
    needs=_ANSWERED,
)
async def _progress_is_numbered(probe: Probe) -> None:
    async with probe.open() as peer:
        exchange = await probe.ask(peer)
    if not exchange.parts:
        raise NotObservable("the agent reports no progress on the suite's request")
    found = [part.get("seq") for part in exchange.parts]
    expect(found == list(range(len(found))), f"seq 0 to {len(found) - 1}", f"seq {found}")


@CHAPTER.case(
    "concurrent-requests",
    Level.V1_0,
    f"Of {_AT_ONCE} requests sent at once on one connection, each gets its own outcome, in any order.",
    needs=_SINGLE,
)
async def _concurrent(probe: Probe) -> None:
    sample = probe.request
    async with probe.open() as peer:
        ids = [peer.make_id() for _ in range(_AT_ONCE)]
        for message_id in ids:
            await peer.send(sample.type, message_id, data=sample.data)
        outcomes = [outcome for _ in ids if (outcome := await peer.receive_outcome()) is not None]
    expect(len(outcomes) == len(ids), f"{len(ids)} outcomes", peer.closed or len(outcomes))
    named = {outcome.response_to for outcome in outcomes if not outcome.is_error or outcome.has("response_to")}
    unnamed = sum(outcome.is_error and not outcome.has("response_to") for outcome in outcomes)
    expect(
        named <= set(ids) and len(named) + unnamed == len(ids),
        "one for each id",
        f"outcomes of {sorted(map(str, named))}",
    )


@CHAPTER.case("id-used-again", Level.V1_0, "An id has to be unique only while its request is in work.", needs=_ANSWERED)
async def _id_used_again(probe: Probe) -> None:
    async with probe.open() as peer:
        first = await probe.ask(peer, "again")
        first.require()
        second = await probe.ask(peer, "again")
    expect(second.kind == first.kind, f"{first.kind} both times", second.kind)


@CHAPTER.case(
    "connections-are-apart",
    Level.V1_0,
    "An outcome comes on the connection of its request only, also where another connection uses the same id.",
    needs=_ANSWERED,
)
async def _connections_are_apart(probe: Probe) -> None:
    async with probe.open() as asking, probe.open() as other:
        (await probe.ask(asking, "same")).require()
        strange = [message for message in await probe.rest(other) if message.type != "heartbeat"]
        expect(not strange, "silence on the other connection", strange and strange[0])
        (await probe.ask(other, "same")).require()


@CHAPTER.case("unknown-fields", Level.V1_0, "Unknown fields of the envelope are ignored.", needs=_ANSWERED)
async def _unknown_fields(probe: Probe) -> None:
    wanted = await probe.expected_kind()
    async with probe.open() as peer:
        exchange = await probe.ask(peer, x_conformance={"deep": [1, None]}, x_number=7)
    expect(exchange.kind == wanted, f"{wanted}, as without them", exchange.outcome or exchange.kind)


@CHAPTER.case(
    "optional-fields",
    Level.V1_0,
    "The optional fields of 1.1 (`v`, `deadline_ms`, `idempotency_key`, `attempt`, `traceparent`, `tracestate`, "
    "`timestamp`, `client_id`) change nothing in the outcome; an agent of 1.0 ignores them.",
    needs=_ANSWERED,
)
async def _optional_fields(probe: Probe) -> None:
    wanted = await probe.expected_kind()
    async with probe.open() as peer:
        exchange = await probe.ask(
            peer,
            v="1.1",
            deadline_ms=30_000,
            idempotency_key=peer.make_id(),
            attempt=2,
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            tracestate="a=b",
            timestamp="2026-01-02T03:04:05+00:00",
            client_id="conformance",
        )
    expect(exchange.kind == wanted, f"{wanted}, as without them", exchange.outcome or exchange.kind)


@CHAPTER.case(
    "new-types-unasked",
    Level.V1_0,
    "`result_chunk`, `goaway` and `credit` never come to a peer that did not ask for them.",
    needs=_ANSWERED,
)
async def _new_types_unasked(probe: Probe) -> None:
    async with probe.open() as peer:
        parts = [*(await probe.ask(peer)).parts, *await probe.rest(peer)]
        if "chunks" in probe.welcome.texts("data", "features"):
            try:
                sample = probe.streaming
            except NotObservable:
                pass
            else:
                parts += (await peer.ask(sample.type, data=sample.data)).parts
        parts += await probe.rest(peer)
    new = [part for part in parts if part.type in ("result_chunk", "goaway", "credit")]
    expect(not new, "the messages of 1.0 alone", new and new[0])


@CHAPTER.case(
    "flat-fields",
    Level.V1_1,
    "Where `data` is absent, the fields of a request may stand beside `type`.",
    needs=_ANSWERED,
)
async def _flat_fields(probe: Probe) -> None:
    sample = probe.request
    if _RESERVED & set(sample.data):
        raise NotObservable("a field of the suite's request has the name of one of the envelope")
    wanted = await probe.expected_kind()
    async with probe.open() as peer:
        exchange = await peer.ask(sample.type, None, **sample.data)
    expect(exchange.kind == wanted, f"{wanted}, as with data", exchange.outcome or exchange.kind)


@CHAPTER.case(
    "version-known",
    Level.V1_1,
    "Requests of 1.0, of 1.1 and of a later minor version in `v` are served alike.",
    needs=("request-answered",),
)
async def _version_known(probe: Probe) -> None:
    wanted = await probe.expected_kind()
    async with probe.open() as peer:
        for version in ("1.0", "1.1", "1.99"):
            exchange = await probe.ask(peer, v=version)
            expect(exchange.kind == wanted, f"{wanted} for v {version}", exchange.outcome or exchange.kind)


@CHAPTER.case(
    "overload",
    Level.V1_1,
    "Of more requests than `max_in_flight` each has one outcome; those refused are OVERLOADED, retryable, not run.",
    needs=("request-answered", "one-outcome", "error-names-request"),
)
async def _overload(probe: Probe) -> None:
    sample = probe.request
    count = probe.limit("max_in_flight") + 8
    if count > _MAX_FLOOD:
        raise NotObservable(f"more than {_MAX_FLOOD} requests at once would burden the agent")
    wanted = await probe.expected_kind()
    async with probe.open() as peer:
        for number in range(count):
            await peer.send(sample.type, f"flood-{number}", data=sample.data)
        outcomes: list[Received] = []
        while len(outcomes) < count and (outcome := await peer.receive_outcome()) is not None:
            outcomes.append(outcome)
    if len(outcomes) < count:
        raise Violated(f"{count} outcomes", peer.closed or f"{len(outcomes)}")
    for outcome in outcomes:
        if outcome.is_error and f"error {outcome.code}" != wanted:
            expect(outcome.code == "OVERLOADED", "OVERLOADED", outcome)
            flags = (outcome.get("error", "retryable"), outcome.get("error", "not_executed"))
            expect(flags == (True, True), "retryable and not_executed", outcome)
