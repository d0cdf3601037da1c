"""Rules about frames, and about the codes that a connection closes with."""

from __future__ import annotations

from askwire_protocol.conformance.peer import RawPeer
from askwire_protocol.conformance.probe import Probe, ProbeChapter
from askwire_protocol.conformance.rule import Level, Violated, expect

__all__ = ["CHAPTER"]

CHAPTER = ProbeChapter("Frames and close codes")
_NO_MASK = bytes(4)  # a mask of zeros changes nothing
_HUGE = 2**40
_TRIES = 12


async def _expect_code(peer: RawPeer, code: int) -> None:
    closed = await peer.wait_closed()
    expect(closed is not None and closed.code == code, str(code), closed or "a connection that stays open")


@CHAPTER.case("ping", Level.V1_0, "A ping of the transport is answered.")
async def _ping(probe: Probe) -> None:
    async with probe.open() as peer:
        expect(await peer.ping(), "a pong", "none in time")


@CHAPTER.case("fragments", Level.V1_0, "A message may come in several frames.", needs=("heartbeat-answered",))
async def _fragments(probe: Probe) -> None:
    async with probe.open() as peer:
        await peer.send_text([b'{"type":"heart', b'beat","time', b'stamp":1.5}'])
        if await peer.receive_type("heartbeat_response") is None:
            raise Violated("heartbeat_response", peer.closed or "nothing in time")


@CHAPTER.case("close-answered", Level.V1_0, "A closing frame with 1000 is answered with 1000.")
async def _close_answered(probe: Probe) -> None:
    async with probe.open() as peer:
        answered = await peer.close()
    expect(answered is not None and answered.code == 1000, "1000", answered or "no closing frame")


@CHAPTER.case("binary-frame", Level.V1_1, "Messages are text: a binary frame closes the connection with 1003.")
async def _binary_frame(probe: Probe) -> None:
    async with probe.open() as peer:
        await peer.send_binary(b'{"type":"heartbeat"}')
        await _expect_code(peer, 1003)


@CHAPTER.case("bad-utf8", Level.V1_1, "Text that is not UTF-8 closes the connection with 1007.")
async def _bad_utf8(probe: Probe) -> None:
    async with probe.open() as peer:
        await peer.send_text(b'{"type":"\xc0\xaf"}')
        await _expect_code(peer, 1007)


@CHAPTER.case("bad-frame", Level.V1_1, "A frame that RFC 6455 does not know closes the connection with 1002.")
async def _bad_frame(probe: Probe) -> None:
    async with probe.open() as peer:
        peer.send_frames(b"\x83\x80" + _NO_MASK)
        await _expect_code(peer, 1002)


@CHAPTER.case(
    "far-too-large",
    Level.V1_1,
    "A frame that announces far more than the limit closes the connection with 1009, unread.",
)
async def _far_too_large(probe: Probe) -> None:
    async with probe.open() as peer:
        peer.send_frames(b"\x81\xff" + _HUGE.to_bytes(8, "big") + _NO_MASK)
        await _expect_code(peer, 1009)


@CHAPTER.case(
    "undecodable-again",
    Level.V1_1,
    f"Undecodable messages again and again close the connection with 4400 (here: within {_TRIES} in a row).",
    needs=("malformed-json",),
)
async def _undecodable_again(probe: Probe) -> None:
    async with probe.open() as peer:
        for _ in range(_TRIES):
            await peer.send_text(b"conformance")
        await _expect_code(peer, 4400)
