"""Writes of one turn of the loop become one."""

from __future__ import annotations

import asyncio

import pytest

from askwire_protocol.corked_transport import CorkedTransport


class Behind(asyncio.Transport):
    """Records what reaches the socket."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Record a write."""
        self.events.append(bytes(data))

    def write_eof(self) -> None:
        """Record the end."""
        self.events.append("eof")

    def close(self) -> None:
        """Record the close."""
        self.events.append("close")

    def abort(self) -> None:
        """Record the abort."""
        self.events.append("abort")

    def is_closing(self) -> bool:
        """Tell whether it was closed or aborted."""
        return bool(self.events) and self.events[-1] in ("close", "abort")

    def get_write_buffer_size(self) -> int:
        """Nothing waits here."""
        return 0


async def test_writes_of_a_turn_are_one() -> None:
    """What is written in one turn goes out together and in order; the next turn is another write."""
    behind = Behind()
    corked = CorkedTransport(behind, asyncio.get_running_loop())
    corked.write(b"a")
    corked.writelines([b"b", b"c"])
    assert (behind.events, corked.get_write_buffer_size()) == ([], 3)
    await asyncio.sleep(0)
    corked.write(b"d")
    await asyncio.sleep(0)

    assert behind.events == [b"abc", b"d"]


@pytest.mark.parametrize(
    ("end", "events"), [("close", [b"a", "close"]), ("write_eof", [b"a", "eof"]), ("abort", ["abort"])]
)
async def test_the_end_keeps_the_order(end: str, events: list[bytes | str]) -> None:
    """A close and the end of the stream come after what was written; an abort drops it."""
    behind = Behind()
    corked = CorkedTransport(behind, asyncio.get_running_loop())
    corked.write(b"a")
    getattr(corked, end)()
    await asyncio.sleep(0)

    assert behind.events == events
