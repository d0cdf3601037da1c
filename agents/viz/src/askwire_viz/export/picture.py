"""What crosses from the worker that prepares an export to the process that has the browser."""

from __future__ import annotations

import dataclasses

from askwire_protocol.messages.charts import ExportFormat

__all__ = ["Picture"]


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """What the browser has to draw: an item of fixed size, as JSON text."""

    format: ExportFormat
    item: str
    width_px: int
    height_px: int
