"""Rows that came in parts."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from askwire_backend.passing import PassedRows
from askwire_backend.row_assembly import RowAssembly
from askwire_protocol.errors import RequestFailed
from askwire_protocol.messages import ChunkSummary, ResultColumn, RowChunk

COLUMNS = (ResultColumn(name="n", type="integer"),)
PARTS = (b"[[1],[2]]", b"[ ]", b"[[3]]")


def _end(digest: str) -> PassedRows:
    summary = ChunkSummary(chunks=3, rows=3, digest=digest)
    return PassedRows(columns=(), rows=msgspec.Raw(b"[]"), row_count=3, summary=summary)


async def _assembled() -> RowAssembly:
    assembly = RowAssembly()
    await assembly.take(RowChunk(rows=msgspec.Raw(b"[[9]]"), columns=COLUMNS))
    assembly.restart()
    for number, part in enumerate(PARTS):
        await assembly.take(RowChunk(rows=msgspec.Raw(part), columns=None if number else COLUMNS))
    return assembly


async def test_parts_become_one_answer() -> None:
    """The rows of all parts since the last restart are one array, with the columns of the first."""
    whole = (await _assembled()).finish(_end(hashlib.sha256(b"".join(PARTS)).hexdigest()))

    assert msgspec.json.decode(whole.rows) == [[1], [2], [3]]
    assert (whole.columns, whole.summary) == (COLUMNS, None)


async def test_a_wrong_digest_is_no_answer() -> None:
    """What came has to be what was sent."""
    with pytest.raises(RequestFailed, match="not those that the agent sent"):
        (await _assembled()).finish(_end("0"))


async def test_too_many_bytes_are_refused() -> None:
    """Parts are taken up to a limit."""
    assembly = RowAssembly(max_bytes=4)
    with pytest.raises(RequestFailed, match="ask for fewer"):
        await assembly.take(RowChunk(rows=msgspec.Raw(b"[[1],[2]]")))
