"""Read the conditions: comparisons, ranges of dates, stored values, patterns, missing and negated ones."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from askwire_nlp.candidates.board import LIGHT, Board
from askwire_nlp.candidates.reading import Clause, ClauseKind, Slot
from askwire_nlp.catalog import Kind
from askwire_nlp.linking import Item, ItemKind, Op
from askwire_nlp.linking.english import HAVE

__all__ = ["read_comparisons", "read_dates", "read_flags", "read_negations", "read_patterns", "read_values"]

_TO_SUBJECT = LIGHT | HAVE | {"that", "which", "of", "with", "to", "whose", "value"}
_TO_VALUE = LIGHT | {"of", "in", "named", "called", "as", "for", "with", "from", "by", "at", "to", "on", "that", "have",
                     "has"}  # fmt: skip
_INVERSE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "<>", "<>": "="}
_GAP = LIGHT | HAVE | {"from", "in", "at", "with", "of", "to", "by", "on", "for", "ever", "named", "called", "any",
                       "belong", "belonging", "live", "located", "yet", "been", "as", "that", "into"}  # fmt: skip


def take_negation(board: Board, place: int) -> bool:
    """Take a "not" that stands right before ``place`` and tell whether there was one."""
    found = board.before(place, _GAP)
    while board.items[found].kind is ItemKind.FUNCTION and board.items[found].is_verb:
        found = board.before(found, _GAP)
    if board.is_op(found, Op.NOT) or (board.is_op(found, Op.WITHOUT) and "not have" in board.items[found].text):
        board.take(found)
        return True
    return False


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
    board.clauses.append(Clause(ClauseKind.AVERAGE, slot, place, comparison=comparison))
    board.take(*taken)


def _subject_before(board: Board, place: int) -> int:
    found = board.before(place, _TO_SUBJECT)
    while board.is_op(found, Op.NOT):
        found = board.before(found, _TO_SUBJECT)
    return found if board.is_kind(found, ItemKind.COLUMN) else board.end


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
        years = [unit] if board.is_kind(unit, ItemKind.GRANULARITY) else []
        return (slot, years, None, ClauseKind.COMPARE) if slot.candidates else None
    left = _subject_before(board, first)
    if left != board.end:
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
    if board.is_kind(unit, ItemKind.TABLE):
        return board.slot(unit), [unit], None, ClauseKind.COUNT
    if board.is_kind(unit, ItemKind.COLUMN) and unit == last + 1:
        return board.slot(unit), [unit], None, ClauseKind.COMPARE
    return None


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
    if board.is_kind(left, ItemKind.COLUMN):
        more, slot, kind = [left], board.slot(left), ClauseKind.COMPARE
    elif board.is_kind(right, ItemKind.COLUMN) and place and board.items[place - 1].is_word("with", "have", "has"):
        more, slot, kind = [right], board.slot(right), ClauseKind.COMPARE
    elif board.is_kind(right, ItemKind.TABLE) and place and board.items[place - 1].is_word("with", "have", "has"):
        more, slot, kind = [right], board.slot(right), ClauseKind.COUNT
    else:
        return
    comparison = "<>" if take_negation(board, place) else "="
    board.take(place, *more)
    board.clauses.append(
        Clause(kind, slot, place, comparison=comparison, number=item.number, is_alternative=take_or(board, place))
    )


def take_or(board: Board, place: int) -> bool:
    """Take an "or" right before ``place`` and tell whether there was one."""
    found = board.before(place, _GAP)
    if board.is_op(found, Op.OR):
        board.take(found)
        return True
    return False


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


def read_patterns(board: Board) -> None:
    """Take "name starts with A", "title containing 'blue'"."""
    for place in board.operations(Op.LIKE):
        text = place + 1
        left = board.before(place, _TO_SUBJECT)
        while board.is_op(left, Op.NOT):
            left = board.before(left, _TO_SUBJECT)
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
        negated = take_negation(board, first)
        inherits = (listed or either) and bool(board.clauses) and board.clauses[-1].is_negated
        board.clauses.append(
            dataclasses.replace(clause, is_listed=listed, is_alternative=either, is_negated=negated or inherits)
        )
        previous = place


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
        return Clause(ClauseKind.LITERAL, slot, place, text=item.text), place
    slot = board.slot(place)
    for near in (through, right):
        if board.is_kind(near, ItemKind.COLUMN):
            named = {(one.table, one.column) for one in board.slot(near).candidates}
            both = tuple(one for one in slot.candidates if (one.table, one.column) in named)
            if both:
                board.take(near)
                slot = dataclasses.replace(slot, candidates=both)
                break
        if board.is_kind(near, ItemKind.TABLE) and _is_qualifier(board, near, slot):
            own = {one.table for one in board.slot(near).candidates[:1]}
            slot = dataclasses.replace(slot, candidates=tuple(one for one in slot.candidates if one.table in own))
            board.qualifiers.add(near)
            board.take(near)
            break
    return Clause(ClauseKind.VALUE, slot, place), place


def _is_qualifier(board: Board, table: int, slot: Slot) -> bool:
    """Tell whether a table next to a value says no more than what the value is, and is not what is asked for."""
    own = {one.table for one in board.slot(table).candidates[:1]}
    others = [one for one in board.places(ItemKind.TABLE, ItemKind.COLUMN) if one != table]
    head = board.before(table)
    is_asked = head == board.end or board.is_op(head, Op.COUNT) or not others
    return not is_asked and any(one.table in own and one.column in board.labels(one.table) for one in slot.candidates)


def read_flags(board: Board) -> None:
    """Take adjectives that are a yes-or-no column ("discontinued products", "is active")."""
    for place in board.places(ItemKind.COLUMN):
        slot = board.slot(place)
        best = slot.candidates[0] if slot.candidates else None
        if best is None or not board.is_flag(best):
            continue
        following, previous = place + 1, board.before(place, ())
        is_adjective = board.is_kind(following, ItemKind.TABLE)
        is_predicate = previous is not None and (
            board.items[previous].is_word("is", "are", "was", "were", "be", "been") or board.is_op(previous, Op.NOT)
        )
        if is_adjective or is_predicate:
            board.clauses.append(Clause(ClauseKind.FLAG, slot, place, take_negation(board, place)))
            board.take(place)


def read_negations(board: Board) -> None:
    """Take what is missing or never happened: "without orders", "no email", "not shipped", "phone is unknown"."""
    for place in board.operations(Op.MISSING):
        left = board.before(place, _TO_SUBJECT)
        negated = board.is_op(left, Op.NOT)
        subject = board.before(left, _TO_SUBJECT) if negated else left
        right = place + 1
        subject = subject if board.is_kind(subject, ItemKind.COLUMN) else right
        if board.is_kind(subject, ItemKind.COLUMN):
            board.clauses.append(Clause(ClauseKind.MISSING, board.slot(subject), place, negated))
            board.take(place, subject, *([left] if negated else []))
    for place in board.operations(Op.NOT, Op.WITHOUT):
        _read_absence(board, place)


def _read_absence(board: Board, place: int) -> None:
    target = board.after(place, _GAP | {"any", "had"})
    while board.items[target].kind is ItemKind.FUNCTION and board.items[target].is_verb:
        target = board.after(target, _GAP | {"any"})
    if board.is_kind(target, ItemKind.TABLE):
        board.clauses.append(Clause(ClauseKind.RELATED, board.slot(target), place, is_negated=True))
        board.take(place, target)
    elif board.is_kind(target, ItemKind.COLUMN) and board.items[target].is_verb:
        _read_undone(board, place, target)
    elif board.is_kind(target, ItemKind.COLUMN):
        is_without = board.items[place].op is Op.WITHOUT
        if is_without or board.may_be_missing(target):
            board.clauses.append(Clause(ClauseKind.MISSING, board.slot(target), place))
            board.take(place, target)


def _read_undone(board: Board, place: int, verb: int) -> None:
    """Take "not shipped" as a missing date, "not enrolled in any course" as a course that is not there."""
    following = board.after(verb, _GAP | {"any", "a", "an"})
    if board.is_kind(following, ItemKind.TABLE):
        board.clauses.append(Clause(ClauseKind.RELATED, board.slot(following), place, is_negated=True))
        board.take(place, following)
        if not any(board.is_kind(index, ItemKind.DATE) for index in range(following, board.end)):
            board.take(verb)
    elif following == board.end or board.items[following].is_word(".", ",", "and"):
        board.clauses.append(Clause(ClauseKind.MISSING, board.slot(verb), place))
        board.take(place, verb)
