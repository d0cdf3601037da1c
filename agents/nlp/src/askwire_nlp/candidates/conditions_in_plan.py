"""Place the conditions: on joined tables where a row has at most one, else as "has (no) related rows"."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

from askwire_nlp import plan as p
from askwire_nlp.candidates.board import Unreadable
from askwire_nlp.candidates.filters import condition_of, joins_of, may_repeat, merge
from askwire_nlp.candidates.naming import Names
from askwire_nlp.candidates.reading import Clause, ClauseKind, Reading
from askwire_nlp.catalog import KnownCatalog
from askwire_nlp.joins import JoinGraph, JoinTree, Step
from askwire_nlp.linking import Candidate
from askwire_nlp.numbers import plain

__all__ = ["Conditions"]

_TABLE_KINDS = (ClauseKind.RELATED, ClauseKind.COUNT)


class Conditions:
    """Builds the WHERE of one plan."""

    def __init__(
        self, reading: Reading, chosen: dict[int, Candidate], catalog: KnownCatalog, graph: JoinGraph,
        spoken: frozenset[int], variant: int,
    ) -> None:  # fmt: skip
        self._reading = reading
        self._chosen = chosen
        self._catalog = catalog
        self._graph = graph
        self._spoken = spoken
        self._variant = variant
        self._subqueries = 1
        self.has_more = False
        self.used_edges: set[int] = set()
        self.notes: list[str] = []
        self.counts_once = False

    def _table(self, clause: Clause) -> int:
        if clause.slot is None:
            raise Unreadable("a condition has no column")
        return self._chosen[clause.slot.item].table

    def joinable(self, clauses: Sequence[Clause], tree: JoinTree) -> set[int]:
        """Return the tables of conditions of which each joined row has at most one."""
        closure = self._graph.to_one_closure(tree.tables)
        wanted = [one for one in clauses if one.kind is not ClauseKind.COUNT]
        wanted = [one for one in wanted if not (one.kind is ClauseKind.RELATED and one.is_negated)]
        scoped = self._scoped(clauses, tree)
        return {self._table(one) for one in wanted if one not in scoped and self._table(one) in closure}

    def _scoped(self, clauses: Sequence[Clause], tree: JoinTree) -> list[Clause]:
        """Return the conditions that are about the rows that must not be there ("without orders in 2023")."""
        absent = [one for one in clauses if one.kind is ClauseKind.RELATED and one.is_negated]
        if not absent:
            return []
        if len(absent) > 1:
            raise Unreadable("it says more than once that something must not be there")
        first = absent[0]
        later = [one for one in clauses if one.place > first.place]
        if any(self._table(one) in tree.tables for one in later):
            raise Unreadable("it is not clear whether a condition belongs to what must not be there")
        return later

    def build(self, clauses: Sequence[Clause], tree: JoinTree, names: Names) -> tuple[p.Condition, ...]:
        """Return all conditions; every clause is in exactly one of them."""
        scoped = self._scoped(clauses, tree)
        joined = [
            one for one in clauses
            if one not in scoped and one.kind not in _TABLE_KINDS and self._table(one) in tree.tables
        ]  # fmt: skip
        counts = [one for one in clauses if one.kind is ClauseKind.COUNT]
        absent = [one for one in clauses if one.kind is ClauseKind.RELATED and one.is_negated]
        rest = [one for one in clauses if one not in joined and one not in scoped and one not in counts + absent]
        rest = [one for one in rest if not (one.kind is ClauseKind.RELATED and self._table(one) in tree.tables)]
        self._check_alternatives(clauses, joined)
        each = [one for one in joined if one.is_each]
        where = list(merge([(one, self._condition(one, names)) for one in joined if one not in each]))
        where.extend(self._same_thing(tree, clause, names, len(clauses)) for clause in each)
        for clause in absent:
            if any(one.kind is ClauseKind.COUNT for one in scoped):
                raise Unreadable("it is not clear what must not be there")
            tables = [one for one in scoped if one.kind is ClauseKind.RELATED]
            others = [one for one in scoped if one.kind is not ClauseKind.RELATED]
            where.append(self._exists(tree, [clause, *tables], others, names, is_negated=True))
        for clause in counts:
            inside = [one for one in rest if not one.is_negated] if len(counts) == 1 else []
            where.append(self._count(tree, clause, inside, names))
            rest = [one for one in rest if one not in inside]
        for clause in [one for one in rest if one.kind is ClauseKind.MISSING and not one.is_negated]:
            # nothing of it is there: no related row that has a value
            there = dataclasses.replace(clause, is_negated=True)
            where.append(self._exists(tree, [], [there], names, is_negated=True))
            rest = [one for one in rest if one is not clause]
        for clause in [one for one in rest if one.is_negated and one.kind is not ClauseKind.RELATED]:
            positive = dataclasses.replace(clause, is_negated=False)
            where.append(self._exists(tree, [], [positive], names, is_negated=True))
        positives = [one for one in rest if not one.is_negated]
        positives, singles = self._split_lists(positives)
        where.extend(self._exists(tree, [], [clause], names, is_negated=False) for clause in singles)
        for branch in self._branches(tree, positives):
            tables = [one for one in branch if one.kind is ClauseKind.RELATED]
            others = [one for one in branch if one.kind is not ClauseKind.RELATED]
            where.append(self._exists(tree, tables, others, names, is_negated=False))
        return tuple(where)

    def _split_lists(self, clauses: Sequence[Clause]) -> tuple[list[Clause], list[Clause]]:
        """Set apart values of one column joined by "and": a row for each of them is not a row of one of them."""
        listed = [one for one in clauses if one.kind is ClauseKind.VALUE and one.slot is not None]
        columns = [
            (self._chosen[one.slot.item].table, self._chosen[one.slot.item].column) for one in listed if one.slot
        ]
        if any(one.is_alternative for one in clauses) or not any(one.is_listed or one.is_each for one in clauses):
            return list(clauses), []
        singles = [one for one, column in zip(listed, columns, strict=True) if columns.count(column) > 1]
        singles += [one for one in clauses if one.is_each and one not in singles]
        if singles and len(singles) < len(clauses):
            raise Unreadable("it is not clear what belongs to each of the values")
        return [one for one in clauses if one not in singles], singles

    def _check_alternatives(self, clauses: Sequence[Clause], joined: Sequence[Clause]) -> None:
        for before, clause in itertools.pairwise(clauses):
            if (clause.is_alternative or clause.is_listed) and self._could_share(before, clause):
                raise Unreadable("values in one list are of different columns")
        for index, clause in enumerate(clauses):
            if clause.is_alternative and index and (clause in joined) != (clauses[index - 1] in joined):
                raise Unreadable('"or" joins conditions on rows of different tables')

    def _could_share(self, before: Clause, clause: Clause) -> bool:
        """Tell whether two values in a list are tied to different columns although one column has both."""
        if before.kind is not ClauseKind.VALUE or clause.kind is not ClauseKind.VALUE:
            return False
        if before.slot is None or clause.slot is None:
            return False
        first, second = self._chosen[before.slot.item], self._chosen[clause.slot.item]
        if (first.table, first.column) == (second.table, second.column):
            return False
        columns = {(one.table, one.column) for one in before.slot.candidates}
        return any((one.table, one.column) in columns for one in clause.slot.candidates)

    def _condition(self, clause: Clause, names: Names) -> p.Condition:
        if clause.slot is None:
            raise Unreadable("a condition has no column")
        candidate = self._chosen[clause.slot.item]
        column = self._catalog.tables[candidate.table].column(candidate.column or "")
        return condition_of(clause, candidate, column, names)

    def _anchor(self, tree: JoinTree, tables: Sequence[int]) -> int:
        """Return the joined table that is nearest to the related ones."""

        def cost(one: int) -> tuple[float, bool, int]:
            return sum(self._graph.distance(one, table) for table in tables), one != tree.root, one

        return min(sorted(tree.tables), key=cost)

    def _subtree(self, tree: JoinTree, tables: Sequence[int]) -> JoinTree:
        trees = self._graph.trees(self._anchor(tree, tables), tables, self._spoken)
        if not trees:
            raise Unreadable("the tables that the question names are not connected by foreign keys")
        self.has_more = self.has_more or len(trees) > self._variant + 1
        chosen = trees[min(self._variant, len(trees) - 1)]
        self.used_edges |= {step.edge.index for step in chosen.steps}
        return chosen

    def _branches(self, tree: JoinTree, clauses: Sequence[Clause]) -> list[list[Clause]]:
        """Return the clauses by the first step that leads to their tables, so that each is one subquery."""
        if not clauses:
            return []
        sub = self._subtree(tree, [self._table(one) for one in clauses])
        found: dict[int, list[Clause]] = {}
        for clause in clauses:
            path = sub.path(self._table(clause))
            found.setdefault(path[0].edge.index if path else -1, []).append(clause)
        return list(found.values())

    def _exists(
        self, tree: JoinTree, tables: Sequence[Clause], clauses: Sequence[Clause], names: Names, *, is_negated: bool
    ) -> p.Condition:
        wanted = [self._table(one) for one in (*tables, *clauses)]
        if any(table in tree.tables for table in wanted):
            raise Unreadable("something would have to be related to itself")
        sub = self._subtree(tree, wanted)
        first, rest = self._first_step(sub)
        inner = self._inner_names()
        where = merge([(one, self._condition(one, inner)) for one in clauses if not self._is_always_so(one)])
        link = tuple((inner.column(first.end, right), names.column(first.start, left)) for left, right in first.pairs)
        joins = joins_of(JoinTree(first.end, rest, 0.0), inner)
        return p.Exists(inner.source(first.end), joins, link, where, is_negated)

    def _same_thing(self, tree: JoinTree, clause: Clause, names: Names, count: int) -> p.Condition:
        """Return that some row with the same shown values meets the condition ("cities with libraries in both …")."""
        outputs = self._reading.outputs
        slots = [one.slot for one in outputs if one.slot is not None and not one.slot.is_table and not one.aggregate]
        if count != 2 or not slots or len(slots) < len(outputs) or self._reading.limit is not None:
            raise Unreadable("one column would have to have two values at once")
        shown = [self._chosen[one.item] for one in slots]
        known = self._catalog.tables[tree.root]
        names_rows = {*known.label, *known.key}
        if any(one.table != tree.root or one.column in names_rows or one.others for one in shown):
            raise Unreadable("one column would have to have two values at once")
        sub = self._graph.trees(tree.root, [self._table(clause)], self._spoken)
        if len(sub) != 1 or sub[0].multiplies(self._table(clause)):
            raise Unreadable("the conditions are on rows that are not related to each other")
        inner = self._inner_names()
        columns = [one.column or "" for one in shown]
        link = tuple((inner.column(tree.root, one), names.column(tree.root, one)) for one in columns)
        self.notes.append("both are looked for in all rows that have the same " + " and ".join(columns))
        return p.Exists(
            inner.source(tree.root), joins_of(sub[0], inner), link, (self._condition(clause, inner),), is_negated=False
        )

    def _is_always_so(self, clause: Clause) -> bool:
        """Tell whether a related row always has the value: a column that must have one, or the date of the event."""
        if clause.kind is not ClauseKind.MISSING or not clause.is_negated or clause.slot is None:
            return False
        candidate = self._chosen[clause.slot.item]
        table = self._catalog.tables[candidate.table]
        column = table.column(candidate.column or "")
        return not column.column.nullable or column.name == table.main_date

    def _inner_names(self) -> Names:
        self._subqueries += 1
        return Names(self._catalog, f"_{self._subqueries}")

    def _first_step(self, sub: JoinTree) -> tuple[Step, tuple[Step, ...]]:
        firsts = [step for step in sub.steps if step.start == sub.root]
        if len(firsts) != 1:
            raise Unreadable("the conditions are on rows that are not related to each other")
        return firsts[0], tuple(step for step in sub.steps if step is not firsts[0])

    def _count(self, tree: JoinTree, clause: Clause, inside: Sequence[Clause], names: Names) -> p.Condition:
        table = self._table(clause)
        if table in tree.tables or clause.number is None:
            raise Unreadable("it is not clear of what the rows are counted")
        sub = self._subtree(tree, [table, *(self._table(one) for one in inside)])
        first, rest = self._first_step(sub)
        if first.is_to_one:
            raise Unreadable("each row has at most one of what is counted")
        inner = self._inner_names()
        conditions = [one for one in inside if one.kind is not ClauseKind.RELATED]
        count = self._counted(table, first, rest, inner)
        if clause.comparison in ("<", "<=", "=") and clause.number == 0:
            raise Unreadable('none is to be said as "no"')
        if clause.comparison in ("<", "<="):
            self.notes.append("those without any are not listed")
        return p.CountIn(
            outer=tuple(names.column(first.start, left) for left, _ in first.pairs),
            source=inner.source(first.end),
            joins=joins_of(JoinTree(first.end, rest, 0.0), inner),
            inner=tuple(inner.column(first.end, right) for _, right in first.pairs),
            where=merge([(one, self._condition(one, inner)) for one in conditions]),
            count=count,
            operator=clause.comparison,
            number=plain(clause.number),
        )

    def _counted(self, table: int, first: Step, rest: Sequence[Step], inner: Names) -> p.Aggregate:
        if first.end == table and all(step.is_to_one for step in rest):
            return p.Aggregate("count")
        key = self._catalog.tables[table].key
        if len(key) != 1:
            raise Unreadable("rows would be counted more than once along these joins")
        self.counts_once = self.counts_once or may_repeat((first, *rest), self._catalog)
        return p.Aggregate("count", inner.column(table, key[0]), is_distinct=True)
