"""A reading: what a question asks for, in terms of its own pieces, before the pieces are tied to the schema."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator
from decimal import Decimal

from askwire_nlp.dates import Granularity, Period
from askwire_nlp.linking import Candidate

__all__ = ["Clause", "ClauseKind", "Metric", "Ordering", "Reading", "Slot"]

_TOTALS = {"total", "totals", "amount", "amounts"}


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """A piece that has to be tied to a table, a column or a value; ``item`` is its place among the pieces."""

    item: int
    text: str
    candidates: tuple[Candidate, ...]
    is_table: bool
    owner: int | None = None
    """Place of the piece that names the table which should have the column."""
    is_owner_certain: bool = False
    is_unnamed: bool = False
    """No word names it (the date of "in 2024"); tied last, when the other meanings are known."""


class ClauseKind(enum.StrEnum):
    """What a condition compares."""

    COMPARE = "compare"
    AVERAGE = "average"
    BETWEEN = "between"
    VALUE = "value"
    LITERAL = "literal"
    DATES = "dates"
    LIKE = "like"
    MISSING = "missing"
    FLAG = "flag"
    RELATED = "related"
    COUNT = "count"


@dataclasses.dataclass(frozen=True, slots=True)
class Clause:
    """One condition; ``slot`` is None for a range of dates that no column is named for."""

    kind: ClauseKind
    slot: Slot | None
    place: int
    is_negated: bool = False
    comparison: str = "="
    number: Decimal | None = None
    upper: Decimal | None = None
    text: str = ""
    period: Period | None = None
    is_years: bool = False
    aggregate: str | None = None
    """Set when the condition is on a group's aggregate."""
    is_alternative: bool = False
    """Joined to the clause before it by "or"."""
    is_listed: bool = False
    """Joined to the clause before it by "and" or a comma, with nothing else between."""
    is_each: bool = False
    """One of two conditions on the same column that "both" joins; each holds for another row."""
    scope: int | None = None
    """Place of the negated table that the condition is about."""


@dataclasses.dataclass(frozen=True, slots=True)
class Metric:
    """Something to show or to order by; without a slot and with ``count`` it counts the rows of the main table."""

    slot: Slot | None
    aggregate: str | None = None
    is_distinct: bool = False
    granularity: Granularity | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Ordering:
    """An order by a metric; without one by the measure that is shown, or else by the first output."""

    metric: Metric | None
    is_descending: bool
    is_by_name: bool = False
    """Without a metric: alphabetical, so not by a number."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a question; ``left`` are the places of pieces that it does not account for."""

    outputs: tuple[Metric, ...]
    clauses: tuple[Clause, ...] = ()
    groups: tuple[Metric, ...] = ()
    orderings: tuple[Ordering, ...] = ()
    limit: int | None = None
    main: Slot | None = None
    is_distinct: bool = False
    shows_order: bool = False
    """The metric of the order is worth showing: a list of the top several."""
    is_measure_open: bool = False
    """The only output is a number of single rows, but groups ask for its average or its total."""
    is_list_open: bool = False
    """The things that are counted by a number or a date may also only be sorted by it."""
    left: tuple[int, ...] = ()
    problem: str | None = None
    chart_type: str | None = None
    tables: tuple[Slot, ...] = ()
    """Every table that is named, whatever for."""

    def closed(self) -> tuple[Reading, ...]:
        """Return the readings that are meant one or the other, each with nothing left open."""
        if self.is_list_open:
            outputs = tuple(dataclasses.replace(one, aggregate=None) for one in self.outputs)
            sort = Ordering(self.groups[0], is_descending=False)
            return self, dataclasses.replace(self, outputs=outputs, groups=(), orderings=(*self.orderings, sort))
        if not self.is_measure_open:
            return (self,)
        only = self.outputs[0]
        is_total = only.slot is not None and only.slot.text.lower() in _TOTALS
        return tuple(
            dataclasses.replace(self, outputs=(dataclasses.replace(only, aggregate=function),))
            for function in (("sum",) if is_total else ("avg", "sum"))
        )

    @property
    def is_open(self) -> bool:
        """Tell whether the question leaves open what is done with what it names."""
        return self.is_measure_open or self.is_list_open

    def metrics(self) -> Iterator[Metric]:
        """Return all metrics: outputs, groups and what is ordered by."""
        yield from self.outputs
        yield from self.groups
        yield from (one.metric for one in self.orderings if one.metric is not None)

    def slots(self) -> dict[int, Slot]:
        """Return every slot by the place of its piece, tables first."""
        found = {slot.item: slot for slot in self.tables}
        if self.main is not None:
            found[self.main.item] = self.main
        found |= {one.slot.item: one.slot for one in self.metrics() if one.slot is not None}
        found |= {one.slot.item: one.slot for one in self.clauses if one.slot is not None}
        return dict(sorted(found.items(), key=lambda pair: (not pair[1].is_table, pair[1].is_unnamed, pair[0])))
