"""Read "both": conditions that must hold for different rows of one thing, or only a list of two."""

from __future__ import annotations

import dataclasses

from askwire_nlp.candidates.board import Board
from askwire_nlp.candidates.reading import Clause, ClauseKind
from askwire_nlp.linking import ItemKind, Op

__all__ = ["read_both"]

_KINDS = (ClauseKind.VALUE, ClauseKind.LITERAL, ClauseKind.DATES, ClauseKind.COMPARE)


def read_both(board: Board) -> None:
    """Take "both" before two values of one column, which no single row can have, and before other lists of two."""
    for place in board.operations(Op.BOTH):
        behind = sorted((one for one in board.clauses if one.place > place), key=lambda one: one.place)
        pair = behind[:2]
        if any(one.is_alternative for one in pair):
            continue
        if len(pair) == 2 and _is_one_column(*pair):
            board.clauses = [dataclasses.replace(one, is_each=True) if one in pair else one for one in board.clauses]
            board.take(*_named_twice(board, place))
        first = board.after(place)
        column = first + 1 if board.is_noun(first) else first
        lists_columns = not pair and board.items[min(column, board.end)].kind is ItemKind.COLUMN
        if len(pair) == 2 or lists_columns:
            board.take(place)


def _named_twice(board: Board, place: int) -> list[int]:
    """Return the places of "schools" in "both schools founded before 1890 and schools founded after 1900"."""
    tables = [index for index in board.places(ItemKind.TABLE) if index > place]
    texts = [board.items[index].text.lower() for index in tables]
    same = [index for index, text in zip(tables, texts, strict=True) if texts.count(text) == 2]
    return same if len(same) == len(tables) == 2 else []


def _is_one_column(first: Clause, second: Clause) -> bool:
    if first.kind is not second.kind or first.kind not in _KINDS:
        return False
    if first.slot is None or second.slot is None:
        return first.slot is second.slot
    columns = {(one.table, one.column) for one in first.slot.candidates}
    return any((one.table, one.column) in columns for one in second.slot.candidates)
