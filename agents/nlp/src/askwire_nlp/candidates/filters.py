"""Turn the conditions of a reading into conditions of a plan, on joined tables or as "has related rows"."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from askwire_nlp import plan as p
from askwire_nlp.candidates.board import Unreadable
from askwire_nlp.candidates.naming import Names
from askwire_nlp.candidates.reading import Clause, ClauseKind
from askwire_nlp.catalog import Kind, KnownCatalog, KnownColumn
from askwire_nlp.joins import JoinTree, Step
from askwire_nlp.linking import Candidate
from askwire_nlp.numbers import plain

__all__ = ["condition_of", "joins_of", "may_repeat", "merge"]


def condition_of(clause: Clause, candidate: Candidate, column: KnownColumn, names: Names) -> p.Condition:
    """Return the condition of one clause on a column that is in reach.

    Raises:
        Unreadable: where the column cannot be compared so.
    """
    left = names.expression(column)
    if clause.kind is ClauseKind.VALUE:
        return p.OneOf(left, (candidate.value or "",), clause.is_negated)
    if clause.kind is ClauseKind.LITERAL:
        is_text = column.column.type.lower().startswith(("text", "char", "citext", "bpchar"))
        if clause.number is not None and not is_text:
            return p.Comparison(left, "<>" if clause.is_negated else "=", plain(clause.number), "number")
        return p.OneOf(left, (clause.text,), clause.is_negated)
    if clause.kind is ClauseKind.LIKE:
        return p.Matches(left, clause.comparison, clause.text, clause.is_negated)
    if clause.kind is ClauseKind.MISSING:
        return p.IsMissing(left, clause.is_negated)
    if clause.kind is ClauseKind.FLAG:
        return _flag(clause, column, left)
    if clause.kind is ClauseKind.DATES:
        return _dates(clause, column, left)
    if clause.kind is ClauseKind.AVERAGE:
        return p.AboveAverage(left, clause.comparison, names.whole(column.table), names.unaliased(column))
    return _number(clause, column, left)


def _flag(clause: Clause, column: KnownColumn, left: p.Expression) -> p.Condition:
    operator = "<>" if clause.is_negated else "="
    base = column.column.type.lower()
    if base == "boolean":
        return p.Comparison(left, "=", "false" if clause.is_negated else "true", "boolean")
    kind = "text" if column.column.values else "number"
    return p.Comparison(left, operator, column.true_value or "1", kind)


def _dates(clause: Clause, column: KnownColumn, left: p.Expression) -> p.Condition:
    period = clause.period
    if period is None:
        raise Unreadable("the date is not clear")
    if column.kind is Kind.YEAR:
        start = str(period.start.year) if period.start else None
        end = str(period.end.year) if period.end else None
        if period.start and period.end and period.end.year == period.start.year + 1:
            return p.Comparison(left, "<>" if clause.is_negated else "=", str(period.start.year), "number")
        return p.InPeriod(left, start, end, clause.is_negated, is_years=True)
    start = period.start.isoformat() if period.start else None
    end = period.end.isoformat() if period.end else None
    return p.InPeriod(left, start, end, clause.is_negated, is_years=False)


def _number(clause: Clause, column: KnownColumn, left: p.Expression) -> p.Condition:
    if clause.number is None:
        raise Unreadable("a number is missing")
    if clause.kind is ClauseKind.BETWEEN and clause.upper is not None:
        return p.Between(left, plain(clause.number), plain(clause.upper), clause.is_negated)
    is_text = column.kind is Kind.TEXT or (
        column.kind is Kind.ID and column.column.type.lower().startswith(("char", "text", "bpchar", "citext"))
    )
    return p.Comparison(left, clause.comparison, plain(clause.number), "text" if is_text else "number")


def merge(pairs: Sequence[tuple[Clause, p.Condition]]) -> tuple[p.Condition, ...]:
    """Return the conditions, values of one column in one list and alternatives in one group."""
    merged: list[p.Condition] = []
    equal: dict[p.Expression, int] = {}
    for clause, condition in pairs:
        last = merged[-1] if merged else None
        if clause.is_listed or clause.is_alternative:
            both = _one_of_both(last, condition)
            if both is not None:
                merged[-1] = both
                continue
        if isinstance(condition, p.OneOf) and not condition.is_negated and not clause.is_alternative:
            equal[condition.left] = equal.get(condition.left, 0) + 1
            if equal[condition.left] > 1:
                raise Unreadable("one column would have to have two values at once")
        if clause.is_alternative and last is None:
            raise Unreadable('it is not clear what "or" joins')
        if clause.is_alternative and last is not None:
            before = last.conditions if isinstance(last, p.AnyOf) else (last,)
            merged[-1] = p.AnyOf((*before, condition))
        else:
            merged.append(condition)
    return tuple(merged)


def _one_of_both(last: p.Condition | None, condition: p.Condition) -> p.OneOf | None:
    if not isinstance(last, p.OneOf) or not isinstance(condition, p.OneOf) or last.left != condition.left:
        return None
    if last.is_negated != condition.is_negated:
        return None
    return p.OneOf(last.left, tuple(dict.fromkeys((*last.values, *condition.values))), last.is_negated)


def may_repeat(steps: Sequence[Step], catalog: KnownCatalog) -> bool:
    """Tell whether two things may be linked more than once on the way, so that links and things differ in number."""
    for down, up in itertools.pairwise(steps):
        if down.is_to_one or not up.is_to_one or down.end != up.start:
            continue
        link = catalog.tables[down.end]
        linking = {*down.edge.columns, *up.edge.columns}
        keys = [key for key in (link.key, *link.table.unique_keys) if key]
        if not any(set(key) <= linking for key in keys):
            return True
    return False


def joins_of(tree: JoinTree, names: Names) -> tuple[p.Join, ...]:
    """Return the joins of a tree in the order in which it grew."""
    found: list[p.Join] = []
    for step in tree.steps:
        pairs = tuple((names.column(step.start, left), names.column(step.end, right)) for left, right in step.pairs)
        found.append(p.Join(names.source(step.end), pairs))
    return tuple(found)
