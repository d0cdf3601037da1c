"""Find how tables hang together: shortest paths along foreign keys, and trees of them."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable

from askwire_nlp.catalog import Edge, KnownCatalog

__all__ = ["JoinGraph", "JoinTree", "Step"]

_STEP = 1.0
_PEAK = 1.25
"""Extra cost of going up to a shared parent and down again, which rarely means anything."""
_SPOKEN = 0.4
"""What a foreign key gains when its own words stand in the question."""
_MOST_PATHS = 3
_LONGEST_COST = 6.5


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """Along one foreign key; ``is_to_one`` from the owner to what it refers to."""

    edge: Edge
    is_to_one: bool

    @property
    def start(self) -> int:
        """Return the table that the step leaves."""
        return self.edge.owner if self.is_to_one else self.edge.target

    @property
    def end(self) -> int:
        """Return the table that the step reaches."""
        return self.edge.target if self.is_to_one else self.edge.owner

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the equal columns, that of the left table first."""
        columns = tuple(zip(self.edge.columns, self.edge.referenced, strict=True))
        return columns if self.is_to_one else tuple((right, left) for left, right in columns)


@dataclasses.dataclass(frozen=True, slots=True)
class JoinTree:
    """Steps from the root, each from a table that is reached already."""

    root: int
    steps: tuple[Step, ...]
    cost: float

    @property
    def tables(self) -> frozenset[int]:
        """Return all tables of the tree."""
        return frozenset((self.root, *(step.end for step in self.steps)))

    def path(self, table: int) -> tuple[Step, ...]:
        """Return the steps from the root to a table of the tree."""
        came = {step.end: step for step in self.steps}
        path: list[Step] = []
        while table != self.root:
            path.append(came[table])
            table = came[table].start
        return tuple(reversed(path))

    def multiplies(self, table: int) -> bool:
        """Tell whether a row of the root may meet several of the table."""
        return any(not step.is_to_one for step in self.path(table))


class JoinGraph:
    """The foreign keys of one catalog as a graph."""

    def __init__(self, catalog: KnownCatalog) -> None:
        self._catalog = catalog
        self._steps: dict[int, list[Step]] = defaultdict(list)
        for edge in catalog.edges:
            self._steps[edge.owner].append(Step(edge, is_to_one=True))
            self._steps[edge.target].append(Step(edge, is_to_one=False))
        self._cache: dict[tuple[int, int, frozenset[int]], list[tuple[float, tuple[Step, ...]]]] = {}

    def is_one_of_several(self, edge: int) -> bool:
        """Tell whether another foreign key leads from the same table to the same one."""
        own = self._catalog.edges[edge]
        return any(
            one.index != edge and (one.owner, one.target) == (own.owner, own.target) for one in self._catalog.edges
        )

    def to_one_closure(self, tables: Iterable[int]) -> frozenset[int]:
        """Return all tables of which a row of the given ones has at most one."""
        found, queue = set(tables), list(tables)
        while queue:
            for step in self._steps[queue.pop()]:
                if step.is_to_one and step.end not in found:
                    found.add(step.end)
                    queue.append(step.end)
        return frozenset(found)

    def distance(self, start: int, end: int) -> float:
        """Return the cost of the cheapest path; infinite where there is none."""
        paths = self.paths(start, end)
        return paths[0][0] if paths else float("inf")

    def paths(self, start: int, end: int, spoken: frozenset[int] = frozenset()) -> list[tuple[float, tuple[Step, ...]]]:
        """Return the cheapest paths, several where they cost the same; ``spoken`` are favoured edges."""
        if start == end:
            return [(0.0, ())]
        key = (start, end, spoken)
        if key not in self._cache:
            if len(self._cache) > 20_000:
                self._cache.clear()
            self._cache[key] = self._search(start, end, spoken)
        return self._cache[key]

    def _search(self, start: int, end: int, spoken: frozenset[int]) -> list[tuple[float, tuple[Step, ...]]]:
        counter = itertools.count()
        queue: list[tuple[float, int, int, tuple[Step, ...]]] = [(0.0, next(counter), start, ())]
        best: dict[tuple[int, bool | None], float] = {}
        found: list[tuple[float, tuple[Step, ...]]] = []
        while queue:
            cost, _, table, path = heapq.heappop(queue)
            if found and cost > found[0][0] + 1e-9:
                break
            if table == end:
                found.append((cost, path))
                if len(found) == _MOST_PATHS:
                    break
                continue
            state = (table, path[-1].is_to_one if path else None)
            if cost > best.get(state, cost) + 1e-9 or cost > _LONGEST_COST:
                continue
            best[state] = cost
            visited = {start, *(step.end for step in path)}
            for step in self._steps[table]:
                if step.end not in visited:
                    price = self._price(path[-1] if path else None, step, spoken)
                    heapq.heappush(queue, (cost + price, next(counter), step.end, (*path, step)))
        return found

    def _price(self, last: Step | None, step: Step, spoken: frozenset[int]) -> float:
        price = _STEP - (_SPOKEN if step.edge.index in spoken else 0.0)
        is_peak = last is not None and last.is_to_one and not step.is_to_one
        return price + (_PEAK if is_peak else 0.0)

    def trees(self, root: int, tables: Iterable[int], spoken: frozenset[int] = frozenset()) -> list[JoinTree]:
        """Return the cheapest trees that hold the tables, several where a path is ambiguous; none if out of reach."""
        trees = [JoinTree(root, (), 0.0)]
        for table in sorted(set(tables), key=lambda one: (self.distance(root, one), one)):
            grown: list[JoinTree] = []
            for tree in trees:
                grown.extend(self._grow(tree, table, spoken))
            trees = sorted(grown, key=lambda one: one.cost)[: _MOST_PATHS + 1]
        least = min((tree.cost for tree in trees), default=0.0)
        return [tree for tree in trees if tree.cost <= least + 1e-9]

    def _grow(self, tree: JoinTree, table: int, spoken: frozenset[int]) -> list[JoinTree]:
        if table in tree.tables:
            return [tree]
        options: list[tuple[float, tuple[Step, ...]]] = []
        for start in sorted(tree.tables):
            for cost, path in self.paths(start, table, spoken):
                if not any(step.end in tree.tables for step in path):
                    # a branch that begins by going down from a parent multiplies rows: prefer another start
                    came = tree.path(start)
                    is_peak = bool(came) and came[-1].is_to_one and not path[0].is_to_one
                    options.append((cost + (_PEAK if is_peak else 0.0), path))
        least = min((cost for cost, _ in options), default=0.0)
        return [
            JoinTree(tree.root, (*tree.steps, *path), tree.cost + cost)
            for cost, path in options
            if cost <= least + 1e-9
        ]
