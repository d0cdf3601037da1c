"""Read one period: a year, a month, a quarter, a day, or one that is said from today."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import re
from collections.abc import Sequence

from askwire_nlp.dates.calendar import Granularity, Period, period_of, rolling, shifted
from askwire_nlp.numbers import read_number
from askwire_nlp.words import Word

__all__ = ["PeriodSpan", "read_period"]

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_YEAR = re.compile(r"(?:1[0-9]|20|21)\d\d$")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$")
_ISO_MONTH = re.compile(r"(\d{4})-(\d{1,2})$")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})$")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?$")
_QUARTER = re.compile(r"q([1-4])$")
_DECADE = re.compile(r"((?:1[0-9]|20)\d0)s$")
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4}
_UNITS = {unit.value: unit for unit in Granularity} | {f"{unit.value}s": unit for unit in Granularity}
_THIS = {"this", "current"}
_LAST = {"last", "previous", "past", "prior"}


@dataclasses.dataclass(frozen=True, slots=True)
class PeriodSpan:
    """A period that ends before word ``end``."""

    end: int
    period: Period
    is_year: bool


def read_period(words: Sequence[Word], start: int, today: dt.date, *, allow_bare_year: bool) -> PeriodSpan | None:
    """Return the period that begins at ``start``, if one does."""
    relative = _read_relative(words, start, today)
    if relative is not None:
        return relative
    for read in (_read_quarter, _read_day, _read_month, _read_decade):
        span = read(words, start)
        if span is not None:
            return span
    if allow_bare_year and _YEAR.match(words[start].lower):
        return PeriodSpan(start + 1, _year(int(words[start].lower)), is_year=True)
    return None


def _year(year: int) -> Period:
    return period_of(dt.date(year, 1, 1), Granularity.YEAR)


def _at(words: Sequence[Word], index: int) -> str:
    return words[index].lower if index < len(words) and not words[index].is_quoted else ""


def _read_year(words: Sequence[Word], index: int) -> tuple[int, int] | None:
    """Return (end, year) of a year after an optional comma, "of" or "in"."""
    while _at(words, index) in (",", "of", "in", "the", "year"):
        index += 1
    return (index + 1, int(_at(words, index))) if _YEAR.match(_at(words, index)) else None


def _read_relative(words: Sequence[Word], start: int, today: dt.date) -> PeriodSpan | None:
    first = _at(words, start)
    if first in ("today", "yesterday"):
        day = today if first == "today" else today - dt.timedelta(days=1)
        return PeriodSpan(start + 1, period_of(day, Granularity.DAY), is_year=False)
    index = start + 1 if first == "the" and _at(words, start + 1) in _THIS | _LAST else start
    first = _at(words, index)
    if first not in _THIS | _LAST or index + 1 >= len(words):
        return None
    unit = _UNITS.get(_at(words, index + 1))
    if unit is not None:
        if _at(words, index + 1).endswith("s"):
            return None
        period = shifted(today, unit, 0 if first in _THIS else -1)
        return PeriodSpan(index + 2, period, is_year=unit is Granularity.YEAR)
    number = read_number(words, index + 1)
    if number is None or first in _THIS or not 0 < number.value <= 10_000 or number.value % 1:
        return None
    unit = _UNITS.get(_at(words, number.end))
    if unit is None or (unit is Granularity.YEAR and number.value > 900):
        return None
    return PeriodSpan(number.end + 1, rolling(today, unit, int(number.value)), is_year=False)


def _read_quarter(words: Sequence[Word], start: int) -> PeriodSpan | None:
    index = start + 1 if _at(words, start) == "the" else start
    match = _QUARTER.match(_at(words, index))
    unit, number, index = "quarter", int(match.group(1)) if match else 0, index + 1
    if not number and _at(words, index - 1) in _ORDINALS and _at(words, index) in ("quarter", "half"):
        number, unit, index = _ORDINALS[_at(words, index - 1)], _at(words, index), index + 1
        if unit == "half" and _at(words, index - 2) == "last":
            number = 2
    year = _read_year(words, index) if number else None
    if year is None or (unit == "half" and number > 2):
        return None
    months = 3 if unit == "quarter" else 6
    first = dt.date(year[1], (number - 1) * months + 1, 1)
    after = first.month + months
    last = dt.date(year[1] + 1, 1, 1) if after > 12 else dt.date(year[1], after, 1)
    return PeriodSpan(year[0], Period(first, last), is_year=False)


def _read_day(words: Sequence[Word], start: int) -> PeriodSpan | None:
    text = _at(words, start)
    if match := _ISO_DAY.match(text):
        return _day_span(start + 1, *(int(part) for part in match.groups()))
    if match := _SLASHED.match(text):
        first, second, year = (int(part) for part in match.groups())
        if first <= 12 and second <= 12 and first != second:
            return None
        month, day = (second, first) if first > 12 else (first, second)
        return _day_span(start + 1, year, month, day)
    if text in _MONTHS and (match := _DAY.match(_at(words, start + 1))):
        found = _read_year(words, start + 2)
        return _day_span(found[0], found[1], _MONTHS[text], int(match.group(1))) if found else None
    if match := _DAY.match(text):
        index = start + 2 if _at(words, start + 1) == "of" else start + 1
        found = _read_year(words, index + 1) if _at(words, index) in _MONTHS else None
        return _day_span(found[0], found[1], _MONTHS[_at(words, index)], int(match.group(1))) if found else None
    return None


def _day_span(end: int, year: int, month: int, day: int) -> PeriodSpan | None:
    try:
        return PeriodSpan(end, period_of(dt.date(year, month, day), Granularity.DAY), is_year=False)
    except ValueError:
        return None


def _read_month(words: Sequence[Word], start: int) -> PeriodSpan | None:
    text = _at(words, start)
    if match := _ISO_MONTH.match(text):
        year, month, end = int(match.group(1)), int(match.group(2)), start + 1
    elif text in _MONTHS and (found := _read_year(words, start + 1)):
        end, year = found
        month = _MONTHS[text]
    else:
        return None
    if not 1 <= month <= 12 or not 1 <= year <= 9998:
        return None
    return PeriodSpan(end, period_of(dt.date(year, month, 1), Granularity.MONTH), is_year=False)


def _read_decade(words: Sequence[Word], start: int) -> PeriodSpan | None:
    index = start + 1 if _at(words, start) == "the" else start
    match = _DECADE.match(_at(words, index))
    if match is None:
        return None
    year = int(match.group(1))
    return PeriodSpan(index + 1, Period(dt.date(year, 1, 1), dt.date(year + 10, 1, 1)), is_year=True)
