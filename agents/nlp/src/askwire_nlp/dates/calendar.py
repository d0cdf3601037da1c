"""Calendar periods as half-open ranges."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from dateutil.relativedelta import relativedelta

__all__ = ["Granularity", "Period", "period_of", "rolling", "shifted"]


class Granularity(enum.StrEnum):
    """A unit of the calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclasses.dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` up to but without ``end``; None where it is open."""

    start: dt.date | None
    end: dt.date | None

    def describe(self) -> str:
        """Return the range in words that show both ends as they are compared."""
        if self.start is None:
            return f"before {self.end}"
        if self.end is None:
            return f"from {self.start} on"
        return f"from {self.start} up to, not including, {self.end}"


_STEPS = {
    Granularity.DAY: relativedelta(days=1),
    Granularity.WEEK: relativedelta(weeks=1),
    Granularity.MONTH: relativedelta(months=1),
    Granularity.QUARTER: relativedelta(months=3),
    Granularity.YEAR: relativedelta(years=1),
}


def period_of(day: dt.date, unit: Granularity) -> Period:
    """Return the calendar period of that unit that holds ``day``; weeks begin on Monday."""
    if unit is Granularity.DAY:
        start = day
    elif unit is Granularity.WEEK:
        start = day - dt.timedelta(days=day.weekday())
    elif unit is Granularity.MONTH:
        start = day.replace(day=1)
    elif unit is Granularity.QUARTER:
        start = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    else:
        start = day.replace(month=1, day=1)
    return Period(start, start + _STEPS[unit])


def shifted(today: dt.date, unit: Granularity, count: int) -> Period:
    """Return the period that lies ``count`` units after (before, when negative) the one of today."""
    return period_of(today + _STEPS[unit] * count, unit)


def rolling(today: dt.date, unit: Granularity, count: int) -> Period:
    """Return the last ``count`` units up to and with today."""
    return Period(today - _STEPS[unit] * count + dt.timedelta(days=1), today + dt.timedelta(days=1))
