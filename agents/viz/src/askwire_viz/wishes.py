"""Find the chart that someone asked for, in the words of a question or in the field of a request."""

from __future__ import annotations

import re

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages.charts import ChartType

__all__ = ["FAMILIES", "find_wish", "read_wish"]

# A drawing word must follow, or "as a": somebody may sell pies, have tables, and count order lines.
_DRAWN = r"[\s-]*(?:charts?|graphs?|plots?|diagrams?)"
_BARS = r"(?:bars?|columns?)"
_PATTERNS: tuple[tuple[ChartType, str], ...] = (
    (ChartType.STACKED_BAR, rf"stacked(?:\s+{_BARS})?{_DRAWN}|stacked\s+{_BARS}\b"),
    (ChartType.GROUPED_BAR, rf"(?:grouped|clustered|side[\s-]by[\s-]side)\s+{_BARS}(?:{_DRAWN})?"),
    (ChartType.HORIZONTAL_BAR, rf"horizontal(?:\s+{_BARS}){_DRAWN}?|horizontal\s+bars?"),
    (ChartType.PIE, rf"(?:pie|donut|doughnut){_DRAWN}|(?:as|in|with|draw|plot)\s+an?\s+(?:pie|donut|doughnut)\b"),
    (ChartType.HISTOGRAM, r"histograms?\b"),
    (ChartType.SCATTER, rf"scatter[\s-]*(?:plots?|charts?|graphs?|diagrams?)?\b|(?:point|dot){_DRAWN}"),
    (ChartType.MULTI_LINE, rf"multi[\s-]*(?:series\s+)?line{_DRAWN}"),
    (ChartType.LINE, rf"lines?{_DRAWN}|trend\s*lines?\b|(?:as|with|draw|plot)\s+an?\s+line\b"),
    (ChartType.BAR, rf"{_BARS}{_DRAWN}|(?:as|in|with|draw|plot)\s+(?:an?\s+)?bars?\b"),
    (ChartType.TABLE, r"(?:as|in)\s+an?\s+table\b|table\s+view\b"),
)
_COMPILED = tuple((kind, re.compile(rf"\b(?:{pattern})", re.IGNORECASE)) for kind, pattern in _PATTERNS)

# What else fulfils a wish for it, best first: who says "bars" does not mean one direction, or a single series.
FAMILIES: dict[ChartType, tuple[ChartType, ...]] = {
    ChartType.BAR: (ChartType.BAR, ChartType.HORIZONTAL_BAR, ChartType.STACKED_BAR, ChartType.GROUPED_BAR),
    ChartType.HORIZONTAL_BAR: (ChartType.HORIZONTAL_BAR, ChartType.STACKED_BAR, ChartType.GROUPED_BAR),
    ChartType.STACKED_BAR: (ChartType.STACKED_BAR,),
    ChartType.GROUPED_BAR: (ChartType.GROUPED_BAR,),
    ChartType.LINE: (ChartType.LINE, ChartType.MULTI_LINE),
    ChartType.MULTI_LINE: (ChartType.MULTI_LINE, ChartType.LINE),
}


def read_wish(chart_type: str | None) -> ChartType | None:
    """Read the field of a request; "" and "auto" are no wish.

    Raises:
        RequestFailed: INVALID_ARGUMENT with the names that are allowed.
    """
    if chart_type is None or chart_type.strip().lower() in ("", "auto"):
        return None
    try:
        return ChartType(chart_type.strip().lower())
    except ValueError:
        allowed = ", ".join(kind.value for kind in ChartType)
        raise RequestFailed(
            ErrorCode.INVALID_ARGUMENT,
            f"there is no chart type of that name; the chart types are {allowed}",
            details=(ErrorDetail(field="data.chart_type", reason=allowed),),
        ) from None


def find_wish(question: str | None) -> ChartType | None:
    """Find a chart that the question names; the more special name wins."""
    if not question:
        return None
    beginning = question[:2000]
    return next((kind for kind, pattern in _COMPILED if pattern.search(beginning)), None)
