"""``result_chunk``: a part of the rows of an answer that is still being made."""

from __future__ import annotations

from typing import Annotated

import msgspec

from askwire_protocol.messages.queries import ResultColumn

__all__ = ["RowChunk"]

_ROWS = {"type": "array", "items": {"type": "array"}}


class RowChunk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``data`` of ``result_chunk``; rows stay encoded until somebody needs them."""

    rows: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema=_ROWS)]
    """A JSON array of rows, each an array in the order of the columns."""
    columns: tuple[ResultColumn, ...] | None = None
    """In the first chunk only."""
