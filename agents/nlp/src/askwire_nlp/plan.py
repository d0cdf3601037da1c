"""The logical plan: what is to be computed, in terms of the catalog; SQL is written from it and from nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = [
    "AboveAverage", "Aggregate", "Amount", "AnyOf", "Between", "Bucket", "ColumnRef", "Comparison", "Condition",
    "CountIn", "Exists", "Expression", "InPeriod", "IsMissing", "Join", "Matches", "OneOf", "Output", "Plan", "Sort",
    "Source", "to_builtins",
]  # fmt: skip


class Source(msgspec.Struct, frozen=True, tag=True):
    """A table under the name by which the rest of the plan calls it."""

    schema: str
    table: str
    alias: str


class ColumnRef(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A column; ``as_number`` casts a number that is stored as text."""

    alias: str
    column: str
    as_number: bool = False


class Amount(msgspec.Struct, frozen=True, tag=True):
    """Quantity times price, less the discount's rate where there is one."""

    quantity: ColumnRef
    price: ColumnRef
    discount: ColumnRef | None
    is_percent: bool = False


class Bucket(msgspec.Struct, frozen=True, tag=True):
    """The calendar unit that a date falls into."""

    unit: str
    column: ColumnRef


class Aggregate(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """``count``, ``sum``, ``avg``, ``min`` or ``max``; without an argument it counts rows."""

    function: str
    argument: ColumnRef | Amount | Bucket | None = None
    is_distinct: bool = False


Expression = ColumnRef | Amount | Bucket | Aggregate


class Join(msgspec.Struct, frozen=True, tag=True):
    """An inner join along one foreign key; ``pairs`` are the columns that are equal."""

    source: Source
    pairs: tuple[tuple[ColumnRef, ColumnRef], ...]


class Comparison(msgspec.Struct, frozen=True, tag=True):
    """``value`` is the literal's text; ``literal`` says how it is written: number, text or boolean."""

    left: Expression
    operator: str
    value: str
    literal: str


class AboveAverage(msgspec.Struct, frozen=True, tag=True):
    """A comparison with the average over the whole table."""

    left: Expression
    operator: str
    source: Source
    averaged: Expression


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """Equal to one of some texts (to none, when negated)."""

    left: Expression
    values: tuple[str, ...]
    is_negated: bool


class Between(msgspec.Struct, frozen=True, tag=True):
    """Both ends belong to the range."""

    left: Expression
    low: str
    high: str
    is_negated: bool


class InPeriod(msgspec.Struct, frozen=True, tag=True):
    """From ``start`` up to but without ``end`` (ISO dates, or years when ``is_years``)."""

    left: Expression
    start: str | None
    end: str | None
    is_negated: bool
    is_years: bool


class Matches(msgspec.Struct, frozen=True, tag=True):
    """Begins with, ends with or contains a text; ``kind`` is prefix, suffix or part."""

    left: Expression
    kind: str
    text: str
    is_negated: bool


class IsMissing(msgspec.Struct, frozen=True, tag=True):
    """Has no value."""

    left: Expression
    is_negated: bool


class Exists(msgspec.Struct, frozen=True, tag=True):
    """Has at least one related row that meets the conditions (none, when negated)."""

    source: Source
    joins: tuple[Join, ...]
    link: tuple[tuple[ColumnRef, ColumnRef], ...]
    where: tuple[Condition, ...]
    is_negated: bool


class CountIn(msgspec.Struct, frozen=True, tag=True):
    """Is among the rows that have so many related rows."""

    outer: tuple[ColumnRef, ...]
    source: Source
    joins: tuple[Join, ...]
    inner: tuple[ColumnRef, ...]
    where: tuple[Condition, ...]
    count: Aggregate
    operator: str
    number: str


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]


Condition = Comparison | AboveAverage | OneOf | Between | InPeriod | Matches | IsMissing | Exists | CountIn | AnyOf


class Output(msgspec.Struct, frozen=True, tag=True):
    """A column of the answer."""

    expression: Expression
    name: str


class Sort(msgspec.Struct, frozen=True, tag=True):
    """One key of the order; missing values come last."""

    expression: Expression
    is_descending: bool


class Plan(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """One query. ``limit`` keeps ties: rows that equal the last one stay in."""

    source: Source
    outputs: tuple[Output, ...]
    joins: tuple[Join, ...] = ()
    where: tuple[Condition, ...] = ()
    groups: tuple[Expression, ...] = ()
    having: tuple[Condition, ...] = ()
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    is_distinct: bool = False


def to_builtins(plan: Plan) -> Any:
    """Return the plan as JSON values, for people who want to look."""
    return msgspec.to_builtins(plan)
