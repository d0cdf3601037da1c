"""Bring the values of two database systems into one form, and say when two of them are equal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

__all__ = [
    "Cell",
    "Row",
    "cell_of",
    "cells_equal",
    "has_row",
    "is_subset",
    "multisets_equal",
    "row_of",
    "rows_equal",
    "subtract",
]

Cell = float | str | None
Row = tuple[Cell, ...]

_TOLERANCE = 0.0005
"""Numbers are compared to three digits after the point."""
_RELATIVE = 1e-9
"""What sums of many doubles differ by, depending on the order of their rows."""
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(?:[+-]00(?::?00)?|Z)?")


def cell_of(value: Any) -> Cell:
    """Return a JSON value as a number, a text or None; texts that read as a number are one.

    SQLite keeps dates as texts and truth values as numbers; a moment at midnight is its date.
    """
    if value is None:
        return None
    if isinstance(value, (bool, int, float, Decimal)):
        return float(value)
    text = str(value).rstrip()
    if _NUMBER.fullmatch(text):
        return float(text)
    moment = _MOMENT.fullmatch(text)
    if moment is None:
        return text
    date, time, fraction = moment[1], moment[2], (moment[3] or "").rstrip("0").rstrip(".")
    if len(time) == 5:
        time += ":00"
    return date if time == "00:00:00" and not fraction else f"{date} {time}{fraction}"


def row_of(values: Iterable[Any]) -> Row:
    """Return a row of JSON values in the form that is compared."""
    return tuple(map(cell_of, values))


def cells_equal(one: Cell, other: Cell) -> bool:
    """Compare numbers to three digits, texts exactly; nothing but None equals None."""
    if isinstance(one, float) and isinstance(other, float):
        if one == other:
            return True
        return math.isfinite(one) and math.isfinite(other) and _close(one, other)
    return type(one) is type(other) and one == other


def rows_equal(one: Row, other: Row) -> bool:
    """Compare cell by cell; rows of different width are not equal."""
    return len(one) == len(other) and all(map(cells_equal, one, other))


def is_subset(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Say whether each of the rows is among the others, however often."""
    buckets: dict[Row, list[Row]] = {}
    for row in set(others):
        buckets.setdefault(_without_numbers(row), []).append(row)
    return all(has_row(buckets.get(_without_numbers(row), ()), row) for row in set(rows))


def has_row(rows: Iterable[Row], wanted: Row) -> bool:
    """Say whether one of the rows equals the wanted one."""
    return any(rows_equal(row, wanted) for row in rows)


def multisets_equal(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Say whether both hold the same rows, each as often."""
    return len(rows) == len(others) and not subtract(rows, others)


def subtract(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return what is left of the rows when each of the others has taken an equal one away (or found none)."""
    unused: dict[Row, list[Row]] = {}
    for row in others:
        unused.setdefault(_without_numbers(row), []).append(row)
    left = []
    for row in rows:
        bucket = unused.get(_without_numbers(row), [])
        place = next((index for index, other in enumerate(bucket) if rows_equal(row, other)), None)
        if place is None:
            left.append(row)
        else:
            del bucket[place]
    return left


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= _TOLERANCE + _RELATIVE * max(abs(one), abs(other))


def _without_numbers(row: Row) -> Row:
    """Blank the numbers, which have a tolerance and so can't be looked up."""
    return tuple(0.0 if isinstance(cell, float) else cell for cell in row)
