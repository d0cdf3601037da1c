"""Read what is measured: "number of orders", "average price", "total sales", "different cities"."""

from __future__ import annotations

from askwire_nlp.candidates.board import LIGHT, Board
from askwire_nlp.candidates.reading import Metric, Slot
from askwire_nlp.linking import ItemKind, Op

__all__ = ["is_sales", "read_metric"]

_OF_CONDITIONS = (ItemKind.VALUE, ItemKind.COLUMN, ItemKind.LITERAL, ItemKind.OPERATOR)
_BEFORE_TARGET = LIGHT | {"of", "their", "for", "in"}


def is_sales(board: Board, place: int) -> bool:
    """Tell whether the piece means what was sold, in money, which is added up without being told to."""
    return board.items[place].text.lower() in ("sales", "revenue", "turnover", "spend", "spent")


def read_metric(board: Board, place: int) -> tuple[Metric, list[int], int] | None:
    """Return the metric that begins at ``place``, the pieces it takes and the last of them."""
    if not board.is_free(place):
        return None
    item = board.items[place]
    if board.is_op(place, Op.COUNT):
        return _read_count(board, place, [place])
    if board.is_op(place, Op.AGGREGATE):
        target = board.after(place, _BEFORE_TARGET)
        function = item.argument
        if item.text.lower() == "how much" and board.is_kind(target, ItemKind.TABLE):
            return None
        if board.is_op(target, Op.COUNT):
            return _read_count(board, target, [place, target]) if function == "sum" else None
        if board.is_op(target, Op.AGGREGATE) and board.items[target].argument == "sum" and function != "sum":
            return _stored_total(board, place, target, function)
        if board.is_kind(target, ItemKind.TABLE) and board.is_kind(target + 1, ItemKind.COLUMN):
            return Metric(board.slot(target + 1), function), [place, target, target + 1], target + 1
        if (
            board.is_kind(target, ItemKind.TABLE)
            and function == "sum"
            and (target != place + 1 or item.text.endswith("of"))
        ):
            return _sum_of_rows(board, place, target)
        if board.is_kind(target, ItemKind.TABLE) and function == "sum":
            return Metric(board.slot(target), "count"), [place, target], target
        if board.is_kind(target, ItemKind.COLUMN):
            return Metric(board.slot(target), function), [place, target], target
        return None
    if board.is_kind(place, ItemKind.COLUMN):
        return Metric(board.slot(place), "sum" if is_sales(board, place) else None), [place], place
    return None


def _sum_of_rows(board: Board, place: int, table: int) -> tuple[Metric, list[int], int] | None:
    """Return the money of "the total of their orders": what the orders amount to, not how many they are."""
    own = {one.table for one in board.slot(table).candidates}
    found = tuple(one for one in board.schema.sales() if one.table in own) or tuple(board.schema.sales())
    if not found:
        return None
    slot = Slot(place, board.items[place].text, found, is_table=False, owner=table)
    return Metric(slot, "sum"), [place, table], table


def _stored_total(board: Board, place: int, total: int, function: str) -> tuple[Metric, list[int], int] | None:
    """Return the stored column of "the average total of an order"."""
    table = board.after(total, LIGHT | {"of", "per", "each"})
    if not board.is_kind(table, ItemKind.TABLE):
        return None
    own = {one.table for one in board.slot(table).candidates}
    found = tuple(one for one in board.schema.sales() if one.table in own and not board.is_computed(one))
    slot = Slot(place, board.items[total].text, found, is_table=False, owner=table)
    return (Metric(slot, function), [place, total, table], table) if found else None


def _read_count(board: Board, place: int, taken: list[int]) -> tuple[Metric, list[int], int] | None:
    target = board.after(place, LIGHT | {"of"})
    is_distinct = False
    while board.is_op(target, Op.DISTINCT):
        is_distinct = True
        taken.append(target)
        target = board.after(target, LIGHT | {"of"})
    if board.is_kind(target, ItemKind.VALUE):
        # "how many German customers": the value is a condition, read before or after
        target = board.after(target)
    while target in board.taken and board.items[target].kind in _OF_CONDITIONS:
        target = board.after(target, LIGHT | {"of", ",", "and"})
    if board.is_op(target, Op.COUNT):
        return _read_count(board, target, [*taken, target])
    if target == board.end or board.items[target].is_word("."):
        return Metric(None, "count"), taken, place
    while board.is_noun(target) and board.is_noun(target + 1):
        board.relate(target)
        target += 1
    column = target + 1
    is_compound = board.is_kind(target, ItemKind.TABLE) and board.is_kind(column, ItemKind.COLUMN)
    if is_compound and not board.items[column].is_verb:
        # "how many movie directors": the table before the column only owns it
        taken += [target, column]
        return Metric(board.slot(column), "count", is_distinct), taken, column
    if board.is_kind(target, ItemKind.TABLE, ItemKind.COLUMN):
        taken.append(target)
        return Metric(board.slot(target), "count", is_distinct), taken, target
    return None
