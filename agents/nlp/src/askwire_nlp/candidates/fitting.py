"""Keep only the candidates that can do what a reading wants of them, and add those that no word names."""

from __future__ import annotations

import dataclasses

from askwire_nlp.candidates.reading import Clause, ClauseKind, Metric, Reading, Slot
from askwire_nlp.catalog import Kind, KnownCatalog, KnownColumn
from askwire_nlp.linking import Candidate

__all__ = ["fit"]

_NUMBERS = (Kind.NUMBER, Kind.MONEY, Kind.YEAR)
_COMPARABLE = (Kind.NUMBER, Kind.MONEY, Kind.YEAR)
_NUMBER_TYPES = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_GRANULARITY_ITEM = 100_000


def fit(reading: Reading, catalog: KnownCatalog) -> Reading | None:
    """Return the reading with fitting candidates only, or None when a slot is left with none."""
    fitter = _Fitter(catalog, reading)
    outputs = tuple(fitter.metric(one, place) for place, one in enumerate(reading.outputs))
    groups = tuple(fitter.metric(one, 100 + place) for place, one in enumerate(reading.groups))
    orderings = tuple(
        dataclasses.replace(one, metric=fitter.ordered(one.metric, 200 + place) if one.metric else None)
        for place, one in enumerate(reading.orderings)
    )
    clauses = tuple(fitter.clause(one) for one in reading.clauses)
    fitted = dataclasses.replace(reading, outputs=outputs, groups=groups, orderings=orderings, clauses=clauses)
    return fitted if all(slot.candidates for slot in fitted.slots().values()) else None


class _Fitter:
    def __init__(self, catalog: KnownCatalog, reading: Reading) -> None:
        self._catalog = catalog
        self._reading = reading

    def _column(self, candidate: Candidate) -> KnownColumn | None:
        if candidate.column is None:
            return None
        return self._catalog.tables[candidate.table].column(candidate.column)

    def _keep(self, slot: Slot, kinds: tuple[Kind, ...]) -> Slot:
        kept = tuple(one for one in slot.candidates if (column := self._column(one)) is None or column.kind in kinds)
        return dataclasses.replace(slot, candidates=kept)

    def metric(self, metric: Metric, place: int) -> Metric:
        """Return the metric with columns that can be added up, averaged, compared or dated."""
        if metric.granularity is not None:
            slot = metric.slot or Slot(_GRANULARITY_ITEM + place, metric.granularity.value, self._dates(years=False),
                                       is_table=False, owner=self._date_owner(None), is_unnamed=True)  # fmt: skip
            return dataclasses.replace(metric, slot=slot)
        if metric.slot is None or metric.slot.is_table:
            return metric
        if metric.aggregate in ("sum", "avg"):
            return dataclasses.replace(metric, slot=self._keep(metric.slot, (Kind.NUMBER, Kind.MONEY)))
        if metric.aggregate in ("min", "max"):
            kinds = (*_NUMBERS, Kind.DATE)
            return dataclasses.replace(metric, slot=self._keep(metric.slot, kinds))
        if metric.aggregate is None:
            stored = tuple(
                one for one in metric.slot.candidates
                if (column := self._column(one)) is None or (column.formula is None and column.kind is not Kind.OTHER)
            )  # fmt: skip
            return dataclasses.replace(metric, slot=dataclasses.replace(metric.slot, candidates=stored))
        return dataclasses.replace(metric, slot=_each_alone(metric.slot))

    def ordered(self, metric: Metric, place: int) -> Metric:
        """Return the metric of an order; what is picked by a superlative must be a number or a date."""
        fitted = self.metric(metric, place)
        is_plain = fitted.aggregate is None and fitted.slot is not None and not fitted.slot.is_table
        if self._reading.limit is None or not is_plain or fitted.slot is None:
            return fitted
        return dataclasses.replace(fitted, slot=self._keep(fitted.slot, (*_NUMBERS, Kind.DATE)))

    def clause(self, clause: Clause) -> Clause:
        """Return the clause with columns of a type that it can compare."""
        slot = clause.slot
        if clause.kind is ClauseKind.DATES:
            years = clause.is_years
            if slot is None:
                slot = Slot(clause.place, clause.text or "date", self._dates(years=years), is_table=False,
                            owner=self._date_owner(clause.place), is_unnamed=True)  # fmt: skip
            else:
                slot = self._keep(slot, (Kind.DATE, Kind.YEAR) if years else (Kind.DATE,))
        elif slot is None or slot.is_table:
            return clause
        slot = _each_alone(slot)
        if clause.kind is ClauseKind.DATES:
            return dataclasses.replace(clause, slot=slot)
        if clause.kind is ClauseKind.LITERAL and clause.number is not None:
            # a number in quotes: also a column of numbers may be compared with it
            numbers = self._keep(slot, (*_NUMBERS, Kind.ID)).candidates
            texts = self._unlisted(self._keep(slot, (Kind.TEXT, Kind.ID)), clause.text).candidates
            kept = tuple(dict.fromkeys((*(one for one in numbers if self._is_number(one)), *texts)))
            return dataclasses.replace(clause, slot=dataclasses.replace(slot, candidates=kept))
        if clause.kind in (ClauseKind.COMPARE, ClauseKind.BETWEEN, ClauseKind.AVERAGE):
            is_equal = clause.kind is ClauseKind.COMPARE and clause.comparison in ("=", "<>") and not clause.aggregate
            slot = self._keep(slot, (*_COMPARABLE, Kind.ID, Kind.TEXT) if is_equal else _COMPARABLE)
        elif clause.kind in (ClauseKind.LIKE, ClauseKind.LITERAL):
            slot = self._keep(slot, (Kind.TEXT, Kind.ID))
            if clause.kind is ClauseKind.LITERAL:
                slot = self._unlisted(slot, clause.text)
        elif clause.kind is ClauseKind.FLAG:
            slot = self._keep(slot, (Kind.FLAG,))
        return dataclasses.replace(clause, slot=slot)

    def _is_number(self, candidate: Candidate) -> bool:
        column = self._column(candidate)
        return column is not None and column.column.type.lower() in _NUMBER_TYPES

    def _unlisted(self, slot: Slot, text: str) -> Slot:
        """Keep text columns that have the text, or whose values are not all known: elsewhere it is a mistake."""
        kept = tuple(
            one
            for one in slot.candidates
            if (column := self._column(one)) is not None
            and (not column.column.values_complete or text in column.column.values)
            and column.column.type.lower().startswith(("text", "char", "citext", "bpchar"))
        )  # fmt: skip
        return dataclasses.replace(slot, candidates=kept)

    def _dates(self, *, years: bool) -> tuple[Candidate, ...]:
        found: list[Candidate] = []
        for table in self._catalog.tables:
            for column in table.columns:
                is_main = column.name == table.main_date
                if not is_main and table.main_date is not None and column.kind is Kind.DATE:
                    continue
                if column.kind is Kind.DATE:
                    evidence = f"the date of {table.table.name}" if is_main else "a date"
                    found.append(Candidate(table.index, column.name, None, 0.9 if is_main else 0.55, evidence))
                elif years and column.kind is Kind.YEAR:
                    found.append(Candidate(table.index, column.name, None, 0.8, "a year"))
        return tuple(found)

    def _has_main_date(self, slot: Slot) -> bool:
        return any(self._catalog.tables[one.table].main_date is not None for one in slot.candidates[:1])

    def _date_owner(self, place: int | None) -> int | None:
        """Return what a date without a name belongs to: what must (not) be there, else what is measured or shown."""
        tables = [slot.item for slot in self._reading.tables]
        before = [item for item in tables if place is not None and item < place]
        related = {
            one.slot.item
            for one in self._reading.clauses
            if one.slot is not None and one.slot.is_table and self._has_main_date(one.slot)
        }
        if before and before[-1] in related:
            return before[-1]
        metrics = [*self._reading.outputs, *(one.metric for one in self._reading.orderings if one.metric)]
        measured = [one.slot.item for one in metrics if one.aggregate and one.slot is not None]
        if measured:
            return measured[0]
        if before:
            return before[-1]
        shown = [one.slot.item for one in self._reading.outputs if one.slot is not None]
        main = [self._reading.main.item] if self._reading.main else []
        return next(iter((*shown, *main, *tables)), None)


def _each_alone(slot: Slot) -> Slot:
    """Return the slot with one candidate for each of the columns that are shown together."""
    alone = tuple(
        dataclasses.replace(one, column=name, others=())
        for one in slot.candidates
        for name in ((one.column, *one.others) if one.others else (one.column,))
    )
    return dataclasses.replace(slot, candidates=alone)
