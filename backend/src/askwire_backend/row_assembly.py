"""Rows that came in parts, put together again without being decoded."""

from __future__ import annotations

import hashlib

import msgspec

from askwire_backend.passing import PassedRows
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import ResultColumn, RowChunk

__all__ = ["RowAssembly"]

_MAX_BYTES = 32 * 1024 * 1024


class RowAssembly:
    """Takes the parts of one answer; bounded in bytes."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self.restart()

    def restart(self) -> None:
        """Forget what came: another agent begins anew."""
        self._parts: list[bytes] = []
        self._size = 0
        self._columns: tuple[ResultColumn, ...] = ()
        self._digest = hashlib.sha256()

    async def take(self, chunk: RowChunk) -> None:
        """Add one part. Raises RequestFailed TOO_LARGE above the limit."""
        raw = bytes(chunk.rows)
        self._digest.update(raw)
        if chunk.columns is not None:
            self._columns = chunk.columns
        inner = raw.strip()[1:-1].strip()
        if inner:
            self._parts.append(inner)
            self._size += len(inner) + 1
        if self._size > self._max_bytes:
            text = f"The rows have more than {self._max_bytes // 2**20} MiB; ask for fewer."
            raise RequestFailed(ErrorCode.TOO_LARGE, text)

    def finish(self, answer: PassedRows) -> PassedRows:
        """Return the whole answer; one that came without parts as it is.

        Raises RequestFailed INTERNAL when what came is not what was sent.
        """
        summary = answer.summary
        if summary is None:
            return answer
        if summary.digest != self._digest.hexdigest():
            raise RequestFailed(ErrorCode.INTERNAL, "The parts of the rows are not those that the agent sent.")
        rows = msgspec.Raw(b"[" + b",".join(self._parts) + b"]")
        return msgspec.structs.replace(answer, rows=rows, columns=self._columns or answer.columns, summary=None)
