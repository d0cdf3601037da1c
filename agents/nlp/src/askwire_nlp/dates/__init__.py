"""Dates of a question: a grammar of its own that turns every phrase into an explicit half-open range."""

from __future__ import annotations

from askwire_nlp.dates.calendar import Granularity, Period
from askwire_nlp.dates.grammar import DateSpan, read_date
from askwire_nlp.dates.granularity import GranularitySpan, read_granularity

__all__ = ["DateSpan", "Granularity", "GranularitySpan", "Period", "read_date", "read_granularity"]
