"""Words that name a unit of the calendar to group by: "monthly", "month", "years"."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from askwire_nlp.dates.calendar import Granularity
from askwire_nlp.words import Word

__all__ = ["GranularitySpan", "read_granularity"]

_UNITS = {
    "day": Granularity.DAY, "days": Granularity.DAY, "week": Granularity.WEEK, "weeks": Granularity.WEEK,
    "month": Granularity.MONTH, "months": Granularity.MONTH, "quarter": Granularity.QUARTER,
    "quarters": Granularity.QUARTER, "year": Granularity.YEAR, "years": Granularity.YEAR,
}  # fmt: skip
_ADVERBS = {
    "daily": Granularity.DAY, "weekly": Granularity.WEEK, "monthly": Granularity.MONTH,
    "quarterly": Granularity.QUARTER, "yearly": Granularity.YEAR, "annual": Granularity.YEAR,
    "annually": Granularity.YEAR,
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class GranularitySpan:
    """A unit that ends before word ``end``; ``is_adverb`` when the word alone asks for the grouping ("monthly")."""

    end: int
    unit: Granularity
    is_adverb: bool


def read_granularity(words: Sequence[Word], start: int) -> GranularitySpan | None:
    """Return the unit that stands at ``start``, if one does."""
    lower = words[start].lower
    if lower in _ADVERBS:
        return GranularitySpan(start + 1, _ADVERBS[lower], is_adverb=True)
    if lower in _UNITS:
        return GranularitySpan(start + 1, _UNITS[lower], is_adverb=False)
    return None
