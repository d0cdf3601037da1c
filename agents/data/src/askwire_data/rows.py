"""Collect converted rows up to the caps, as the JSON that is sent.

Rows are encoded one by one and not kept: hundreds of thousands of lists in flight make each full garbage collection
stop the process for a tenth of a second and longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from askwire_data.cells import CellType, Convert, converter_of

__all__ = ["Rows"]


class Rows:
    """Rows of one answer; ``truncated`` says that there was more than the caps let in."""

    def __init__(self, kinds: Sequence[CellType], *, max_rows: int, max_bytes: int, max_characters: int) -> None:
        self._converters = [self._converter(kind) for kind in kinds]
        self._encoder = msgspec.json.Encoder()
        self._max_rows = max_rows
        self._bytes_left = max_bytes
        self._max_characters = max_characters
        self._full = False
        self._batches: list[bytes] = []
        self.width = len(kinds)
        self.count = 0
        self.truncated = False

    @property
    def wanted(self) -> int:
        """Rows that are still worth fetching: one above the cap, to know whether there are more."""
        return 0 if self._full else self._max_rows - self.count + 1

    def add(self, batch: Sequence[Sequence[str | None]]) -> None:
        """Convert and take rows until a cap is reached.

        Raises:
            TooDeep: a value is nested too deep.
        """
        encoded: list[bytes] = []
        for raw in batch:
            if self.count >= self._max_rows:
                self._close()
                break
            row = self._encoder.encode(
                [
                    text if text is None or convert is None else convert(text)
                    for text, convert in zip(raw, self._converters, strict=True)
                ]
            )
            self._bytes_left -= len(row) + 1
            if self._bytes_left < 0:
                self._close()
                break
            encoded.append(row)
            self.count += 1
        if encoded:
            self._batches.append(b",".join(encoded))

    def take(self) -> msgspec.Raw:
        """Return the rows since the last time as one JSON array, and keep them no longer."""
        batches, self._batches = self._batches, []
        return msgspec.Raw(b"[" + b",".join(batches) + b"]")

    def _converter(self, kind: CellType) -> Convert | None:
        """Return what is done with each text of a column; None where it is taken as it is."""
        convert = converter_of(kind)
        if not kind.is_wide:
            return convert

        def cut_or_convert(text: str) -> Any:
            if len(text) > self._max_characters:
                # what was cut is no array and no number any more, only the beginning of a text
                self.truncated = True
                return text[: self._max_characters]
            return text if convert is None else convert(text)

        return cut_or_convert

    def _close(self) -> None:
        self._full = True
        self.truncated = True
