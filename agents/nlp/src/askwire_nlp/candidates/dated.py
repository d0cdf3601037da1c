"""Read ranges of dates with the column or the verb that says which date is meant."""

from __future__ import annotations

from askwire_nlp.candidates.board import LIGHT, Board
from askwire_nlp.candidates.joints import take_negation, take_or
from askwire_nlp.candidates.reading import Clause, ClauseKind
from askwire_nlp.catalog import Kind
from askwire_nlp.linking import ItemKind
from askwire_nlp.linking.english import HAVE

__all__ = ["read_dates"]


def read_dates(board: Board) -> None:
    """Take ranges of dates with the column or the verb that says which date is meant."""
    for place in board.places(ItemKind.DATE):
        item = board.items[place]
        left = board.before(place, LIGHT | HAVE | {"of", "on", "at", "that"})
        slot = None
        if board.is_kind(left, ItemKind.COLUMN) and _may_be_date(board, left):
            slot = board.slot(left)
            board.take(left)
        elif (verb := _dated_verb(board, place)) != board.end:
            slot = board.slot(verb)
            board.take(verb)
            left = verb
        negated = slot is None and take_negation(board, place)
        negated = negated or (slot is not None and left == board.before(place) and take_negation(board, left))
        board.take(place)
        board.clauses.append(
            Clause(
                ClauseKind.DATES,
                slot,
                place,
                negated,
                period=item.period,
                is_years=item.is_years,
                is_alternative=take_or(board, place),
            )
        )


def _dated_verb(board: Board, place: int) -> int:
    """Return the verb in "shipped to Brazil in 1997", where only a value stands between it and the date."""
    for index in range(place - 1, -1, -1):
        item = board.items[index]
        if item.kind is ItemKind.COLUMN and item.is_verb and board.is_free(index) and _may_be_date(board, index):
            return index
        if item.kind not in (ItemKind.VALUE, ItemKind.FUNCTION, ItemKind.LITERAL):
            return board.end
    return board.end


def _may_be_date(board: Board, place: int) -> bool:
    kinds = (Kind.DATE, Kind.YEAR)
    candidates = board.slot(place).candidates
    if not board.items[place].is_verb:
        return bool(candidates) and board.kind_of(candidates[0]) in kinds
    return any(board.kind_of(one) in kinds for one in candidates)
