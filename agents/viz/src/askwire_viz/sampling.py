"""Thin out long series without losing their extremes."""

from __future__ import annotations

import numpy as np

from askwire_viz.times import FloatArray

__all__ = ["MAX_POINTS", "thin_out"]

MAX_POINTS = 2_000


def thin_out(x: FloatArray, y: FloatArray, max_points: int = MAX_POINTS) -> tuple[FloatArray, FloatArray]:
    """Keep the least and the greatest value of each bucket, in order; ``x`` must be sorted.

    A bucket of gaps alone keeps one of them, so that a line stays broken there.
    """
    count = y.size
    if count <= max_points:
        return x, y
    buckets = max_points // 2
    size = -(-count // buckets)
    padded = np.full(buckets * size, np.nan)
    padded[:count] = y
    blocks = padded.reshape(buckets, size)
    starts = np.arange(buckets) * size
    least = starts + np.where(np.isnan(blocks), np.inf, blocks).argmin(axis=1)
    greatest = starts + np.where(np.isnan(blocks), -np.inf, blocks).argmax(axis=1)
    kept = np.unique(np.concatenate((least, greatest)))
    kept = kept[kept < count]
    return x[kept], y[kept]
