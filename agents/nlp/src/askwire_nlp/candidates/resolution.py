"""Tie the slots of a reading to the schema: the good combinations, scored by evidence and by distance."""

from __future__ import annotations

import dataclasses

from askwire_nlp.candidates.reading import Reading, Slot
from askwire_nlp.catalog import KnownCatalog
from askwire_nlp.joins import JoinGraph
from askwire_nlp.linking import Candidate

__all__ = ["Assignment", "resolve"]

_BEAM = 48
_MOST_FOR_TABLE = 3
_MOST_FOR_COLUMN = 10
_FAR = 0.12
_NOT_THE_OWNERS = 0.25
_NOT_ITS_OWN = 0.3
"""A date of other rows than those that are counted or shown."""
_UNNAMED_TABLE = 0.08
_OUT_OF_REACH = 3.0
_WEAK = 0.5
_EXACT = 0.84
_FAR_AWAY = 3.0
_ANYONES = {"name", "title", "description", "details", "detail", "type", "code", "id", "date", "year", "team", "label"}
"""Words for columns that every table may have, so that another table's is hardly ever meant."""


@dataclasses.dataclass(frozen=True, slots=True)
class Assignment:
    """One meaning for every slot; ``score`` is at most 0, which is no doubt at all."""

    chosen: dict[int, Candidate]
    score: float
    is_unsure: bool = False
    """A meaning is too weak to answer by it without asking."""


def resolve(reading: Reading, catalog: KnownCatalog, graph: JoinGraph) -> list[Assignment]:
    """Return the best assignments, best first."""
    slots = reading.slots()
    beam = [Assignment({}, 0.0)]
    for slot in slots.values():
        grown = [
            Assignment(
                one.chosen | {slot.item: candidate},
                round(one.score + _score(slot, candidate, one, graph), 4),
                one.is_unsure or _is_weak(slot, candidate, one, graph, catalog),
            )
            for one in beam
            for candidate in _options(slot)
        ]
        beam = sorted(grown, key=_rank)[:_BEAM]
    named = [slot.item for slot in reading.tables]
    finished = [
        dataclasses.replace(one, score=round(one.score - _distance_cost(one, named, catalog, graph), 4)) for one in beam
    ]
    return sorted((one for one in finished if one.score > -_OUT_OF_REACH), key=_rank)


def _rank(one: Assignment) -> tuple[float, str]:
    return -one.score, str(sorted((place, cand.table, cand.column or "") for place, cand in one.chosen.items()))


def _options(slot: Slot) -> tuple[Candidate, ...]:
    if slot.is_table:
        best = slot.candidates[0].score if slot.candidates else 0.0
        return tuple(one for one in slot.candidates[:_MOST_FOR_TABLE] if one.score > best - 0.3)
    return tuple(sorted(slot.candidates, key=lambda one: -one.score)[: _MOST_FOR_COLUMN * 3])


def _score(slot: Slot, candidate: Candidate, so_far: Assignment, graph: JoinGraph) -> float:
    score = candidate.score - 1.0
    owner = so_far.chosen.get(slot.owner) if slot.owner is not None else None
    if owner is None or owner.table == candidate.table:
        return score
    distance = min(graph.distance(owner.table, candidate.table), 6.0)
    if slot.is_unnamed and candidate.table not in graph.to_one_closure((owner.table,)):
        score -= _NOT_ITS_OWN
    return score - _FAR * distance - (_NOT_THE_OWNERS if slot.is_owner_certain else 0.0)


def _is_weak(slot: Slot, candidate: Candidate, so_far: Assignment, graph: JoinGraph, catalog: KnownCatalog) -> bool:
    """Tell whether a meaning must not be taken without asking.

    That is a column which only begins like the words, or one of another table than the words say: the asker may mean
    something that is not in the database.
    """
    if slot.is_unnamed:
        dated = so_far.chosen.get(slot.owner) if slot.owner is not None else None
        return dated is not None and candidate.table not in graph.to_one_closure((dated.table,))
    if candidate.column is None:
        return _is_made_of_others(candidate.table, catalog)
    if candidate.value is not None:
        return False
    if candidate.score <= _WEAK:
        return True
    owner = so_far.chosen.get(slot.owner) if slot.owner is not None else None
    if owner is None or owner.table == candidate.table:
        return False
    is_near = candidate.table in graph.to_one_closure((owner.table,)) or owner.table in graph.to_one_closure(
        (candidate.table,)
    )
    if not slot.is_owner_certain:
        return not is_near or graph.distance(owner.table, candidate.table) >= _FAR_AWAY
    words = catalog.tables[candidate.table].column(candidate.column).short
    return not is_near or candidate.score < _EXACT or bool(_ANYONES & set(words))


def _is_made_of_others(table: int, catalog: KnownCatalog) -> bool:
    """Tell whether a link table has the names of the two tables that it links, so that one of them may be meant."""
    known = catalog.tables[table]
    others = {one.words for one in catalog.tables if one.index != table}
    return known.is_link and len(known.words) == 2 and all((word,) in others for word in known.words)


def _distance_cost(one: Assignment, named: list[int], catalog: KnownCatalog, graph: JoinGraph) -> float:
    """Return what the joins cost: each table that is needed but not named makes the reading less likely."""
    used = sorted({candidate.table for candidate in one.chosen.values()})
    if len(used) < 2:
        return 0.0
    trees = graph.trees(used[0], used[1:])
    if not trees:
        return _OUT_OF_REACH
    known = {one.chosen[place].table for place in named if place in one.chosen}
    extra = [table for table in trees[0].tables if table not in known]
    return sum(_UNNAMED_TABLE / 2 if catalog.tables[table].is_link else _UNNAMED_TABLE for table in extra)
