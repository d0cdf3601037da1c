"""Collect converted rows up to the caps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from askwire_data.cells import CellType, converter_of

__all__ = ["Rows"]


class Rows:
    """Rows of one answer; ``truncated`` says that there was more than the caps let in."""

    def __init__(self, kinds: Sequence[CellType], *, max_rows: int, max_bytes: int, max_characters: int) -> None:
        self._converters = [converter_of(kind) for kind in kinds]
        self._encoder = msgspec.json.Encoder()
        self._max_rows = max_rows
        self._bytes_left = max_bytes
        self._max_characters = max_characters
        self._full = False
        self.width = len(kinds)
        self.rows: list[list[Any]] = []
        self.truncated = False

    @property
    def wanted(self) -> int:
        """Rows that are still worth fetching: one above the cap, to know whether there are more."""
        return 0 if self._full else self._max_rows - len(self.rows) + 1

    def add(self, batch: Sequence[Sequence[str | None]]) -> None:
        """Convert and take rows until a cap is reached.

        Raises:
            TooDeep: a value is nested too deep.
        """
        for raw in batch:
            if len(self.rows) >= self._max_rows:
                self._close()
                return
            row = [
                None if text is None else self._cell(text, convert)
                for text, convert in zip(raw, self._converters, strict=True)
            ]
            self._bytes_left -= len(self._encoder.encode(row)) + 1
            if self._bytes_left < 0:
                self._close()
                return
            self.rows.append(row)

    def _cell(self, text: str, convert: Any) -> Any:
        if len(text) > self._max_characters:
            # what was cut is no array and no number any more, only the beginning of a text
            self.truncated = True
            return text[: self._max_characters]
        return convert(text)

    def _close(self) -> None:
        self._full = True
        self.truncated = True
