"""Read what the answer is broken down by: "per country", "for each customer", "by month"."""

from __future__ import annotations

from askwire_nlp.candidates.board import LIGHT, Board, Unreadable
from askwire_nlp.candidates.reading import Metric
from askwire_nlp.linking import ItemKind, Op

__all__ = ["read_groups"]

_GROUPS = (ItemKind.TABLE, ItemKind.COLUMN, ItemKind.GRANULARITY)


def read_groups(board: Board) -> None:
    """Take the groups; "by" counts as one only where nothing is ordered by it."""
    for place in board.operations(Op.EACH):
        if _read_list(board, place) or _ends_sentence(board, place):
            board.take(place)
    for place in board.operations(Op.BY):
        if not _follows_verb(board, place):
            _read_list(board, place)
        board.take(place)
    for place in board.places(ItemKind.GRANULARITY):
        if board.items[place].is_verb or board.is_op(place - 1, Op.EACH, Op.BY):
            _add(board, place)


def _ends_sentence(board: Board, place: int) -> bool:
    """Tell whether it is "the types, and the number of accounts for each": what is shown beside is the group."""
    following = board.items[place + 1]
    is_last = place + 1 == board.end or (following.is_word(".", "of", "one") and place + 2 >= board.end)
    columns = [index for index in board.places(ItemKind.COLUMN) if index < place]
    counts = [index for index in board.operations(Op.COUNT) if index < place]
    return is_last and board.items[place].text.lower() == "for each" and bool(columns) and bool(counts)


def _follows_verb(board: Board, place: int) -> bool:
    """Tell whether "by" names who does something ("provided by all stations")."""
    previous = board.items[board.before(place, ("in", "on", "to", "out", "up"))]
    is_all = board.items[place + 1].is_word("all", "any")
    return (
        is_all
        or _has_condition(board, board.after(place))
        or (previous.is_verb and previous.kind is not ItemKind.GRANULARITY)
    )


def _has_condition(board: Board, target: int) -> bool:
    """Tell whether several things follow that are described further ("by members from Oslo"), which are no groups."""
    if not board.is_kind(target, ItemKind.TABLE) or not board.items[target].text.lower().endswith("s"):
        return False
    following, value = board.items[target + 1], target + 2
    is_place = following.is_word("in") and value <= board.end and board.items[value].kind is ItemKind.VALUE
    return following.is_word("from", "with", "who", "whose", "that") or is_place


def _read_list(board: Board, place: int) -> bool:
    """Take "country and month" after the word that asks for groups."""
    skipped = LIGHT | {"different"}
    target = board.after(place, skipped)
    while board.is_op(target, Op.DISTINCT, Op.EACH):
        board.take(target)
        target = board.after(target, skipped)
    if not board.is_kind(target, *_GROUPS):
        return False
    target = _skip_owner(board, target)
    _add(board, target)
    following = board.after(target, ())
    while board.items[following].is_word("and", ",", "&"):
        target = board.after(following, LIGHT | {"and"})
        while board.is_op(target, Op.EACH, Op.BY):
            board.take(target)
            target = board.after(target)
        if not board.is_kind(target, *_GROUPS) or not _ends_list(board, place, target):
            break
        target = _skip_owner(board, target)
        _add(board, target)
        following = board.after(target, ())
    return True


def _skip_owner(board: Board, target: int) -> int:
    """Return the column in "customer name", where the table before it only owns it."""
    column = board.after(target, ("'s", "’s"))
    if board.is_noun(target) and board.is_noun(target + 1):
        board.take(target)
        return target + 1
    if board.items[target].kind is ItemKind.TABLE and board.is_kind(column, ItemKind.COLUMN):
        board.take(target)
        return column
    return target


def _ends_list(board: Board, place: int, target: int) -> bool:
    """Tell whether what comes after "and" still is a group, which it is not when outputs follow the groups."""
    return board.before(place, LIGHT) != board.end or board.items[target].kind is ItemKind.GRANULARITY


def _add(board: Board, place: int) -> None:
    if board.limit is not None:
        raise Unreadable("the top of each group cannot be found yet")
    item = board.items[place]
    board.take(place)
    last = board.groups[-1] if board.groups else None
    if item.kind is ItemKind.GRANULARITY:
        board.groups.append(Metric(None, granularity=item.granularity))
    elif last is not None and last.granularity is not None and last.slot is None and board.is_date(place):
        # "per month, by order date": the column that the months are of
        board.groups[-1] = Metric(board.slot(place), granularity=last.granularity)
    else:
        board.groups.append(Metric(board.slot(place)))
