"""Read what is to be shown: columns, aggregates, or the things themselves."""

from __future__ import annotations

import dataclasses

from askwire_nlp.candidates.board import LIGHT, OWNING, Board, Unreadable
from askwire_nlp.candidates.metrics import is_sales, read_metric
from askwire_nlp.candidates.reading import Clause, ClauseKind, Metric, Ordering, Slot
from askwire_nlp.catalog import Kind
from askwire_nlp.catalog.names import split_name, verb_forms
from askwire_nlp.linking import ItemKind, Op
from askwire_nlp.linking.english import HAVE

__all__ = ["read_outputs"]


_CERTAIN = 0.9
_OF_CONDITIONS = (ItemKind.VALUE, ItemKind.NUMBER, ItemKind.DATE, ItemKind.LITERAL)
_NAMED_TWICE = 0.8
_BEFORE_CONDITION = HAVE | {"with", "whose", "who", "that", "where", "in", "on", "from", "by", "as"}


def read_outputs(board: Board) -> None:
    """Take the rest: what it does not take makes the reading fail."""
    reader = _OutputReader(board)
    for place in range(len(board.items)):
        if board.is_free(place):
            reader.read(place)
    reader.finish()


def _narrowed(metric: Metric, named: set[tuple[int, str | None]]) -> Metric:
    """Return the metric with those candidates only that are named again, if there are such."""
    slot = metric.slot
    if slot is None or slot.is_table or metric.slot is None:
        return metric
    both = tuple(
        dataclasses.replace(one, score=max(one.score, _NAMED_TWICE))
        for one in slot.candidates
        if (one.table, one.column) in named
    )
    return dataclasses.replace(metric, slot=dataclasses.replace(slot, candidates=both)) if both else metric


class _OutputReader:
    """Walks through the free pieces once, from left to right."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._functions: list[tuple[int, str]] = []
        self._entity_shown = False

    def read(self, place: int) -> None:
        board = self._board
        item = board.items[place]
        if item.op is Op.COUNT:
            self._read_metric(place)
        elif item.op is Op.AGGREGATE:
            self._read_aggregate(place)
        elif item.op is Op.SUPERLATIVE and item.operator is not None and not item.operator.concept:
            self._read_extreme(place)
        elif item.op is Op.DISTINCT:
            board.is_distinct = True
            board.take(place)
        elif item.kind is ItemKind.COLUMN:
            self._read_column(place)
        elif item.kind is ItemKind.TABLE:
            self._read_table(place)
        elif item.kind is ItemKind.GRANULARITY and place and board.items[place - 1].is_word("which", "what"):
            board.take(place)
            board.groups.append(Metric(None, granularity=item.granularity))

    def _read_metric(self, place: int) -> None:
        board = self._board
        found = read_metric(board, place)
        if found is None:
            return
        metric, taken, _ = found
        if metric.aggregate == "count" and metric.slot and not metric.slot.is_table and not metric.is_distinct:
            metric = self._count_of_column(metric)
        board.take(*taken)
        board.outputs.append(metric)
        if metric.slot is not None and metric.slot.is_table and board.main is None:
            board.main = metric.slot

    def _count_of_column(self, metric: Metric) -> Metric:
        """Return the sum for a quantity ("how many units"), else the number of different values."""
        board = self._board
        candidates = metric.slot.candidates if metric.slot else ()
        known = board.catalog.tables[candidates[0].table].column(candidates[0].column or "") if candidates else None
        if known is not None and known.is_measure:
            return dataclasses.replace(metric, aggregate="sum")
        return dataclasses.replace(metric, is_distinct=True)

    def _read_aggregate(self, place: int) -> None:
        board = self._board
        item = board.items[place]
        if self._functions or read_metric(board, place) is None:
            if item.operator is not None:
                self._functions.append((place, item.operator.argument))
                board.take(place)
            return
        self._read_metric(place)

    def _read_extreme(self, place: int) -> None:
        item = self._board.items[place]
        if item.operator is not None:
            self._functions.append((place, item.operator.argument))
            self._board.take(place)

    def _read_column(self, place: int) -> None:
        board = self._board
        slot = board.slot(place)
        if board.items[place].is_verb and not is_sales(board, place):
            self._read_verb(place)
            return
        if self._names_next_column(place) or self._says_unit(place, slot):
            board.take(place)
            return
        self._drop_things_before(place)
        board.take(place)
        if self._functions:
            board.outputs.extend(Metric(slot, function) for _, function in self._functions)
            self._functions = []
        elif (inherited := self._inherited(place, slot)) is not None:
            board.outputs.append(Metric(slot, inherited))
        elif is_sales(board, place):
            board.outputs.append(Metric(slot, "sum"))
        else:
            if self._is_wish(place, slot):
                board.clauses.append(Clause(ClauseKind.FLAG, slot, place))
                return
            previous = board.before(place)
            is_chained = board.items[previous].is_word("of") and bool(board.outputs or board.groups)
            if is_chained or self._is_behind_conditions(place):
                raise Unreadable(f'it is not clear what "{board.items[place].text}" is for')
            board.outputs.append(Metric(slot))

    def _is_wish(self, place: int, slot: Slot) -> bool:
        """Tell whether it is a yes-or-no column behind a verb ("customers who get the newsletter")."""
        board = self._board
        previous = board.items[board.before(place)]
        is_verb = previous.is_verb or previous.is_word(*HAVE, "get", "gets", "got", "want", "wants", "with")
        return bool(board.outputs) and is_verb and bool(slot.candidates) and board.is_flag(slot.candidates[0])

    def _inherited(self, place: int, slot: Slot) -> str | None:
        """Return the function of the column before in "the average price and score"."""
        board = self._board
        last = board.outputs[-1] if board.outputs else None
        joint = board.before(place, LIGHT)
        if last is None or last.aggregate not in ("avg", "sum", "min", "max") or last.slot is None:
            return None
        is_joined = board.items[joint].is_word("and", ",") and board.before(joint) == last.slot.item
        if not is_joined:
            return None
        known = board.kind_of(slot.candidates[0]) if slot.candidates else None
        if known not in (Kind.NUMBER, Kind.MONEY):
            raise Unreadable(f'it is not clear what "{board.items[place].text}" is for')
        return last.aggregate

    def _says_unit(self, place: int, slot: Slot) -> bool:
        """Tell whether it goes on naming a column that was begun before: "length … in milliseconds"."""
        board = self._board
        if not board.items[place - 1].is_word("in", "on"):
            return False
        named = {(one.table, one.column) for one in slot.candidates}
        outputs = [_narrowed(one, named) for one in board.outputs]
        orderings = [
            dataclasses.replace(one, metric=_narrowed(one.metric, named)) if one.metric else one
            for one in board.orderings
        ]
        metrics = [*outputs, *(one.metric for one in orderings if one.metric)]
        kept = [{(one.table, one.column) for one in metric.slot.candidates} for metric in metrics if metric.slot]
        board.outputs, board.orderings = outputs, orderings
        return any(one and one <= named for one in kept)

    def _names_next_column(self, place: int) -> bool:
        """Tell whether it is "name" in "the names of authors", where authors is a column itself."""
        board = self._board
        if board.items[place].text.lower() not in ("name", "names"):
            return False
        following = board.after(place, ("of", "the", "all", "different"))
        return following is not None and following > place + 1 and board.is_kind(following, ItemKind.COLUMN)

    def _drop_things_before(self, place: int) -> None:
        """Leave out the things themselves where a second sentence says which of their columns to show."""
        board = self._board
        stops = [index for index, item in enumerate(board.items[:place]) if item.is_word(".")]
        if stops and board.outputs and all(one.slot and one.slot.is_table for one in board.outputs):
            board.outputs = [one for one in board.outputs if one.slot and one.slot.item > stops[-1]]

    def _read_verb(self, place: int) -> None:
        """Take a verb only where it says which column a value is of ("shipped to Brazil", ship_country)."""
        board = self._board
        stems = verb_forms(board.items[place].text.lower())
        for index, clause in enumerate(board.clauses):
            if clause.slot is None or clause.kind is not ClauseKind.VALUE or clause.place < place:
                continue
            of_verb = tuple(one for one in clause.slot.candidates if one.column and stems & set(split_name(one.column)))
            if of_verb:
                slot = dataclasses.replace(clause.slot, candidates=of_verb)
                board.clauses[index] = dataclasses.replace(clause, slot=slot)
                board.take(place)
                return

    def _is_behind_conditions(self, place: int) -> bool:
        """Tell whether conditions stand before a column, so that it may be a condition that was not understood."""
        board = self._board
        joint = board.before(place, LIGHT)
        previous = board.before(place, LIGHT | {"and", ","})
        if board.items[previous].kind is ItemKind.TABLE and previous == place - 1:
            previous = board.before(previous, LIGHT | {"and", ","})
        if joint != previous and board.items[previous].kind in _OF_CONDITIONS:
            return True
        if not board.outputs and board.main is None:
            return False
        counts = any(one.aggregate == "count" for one in board.outputs)
        if counts and not board.items[joint].is_word("and", ",", "with"):
            return True
        if board.items[previous].is_word(*_BEFORE_CONDITION):
            return not (board.items[previous].is_word("with") and board.items[place - 1].text in ("their", "its"))
        return False

    def _read_table(self, place: int) -> None:
        board = self._board
        slot = board.slot(place)
        if board.is_noun(place) and board.is_noun(place + 1):
            head = {one.table for one in board.slot(place + 1).candidates[:1]}
            if slot.candidates[0].score >= _CERTAIN and slot.candidates[0].table not in head:
                board.relate(place)
            return
        board.take(place)
        if self._functions and board.items[self._functions[-1][0]].text.lower() == "total":
            self._functions.pop()
            board.outputs.append(Metric(slot, "count"))
            board.main = board.main or slot
            return
        if self._is_owner(place) or place == board.entity:
            self._set_main(place)
            if place == board.entity and not board.outputs and not self._is_owner(place):
                board.outputs.append(Metric(slot))
            return
        self._read_further_table(place, slot)

    def _read_further_table(self, place: int, slot: Slot) -> None:
        """Take a table that is shown, listed behind what is shown, or only has to be there."""
        board = self._board
        previous = board.before(place, LIGHT | {"'s", "respective", "corresponding", "associated"})
        is_listed = board.items[previous].is_word("and", ",", "&") or (
            board.items[previous].is_word("with") and board.items[place - 1].text in ("their", "its")
        )
        behind = board.before(previous, LIGHT) if is_listed else board.end
        is_theirs = board.items[place - 1].is_word("their", "its", "respective", "corresponding", "associated")
        follows_output = any(
            one.slot is not None and (behind == one.slot.item or (is_theirs and behind == one.slot.owner))
            for one in board.outputs
        )
        if not board.outputs and board.main is None and not board.groups:
            board.outputs.append(Metric(slot))
            board.main = slot
        elif is_listed and follows_output:
            board.outputs.append(Metric(slot))
        elif is_listed and self._is_open_list(board.before(previous)):
            raise Unreadable(f'it is not clear what "{board.items[place].text}" is for')
        elif board.main is None and not (board.items[previous].is_word(*HAVE)):
            self._set_main(place)
            if not board.outputs and not board.groups:
                board.outputs.append(Metric(slot))
        else:
            self._relate(place)

    def _is_open_list(self, place: int) -> bool:
        """Tell whether "and" behind ``place`` goes on with something else than what is shown."""
        board = self._board
        after_condition = board.items[place].kind in _OF_CONDITIONS
        return after_condition or any(one.aggregate is None for one in board.outputs)

    def _is_owner(self, place: int) -> bool:
        """Tell whether the table only says whose columns are shown ("customer name", "name of the customer")."""
        board = self._board
        following = board.after(place, ("'s", "’s", "'", "’"))
        if board.items[following].kind is ItemKind.COLUMN and (
            following not in board.taken or any(one.slot and one.slot.item == following for one in board.outputs)
        ):  # fmt: skip
            return True
        previous = board.before(place, LIGHT)
        is_owning = board.items[previous].is_word(*OWNING)
        return is_owning and (board.main is None or bool(board.outputs))

    def _set_main(self, place: int) -> None:
        board = self._board
        if board.main is None:
            board.main = board.slot(place)
        elif board.main.item != place and not self._is_main_again(place):
            self._relate(place)

    def _is_main_again(self, place: int) -> bool:
        """Tell whether a second sentence names the main table again ("Give me the school locations")."""
        board = self._board
        again, main = board.slot(place).candidates[:1], board.main.candidates[:1] if board.main else ()
        is_later = any(item.is_word(".") for item in board.items[:place])
        return is_later and bool(again) and bool(main) and again[0].table == main[0].table

    def _relate(self, place: int) -> None:
        self._board.relate(place)

    def finish(self) -> None:
        board = self._board
        if board.is_common and any(one.aggregate is None for one in board.outputs):
            raise Unreadable("it is not clear what is to be shown of what is most common")
        self._count_things()
        self._check_person()
        last = board.outputs[-1] if board.outputs else None
        if [name for _, name in self._functions] == ["sum"] and last is not None:
            # "in total", behind what is counted or added up
            known = board.kind_of(last.slot.candidates[0]) if last.slot and last.slot.candidates else None
            if last.aggregate is None and known in (Kind.NUMBER, Kind.MONEY):
                board.outputs[-1] = dataclasses.replace(last, aggregate="sum")
                self._functions = []
            elif last.aggregate in ("count", "sum"):
                self._functions = []
        for place, _ in self._functions:
            board.taken.discard(place)
        if not board.outputs and not board.groups and board.main is not None:
            board.outputs.append(Metric(board.main))

    def _check_person(self) -> None:
        """Refuse "who made the latest order" where only orders could be shown, which are nobody."""
        board = self._board
        only = board.outputs[0] if len(board.outputs) == 1 else None
        is_who = bool(board.items) and board.items[0].is_word("who", "whom")
        thing = only.slot if only is not None and not only.aggregate else None
        if is_who and thing is not None and thing.is_table and not board.labels(thing.candidates[0].table):
            raise Unreadable("it is not clear who is meant")

    def _count_or_sort(self, thing: Slot) -> None:
        """Count a thing in groups; "customers by name" only sorts them, "products by price" may be either."""
        board = self._board
        key = board.groups[-1].slot if len(board.groups) == 1 else None
        named = key.candidates if key is not None and not key.is_table else ()
        own = [one for one in named if one.table == thing.candidates[0].table]
        best = next(iter((*own, *named)), None)
        is_by = any(item.op is Op.BY for item in board.items)
        if is_by and best is not None and board.groups[0].granularity is None:
            if own and best.column in board.labels(best.table):
                board.orderings.append(Ordering(board.groups.pop(), is_descending=False))
                return
            board.is_list_open = board.kind_of(best) in (Kind.NUMBER, Kind.MONEY, Kind.DATE)
        board.outputs = [dataclasses.replace(board.outputs[0], aggregate="count")]

    def _count_things(self) -> None:
        """Read "orders per month" as their number: things broken down by something are counted."""
        board = self._board
        is_broken_down = any(one.granularity is not None for one in board.groups) or any(
            item.op is Op.BY or (item.op is Op.EACH and item.text.lower() == "per") for item in board.items
        )
        if not board.groups or not is_broken_down or board.limit is not None:
            return
        if not board.outputs and board.main is not None:
            board.outputs = [Metric(board.main)]
        if len(board.outputs) != 1 or board.outputs[0].slot is None or board.outputs[0].aggregate is not None:
            return
        only = board.outputs[0].slot
        if only.is_table:
            self._count_or_sort(only)
        elif board.kind_of(only.candidates[0]) in (Kind.NUMBER, Kind.MONEY) if only.candidates else False:
            board.is_measure_open = True
