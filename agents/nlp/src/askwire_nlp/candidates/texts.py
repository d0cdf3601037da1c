"""Read conditions on texts: stored values, and patterns such as "starting with A"."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal

from askwire_nlp.candidates.board import LIGHT, Board, Unreadable
from askwire_nlp.candidates.joints import TO_SUBJECT, take_negation, take_or
from askwire_nlp.candidates.reading import Clause, ClauseKind, Slot
from askwire_nlp.linking import ItemKind, Op

__all__ = ["read_patterns", "read_values"]

_PLAIN_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?$")
_TO_VALUE = LIGHT | {"of", "in", "named", "called", "as", "for", "with", "from", "by", "at", "to", "on", "that", "have",
                     "has"}  # fmt: skip


def read_patterns(board: Board) -> None:
    """Take "name starts with A", "title containing 'blue'"."""
    for place in board.operations(Op.LIKE):
        text = place + 1
        left = board.before(place, TO_SUBJECT)
        while board.is_op(left, Op.NOT):
            left = board.before(left, TO_SUBJECT)
        if not (board.is_free(text) and board.is_kind(left, ItemKind.COLUMN)):
            continue
        negated = take_negation(board, place)
        item = board.items[place]
        slot = board.slot(left)
        board.take(place, text, left)
        board.clauses.append(
            Clause(
                ClauseKind.LIKE,
                slot,
                place,
                negated,
                item.argument,
                text=board.items[text].text,
                is_alternative=take_or(board, left),
            )
        )


def read_values(board: Board) -> None:
    """Take stored values, with the column or table next to them that only says what they are."""
    previous = board.end
    for place in board.places(ItemKind.VALUE, ItemKind.LITERAL):
        clause, first = _read_value(board, place)
        if clause is None:
            continue
        listed = previous != board.end and board.before(first, LIGHT | {",", "and"}) == previous
        board.take(place)
        either = take_or(board, first)
        negated = take_negation(board, place) or take_negation(board, first)
        if listed or either:
            clause = _share_columns(board, clause)
        inherits = (listed or either) and bool(board.clauses) and board.clauses[-1].is_negated
        board.clauses.append(
            dataclasses.replace(clause, is_listed=listed, is_alternative=either, is_negated=negated or inherits)
        )
        previous = place


def _share_columns(board: Board, clause: Clause) -> Clause:
    """Keep, of two values in one list, the meanings of a column that has both, if there is one."""
    last = board.clauses[-1] if board.clauses else None
    if last is None or last.kind is not ClauseKind.VALUE or last.slot is None or clause.slot is None:
        return clause
    before = {(one.table, one.column) for one in last.slot.candidates}
    shared = before & {(one.table, one.column) for one in clause.slot.candidates}
    if not shared:
        return clause

    def kept(slot: Slot) -> Slot:
        return dataclasses.replace(
            slot, candidates=tuple(one for one in slot.candidates if (one.table, one.column) in shared)
        )

    board.clauses[-1] = dataclasses.replace(last, slot=kept(last.slot))
    return dataclasses.replace(clause, slot=kept(clause.slot))


def _read_value(board: Board, place: int) -> tuple[Clause | None, int]:
    item = board.items[place]
    left, right = board.before(place, _TO_VALUE), board.after(place, ())
    if board.is_op(left, Op.COMPARE) and board.items[left].argument in ("=", "<>"):
        left = board.before(left, _TO_VALUE)
    through = left
    while board.is_op(through, Op.NOT):
        through = board.before(through, _TO_VALUE)
    if item.kind is ItemKind.LITERAL:
        if not board.is_kind(through, ItemKind.COLUMN):
            return None, place
        slot = board.slot(through)
        board.take(through)
        number = Decimal(item.text) if _PLAIN_NUMBER.match(item.text) else None
        return Clause(ClauseKind.LITERAL, slot, place, text=item.text, number=number), min(through, place)
    slot = board.slot(place)
    direct = board.before(place)
    if board.is_kind(direct, ItemKind.COLUMN) and not board.items[direct].is_verb:
        named = {(one.table, one.column) for one in board.slot(direct).candidates}
        if not any((one.table, one.column) in named for one in slot.candidates):
            raise Unreadable(f"no {board.items[direct].text} is called {item.text}")
    said = board.after(place, {"for", "as", "the", "their", "its"})
    for near in (through, right, *([said] if board.is_kind(said, ItemKind.COLUMN) else [])):
        if board.is_kind(near, ItemKind.COLUMN):
            named = {(one.table, one.column) for one in board.slot(near).candidates}
            both = tuple(one for one in slot.candidates if (one.table, one.column) in named)
            if both:
                board.take(near)
                slot = dataclasses.replace(slot, candidates=both)
                return Clause(ClauseKind.VALUE, slot, place), min(near, place)
        if board.is_kind(near, ItemKind.TABLE) and _is_qualifier(board, near, slot):
            own = {one.table for one in board.slot(near).candidates[:1]}
            slot = dataclasses.replace(slot, candidates=tuple(one for one in slot.candidates if one.table in own))
            board.qualifiers.add(near)
            board.take(near)
            return Clause(ClauseKind.VALUE, slot, place), min(near, place)
    return Clause(ClauseKind.VALUE, slot, place), place


def _is_qualifier(board: Board, table: int, slot: Slot) -> bool:
    """Tell whether a table next to a value says no more than what the value is, and is not what is asked for."""
    own = {one.table for one in board.slot(table).candidates[:1]}
    others = [one for one in board.places(ItemKind.TABLE, ItemKind.COLUMN) if one != table]
    head = board.before(table)
    is_asked = head == board.end or board.is_op(head, Op.COUNT) or not others
    return not is_asked and any(one.table in own and one.column in board.labels(one.table) for one in slot.candidates)
