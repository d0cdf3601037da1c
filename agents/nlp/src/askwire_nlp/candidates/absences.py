"""Read what is so or is not: yes-or-no columns, missing values, related rows that are not there."""

from __future__ import annotations

import dataclasses

from askwire_nlp.candidates.board import Board
from askwire_nlp.candidates.joints import GAP, TO_SUBJECT, take_negation
from askwire_nlp.candidates.reading import Clause, ClauseKind
from askwire_nlp.catalog import Kind
from askwire_nlp.linking import ItemKind, Op

__all__ = ["read_flags", "read_negations"]


def read_flags(board: Board) -> None:
    """Take adjectives that are a yes-or-no column ("discontinued products", "is active")."""
    for place in board.places(ItemKind.COLUMN):
        slot = board.slot(place)
        best = slot.candidates[0] if slot.candidates else None
        if best is None or not (board.is_flag(best) or board.is_deed(place)):
            continue
        following, previous = place + 1, board.before(place, ())
        is_adjective = board.is_kind(following, ItemKind.TABLE)
        is_predicate = previous is not None and (
            board.items[previous].is_word("is", "are", "was", "were", "be", "been") or board.is_op(previous, Op.NOT)
        )
        if is_adjective or is_predicate:
            if board.is_flag(best):
                board.clauses.append(Clause(ClauseKind.FLAG, slot, place, take_negation(board, place)))
                board.take(place)
            elif not board.is_op(previous, Op.NOT):
                # "discontinued products": those with a date on which it was done
                board.clauses.append(Clause(ClauseKind.MISSING, slot, place, is_negated=True))
                board.take(place)


def read_negations(board: Board) -> None:
    """Take what is missing or never happened: "without orders", "no email", "not shipped", "phone is unknown"."""
    for place in board.operations(Op.MISSING):
        left = board.before(place, TO_SUBJECT)
        negated = board.is_op(left, Op.NOT)
        subject = board.before(left, TO_SUBJECT) if negated else left
        right = place + 1
        subject = subject if board.is_kind(subject, ItemKind.COLUMN) else right
        if board.is_kind(subject, ItemKind.COLUMN):
            board.clauses.append(Clause(ClauseKind.MISSING, board.slot(subject), place, negated))
            board.take(place, subject, *([left] if negated else []))
    for place in board.operations(Op.NOT, Op.WITHOUT):
        _read_absence(board, place)


def _read_absence(board: Board, place: int) -> None:
    target = board.after(place, GAP | {"any", "had"})
    while board.items[target].kind is ItemKind.FUNCTION and board.items[target].is_verb:
        target = board.after(target, GAP | {"any"})
    if board.is_kind(target, ItemKind.TABLE):
        board.clauses.append(Clause(ClauseKind.RELATED, board.slot(target), place, is_negated=True))
        board.take(place, target)
    elif board.is_kind(target, ItemKind.COLUMN) and board.items[target].is_verb:
        _read_undone(board, place, target)
    elif board.is_kind(target, ItemKind.COLUMN):
        is_without = board.items[place].op is Op.WITHOUT
        best = board.slot(target).candidates[:1]
        if is_without and best and board.is_flag(best[0]):
            board.clauses.append(Clause(ClauseKind.FLAG, board.slot(target), place, is_negated=True))
            board.take(place, target)
            return
        if is_without or board.may_be_missing(target):
            board.clauses.append(Clause(ClauseKind.MISSING, board.slot(target), place))
            board.take(place, target)


def _read_undone(board: Board, place: int, verb: int) -> None:
    """Take "not shipped" as a missing date, "not enrolled in any course" as a course that is not there."""
    following = board.after(verb, GAP | {"any", "a", "an"})
    if board.is_kind(following, ItemKind.TABLE):
        board.clauses.append(Clause(ClauseKind.RELATED, board.slot(following), place, is_negated=True))
        board.take(place, following)
        if not any(board.is_kind(index, ItemKind.DATE) for index in range(following, board.end)):
            board.take(verb)
    elif following == board.end or board.items[following].is_word(".", ",", "and"):
        slot = board.slot(verb)
        deeds = tuple(one for one in slot.candidates if board.kind_of(one) in (Kind.DATE, Kind.FLAG))
        if deeds:
            board.clauses.append(Clause(ClauseKind.MISSING, dataclasses.replace(slot, candidates=deeds), place))
            board.take(place, verb)
