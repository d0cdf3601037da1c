"""Read orders and the top: "sorted by age", "the 5 cheapest products", "which team has the most players"."""

from __future__ import annotations

import dataclasses

from askwire_nlp.candidates.board import LIGHT, Board, Unreadable
from askwire_nlp.candidates.metrics import read_metric
from askwire_nlp.candidates.reading import Metric, Ordering, Slot
from askwire_nlp.catalog.names import singular
from askwire_nlp.linking import ItemKind, Op
from askwire_nlp.linking.english import ARTICLES, HAVE

__all__ = ["read_sorting", "read_superlatives"]

_SIZE_WORDS = {"largest": "size", "biggest": "size", "smallest": "size"}
_MOST = {"most", "the most", "least", "fewest"}
_MOST_ROWS = 10_000
_CERTAIN = 0.9
_ASKED = 0.45


def read_sorting(board: Board) -> None:
    """Take "sorted by total descending", "in alphabetical order of name"."""
    for place in board.operations(Op.SORT):
        _read_sort(board, place)
    for place in board.operations(Op.DIRECTION):
        if not board.is_free(place):
            continue
        target = board.after(place, LIGHT | {"of", "by"})
        if board.is_op(target, Op.BY):
            board.take(target)
            target = board.after(target)
        ends_with_by = board.items[place].text.endswith((" of", " by")) or target == place + 1
        is_said = ends_with_by or _follows_of(board, place)
        found = read_metric(board, _skip_table(board, target)) if is_said else None
        metric = found[0] if found else None
        if found:
            board.take(*found[1])
        if metric is None and board.orderings:
            raise Unreadable("it is not clear what is to be sorted")
        board.take(place)
        board.orderings.append(Ordering(metric, _is_descending(board, place), _is_by_name(board, place)))


def _follows_of(board: Board, place: int) -> bool:
    following = place + 1
    return following < len(board.items) and (board.items[following].is_word("of") or board.items[following].op is Op.BY)


def _is_descending(board: Board, place: int) -> bool:
    return board.items[place].argument == "desc"


def _is_by_name(board: Board, place: int) -> bool:
    text = board.items[place].text.lower()
    return any(word in text for word in ("alphabetic", "lexicographic", "a to z"))


def _read_sort(board: Board, place: int) -> None:
    target = board.after(place, LIGHT | {"in", "by"})
    if board.is_op(target, Op.BY):
        board.take(target)
        target = board.after(target)
    descending = False
    if board.is_op(target, Op.DIRECTION):
        descending = _is_descending(board, target)
        board.take(target, place)
        target = board.after(target, LIGHT | {"of", "by"})
        if board.is_op(target, Op.BY):
            board.take(target)
            target = board.after(target)
    metrics = _read_metric_list(board, target)
    trailing = board.after(metrics[1], LIGHT | {"in", ",", "from"}) if metrics[0] else board.end
    if board.is_op(trailing, Op.DIRECTION):
        descending = _is_descending(board, trailing)
        board.take(trailing)
    if metrics[0]:
        board.take(place)
        board.orderings.extend(Ordering(metric, descending) for metric in metrics[0])
    elif place in board.taken:
        board.orderings.append(Ordering(None, descending))


def _read_metric_list(board: Board, place: int) -> tuple[list[Metric], int]:
    metrics: list[Metric] = []
    last = -1
    while place != board.end:
        target = _skip_table(board, place)
        found = read_metric(board, target)
        if found is None and board.is_kind(target, ItemKind.TABLE):
            found = (Metric(board.slot(target)), [target], target)
        if found is None:
            break
        metrics.append(found[0])
        board.take(*found[1])
        last = found[2]
        following = board.after(last, ())
        if not board.items[following].is_word("and", ",", "then"):
            break
        place = board.after(following, LIGHT | {"and", "then", ",", "by"})
    return metrics, last


def _skip_table(board: Board, place: int) -> int:
    """Return the column in "customer's age"; the table before it is accounted for by it."""
    column = board.after(place, ("'s", "’s"))
    if board.is_kind(place, ItemKind.TABLE) and board.is_kind(column, ItemKind.COLUMN):
        board.take(place)
        return column
    return place


def read_superlatives(board: Board) -> None:
    """Take at most one superlative that picks rows; those that only mean MAX or MIN are left to the outputs."""
    for place in board.operations(Op.COMMON):
        _read_common(board, place)
    for place in board.operations(Op.SUPERLATIVE):
        if board.is_free(place):
            _read_superlative(board, place)


def _take_limit(board: Board, place: int) -> tuple[int, int, bool]:
    """Return the number that stands before or after the superlative, the place of its target, and whether it was."""
    before = board.before(place)
    distant = _distant_number(board, place)
    if board.is_kind(place + 1, ItemKind.NUMBER):
        number, target = place + 1, board.after(place + 1, LIGHT | {"of"})
        board.take(number)
        return _limit(board, number), target, True
    target = board.after(place, LIGHT | {"of"})
    if board.is_kind(before, ItemKind.NUMBER):
        board.take(before)
        return _limit(board, before), target, True
    if distant != board.end:
        board.take(distant)
        return _limit(board, distant), target, True
    return 1, target, False


def _distant_number(board: Board, place: int) -> int:
    """Return the number in "the 5 products with the highest price"."""
    for index in board.places(ItemKind.NUMBER):
        is_counted = board.items[index + 1].kind in (ItemKind.TABLE, ItemKind.COLUMN)
        starts = index == 0 or board.items[index - 1].is_word("the", "which", "what", "me", "list", "show", "find")
        if index < place and is_counted and starts:
            return index
    return board.end


def _limit(board: Board, place: int) -> int:
    number = board.items[place].number
    if number is None or number % 1 or not 0 < number <= _MOST_ROWS:
        raise Unreadable("the number of rows that is asked for is not a whole number up to 10,000")
    return int(number)


def _pick(board: Board, place: int, metric: Metric, *, direction: str, limit: int, is_list: bool) -> None:
    if board.limit is not None:
        raise Unreadable("there is more than one superlative in the question")
    board.take(place)
    board.limit = limit
    is_by = board.items[place].text.lower() in ("top", "bottom") or board.is_by(place)
    board.shows_order = is_list and is_by
    board.orderings.append(Ordering(metric, direction == "max"))


def _read_common(board: Board, place: int) -> None:
    """Take "the most common city": a group by it, ordered by the number of rows."""
    operator = board.items[place].operator
    limit, target, is_list = _take_limit(board, place)
    while board.items[target].kind is ItemKind.FUNCTION and board.items[target].is_verb:
        target = board.after(target)
    if operator is None or not board.is_kind(target, ItemKind.COLUMN):
        return
    board.take(target)
    board.is_common = True
    board.groups.append(Metric(board.slot(target)))
    board.entity = target
    _pick(board, place, Metric(None, "count"), direction=operator.argument, limit=limit, is_list=is_list)


def _read_superlative(board: Board, place: int) -> None:
    item = board.items[place]
    operator = item.operator
    if operator is None:
        return
    snapshot = set(board.taken)
    limit, target, is_list = _take_limit(board, place)
    direction, concept = operator.argument, operator.concept
    if board.is_op(target, Op.SUPERLATIVE):
        # "top 5 most expensive": the second one says what is measured
        second = board.items[target].operator
        board.take(place)
        if second is not None:
            place, direction, concept = target, second.argument, second.concept
            target = board.after(target)
            item = board.items[place]
    by = _metric_after_by(board, target)
    if by is not None:
        metric, taken = by
        board.take(*taken)
        board.entity = target
        _pick(board, place, metric, direction=direction, limit=limit, is_list=is_list)
        return
    concept = concept or (_SIZE_WORDS.get(item.text.lower(), "") if board.is_kind(target, ItemKind.TABLE) else "")
    if concept and not (not concept and board.is_kind(target, ItemKind.COLUMN)):
        if board.is_kind(target, ItemKind.TABLE) and _entity_before(board, place) != board.end and (
            item.text.lower() in _SIZE_WORDS
        ):  # fmt: skip
            concept = ""
        else:
            _pick_by_concept(board, place, concept, target, direction, limit=limit, is_list=is_list)
            return
    _pick_by_target(board, place, target, direction, snapshot, limit=limit, is_list=is_list)


def _is_plural(text: str) -> bool:
    last = text.lower().split()[-1]
    return singular(last) != last


def _pick_by_concept(
    board: Board, place: int, concept: str, target: int, direction: str, *, limit: int, is_list: bool
) -> None:
    candidates = tuple(board.schema.concept(concept))
    if board.items[place].text.lower() in ("first", "last"):
        if not is_list and board.is_kind(target, ItemKind.TABLE) and _is_plural(board.items[target].text):
            raise Unreadable(f'it is not said how many of the "{board.items[place].text}" are meant')
        # "the first" of things without a date of their own may be any order
        candidates = tuple(
            one if one.score >= _CERTAIN else dataclasses.replace(one, score=min(one.score, _ASKED))
            for one in candidates
        )
    owner = target if board.is_kind(target, ItemKind.TABLE) else board.slot(place).owner
    if board.is_kind(target, ItemKind.COLUMN):
        # "the latest order date", "the shortest duration": the column itself is meant
        named = board.slot(target)
        board.take(target)
        entity = _entity_before(board, place)
        metric = Metric(named)
        if entity == board.end:
            board.take(place)
            board.outputs.append(Metric(named, direction))
            return
        _pick(board, place, metric, direction=direction, limit=limit, is_list=is_list)
        return
    slot = Slot(place, board.items[place].text, candidates, is_table=False, owner=owner, is_owner_certain=True)
    if not candidates:
        raise Unreadable(f'nothing in the database says what "{board.items[place].text}" is measured by')
    board.entity = target if owner == target else board.entity
    _pick(board, place, Metric(slot), direction=direction, limit=limit, is_list=is_list)


def _pick_by_target(
    board: Board, place: int, target: int, direction: str, snapshot: set[int], *, limit: int, is_list: bool
) -> None:
    entity = _entity_before(board, place)
    is_most = board.items[place].text.lower() in _MOST
    if board.is_kind(target, ItemKind.TABLE):
        is_compound = board.items[target + 1].kind in (ItemKind.TABLE, ItemKind.COLUMN)
        is_compound = is_compound and not board.items[target + 1].is_verb
        if (entity == board.end and not is_most) or is_compound:
            board.taken = snapshot
            return
        board.take(target)
        counted = Metric(board.slot(target), "count")
        nouns = [item for item in board.items[:place] if item.kind in (ItemKind.TABLE, ItemKind.COLUMN)]
        owners = {one.table for one in nouns[-1].candidates[:1]} if nouns else set()
        stored = board.schema.stored_counts(board.items[target].text.lower())
        stored = [one for one in stored if one.table in owners]
        if stored:
            # the number of them is stored: the stored one is meant
            slot = Slot(target, board.items[target].text, tuple(stored), is_table=False, owner=None)
            counted = Metric(slot)
        _pick(board, place, counted, direction=direction, limit=limit, is_list=is_list)
        return
    found = read_metric(board, target)
    if found is None:
        board.taken = snapshot
        return
    metric, taken, _ = found
    rows = board.rows_of(target) if is_most and board.is_kind(target, ItemKind.COLUMN) else None
    if rows is not None:
        metric = Metric(rows, "count")
    is_plain = metric.aggregate is None
    if is_plain and entity == board.end and not is_list and not is_most:
        board.taken = snapshot
        return
    if metric.aggregate == "count" and metric.slot is not None and not metric.slot.is_table:
        metric = board.value_of(metric)
    board.take(*taken)
    _pick(board, place, metric, direction=direction, limit=limit, is_list=is_list)


def _entity_before(board: Board, place: int) -> int:
    """Return the piece before a superlative that names what it picks ("the product with the highest price")."""
    direct = board.before(place, ARTICLES)
    if board.items[direct].is_word("with", "has", "have", "having", "had"):
        return direct
    found = board.before(place, LIGHT | HAVE | {"with", "that", "which", "who", "whose", "by", "for", "in"})
    while found != board.end and (found in board.taken or board.items[found].kind is ItemKind.FUNCTION):
        found = board.before(found, LIGHT | HAVE | {"with", "that", "which", "who", "whose", "by", "for", "in"})
    if found == board.end:
        return found
    between = [board.items[index].text for index in range(found + 1, place)]
    is_of = bool(between) and between[0] == "of"
    of_column = is_of and board.items[found].kind is ItemKind.TABLE and board.is_kind(place + 1, ItemKind.COLUMN)
    is_related = not {",", "and"} & set(between) and bool(between) and between != ["the"] and (not is_of or of_column)
    is_thing = board.items[found].kind in (ItemKind.TABLE, ItemKind.COLUMN, ItemKind.GRANULARITY)
    return found if is_related and is_thing else board.end


def _metric_after_by(board: Board, target: int) -> tuple[Metric, list[int]] | None:
    """Return the metric of "top 5 customers by total sales"."""
    for place in board.operations(Op.BY):
        if place < target or place > target + 4:
            continue
        found = read_metric(board, board.after(place))
        if found is not None and found[0].slot is not None:
            return found[0], [place, *found[1]]
        table = board.after(place)
        if board.is_kind(table, ItemKind.TABLE):
            return Metric(board.slot(table), "count"), [place, table]
    return None
