"""Read a date phrase at a place of the question.

A phrase is a relation ("in", "since", "between … and …") and one or two periods ("2023", "March 2023", "Q3 2024",
"last year"). A phrase that has two readings ("in March", "03/04/2023") is not read at all: its words stay unknown, so
that the question is refused rather than guessed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from askwire_nlp.dates.calendar import Period
from askwire_nlp.dates.periods import PeriodSpan, read_period
from askwire_nlp.words import Word

__all__ = ["DateSpan", "read_date"]

_WITHIN = {"in", "during", "on", "within", "of", "from", "throughout", "year", "for"}
_SINCE = {"since"}
_AFTER = {"after"}
_BEFORE = {"before", "until", "till", "through"}
_SKIPPED = {"the", "year", "years", "month", "of", "day", "date", "week", "quarter", "a", "beginning", "start"}
_COMPARED = {"later": _AFTER, "earlier": _BEFORE}
_PRIOR = {"prior"}


@dataclasses.dataclass(frozen=True, slots=True)
class DateSpan:
    """A range of dates that ends before word ``end``; ``is_years`` when it is made of whole years only."""

    end: int
    period: Period
    is_years: bool


def read_date(words: Sequence[Word], start: int, today: dt.date) -> DateSpan | None:
    """Return the date phrase that begins at ``start``, if one does; a bare number needs a word such as "in"."""
    lower = words[start].lower
    if words[start].is_quoted:
        return None
    for read in (_read_between, _read_from_to):
        span = read(words, start, today)
        if span is not None:
            return span
    if lower in _SINCE | _AFTER | _BEFORE or (lower in _COMPARED and _word(words, start + 1) == "than"):
        return _read_relation(words, start, today)
    if lower in _PRIOR and _word(words, start + 1) == "to":
        found = _period(words, start + 2, today)
        return DateSpan(found.end, Period(None, found.period.start), found.is_year) if found else None
    if lower in ("starting", "beginning") and _word(words, start + 1) in ("in", "from", "on"):
        found = _period(words, start + 2, today)
        return DateSpan(found.end, Period(found.period.start, None), found.is_year) if found else None
    if lower in _WITHIN:
        found = _period(words, start + 1, today)
        return _opened(words, DateSpan(found.end, found.period, found.is_year)) if found else None
    found = read_period(words, start, today, allow_bare_year=False)
    return DateSpan(found.end, found.period, found.is_year) if found else None


def _opened(words: Sequence[Word], span: DateSpan) -> DateSpan:
    """Return the range with what follows it: "in 2011 or later"."""
    if _word(words, span.end) != "or":
        return span
    if _word(words, span.end + 1) in ("later", "after"):
        return DateSpan(span.end + 2, Period(span.period.start, None), span.is_years)
    if _word(words, span.end + 1) in ("earlier", "before"):
        return DateSpan(span.end + 2, Period(None, span.period.end), span.is_years)
    return span


def _read_relation(words: Sequence[Word], start: int, today: dt.date) -> DateSpan | None:
    lower = words[start].lower
    found = _period(words, start + (2 if lower in _COMPARED else 1), today)
    if found is None:
        return None
    first, last = found.period.start, found.period.end
    if lower in _SINCE:
        period = Period(first, None)
    elif lower in _AFTER or lower == "later":
        period = Period(last, None)
    elif lower in ("before", "earlier"):
        period = Period(None, first)
    else:
        period = Period(None, last)
    return DateSpan(found.end, period, found.is_year)


def _read_between(words: Sequence[Word], start: int, today: dt.date) -> DateSpan | None:
    return _read_pair(words, start, today, ("between",), ("and",))


def _read_from_to(words: Sequence[Word], start: int, today: dt.date) -> DateSpan | None:
    return _read_pair(words, start, today, ("from",), ("to", "until", "till", "through"))


def _read_pair(
    words: Sequence[Word], start: int, today: dt.date, openers: tuple[str, ...], joints: tuple[str, ...]
) -> DateSpan | None:
    if words[start].lower not in openers:
        return None
    first = _period(words, start + 1, today)
    if first is None:
        # "between March and May 2023": the year stands with the second month alone
        first = _read_short_month(words, start + 1, joints, today)
    if first is None or _word(words, first.end) not in joints:
        return None
    second = _period(words, first.end + 1, today)
    if second is None or first.period.start is None or second.period.end is None:
        return None
    if first.period.start >= second.period.end:
        return None
    return DateSpan(second.end, Period(first.period.start, second.period.end), first.is_year and second.is_year)


def _read_short_month(words: Sequence[Word], start: int, joints: tuple[str, ...], today: dt.date) -> PeriodSpan | None:
    """Read "March" in "March and May 2023" with the year that the second period has."""
    for length in (1, 2, 3):
        if _word(words, start + length) not in joints:
            continue
        second = _period(words, start + length + 1, today)
        if second is None or second.period.start is None or second.is_year:
            continue
        year = Word(str(second.period.start.year), str(second.period.start.year), "", "CD", 0, 0)
        first = read_period((*words[start : start + length], year), 0, today, allow_bare_year=False)
        if first is not None and first.end == length + 1:
            return PeriodSpan(start + length, first.period, is_year=False)
    return None


def _period(words: Sequence[Word], start: int, today: dt.date) -> PeriodSpan | None:
    """Read a period where a date is expected, after words that only introduce it."""
    index = start
    for _ in range(4):
        if index >= len(words):
            return None
        found = read_period(words, index, today, allow_bare_year=True)
        if found is not None:
            return found
        if words[index].lower not in _SKIPPED:
            return None
        index += 1
    return None


def _word(words: Sequence[Word], index: int) -> str:
    return words[index].lower if index < len(words) else ""
