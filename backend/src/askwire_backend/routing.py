"""Which replica gets a request: the less busy of two taken by chance (no I/O)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

__all__ = ["OWNERS", "Busy", "choose"]

OWNERS = {
    "nlp_query": "nlp",
    "catalog_put": "nlp",
    "sql_query": "data",
    "catalog": "data",
    "generate_chart": "viz",
    "export_chart": "viz",
    "chart_library": "viz",
}
"""Which agent type alone may be asked a built-in request type, whatever others say they answer."""


class Busy(Protocol):
    """Something with requests in flight."""

    in_flight: int


B = TypeVar("B", bound=Busy)


def choose(candidates: Sequence[B], random: Callable[[], float]) -> B | None:
    """Return one of the candidates, None when there is none; ``random`` returns a number in [0, 1)."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    first = int(random() * len(candidates))
    second = int(random() * (len(candidates) - 1))
    second += second >= first
    one, other = candidates[first], candidates[second]
    return one if one.in_flight <= other.in_flight else other
