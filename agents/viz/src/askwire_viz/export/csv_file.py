"""Rows as CSV that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["write_csv"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return the text of RFC 4180; a text that a spreadsheet would take for a formula gets a ' before it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_guard(name) for name in names])
    writer.writerows([_write_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _write_cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    if isinstance(cell, str):
        return _guard(cell)
    return _guard(json.dumps(cell, ensure_ascii=False))


def _guard(text: str) -> str:
    if not text.lstrip(" ").startswith(_FORMULA_STARTS) or _is_number(text):
        return text
    return "'" + text


def _is_number(text: str) -> bool:
    # Long decimals come as texts; a minus before one starts no formula.
    body = text[1:] if text[:1] in ("-", "+") else text
    return body.replace(".", "", 1).isdecimal() and body.isascii()
