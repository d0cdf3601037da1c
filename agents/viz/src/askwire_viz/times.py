"""Find times and calendar names in columns: milliseconds since 1970, grains, calendar order."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from askwire_viz.labels import Grain

__all__ = [
    "FloatArray",
    "find_grain",
    "looks_like_times",
    "order_of_calendar",
    "parse_time",
    "parse_times",
    "year_starts",
]

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times, as the database showed them
_ISO = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?)?")
_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])")
_WEEK = re.compile(r"\d{4}-W\d\d")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000


def parse_time(cell: Any) -> float:
    """Return milliseconds since 1970 by the clock on the wall, or NaN for what is no time."""
    if not isinstance(cell, str):
        return math.nan
    text = cell.strip()
    quarter = _QUARTER.fullmatch(text)
    try:
        if quarter:
            moment = datetime.datetime(int(quarter[1]), int(quarter[2]) * 3 - 2, 1)  # noqa: DTZ001
        elif _WEEK.fullmatch(text):
            moment = datetime.datetime.fromisoformat(text + "-1")
        elif _ISO.fullmatch(text):
            moment = datetime.datetime.fromisoformat(text + "-01" if len(text) == 7 else text).replace(tzinfo=None)
        else:
            return math.nan
    except ValueError:
        return math.nan
    return (moment - _EPOCH) / datetime.timedelta(milliseconds=1)


def parse_times(cells: Sequence[Any]) -> FloatArray:
    """Parse a whole column."""
    return np.array([parse_time(cell) for cell in cells], dtype=np.float64)


def looks_like_times(cells: Sequence[Any]) -> bool:
    """Tell whether every text there is one; a sample of the beginning decides early."""
    present = [cell for cell in cells if cell is not None]
    if not present or any(math.isnan(parse_time(cell)) for cell in present[:50]):
        return False
    return not any(math.isnan(parse_time(cell)) for cell in present[50:])


def year_starts(years: FloatArray) -> FloatArray:
    """Return the first of January of whole years, in milliseconds; gaps stay gaps."""
    starts = [
        math.nan if math.isnan(year) else (datetime.datetime(int(year), 1, 1) - _EPOCH).total_seconds() * 1000  # noqa: DTZ001
        for year in years
    ]
    return np.array(starts, dtype=np.float64)


def find_grain(times: FloatArray) -> Grain:
    """Return the coarsest unit that all times are whole in."""
    finite = times[np.isfinite(times)]
    if finite.size == 0 or np.any(finite % 1000):
        return Grain.SECOND
    if np.any(finite % _DAY_MS):
        return Grain.SECOND if np.any(finite % _HOUR_MS) else Grain.HOUR
    days = finite.astype("datetime64[ms]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    if np.any(days != months.astype("datetime64[D]")):
        return Grain.DAY
    numbers = np.unique(months.astype(np.int64) % 12)
    if numbers.tolist() == [0] and finite.size > 1:
        return Grain.YEAR
    return Grain.QUARTER if numbers.size > 1 and not np.any(numbers % 3) else Grain.MONTH


def order_of_calendar(words: tuple[str, ...], cells: Sequence[Any]) -> tuple[list[str | None], FloatArray] | None:
    """Return labels and places in the year, week or day, or None where the column is no such thing.

    Names count by themselves; numbers only where the column's name says what they are.
    """
    present = [cell for cell in cells if cell is not None]
    if not present:
        return None
    if all(isinstance(cell, str) for cell in present):
        return _order_names(words, cells)
    if all(
        isinstance(cell, int | float) and not isinstance(cell, bool) and cell == int(cell)
        for cell in present
        if _finite(cell)
    ):
        return _order_numbers(words, cells)
    return None


def _finite(cell: Any) -> bool:
    return not isinstance(cell, float) or math.isfinite(cell)


def _order_names(words: tuple[str, ...], cells: Sequence[Any]) -> tuple[list[str | None], FloatArray] | None:
    texts = [None if cell is None else str(cell).strip() for cell in cells]
    distinct = {text.lower() for text in texts if text is not None}
    places: dict[str, float] | None = None
    for names in (_WEEKDAYS, _MONTHS):
        table = {name: float(place) for place, name in enumerate(names, start=1)}
        table |= {name[:3]: place for name, place in table.items()}
        if distinct <= table.keys():
            places = table
    if places is None and distinct <= {"q1", "q2", "q3", "q4"}:
        places = {f"q{place}": float(place) for place in range(1, 5)}
    if places is None or (len(distinct) < 2 and not {"month", "day", "weekday", "quarter", "dow"} & set(words)):
        return None
    return list(texts), np.array([math.nan if text is None else places[text.lower()] for text in texts])


def _order_numbers(words: tuple[str, ...], cells: Sequence[Any]) -> tuple[list[str | None], FloatArray] | None:
    numbers = np.array([math.nan if cell is None else float(cell) for cell in cells])
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    last = set(words)
    if last & {"dow", "isodow", "weekday"} or words[-3:] == ("day", "of", "week"):
        if low < 0 or high > 7:
            return None
        numbers = np.where(numbers == 0, 7.0, numbers)  # Sunday is 0 in one count of PostgreSQL and 7 in the other
        return [None if math.isnan(n) else _WEEKDAYS[int(n) - 1].capitalize() for n in numbers], numbers
    if "month" in last and low >= 1 and high <= 12:
        return [None if math.isnan(n) else _MONTHS[int(n) - 1].capitalize()[:3] for n in numbers], numbers
    if "quarter" in last and low >= 1 and high <= 4:
        return [None if math.isnan(n) else f"Q{int(n)}" for n in numbers], numbers
    limits = {"hour": (0, 24), "week": (1, 53), "day": (1, 31)}
    for word, (least, most) in limits.items():
        if words[-1:] == (word,) and low >= least and high <= most:
            return [None if math.isnan(n) else str(int(n)) for n in numbers], numbers
    return None
