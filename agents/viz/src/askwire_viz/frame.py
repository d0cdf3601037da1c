"""Arrange classified columns as a chart would use them: one axis, at most one series column, measures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from askwire_viz import names
from askwire_viz.columns import Column, Role, as_category
from askwire_viz.labels import shorten

__all__ = ["Frame", "arrange"]

_MAX_ORDINALS = 30
_MAX_JOINED_LABEL = 40
_AXIS_ORDER = (Role.TIME, Role.CYCLIC, Role.ORDINAL)


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """``axis`` names what each row is about, ``series`` splits it; ``problem`` says why no axis could be found."""

    row_count: int
    measures: tuple[Column, ...]
    axis: Column | None = None
    series: Column | None = None
    problem: str | None = None
    unique: bool = True
    """True where no two rows are about the same: the rows are one per mark already."""
    column_count: int = 0


def arrange(columns: Sequence[Column], row_count: int) -> Frame:
    """Choose axis, series and measures."""
    measures = [column for column in columns if column.role is Role.MEASURE]
    ordered = [column for column in columns if column.role in _AXIS_ORDER]
    categories = [column for column in columns if column.role is Role.CATEGORY]
    if not ordered and not categories:
        ordinal = _find_ordinal(measures, row_count)
        if ordinal is not None:
            ordered, measures = [ordinal], measures[1:]
    if not ordered and not categories and measures:
        # A key names its rows where nothing else does.
        categories = [c for c in columns if c.role is Role.KEY and c.distinct == row_count <= _MAX_ORDINALS]
    ordered, categories = _drop_constant(ordered, _join_names(categories), row_count)
    categories = _reduce(categories, row_count)
    ordered.sort(key=lambda column: _AXIS_ORDER.index(column.role))
    axis, series, problem = _assign(ordered, categories)
    unique = _count_distinct([column for column in (axis, series) if column is not None]) >= row_count
    return Frame(row_count, tuple(measures), axis, series, problem, unique, len(columns))


def _assign(ordered: list[Column], categories: list[Column]) -> tuple[Column | None, Column | None, str | None]:
    dimensions = len(ordered) + len(categories)
    if len(ordered) > 1 and ordered[1].role is Role.TIME:
        return None, None, "there is more than one column of times"
    if dimensions > 2:
        return None, None, f"there are {dimensions} columns to group by, a chart shows at most two"
    if ordered:
        rest = [*ordered[1:], *categories]
        return ordered[0], rest[0] if rest else None, None
    if len(categories) == 2:
        axis, series = sorted(categories, key=lambda column: -column.distinct)
        return axis, series, None
    return (categories[0], None, None) if categories else (None, None, None)


def _find_ordinal(measures: list[Column], row_count: int) -> Column | None:
    # Whole numbers, each once, beside something aggregated: the result of a grouping by them.
    if len(measures) < 2 or row_count > _MAX_ORDINALS or row_count < 2:
        return None
    first = measures[0]
    if not first.whole or first.named_measure or first.distinct != row_count:
        return None
    if not any(column.named_measure for column in measures[1:]):
        return None
    labels = tuple(f"{int(number):d}" for number in first.numbers)
    return dataclasses.replace(first, role=Role.ORDINAL, labels=labels, additive=False)


def _drop_constant(
    ordered: list[Column], categories: list[Column], row_count: int
) -> tuple[list[Column], list[Column]]:
    if row_count < 2 or len(ordered) + len(categories) < 2:
        return ordered, categories
    varied = ([c for c in ordered if c.distinct > 1], [c for c in categories if c.distinct > 1])
    return varied if varied[0] or varied[1] else (ordered, categories[:1])


def _join_names(categories: list[Column]) -> list[Column]:
    parts = [column for column in categories if names.is_part_of_name(names.split_words(column.name))]
    if len(parts) != 2:
        return categories
    joined = [f"{one} {two}" for one, two in zip(parts[0].labels, parts[1].labels, strict=True)]
    return [as_category("name", joined), *[column for column in categories if column not in parts]]


def _reduce(categories: list[Column], row_count: int) -> list[Column]:
    # A column that follows from another one (the category of a product) groups nothing by itself.
    kept = list(categories)
    while len(kept) > 1:
        pair = next(
            (
                (one, two)
                for one in kept
                for two in kept
                if one is not two and one.distinct == _count_distinct([one, two]) and one.distinct > 1
            ),
            None,
        )
        if pair is None:
            return kept
        one, two = pair
        merged = _merge(one, two) if one.distinct == row_count else one
        kept = [merged if column is one else column for column in kept if column is not two]
    return kept


def _merge(one: Column, two: Column) -> Column:
    joined = [f"{a} · {b}" if a != b else a for a, b in zip(one.labels, two.labels, strict=True)]
    if sum(len(label) for label in joined) > _MAX_JOINED_LABEL * len(joined):
        return one
    return dataclasses.replace(one, name=shorten(f"{one.name}, {two.name}", 80), labels=tuple(joined))


def _count_distinct(columns: list[Column]) -> int:
    if not columns:
        return 1
    keys = [column.labels or tuple(np.nan_to_num(column.numbers, nan=-1.0).tolist()) for column in columns]
    return len(set(zip(*keys, strict=True)))
