"""Writes of one turn of the event loop as one write to the socket.

Many small messages become ready in the same turn; each one alone would cost a system call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from websockets.asyncio.connection import Connection

__all__ = ["CorkedTransport", "cork", "has_room"]

_ROOM_BYTES = 16 * 1024


class CorkedTransport(asyncio.Transport):
    """Collects what is written until the end of the turn; everything else goes to the transport behind it."""

    def __init__(self, behind: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._behind = behind
        self._loop = loop
        self._pending: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the data until the end of this turn."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Keep the data until the end of this turn."""
        for data in list_of_data:
            self.write(data)

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if pending and not self._behind.is_closing():
            self._behind.write(pending[0] if len(pending) == 1 else b"".join(pending))

    def write_eof(self) -> None:
        """Write what is kept, then end the stream."""
        self._flush()
        self._behind.write_eof()

    def can_write_eof(self) -> bool:
        """Tell whether the stream can be ended in one direction."""
        return self._behind.can_write_eof()

    def close(self) -> None:
        """Write what is kept, then close."""
        self._flush()
        self._behind.close()

    def abort(self) -> None:
        """Close at once; what is kept is lost."""
        self._pending.clear()
        self._behind.abort()

    def is_closing(self) -> bool:
        """Tell whether the transport is closing."""
        return self._behind.is_closing()

    def get_write_buffer_size(self) -> int:
        """Return the bytes that wait, here and behind."""
        return self._behind.get_write_buffer_size() + sum(len(data) for data in self._pending)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return the marks at which writing pauses and goes on."""
        return self._behind.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set the marks at which writing pauses and goes on."""
        self._behind.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        return self._behind.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Stop reading."""
        self._behind.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        self._behind.resume_reading()

    def is_reading(self) -> bool:
        """Tell whether it reads."""
        return self._behind.is_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Change who is told of what comes."""
        self._behind.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who is told of what comes."""
        return self._behind.get_protocol()


def cork(connection: Connection) -> None:
    """Let an open connection of `websockets` write once in each turn of the loop."""
    if not isinstance(connection.transport, CorkedTransport):
        connection.transport = CorkedTransport(connection.transport, asyncio.get_running_loop())


def has_room(connection: Connection) -> bool:
    """Tell whether a small message can be sent without waiting for the peer to read."""
    return connection.transport.get_write_buffer_size() < _ROOM_BYTES
