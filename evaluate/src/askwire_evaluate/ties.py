"""Find the rows that tie in an ordered or cut result: the same query without its limit, and with its keys shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlglot import exp

from askwire_evaluate.cells import Row, rows_equal
from askwire_evaluate.comparison import Gold, Tied, matches_ties

__all__ = ["TieQuery", "make_tie_query", "read_ties"]


@dataclasses.dataclass(frozen=True, slots=True)
class TieQuery:
    """``sql`` (PostgreSQL) gives the gold's ``width`` columns and then its keys."""

    sql: str
    width: int


def make_tie_query(query: exp.Query) -> TieQuery | None:
    """Return the query that shows the ties; None where nothing is ordered, or the keys can't be shown."""
    order = query.args.get("order")
    if not isinstance(query, exp.Select) or order is None or query.args.get("distinct") or query.args.get("offset"):
        return None
    if any(projection.is_star for projection in query.selects):
        return None
    shown = query.copy()
    shown.set("limit", None)
    width = len(shown.selects)
    aliases = {one.alias.lower(): one.this for one in query.selects if isinstance(one, exp.Alias)}
    for number, ordered in enumerate(order.expressions):
        key = ordered.this
        if isinstance(key, exp.Literal):
            return None
        if isinstance(key, exp.Column) and not key.table and key.name.lower() in aliases:
            key = aliases[key.name.lower()]
        shown.select(exp.alias_(key.copy(), f"tie_key_{number}"), copy=False)
    return TieQuery(shown.sql(dialect="postgres"), width)


def read_ties(gold: Gold, rows: Sequence[Row], width: int) -> Tied | None:
    """Cut the rows of a tie query at the gold's end, its last block whole; None where the gold is not among them."""
    blocks: list[tuple[Row, ...]] = []
    taken = 0
    for block in _blocks(rows, width):
        if taken >= gold.count:
            break
        blocks.append(tuple(row[:width] for row in block))
        taken += len(block)
    if taken < gold.count or not blocks or not gold.rows or len(gold.rows[0]) != width:
        return None
    tied = Tied(tuple(blocks))
    return tied if matches_ties(tied, gold.rows, ordered=gold.ordered) else None


def _blocks(rows: Sequence[Row], width: int) -> list[list[Row]]:
    found: list[list[Row]] = []
    for row in rows:
        if found and rows_equal(found[-1][-1][width:], row[width:]):
            found[-1].append(row)
        else:
            found.append([row])
    return found
