"""Build the plan of a reading whose slots are tied to the schema."""

from __future__ import annotations

import dataclasses
import itertools

from askwire_nlp import plan as p
from askwire_nlp.candidates.board import Unreadable
from askwire_nlp.candidates.columns import by_first, formula_note, unique_outputs
from askwire_nlp.candidates.conditions_in_plan import Conditions
from askwire_nlp.candidates.filters import joins_of, may_repeat
from askwire_nlp.candidates.reading import Clause, ClauseKind, Metric, Reading
from askwire_nlp.candidates.resolution import Assignment
from askwire_nlp.candidates.tied import TiedReading
from askwire_nlp.catalog import Kind, KnownCatalog, KnownColumn
from askwire_nlp.catalog.names import plural
from askwire_nlp.joins import JoinGraph, JoinTree
from askwire_nlp.linking.english import SALES

__all__ = ["Assembled", "assemble"]

_MOST_VARIANTS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Assembled:
    """A plan, the tree of its joins and what was assumed to make it."""

    plan: p.Plan
    tree: JoinTree
    notes: tuple[str, ...]
    edges: frozenset[int] = frozenset()
    """All foreign keys that it joins by."""
    is_unsure: bool = False
    """It counts things once that may be linked several times, so that their links may be meant."""


def assemble(
    reading: Reading, assignment: Assignment, catalog: KnownCatalog, graph: JoinGraph, spoken: frozenset[int]
) -> list[Assembled]:
    """Return the plans; several where the foreign keys leave several ways to join.

    Raises:
        Unreadable: where no sound plan can be made.
    """
    spoken |= {one.edge for one in assignment.chosen.values() if one.edge is not None}
    found: list[Assembled] = []
    for variant in range(_MOST_VARIANTS):
        assembler = _Assembler(reading, assignment, catalog, graph, spoken, variant)
        made = assembler.build()
        if made.plan not in [one.plan for one in found]:
            found.append(made)
        if not assembler.has_more:
            break
    return found


def _without_sums_of_rows(reading: Reading, assignment: Assignment) -> Reading:
    """Return the reading with plain columns where rows of one table are ordered by a sum of their own column.

    "The company with the largest sales" is one row where sales is a column of companies, and a sum where it is not.
    """
    main = reading.main
    if main is None or reading.limit is None or reading.groups or any(one.aggregate for one in reading.outputs):
        return reading
    table = assignment.chosen[main.item].table
    orderings = tuple(
        dataclasses.replace(one, metric=dataclasses.replace(one.metric, aggregate=None))
        if one.metric
        and one.metric.aggregate == "sum"
        and one.metric.slot is not None
        and assignment.chosen[one.metric.slot.item].table == table
        else one
        for one in reading.orderings
    )
    return dataclasses.replace(reading, orderings=orderings)


class _Assembler(TiedReading):
    def __init__(
        self, reading: Reading, assignment: Assignment, catalog: KnownCatalog, graph: JoinGraph,
        spoken: frozenset[int], variant: int,
    ) -> None:  # fmt: skip
        super().__init__(_without_sums_of_rows(reading, assignment), assignment.chosen, catalog)
        self._graph = graph
        self._spoken = spoken
        self._variant = variant
        self._notes: list[str] = []
        self.has_more = False
        self._counts_once = False
        self._counted = self._counts_of_groups()
        self._is_aggregated = bool(self._counted) or any(
            one.aggregate for one in (*reading.outputs, *(o.metric for o in reading.orderings if o.metric))
        ) or any(one.aggregate for one in reading.clauses)  # fmt: skip

    def build(self) -> Assembled:
        """Return the plan of this variant."""
        root = self._root()
        shown = self._shown_tables(root)
        conditions = Conditions(self._reading, self._chosen, self._catalog, self._graph, self._spoken, self._variant)
        clauses = [one for one in self._reading.clauses if one not in self._counted and not one.aggregate]
        tree = self._tree(root, shown)
        if any(_has_peak(tree, table) for table in shown):
            raise Unreadable("what is shown is not on the same rows")
        extra = conditions.joinable(clauses, tree)
        whole = self._tree(root, shown | extra)
        if any(whole.multiplies(table) for table in extra if table not in tree.tables):
            whole, extra = tree, set()
        where = conditions.build(clauses, whole, self._names)
        self.has_more = self.has_more or conditions.has_more
        self._notes.extend(conditions.notes)
        used = conditions.used_edges | {step.edge.index for step in whole.steps}
        if any(one.edge is not None and one.edge not in used for one in self._chosen.values()):
            raise Unreadable("a role is named, but nothing is joined by it")
        plan = self._aggregated(whole, where) if self._is_aggregated else self._plain(whole, where)
        is_unsure = self._counts_once or conditions.counts_once
        return Assembled(plan, whole, tuple(dict.fromkeys(self._notes)), frozenset(used), is_unsure)

    def _tree(self, root: int, tables: set[int]) -> JoinTree:
        trees = self._graph.trees(root, tables, self._spoken)
        if not trees:
            raise Unreadable("the tables that the question names are not connected by foreign keys")
        self.has_more = self.has_more or len(trees) > self._variant + 1
        return trees[min(self._variant, len(trees) - 1)]

    def _counts_of_groups(self) -> list[Clause]:
        """Return the clauses such as "more than 5 customers" that count within groups of shown columns."""
        outputs = self._reading.outputs
        if not outputs or any(one.aggregate or one.slot is None or one.slot.is_table for one in outputs):
            return []
        tables = {self._chosen[one.slot.item].table for one in outputs if one.slot}
        found: list[Clause] = []
        for clause in self._reading.clauses:
            if clause.kind is ClauseKind.COUNT and clause.slot is not None:
                same = self._chosen[clause.slot.item].table in tables
                main = self._reading.main
                if main is None or (same and self._chosen[main.item].table in tables):
                    found.append(clause)
        return found

    def _root(self) -> int:
        if not self._is_aggregated:
            if self._reading.main is not None:
                return self._chosen[self._reading.main.item].table
            shown = [*self._reading.outputs, *self._reading.groups]
            if not shown:
                raise Unreadable("it is not clear what is to be shown")
            return self._table_of(shown[0])
        tables = [self._table_of(one) for one in self._metrics()]
        tables += [self._chosen[one.slot.item].table for one in self._counted if one.slot]
        tables += [self._chosen[one.slot.item].table for one in self._reading.clauses if one.aggregate and one.slot]
        if len(set(tables)) != 1:
            raise Unreadable("it measures rows of more than one table at once")
        return tables[0]

    def _shown_tables(self, root: int) -> set[int]:
        metrics = [*self._reading.outputs, *self._reading.groups]
        metrics += [one.metric for one in self._reading.orderings if one.metric]
        tables = {self._table_of(one) for one in metrics}
        return tables | {root}

    # groups and aggregates

    def _aggregated(self, tree: JoinTree, where: tuple[p.Condition, ...]) -> p.Plan:
        groups: list[p.Expression] = []
        outputs: list[p.Output] = []
        group_metrics = self._groups()
        plain = [one for one in self._reading.outputs if not one.aggregate]
        measured = [one for one in self._reading.outputs if one.aggregate not in (None, "count")]
        rows = [one for one in plain if one.slot and not one.slot.is_table and self._column(one).is_measure]
        if plain and measured and (rows or not self._reading.groups):
            raise Unreadable("it is not clear whether single rows or totals are asked for")
        in_outputs = list(self._reading.outputs)
        for metric in [one for one in group_metrics if one not in in_outputs]:
            self._add_group(metric, tree, groups, outputs)
        for metric in in_outputs:
            if metric.aggregate:
                outputs.append(self._aggregate_output(metric, tree))
            else:
                self._add_group(metric, tree, groups, outputs)
        order = self._order(tree, outputs)
        if self._reading.shows_order and not self._shows_columns_only():
            outputs += [self._aggregate_output(one.metric, tree) for one in self._reading.orderings
                        if one.metric and one.metric.aggregate]  # fmt: skip
        having = tuple(
            self._having(one, tree) for one in self._reading.clauses if one in self._counted or one.aggregate
        )
        if not order and groups and self._reading.limit is None:
            order = self._calendar_order(group_metrics)
        if having and not groups:
            raise Unreadable("a total is compared, but it is not clear of which groups")
        return p.Plan(
            source=self._names.source(tree.root), outputs=unique_outputs(outputs), joins=joins_of(tree, self._names),
            where=where, groups=tuple(dict.fromkeys(groups)), having=having, order=order, limit=self._reading.limit,
        )  # fmt: skip

    def _shows_columns_only(self) -> bool:
        """Tell whether the question says which columns of the things it wants to see."""
        plain = [one.slot for one in self._reading.outputs if not one.aggregate and one.slot is not None]
        return bool(plain) and all(not one.is_table and one.is_owner_certain for one in plain)

    def _calendar_order(self, groups: list[Metric]) -> tuple[p.Sort, ...]:
        return tuple(p.Sort(self._bucket(one), is_descending=False) for one in groups if one.granularity is not None)

    def _add_group(self, metric: Metric, tree: JoinTree, groups: list[p.Expression], outputs: list[p.Output]) -> None:
        if metric.granularity is not None:
            bucket = self._bucket(metric)
            groups.append(bucket)
            outputs.append(p.Output(bucket, metric.granularity.value))
            return
        if metric.slot is not None and not metric.slot.is_table:
            for column in self._columns(metric):
                groups.append(self._names.expression(column))
                outputs.append(p.Output(groups[-1], self._shown_name(column.table, column.name)))
                self._group_by_key_too(column, groups)
            return
        table = self._catalog.tables[self._table_of(metric)]
        is_said = any(
            one.slot is not None and not one.slot.is_table and self._table_of(one) == table.index
            for one in self._reading.outputs
            if not one.aggregate
        )
        if is_said and table.key:
            # "the code of each city and …": the question says itself which columns stand for a city
            groups.extend(self._names.column(table.index, name) for name in table.key)
            return
        keys = [self._names.column(table.index, name) for name in table.key]
        labels = table.label or table.key
        if not labels:
            raise Unreadable(f"nothing names a row of {table.table.name}")
        groups.extend(keys)
        for name in labels:
            groups.append(self._names.column(table.index, name))
            outputs.append(p.Output(groups[-1], self._shown_name(table.index, name, is_thing=True)))

    def _group_by_key_too(self, column: KnownColumn, groups: list[p.Expression]) -> None:
        """Keep rows apart that have the same name: group by the key of what the name names."""
        table = self._catalog.tables[column.table]
        if column.name in table.label and table.key and table.index != self._root():
            groups.extend(self._names.column(table.index, name) for name in table.key)

    def _aggregate_output(self, metric: Metric, tree: JoinTree) -> p.Output:
        aggregate = self._aggregate(metric, tree)
        if metric.slot is None or metric.slot.is_table:
            table = self._catalog.tables[self._table_of(metric)]
            return p.Output(aggregate, f"number_of_{'_'.join((*table.words[:-1], plural(table.words[-1])))}")
        column = self._column(metric)
        if metric.aggregate == "sum" and (column.formula is not None or column.short in (("total",), ("amount",))):
            spoken = metric.slot.text.lower()
            return p.Output(aggregate, spoken if spoken in SALES else "total")
        word = {"avg": "average", "sum": "total", "min": "minimum", "max": "maximum", "count": "number_of"}
        start = word[metric.aggregate or "count"]
        return p.Output(
            aggregate, f"{start}_{plural(column.name.lower()) if start == 'number_of' else column.name.lower()}"
        )

    def _aggregate(self, metric: Metric, tree: JoinTree) -> p.Aggregate:
        groups = [self._table_of(one) for one in self._groups()]
        repeats = any(tree.multiplies(table) for table in groups) or any(tree.multiplies(one) for one in tree.tables)
        function = metric.aggregate or "count"
        if metric.slot is None or metric.slot.is_table:
            return self._count_rows(tree, repeats=repeats)
        column = self._column(metric)
        if function == "count":
            return p.Aggregate("count", self._names.expression(column), is_distinct=True)
        if repeats and function in ("sum", "avg"):
            raise Unreadable("rows would be added up more than once along these joins")
        if column.formula is not None:
            self._notes.append(formula_note(column))
        return p.Aggregate(function, self._names.expression(column))

    def _count_rows(self, tree: JoinTree, *, repeats: bool) -> p.Aggregate:
        if not repeats:
            return p.Aggregate("count")
        key = self._catalog.tables[tree.root].key
        if len(key) != 1:
            raise Unreadable("rows would be counted more than once along these joins")
        self._counts_once = self._counts_once or may_repeat(tree.steps, self._catalog)
        return p.Aggregate("count", self._names.column(tree.root, key[0]), is_distinct=True)

    def _having(self, clause: Clause, tree: JoinTree) -> p.Condition:
        number = format(clause.number, "f") if clause.number is not None else ""
        if not number or clause.kind not in (ClauseKind.COMPARE, ClauseKind.COUNT):
            raise Unreadable("a total can only be compared with a number")
        metric = Metric(clause.slot, "count" if clause.kind is ClauseKind.COUNT else clause.aggregate)
        return p.Comparison(self._aggregate(metric, tree), clause.comparison, number, "number")

    # plain rows

    def _plain(self, tree: JoinTree, where: tuple[p.Condition, ...]) -> p.Plan:
        outputs: list[p.Output] = []
        shown_tables = {self._table_of(one) for one in self._reading.outputs}
        asked = [
            one for one in self._reading.groups
            if not self._reading.outputs or one.slot is None or not one.slot.is_table
            or (self._table_of(one) not in shown_tables and self._catalog.tables[self._table_of(one)].label)
        ]  # fmt: skip
        if self._reading.outputs and any(one.slot is None or not one.slot.is_table for one in asked):
            raise Unreadable("it is not clear what is to be counted or added up")
        metrics = [*asked, *self._reading.outputs]
        for metric in metrics:
            if metric.granularity is not None:
                outputs.append(p.Output(self._bucket(metric), metric.granularity.value))
            elif metric.slot is not None and metric.slot.is_table:
                outputs.extend(self._columns_of(self._table_of(metric)))
            else:
                outputs.extend(
                    p.Output(self._names.expression(column), self._shown_name(column.table, column.name))
                    for column in self._columns(metric)
                )
        shown_rows = {self._table_of(one) for one in metrics}
        order = self._order(tree, outputs)
        for ordering in self._reading.orderings:
            if ordering.metric is None:
                continue
            table = self._table_of(ordering.metric)
            if table not in shown_rows and tree.multiplies(table):
                raise Unreadable("a row would be ordered by several values")
            is_entity = all(one.slot is not None and one.slot.is_table for one in metrics)
            if self._reading.shows_order and is_entity:
                column = self._column(ordering.metric)
                outputs.append(p.Output(self._names.expression(column), column.name))
        is_distinct = self._reading.is_distinct or any(one.is_each for one in self._reading.clauses)
        is_distinct = is_distinct and self._reading.limit is None
        shown = {one.expression for one in outputs}
        groups: tuple[p.Expression, ...] = ()
        if is_distinct and any(one.expression not in shown for one in order):
            # each once, in an order by what is not shown: by the first of it
            is_distinct, groups = False, tuple(dict.fromkeys(one.expression for one in outputs))
            order = tuple(one if one.expression in shown else by_first(one) for one in order)
        return p.Plan(
            source=self._names.source(tree.root), outputs=unique_outputs(outputs), joins=joins_of(tree, self._names),
            where=where, groups=groups, order=order, limit=self._reading.limit, is_distinct=is_distinct,
        )  # fmt: skip

    def _order(self, tree: JoinTree, outputs: list[p.Output]) -> tuple[p.Sort, ...]:
        found: list[p.Sort] = []
        for ordering in self._reading.orderings:
            metric = ordering.metric
            if metric is None:
                measures = [one.expression for one in outputs if isinstance(one.expression, p.Aggregate)]
                by = outputs[0].expression if ordering.is_by_name or not measures else measures[-1]
                found.append(p.Sort(by, ordering.is_descending))
            elif metric.aggregate:
                found.append(p.Sort(self._aggregate(metric, tree), ordering.is_descending))
            elif metric.slot is not None and metric.slot.is_table:
                label = self._catalog.tables[self._table_of(metric)].label
                if not label:
                    raise Unreadable("it is not clear what is to be sorted")
                found.extend(p.Sort(self._names.column(self._table_of(metric), name), ordering.is_descending)
                             for name in label)  # fmt: skip
            else:
                found.append(self._sort_by_column(metric, ordering.is_descending))
                found.extend(
                    p.Sort(self._names.expression(column), ordering.is_descending)
                    for column in self._columns(metric)[1:]
                )
        return tuple(found)

    def _sort_by_column(self, metric: Metric, descending: bool) -> p.Sort:
        column = self._column(metric)
        if self._is_aggregated and metric not in self._groups() and not any(
            one.slot and metric.slot and self._chosen[one.slot.item] == self._chosen[metric.slot.item]
            for one in self._groups()
        ):  # fmt: skip
            raise Unreadable("groups cannot be sorted by a column of single rows")
        is_birth = metric.slot is not None and column.kind in (Kind.DATE, Kind.YEAR) and (
            metric.slot.text.lower() in ("oldest", "youngest")
        )  # fmt: skip
        return p.Sort(self._names.expression(column), not descending if is_birth else descending)


def _has_peak(tree: JoinTree, table: int) -> bool:
    """Tell whether the way to a table goes to a parent and down again, to rows that only share it."""
    ways = [step.is_to_one for step in tree.path(table)]
    return any(up and not down for up, down in itertools.pairwise(ways))
