"""Shares with their 95 % intervals, and percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

__all__ = ["Mean", "Share", "mean_of", "percentile", "share_of"]

_Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


class Share(msgspec.Struct, frozen=True):
    """``count`` of ``of``, as a share between 0 and 1, with Wilson's interval."""

    count: int
    of: int
    share: float
    low: float
    high: float


class Mean(msgspec.Struct, frozen=True):
    """A mean of scores with its interval (normal approximation)."""

    mean: float
    low: float
    high: float


def share_of(count: int, of: int) -> Share:
    """Return the share and its interval; 0 of 0 is 0, known to nobody (0 to 1)."""
    if of == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    share, square = count / of, _Z * _Z
    centre = (share + square / (2 * of)) / (1 + square / of)
    half = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    low = 0.0 if count == 0 else max(0.0, centre - half)
    high = 1.0 if count == of else min(1.0, centre + half)
    return Share(count, of, round(share, 5), round(low, 5), round(high, 5))


def mean_of(scores: Sequence[float]) -> Mean:
    """Return the mean of the scores; none give 0."""
    if not scores:
        return Mean(0.0, 0.0, 0.0)
    mean = sum(scores) / len(scores)
    deviation = math.sqrt(sum((score - mean) ** 2 for score in scores) / max(1, len(scores) - 1))
    half = _Z * deviation / math.sqrt(len(scores))
    return Mean(round(mean, 5), round(mean - half, 5), round(mean + half, 5))


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that ``part`` of all do not exceed (nearest rank); 0 without values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]
