"""Read a cutting: each pass takes the pieces that it accounts for, and what is left over makes the reading fail."""

from __future__ import annotations

from askwire_nlp.candidates.absences import read_flags, read_negations
from askwire_nlp.candidates.board import Board, Unreadable
from askwire_nlp.candidates.both import read_both
from askwire_nlp.candidates.comparisons import read_comparisons
from askwire_nlp.candidates.dated import read_dates
from askwire_nlp.candidates.grouping import read_groups
from askwire_nlp.candidates.ordering import read_sorting, read_superlatives
from askwire_nlp.candidates.outputs import read_outputs
from askwire_nlp.candidates.reading import Reading
from askwire_nlp.candidates.texts import read_patterns, read_values
from askwire_nlp.catalog import KnownCatalog
from askwire_nlp.linking import Item, ItemKind, Op, SchemaIndex

__all__ = ["read"]

_PASSES = (
    read_patterns,
    read_comparisons,
    read_dates,
    read_values,
    read_flags,
    read_negations,
    read_both,
    read_sorting,
    read_superlatives,
    read_groups,
    read_outputs,
)


def read(items: tuple[Item, ...], schema: SchemaIndex, catalog: KnownCatalog) -> Reading:
    """Return the reading of one cutting; ``left`` and ``problem`` say where it falls short."""
    board = Board(items, schema, catalog)
    for place in board.operations(Op.CHART):
        operator = items[place].operator
        board.chart_type = operator.argument if operator else None
        board.take(place)
    problem: str | None = None
    try:
        for step in _PASSES:
            step(board)
    except Unreadable as reason:
        problem = str(reason)
    left = tuple(
        place for place, item in enumerate(items) if place not in board.taken and item.kind is not ItemKind.FUNCTION
    )
    return Reading(
        outputs=tuple(board.outputs),
        clauses=tuple(sorted(board.clauses, key=lambda one: one.place)),
        groups=tuple(board.groups),
        orderings=tuple(board.orderings),
        limit=board.limit,
        main=board.main,
        is_distinct=board.is_distinct,
        shows_order=board.shows_order,
        is_list_open=board.is_list_open,
        is_measure_open=board.is_measure_open,
        left=left,
        problem=problem,
        chart_type=board.chart_type,
        tables=tuple(
            board.slot(place)
            for place, item in enumerate(items)
            if item.kind is ItemKind.TABLE and place not in board.qualifiers
        ),
    )
