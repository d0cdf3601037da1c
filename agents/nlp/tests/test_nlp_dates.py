"""Date phrases as half-open ranges, seen from 15 May 2024, a Wednesday."""

from __future__ import annotations

import datetime as dt

import pytest

from askwire_nlp.dates import Granularity, read_date, read_granularity
from askwire_nlp.words import Word

TODAY = dt.date(2024, 5, 15)


def words(text: str) -> tuple[Word, ...]:
    """Return plain words."""
    return tuple(Word(part, part.lower(), part.lower(), "NN", 0, 0) for part in text.split())


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("in 2023", "2023-01-01", "2024-01-01"),
        ("in the year 2023", "2023-01-01", "2024-01-01"),
        ("in March 2023", "2023-03-01", "2023-04-01"),
        ("in december , 2023", "2023-12-01", "2024-01-01"),
        ("in 2023-02", "2023-02-01", "2023-03-01"),
        ("in Q3 2024", "2024-07-01", "2024-10-01"),
        ("in the fourth quarter of 2023", "2023-10-01", "2024-01-01"),
        ("in the first half of 2024", "2024-01-01", "2024-07-01"),
        ("on March 5 , 2024", "2024-03-05", "2024-03-06"),
        ("on 5th of March 2024", "2024-03-05", "2024-03-06"),
        ("on 2024-02-29", "2024-02-29", "2024-03-01"),
        ("on 31/12/2023", "2023-12-31", "2024-01-01"),
        ("in the 1990s", "1990-01-01", "2000-01-01"),
        ("last year", "2023-01-01", "2024-01-01"),
        ("this year", "2024-01-01", "2025-01-01"),
        ("last month", "2024-04-01", "2024-05-01"),
        ("this quarter", "2024-04-01", "2024-07-01"),
        ("last quarter", "2024-01-01", "2024-04-01"),
        ("last week", "2024-05-06", "2024-05-13"),
        ("yesterday", "2024-05-14", "2024-05-15"),
        ("in the last 30 days", "2024-04-16", "2024-05-16"),
        ("in the last three months", "2024-02-16", "2024-05-16"),
        ("since 2023", "2023-01-01", None),
        ("since March 2023", "2023-03-01", None),
        ("after 2022", "2023-01-01", None),
        ("later than March 2023", "2023-04-01", None),
        ("before 2020", None, "2020-01-01"),
        ("prior to 2020", None, "2020-01-01"),
        ("until March 2023", None, "2023-04-01"),
        ("between 2020 and 2022", "2020-01-01", "2023-01-01"),
        ("between Jan 1 , 2024 and March 31 , 2024", "2024-01-01", "2024-04-01"),
        ("between March and May 2023", "2023-03-01", "2023-06-01"),
        ("from 2020 to 2021", "2020-01-01", "2022-01-01"),
        ("in 2011 or later", "2011-01-01", None),
        ("in 2011 or earlier", None, "2012-01-01"),
    ],
)
def test_phrases_become_explicit_ranges(text: str, start: str | None, end: str | None) -> None:
    """Each phrase is one range, from its first day up to and without the day after its last."""
    span = read_date(words(text), 0, TODAY)

    assert span is not None
    assert span.end == len(text.split())
    assert (span.period.start, span.period.end) == (
        dt.date.fromisoformat(start) if start else None,
        dt.date.fromisoformat(end) if end else None,
    )


@pytest.mark.parametrize(
    "text",
    ["in March", "on 03/04/2023", "on 2023-02-30", "on 31 February 2023", "in Q5 2023", "last days", "2023",
     "between 2022 and 2020", "over 2000", "in the last 0 days", "the third half of 2023", "last 99999999 years"],
)  # fmt: skip
def test_phrases_with_two_readings_or_none_are_not_read(text: str) -> None:
    """A month without a year, a day that could be a month and a day that is not in the calendar are left alone."""
    assert read_date(words(text), 0, TODAY) is None


def test_years_are_marked() -> None:
    """A range of whole years can be compared with a column of years."""
    years, months = read_date(words("in 2023"), 0, TODAY), read_date(words("in May 2023"), 0, TODAY)

    assert years is not None
    assert months is not None
    assert years.is_years
    assert not months.is_years


@pytest.mark.parametrize(
    ("text", "unit", "adverb"),
    [("monthly", Granularity.MONTH, True), ("year", Granularity.YEAR, False), ("quarters", Granularity.QUARTER, False)],
)
def test_units_of_the_calendar(text: str, unit: Granularity, *, adverb: bool) -> None:
    """A unit is named by its noun, or by an adverb that asks for the grouping by itself."""
    span = read_granularity(words(text), 0)

    assert span is not None
    assert (span.unit, span.is_adverb) == (unit, adverb)
    assert read_granularity(words("decade"), 0) is None
