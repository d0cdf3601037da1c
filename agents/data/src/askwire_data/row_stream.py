"""Rows that are sent in parts while the query still runs."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from askwire_protocol.messages import ChunkSummary, ResultColumn, RowChunk

__all__ = ["RowStream"]


class RowStream:
    """Sends parts of one answer; the columns go with the first."""

    def __init__(self, send: Callable[[object], Awaitable[None]]) -> None:
        self._send = send
        self._digest = hashlib.sha256()
        self._chunks = 0

    @property
    def begun(self) -> bool:
        """True once a part was sent: the rest has to come as parts too."""
        return self._chunks > 0

    async def send(self, columns: tuple[ResultColumn, ...], rows: msgspec.Raw) -> None:
        """Send one part, once the receiver has room for it."""
        self._digest.update(bytes(rows))
        self._chunks += 1
        await self._send(RowChunk(rows=rows, columns=columns if self._chunks == 1 else None))

    def summary(self, row_count: int) -> ChunkSummary | None:
        """Return what the receiver should have; None when nothing was sent in parts."""
        if not self._chunks:
            return None
        return ChunkSummary(chunks=self._chunks, rows=row_count, digest=self._digest.hexdigest())
