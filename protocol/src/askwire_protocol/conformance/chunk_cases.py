"""Rules about answers that come in parts."""

from __future__ import annotations

from askwire_protocol.conformance.exchange import Exchange
from askwire_protocol.conformance.peer import RawPeer
from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.rule import Level, NotObservable, Violated, expect

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Answers in parts")
_CHUNKED = ("chunks",)
_CREDIT = 2
_CHUNK_BYTES = 4096


async def _stream(probe: Probe) -> Exchange:
    """Ask for chunks, give credit for each, and return all that came."""
    sample = probe.streaming
    async with probe.open() as peer:
        await peer.send(sample.type, "parts", data=sample.data, v="1.1", accept=["chunks"], chunk_bytes=_CHUNK_BYTES)
        messages: list[Received] = []
        while (message := await peer.receive()) is not None:
            messages.append(message)
            if message.may_be_outcome:
                return Exchange("parts", tuple(messages[:-1]), message)
            if message.type == "result_chunk":
                await _give_credit(peer, 1)
    return Exchange("parts", tuple(messages), None, peer.closed)


async def _give_credit(peer: RawPeer, count: int) -> None:
    await peer.send("credit", data={"request_id": "parts", "n": count})


async def _chunks_of(probe: Probe) -> tuple[tuple[Received, ...], Received]:
    exchange = await _stream(probe)
    answer = exchange.require_answer()
    chunks = tuple(part for part in exchange.parts if part.type == "result_chunk")
    if not chunks:
        raise NotObservable("the answer to the suite's request is so short that it comes whole")
    return chunks, answer


@CHAPTER.case(
    "chunks",
    Level.V1_1,
    "Where `accept` lists `chunks`, the rows come in `result_chunk` messages, each with `data.rows` and its request.",
)
async def _chunks(probe: Probe) -> None:
    for chunk in (await _chunks_of(probe))[0]:
        expect(isinstance(chunk.get("data", "rows"), list), "an array in data.rows", chunk)
        expect(chunk.get("response_to") == "parts", "response_to parts", chunk)


@CHAPTER.case(
    "chunks-numbered", Level.V1_1, "`seq` of chunks and progress together is 0, 1, 2, … without a gap.", needs=_CHUNKED
)
async def _numbered(probe: Probe) -> None:
    found = [
        part.get("seq") for part in (await _stream(probe)).parts if part.type in ("result_chunk", "progress_update")
    ]
    expect(found == list(range(len(found))), f"seq 0 to {len(found) - 1}", f"seq {found}")


@CHAPTER.case(
    "chunks-final", Level.V1_1, "The answer after chunks says `final: true` and carries no rows.", needs=_CHUNKED
)
async def _final(probe: Probe) -> None:
    answer = (await _chunks_of(probe))[1]
    expect(answer.get("final") is True, "final true", answer)
    expect(answer.get("data", "rows") in ([], None), "empty rows", answer)


@CHAPTER.case("chunks-columns", Level.V1_1, "`data.columns` stands in the first chunk only.", needs=_CHUNKED)
async def _columns(probe: Probe) -> None:
    chunks, _ = await _chunks_of(probe)
    for chunk in chunks[1:]:
        expect(chunk.get("data", "columns") is None, "no columns after the first chunk", chunk)


@CHAPTER.case(
    "chunks-summary",
    Level.V1_1,
    "`data.summary` of the answer says how many `chunks` and `rows` came, with a `digest`.",
    needs=_CHUNKED,
)
async def _summary(probe: Probe) -> None:
    chunks, answer = await _chunks_of(probe)
    rows = sum(len(chunk.get("data", "rows")) for chunk in chunks)
    found = (answer.get("data", "summary", "chunks"), answer.get("data", "summary", "rows"))
    expect(found == (len(chunks), rows), f"{len(chunks)} chunks, {rows} rows", answer)
    expect(bool(answer.text("data", "summary", "digest")), "a text in data.summary.digest", answer)


@CHAPTER.case(
    "chunks-credit",
    Level.V1_1,
    "The agent sends at most `credit` chunks ahead of what the requester took.",
    needs=_CHUNKED,
)
async def _credit(probe: Probe) -> None:
    async with probe.open() as peer:
        ahead = await _take_until_quiet(probe, peer)
    expect(len(ahead) <= _CREDIT, f"{_CREDIT} chunks", f"{len(ahead)} or more")


@CHAPTER.case(
    "chunks-go-on",
    Level.V1_1,
    "`credit` brings as many more chunks, up to the answer.",
    needs=("chunks", "chunks-credit"),
)
async def _go_on(probe: Probe) -> None:
    total = len((await _chunks_of(probe))[0])
    async with probe.open() as peer:
        got = len(await _take_until_quiet(probe, peer))
        if got == total:
            raise NotObservable(f"the answer to the suite's request has no more than {total} chunks")
        await _give_credit(peer, total)
        exchange = await peer.gather("parts")
        exchange.require_answer()
        got += sum(part.type == "result_chunk" for part in exchange.parts)
    expect(got == total, f"{total} chunks", got)


@CHAPTER.case(
    "chunks-cancel",
    Level.V1_1,
    "A request whose chunks wait for credit can be cancelled.",
    needs=("chunks", "chunks-credit"),
)
async def _cancel(probe: Probe) -> None:
    probe.require_feature("cancel")
    async with probe.open() as peer:
        seen = await _take_until_quiet(probe, peer)
        if any(message.may_be_outcome for message in seen):
            raise NotObservable("the answer to the suite's request has too few chunks")
        await peer.send("cancel", data={"request_id": "parts"})
        exchange = await peer.gather("parts")
    expect(exchange.kind == "error CANCELLED", "CANCELLED", exchange.outcome or exchange.kind)


async def _take_until_quiet(probe: Probe, peer: RawPeer) -> list[Received]:
    """Ask with little credit, give none, and return the chunks that come (and the outcome, where it does)."""
    sample = probe.streaming
    await peer.send(
        sample.type,
        "parts",
        data=sample.data,
        v="1.1",
        accept=["chunks"],
        credit=_CREDIT,
        chunk_bytes=_CHUNK_BYTES,
    )
    first = await peer.receive_type("result_chunk")
    if first is None:
        raise Violated("a chunk", peer.closed or "nothing in time")
    chunks = [first]
    while len(chunks) < _CREDIT and (chunk := await peer.receive_type("result_chunk")) is not None:
        chunks.append(chunk)
    more = [message for message in await probe.rest(peer) if message.type == "result_chunk" or message.may_be_outcome]
    return chunks + more
