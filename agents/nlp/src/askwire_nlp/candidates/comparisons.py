"""Read comparisons with numbers: "age over 30", "more than 5 orders", "between 10 and 20", "id 5"."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from askwire_nlp.candidates.board import LIGHT, Board, Unreadable
from askwire_nlp.candidates.joints import TO_SUBJECT, take_negation, take_or
from askwire_nlp.candidates.reading import Clause, ClauseKind, Slot
from askwire_nlp.catalog import Kind
from askwire_nlp.linking import Item, ItemKind, Op

__all__ = ["read_comparisons"]

_NARROWING = (ItemKind.VALUE, ItemKind.NUMBER, ItemKind.DATE, ItemKind.LITERAL)
_HAVING = ("with", "have", "has")
_INVERSE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "<>", "<>": "="}


def read_comparisons(board: Board) -> None:
    """Take "age over 30", "more than 5 orders", "between 10 and 20", "3 or more", "above the average price"."""
    for place in board.operations(Op.BETWEEN):
        _read_between(board, place)
    for place in board.operations(Op.COMPARE):
        if board.is_free(place):
            _read_comparison(board, place)
    for place in board.operations(Op.MORE_OR_LESS):
        number = place - 1
        if board.is_kind(number, ItemKind.NUMBER):
            _finish(board, place, [number, place], board.items[place], board.items[number].number)
    for place in board.places(ItemKind.NUMBER):
        _read_bare_number(board, place)


def _read_between(board: Board, place: int) -> None:
    first = board.after(place)
    joint = board.after(first, LIGHT)
    second = board.after(joint)
    if not board.items[joint].is_word("and", "to"):
        return
    if board.is_kind(first, ItemKind.NUMBER) and board.is_kind(second, ItemKind.NUMBER):
        item = board.items[second]
        _finish(board, place, [place, first, second], board.items[place], board.items[first].number, item.number)


def _read_comparison(board: Board, place: int) -> None:
    item = board.items[place]
    value = board.after(place)
    if board.is_kind(value, ItemKind.NUMBER):
        _finish(board, place, [place, value], item, board.items[value].number)
    elif board.is_op(value, Op.AGGREGATE) and board.items[value].argument == "avg":
        _read_above_average(board, place, value)


def _read_above_average(board: Board, place: int, average: int) -> None:
    column = board.after(average)
    taken = [place, average]
    slot: Slot | None = None
    left = _subject_before(board, place)
    if left != board.end:
        slot = board.slot(left)
        taken.append(left)
        if board.is_kind(column, ItemKind.TABLE) and board.is_kind(column + 1, ItemKind.COLUMN):
            taken.append(column)
            column += 1
        if board.is_kind(column, ItemKind.COLUMN) and board.items[column].text and (
            board.slot(column).candidates[:1] == slot.candidates[:1]
        ):  # fmt: skip
            taken.append(column)
    elif board.is_kind(column, ItemKind.COLUMN):
        slot = board.slot(column)
        taken.append(column)
    if slot is None:
        return
    comparison = board.items[place].argument
    if any(item.kind in _NARROWING for item in board.items[max(taken) :]):
        raise Unreadable("it is not clear of which rows the average is")
    board.clauses.append(Clause(ClauseKind.AVERAGE, slot, place, comparison=comparison))
    board.take(*taken)


def _subject_before(board: Board, place: int) -> int:
    found = board.before(place, TO_SUBJECT)
    while board.is_op(found, Op.NOT):
        found = board.before(found, TO_SUBJECT)
    if not board.is_kind(found, ItemKind.COLUMN):
        return board.end
    # "built at least 3 mills" does not compare the year of building; "priced between 10 and 20" does compare the price
    best = board.slot(found).candidates[:1]
    is_dated = board.items[found].is_verb and bool(best) and board.kind_of(best[0]) in (Kind.DATE, Kind.YEAR)
    return board.end if is_dated else found


def _finish(
    board: Board, place: int, taken: list[int], item: Item, number: Decimal | None, upper: Decimal | None = None
) -> None:
    """Find what is compared, and note the condition; without it the pieces stay unaccounted for."""
    operator = item.operator
    if operator is None or number is None:
        return
    last = max(taken)
    found = _find_subject(board, place, min(taken), last, operator.concept)
    if found is None:
        return
    slot, more, aggregate, kind = found
    negated = take_negation(board, min(taken))
    comparison = operator.argument or "="
    if kind is ClauseKind.COMPARE and upper is not None:
        kind = ClauseKind.BETWEEN
    if negated and kind is not ClauseKind.BETWEEN:
        comparison, negated = _INVERSE[comparison], False
    board.take(*taken, *more)
    board.clauses.append(
        Clause(
            kind,
            slot,
            place,
            negated,
            comparison,
            number,
            upper,
            aggregate=aggregate,
            is_alternative=take_or(board, min([*taken, *more])),
        )
    )


def _find_subject(
    board: Board, place: int, first: int, last: int, concept: str
) -> tuple[Slot, list[int], str | None, ClauseKind] | None:
    items = board.items
    unit = last + 1
    if concept:
        owner = board.slot(place)
        slot = dataclasses.replace(owner, candidates=tuple(board.schema.concept(concept)))
        if board.is_kind(unit, ItemKind.COLUMN):
            # "longer than 500 pages": the unit says which column is meant
            return board.slot(unit), [unit], None, ClauseKind.COMPARE
        years = [unit] if board.is_kind(unit, ItemKind.GRANULARITY) else []
        return (slot, years, None, ClauseKind.COMPARE) if slot.candidates else None
    left = _subject_before(board, first)
    if left != board.end and not _has_own_unit(board, left, first, last):
        more = [left]
        function = board.before(left)
        aggregate = None
        if board.is_op(function, Op.AGGREGATE) and not _is_listed_output(board, function):
            aggregate = items[function].argument
            more.append(function)
        if board.is_kind(unit, ItemKind.GRANULARITY) or (
            board.is_kind(unit, ItemKind.COLUMN) and items[unit].text == items[left].text
        ):
            more.append(unit)
        return board.slot(left), more, aggregate, ClauseKind.COMPARE
    counted = board.before(first, LIGHT)
    if board.is_kind(counted, ItemKind.TABLE) and board.is_op(counted - 1, Op.COUNT):
        return board.slot(counted), [counted, counted - 1], None, ClauseKind.COUNT
    unit = board.after(last, LIGHT | {"of", "different"})
    while board.is_op(unit, Op.DISTINCT):
        board.take(unit)
        unit = board.after(unit)
    if items[unit].text.lower() == "times" and board.is_kind(counted, ItemKind.TABLE) and items[counted].is_verb:
        # "visited at least 2 times": the verb names the table whose rows are counted
        return board.slot(counted), [counted, unit], None, ClauseKind.COUNT
    if board.is_kind(unit, ItemKind.COLUMN) and (rows := board.rows_of(unit)) is not None:
        return rows, [unit], None, ClauseKind.COUNT
    if board.is_kind(unit, ItemKind.TABLE):
        return board.slot(unit), [unit], None, ClauseKind.COUNT
    if board.is_kind(unit, ItemKind.COLUMN) and unit == last + 1:
        return board.slot(unit), [unit], None, ClauseKind.COMPARE
    again = _subject_again(board, first)
    return (again, [], None, ClauseKind.COMPARE) if again is not None else None


def _has_own_unit(board: Board, left: int, first: int, last: int) -> bool:
    """Tell whether it is "cities with more than 5 members": what is compared stands behind the number."""
    has = any(item.is_word("with", "have", "has", "having", "had") for item in board.items[left + 1 : first])
    return has and board.is_kind(board.after(last, LIGHT | {"of", "different"}), ItemKind.TABLE)


def _subject_again(board: Board, first: int) -> Slot | None:
    """Return what the comparison before is about, for "over 80 or under 20" and "5 or 6"."""
    last = board.clauses[-1] if board.clauses else None
    joint = board.before(first)
    if last is None or last.kind is not ClauseKind.COMPARE or not board.is_op(joint, Op.OR):
        return None
    return last.slot if board.items[board.before(joint)].kind is ItemKind.NUMBER else None


def _is_listed_output(board: Board, function: int) -> bool:
    """Tell whether an aggregate stands where the question says what to show."""
    return board.before(function) == board.end


def _read_bare_number(board: Board, place: int) -> None:
    """Take "id 5", "floor is 3", "with 3 bedrooms", "with 2 orders"."""
    item = board.items[place]
    left = board.before(place, LIGHT | {"of", "to", "number", "as", "in"})
    if board.is_op(place - 1, Op.SUPERLATIVE) or board.is_op(place + 1, Op.SUPERLATIVE, Op.COMMON):
        return
    right = place + 1
    names_things = board.is_kind(right, ItemKind.TABLE, ItemKind.COLUMN, ItemKind.VALUE)
    if names_things and board.items[place - 1].is_word("of") and board.before(left) == board.end:
        # "the price ranges of five star hotels" asks for the column before, and does not compare it
        return
    if left != place - 1 and board.items[right].kind is ItemKind.TABLE and not board.items[place - 1].is_word(*_HAVING):
        return
    if board.is_kind(left, ItemKind.COLUMN):
        more, slot, kind = [left], board.slot(left), ClauseKind.COMPARE
    elif board.is_kind(right, ItemKind.COLUMN) and place and board.items[place - 1].is_word("with", "have", "has"):
        more, slot, kind = [right], board.slot(right), ClauseKind.COMPARE
    elif board.is_kind(right, ItemKind.TABLE) and place and board.items[place - 1].is_word("with", "have", "has"):
        more, slot, kind = [right], board.slot(right), ClauseKind.COUNT
    elif (again := _subject_again(board, place)) is not None and board.clauses[-1].comparison == "=":
        more, slot, kind = [], again, ClauseKind.COMPARE
    else:
        return
    comparison = "<>" if take_negation(board, place) else "="
    board.take(place, *more)
    board.clauses.append(
        Clause(kind, slot, place, comparison=comparison, number=item.number, is_alternative=take_or(board, place))
    )
