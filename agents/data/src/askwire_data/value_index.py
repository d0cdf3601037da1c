"""Decide which values of a column are worth knowing, and how many fit."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

__all__ = ["MAX_CHARACTERS", "MAX_VALUES", "FoundValues", "KeptValues", "fit", "keep"]

MAX_CHARACTERS = 100
"""Longer values are prose, which nobody types into a question."""

MAX_VALUES = 5_000
"""Names of people and products are what questions are about, so a column may have many."""

_MAX_SAMPLE = 200
_PROSE_CHARACTERS = 40
_OVERHEAD_BYTES = 3
"""Quotes and comma of each value in JSON."""


class FoundValues(msgspec.Struct, frozen=True, kw_only=True):
    """What a column holds: its most frequent values first."""

    distinct: int
    too_long: int
    mean_characters: float | None
    values: tuple[str, ...] | None = None


class KeptValues(msgspec.Struct, frozen=True, kw_only=True):
    """Values in the order of their characters; ``complete`` when no other (but the empty text) is in the column."""

    values: tuple[str, ...] = ()
    complete: bool = False


def keep(found: FoundValues, *, sampled: bool) -> KeptValues:
    """Return the values of one column that go into the catalog; prose gives few or none."""
    if found.too_long * 2 > found.distinct:
        return KeptValues()
    values = found.values or ()
    prose = (found.mean_characters or 0.0) > _PROSE_CHARACTERS
    if prose or (found.distinct > MAX_VALUES and _are_codes(values)):
        values = values[:_MAX_SAMPLE]
    # the empty text counts as a value of the column, and is not in the list
    complete = not sampled and found.too_long == 0 and found.distinct - len(values) <= _missing_blank(found)
    return KeptValues(values=values, complete=complete)


def fit(columns: Mapping[tuple[int, int], KeptValues], max_bytes: int) -> dict[tuple[int, int], KeptValues]:
    """Shorten the longest lists until all fit; each list loses its least frequent values first.

    The lists that are left are sorted, so that the catalog's version does not change with frequencies.
    """
    sizes = {key: sum(map(_size, kept.values)) for key, kept in columns.items()}
    cap = _level(sorted(sizes.values()), max_bytes)
    return {key: _sorted(kept if sizes[key] <= cap else _shortened(kept, cap)) for key, kept in columns.items()}


def _are_codes(values: tuple[str, ...]) -> bool:
    """Say whether most values hold a digit: numbers of parcels and the like, of which a part is of no use."""
    return 2 * sum(any(character.isdigit() for character in value) for value in values) > len(values)


def _missing_blank(found: FoundValues) -> int:
    return 1 if found.values is not None and len(found.values) < MAX_VALUES else 0


def _size(value: str) -> int:
    return len(value.encode()) + _OVERHEAD_BYTES


def _level(sizes: list[int], max_bytes: int) -> int:
    """Return the cap per list under which lists of these sizes (in rising order) take ``max_bytes`` together."""
    left = max_bytes
    for place, size in enumerate(sizes):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return max_bytes


def _shortened(kept: KeptValues, max_bytes: int) -> KeptValues:
    used, count = 0, 0
    for value in kept.values:
        used += _size(value)
        if used > max_bytes:
            break
        count += 1
    return KeptValues(values=kept.values[:count], complete=False)


def _sorted(kept: KeptValues) -> KeptValues:
    return KeptValues(values=tuple(sorted(kept.values)), complete=kept.complete)
