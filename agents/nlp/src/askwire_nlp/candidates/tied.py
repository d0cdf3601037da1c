"""A reading whose slots are tied: which table and which columns its metrics are."""

from __future__ import annotations

from askwire_nlp import plan as p
from askwire_nlp.candidates.board import Unreadable
from askwire_nlp.candidates.naming import Names
from askwire_nlp.candidates.reading import Metric, Reading
from askwire_nlp.catalog import Kind, KnownCatalog, KnownColumn
from askwire_nlp.catalog.names import singular
from askwire_nlp.linking import Candidate

__all__ = ["TiedReading"]

_MOST_SHOWN = 12
_ANYONES = (("name",), ("label",), ("title",), ("description",))


class TiedReading:
    """Looks up what the metrics of a reading became."""

    def __init__(self, reading: Reading, chosen: dict[int, Candidate], catalog: KnownCatalog) -> None:
        self._reading = reading
        self._chosen = chosen
        self._catalog = catalog
        self._names = Names(catalog)

    def _table_of(self, metric: Metric) -> int:
        if metric.slot is not None:
            return self._chosen[metric.slot.item].table
        if self._reading.main is not None:
            return self._chosen[self._reading.main.item].table
        for group in self._reading.groups:
            if group.slot is not None:
                return self._chosen[group.slot.item].table
        raise Unreadable("it is not clear what is to be counted")

    def _metrics(self) -> list[Metric]:
        ordered = [one.metric for one in self._reading.orderings if one.metric]
        return [one for one in (*self._reading.outputs, *ordered) if one.aggregate]

    def _groups(self) -> list[Metric]:
        plain = [one for one in self._reading.outputs if not one.aggregate]
        named = {one.slot.item for one in plain if one.slot}
        return [one for one in self._reading.groups if one.slot is None or one.slot.item not in named] + plain

    def _column(self, metric: Metric) -> KnownColumn:
        if metric.slot is None:
            raise Unreadable("it is not clear which column is meant")
        candidate = self._chosen[metric.slot.item]
        return self._catalog.tables[candidate.table].column(candidate.column or "")

    def _columns(self, metric: Metric) -> tuple[KnownColumn, ...]:
        """Return the column of a metric with those that are meant together with it."""
        first = self._column(metric)
        others = self._chosen[metric.slot.item].others if metric.slot is not None else ()
        return first, *(self._catalog.tables[first.table].column(name) for name in others)

    def _bucket(self, metric: Metric) -> p.Expression:
        column = self._column(metric)
        reference = self._names.column(column.table, column.name)
        if column.kind is Kind.YEAR:
            return reference
        return p.Bucket(metric.granularity.value if metric.granularity else "day", reference)

    def _shown_name(self, table: int, name: str, *, is_thing: bool = False) -> str:
        """Return how a column of the answer is called: a name that stands for the thing is called like the thing."""
        known = self._catalog.tables[table]
        column = known.column(name)
        is_anyones = known.label == (name,) and (column.short in _ANYONES if is_thing else column.words == ("name",))
        return "_".join((*known.words[:-1], singular(known.words[-1]))) if is_anyones else name.lower()

    def _columns_of(self, table: int) -> list[p.Output]:
        """Return what shows a row: its label, or all its columns where it has none."""
        known = self._catalog.tables[table]
        names = (
            known.label
            or tuple(one.name for one in known.columns if one.kind is not Kind.OTHER and one.formula is None)[
                :_MOST_SHOWN
            ]
        )
        return [
            p.Output(self._names.column(table, name), self._shown_name(table, name, is_thing=True)) for name in names
        ]
