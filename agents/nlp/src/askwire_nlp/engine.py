"""The engine: question and catalog in, answer out; holds the language model and what it knows of the catalogs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections import OrderedDict
from typing import TYPE_CHECKING

from askwire_nlp.answers import answer_with, ask_back, choice_id, refuse
from askwire_nlp.candidates.assembly import Assembled, assemble
from askwire_nlp.candidates.board import Unreadable
from askwire_nlp.candidates.fitting import fit
from askwire_nlp.candidates.reader import read
from askwire_nlp.candidates.reading import Reading
from askwire_nlp.candidates.resolution import Assignment, resolve
from askwire_nlp.catalog import KnownCatalog, understand
from askwire_nlp.catalog.names import is_match
from askwire_nlp.decide import Proposal, decide, distinct
from askwire_nlp.joins import JoinGraph
from askwire_nlp.limits import MAX_CATALOGS, MAX_QUESTION_CHARACTERS
from askwire_nlp.linking import Item, ItemKind, SchemaIndex, Segmenter, ValueIndex
from askwire_nlp.rewording import reword
from askwire_nlp.sql import write
from askwire_nlp.words import Word, clean, read_words
from askwire_protocol.messages.catalog import Catalog
from askwire_protocol.messages.questions import NlpAnswer, NlpQuery

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Engine", "UnknownCatalog"]

_MOST_WORDS = 80
_MOST_CUTTINGS = 8
_MOST_ASSIGNMENTS = 12
_UNSURE = 0.3
_UNUSED_PIPES = ("ner", "parser", "senter")


class UnknownCatalog(Exception):
    """The question names a catalog version that is not loaded (None: there is none at all)."""

    def __init__(self, version: str | None) -> None:
        super().__init__(version)
        self.version = version


@dataclasses.dataclass(frozen=True, slots=True)
class _Loaded:
    catalog: KnownCatalog
    schema: SchemaIndex
    graph: JoinGraph
    segmenter: Segmenter


class Engine:
    """Answers questions on the catalogs that were loaded; keeps the newest few."""

    def __init__(self, model: str) -> None:
        import spacy

        self._nlp: Language = spacy.load(model, exclude=list(_UNUSED_PIPES))
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()

    def load(self, catalog: Catalog) -> None:
        """Make a catalog ready; the oldest is forgotten when there are too many."""
        known = understand(catalog)
        schema = SchemaIndex(known)
        self._loaded[catalog.version] = _Loaded(known, schema, JoinGraph(known), Segmenter(schema, ValueIndex(known)))
        self._loaded.move_to_end(catalog.version)
        while len(self._loaded) > MAX_CATALOGS:
            self._loaded.popitem(last=False)

    def warm_up(self, question: str) -> None:
        """Run the language model once, so that the first question does not wait for it."""
        read_words(question, self._nlp)

    def forget(self, version: str) -> None:
        """Drop a catalog."""
        self._loaded.pop(version, None)

    def answer(self, query: NlpQuery, today: dt.date) -> NlpAnswer:
        """Return the answer, a question back or a refusal.

        Raises:
            UnknownCatalog: when the catalog that the query names is not loaded.
        """
        loaded = self._catalog(query.catalog_version)
        text = clean(query.query)
        if not text or len(text) > MAX_QUESTION_CHARACTERS:
            return refuse((), "The question is empty" if not text else "The question is too long")
        words = reword(read_words(text, self._nlp))
        if not words or len(words) > _MOST_WORDS:
            return refuse((), "The question has no words" if not words else "The question has too many words")
        proposals, left, problem = _propose(loaded, words, text, today)
        if query.answers:
            picked = _picked(proposals, query)
            if picked is not None:
                return answer_with(picked, loaded.catalog, 1.0)
        verdict = decide(proposals)
        if verdict.proposals and not verdict.is_question:
            return answer_with(verdict.proposals[0], loaded.catalog, verdict.confidence)
        if verdict.proposals:
            return ask_back(verdict.proposals, loaded.catalog, verdict.confidence)
        return refuse(left, problem, loaded.catalog)

    def _catalog(self, version: str | None) -> _Loaded:
        if version is None:
            if not self._loaded:
                raise UnknownCatalog(None)
            return next(reversed(self._loaded.values()))
        if version not in self._loaded:
            raise UnknownCatalog(version)
        return self._loaded[version]


def _picked(proposals: list[Proposal], query: NlpQuery) -> Proposal | None:
    wanted = {one.id for one in query.answers}
    return next((one for one in distinct(proposals) if choice_id(one) in wanted), None)


def _propose(
    loaded: _Loaded, words: tuple[Word, ...], text: str, today: dt.date
) -> tuple[list[Proposal], tuple[str, ...], str | None]:
    """Return all proposals; without any, the words that were not understood and the problem."""
    proposals: list[Proposal] = []
    failures: list[tuple[int, tuple[str, ...], str | None]] = []
    spoken = _spoken_edges(loaded.catalog, words)
    for items in _cuttings(loaded, words, text, today):
        reading = read(items, loaded.schema, loaded.catalog)
        if reading.left or reading.problem:
            failures.append((len(reading.left), _left_words(items, reading), reading.problem))
            continue
        for one in reading.closed():
            fitted = fit(one, loaded.catalog)
            if fitted is None:
                failures.append((0, (), "No column can be compared or added up so"))
                continue
            found, problem = _tie(loaded, items, fitted, spoken)
            proposals.extend(found)
            if problem:
                failures.append((0, (), problem))
    failures.sort(key=lambda one: one[0])
    best = failures[0] if failures and not proposals else (0, (), None)
    unknown = next((one for one in failures if one[1]), best)
    return proposals, unknown[1], best[2]


def _left_words(items: tuple[Item, ...], reading: Reading) -> tuple[str, ...]:
    """Return the words without a place: the unknown ones, or all that are left where no problem says more."""
    left = [items[place] for place in reading.left]
    unknown = [item for item in left if item.kind is ItemKind.UNKNOWN]
    return tuple(item.text for item in unknown or ([] if reading.problem else left))


def _tie(
    loaded: _Loaded, items: tuple[Item, ...], reading: Reading, spoken: frozenset[int]
) -> tuple[list[Proposal], str | None]:
    found: list[Proposal] = []
    problem: str | None = None
    for assignment in resolve(reading, loaded.catalog, loaded.graph)[:_MOST_ASSIGNMENTS]:
        try:
            made = assemble(reading, assignment, loaded.catalog, loaded.graph, spoken)
        except Unreadable as reason:
            problem = problem or str(reason)
            continue
        for one in made:
            is_unsure = _is_unsure(items, reading, assignment, one, loaded.graph)
            score = assignment.score - _UNSURE * any(item.is_unsure for item in items)
            found.append(Proposal(items, reading, assignment, one, write(one.plan), score, is_unsure))
    return found, None if found else problem or "The tables that the question names are not connected"


def _is_unsure(
    items: tuple[Item, ...], reading: Reading, assignment: Assignment, made: Assembled, graph: JoinGraph
) -> bool:
    """Tell whether a proposal may only be asked about: unknown verbs, weak meanings, one of several ways to a table."""
    named = {one.edge for one in assignment.chosen.values()}
    is_open = any(graph.is_one_of_several(edge) and edge not in named for edge in made.edges)
    is_open = is_open or reading.is_open or made.is_unsure
    return is_open or assignment.is_unsure or any(item.is_unsure for item in items)


def _cuttings(loaded: _Loaded, words: tuple[Word, ...], text: str, today: dt.date) -> list[tuple[Item, ...]]:
    """Return the cuttings, each with every choice of kind that is close to the best."""
    found: list[tuple[Item, ...]] = []
    for cutting in loaded.segmenter.cut(words, text, today):
        options = [_kinds(item, loaded.catalog) for item in cutting]
        for combination in itertools.islice(itertools.product(*options), _MOST_CUTTINGS):
            if combination not in found:
                found.append(combination)
    return found[: _MOST_CUTTINGS * 2]


def _kinds(item: Item, catalog: KnownCatalog) -> tuple[Item, ...]:
    kinds = (ItemKind.TABLE, ItemKind.COLUMN, ItemKind.VALUE)
    if item.kind is ItemKind.UNKNOWN and item.candidates:
        # a misspelt value is only ever asked about
        return item, dataclasses.replace(item, kind=ItemKind.VALUE, is_unsure=True)
    if item.kind not in kinds:
        return (item,)
    best: dict[ItemKind, float] = {}
    for one in item.candidates:
        kind = ItemKind.TABLE if one.column is None else (ItemKind.COLUMN if one.value is None else ItemKind.VALUE)
        best[kind] = max(best.get(kind, 0.0), one.score)
    tables = {one.table for one in item.candidates if one.column is None}
    if item.kind is ItemKind.TABLE:
        # a column that is called like its own table is what labels it
        own = [one for one in item.candidates if one.column is not None and one.value is None]
        if own and own[0].table in tables and own[0].column in catalog.tables[own[0].table].label:
            best.pop(ItemKind.COLUMN, None)
    close = [kind for kind in kinds if kind is not item.kind and best.get(kind, 0.0) > best.get(item.kind, 0.0) - 0.25]
    return (item, *(dataclasses.replace(item, kind=kind) for kind in close))


def _spoken_edges(catalog: KnownCatalog, words: tuple[Word, ...]) -> frozenset[int]:
    """Return the foreign keys whose role stands in the question ("home" for home_team_id)."""
    found: set[int] = set()
    for edge in catalog.edges:
        own = (*catalog.tables[edge.target].words, *catalog.tables[edge.owner].words)
        role = [word for word in edge.words if not any(is_match(word, other) for other in own)]
        if role and all(any(is_match(word, spoken.lower) for spoken in words) for word in role):
            found.add(edge.index)
    return frozenset(found)
