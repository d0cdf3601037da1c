"""Match words of a question with the names, comments and meanings of tables and columns."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from askwire_nlp.catalog import Kind, KnownCatalog, KnownColumn
from askwire_nlp.catalog.names import forms, is_match, verb_forms
from askwire_nlp.catalog.understanding import NO_EVENTS
from askwire_nlp.linking.english import CONCEPTS, SALES, SYNONYMS, TRADE_TABLES, TRADE_VERBS
from askwire_nlp.linking.items import Candidate
from askwire_nlp.words import Word

__all__ = ["SchemaIndex"]

_INNER = {"of", "the", "'s", "’s", "in", "a", "an"}
_GENERIC = {"id", "count", "code", "name", "number", "date", "time", "in", "usd", "eur", "amount", "text", "details",
            "detail", "description", "value", "type", "1", "at", "on", "line", "full", "millions", "billions",
            "thousands"}  # fmt: skip
_SUFFIXES = {"number", "numbers", "address", "addresses", "column", "field", "value", "values"}
_WHOLE = 0.95
_SALES_WORDS = SALES | {"spend", "spent"}
_TOTALS = {("total",), ("amount",), ("total", "amount"), ("revenue",), ("sales",)}
_TABLE_ENDINGS = {"list", "info", "information", "data", "details", "record", "table", "master", "detail"}
LONGEST_NAME = 6
_T = TypeVar("_T")


def is_verb_form(words: Sequence[Word]) -> bool:
    """Tell whether it is one inflected verb, or a participle that is used as an adjective."""
    return len(words) == 1 and (
        words[0].tag.startswith("VB") or (words[0].tag in ("JJ", "NN") and words[0].lower.endswith("ed"))
    )


_NEVER_NAMES = frozenset(
    [
        "a",
        "all",
        "an",
        "and",
        "any",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "each",
        "every",
        "first",
        "for",
        "from",
        "had",
        "has",
        "have",
        "if",
        "in",
        "is",
        "it",
        "its",
        "last",
        "less",
        "more",
        "most",
        "never",
        "new",
        "no",
        "not",
        "of",
        "off",
        "old",
        "on",
        "only",
        "or",
        "other",
        "out",
        "over",
        "per",
        "since",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "this",
        "to",
        "until",
        "up",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whose",
        "with",
        "without",
    ]
)
"""Words that name nothing, wherever a comment may hold them."""


class SchemaIndex:
    """Finds tables and columns by word; built once for each catalog."""

    def __init__(self, catalog: KnownCatalog) -> None:
        self._catalog = catalog
        self._columns: dict[str, list[KnownColumn]] = defaultdict(list)
        self._tables: dict[str, list[int]] = defaultdict(list)
        for table in catalog.tables:
            for word in dict.fromkeys((*table.words, *table.comment_words)):
                for form in sorted(forms(word) | (verb_forms(word) if word in table.words else frozenset())):
                    self._tables[form].append(table.index)
            for column in table.columns:
                for word in dict.fromkeys((*column.words, *column.short, *column.comment_words)):
                    for form in sorted(forms(word) | verb_forms(word)):
                        self._columns[form].append(column)

    def _find_roles(self, spoken: tuple[str, ...]) -> list[Candidate]:
        """Return the tables that a foreign key gives this role ("support rep" for support_rep_id)."""
        return [
            Candidate(edge.target, None, None, 0.9, f"the role that {', '.join(edge.columns)} gives", edge.index)
            for edge in self._catalog.edges
            if edge.owner != edge.target
            and _equal(spoken, edge.words)
            and not _equal(spoken, self._catalog.tables[edge.target].words)
        ]

    def find(self, words: Sequence[Word]) -> tuple[list[Candidate], list[Candidate]]:
        """Return the tables and the columns that these words may name, best first."""
        spoken = tuple(word.lower for word in words if word.lower not in _INNER)
        if len(spoken) == 2 and spoken[0] == "staff" and spoken[1] in ("member", "members"):
            spoken = spoken[:1]
        if not spoken or any(word.is_quoted for word in words):
            return [], []
        orders = [spoken]
        for place, word in enumerate(words):
            if word.lower == "of" and 0 < place < len(words) - 1:
                after = tuple(item.lower for item in words[place + 1 :] if item.lower not in _INNER)
                before = tuple(item.lower for item in words[:place] if item.lower not in _INNER)
                if not any(one.score >= _WHOLE for one in self._find_tables([after], is_verb=False)):
                    orders.append(after + before)
        is_verb = is_verb_form(words)
        tables = self._find_tables(orders[:1], is_verb=is_verb)
        if is_verb and words[0].lemma in TRADE_VERBS and not tables:
            tables = self._find_trade()
        if not tables:
            tables = self._find_roles(spoken)
        columns = self._find_columns(orders, is_verb=is_verb)
        return tables, columns

    def sales(self) -> list[Candidate]:
        """Return the columns, stored or computed, that hold what was sold, in money."""
        return self._find_columns([("sales",)], is_verb=False)

    def stored_counts(self, thing: str) -> list[Candidate]:
        """Return the columns that store how many there are: number_of_hosts for "hosts"."""
        return [
            Candidate(column.table, column.name, None, 0.95, f"{column.name} stores how many there are")
            for column in self._candidates(thing, self._columns)
            if column.kind is Kind.NUMBER
            and (_equal(("number", thing), column.words) or _equal((thing, "count"), column.words))
        ]

    def concept(self, name: str) -> list[Candidate]:
        """Return the columns that hold what an adjective measures."""
        found: dict[tuple[int, str], Candidate] = {}
        for rank, wanted in enumerate(CONCEPTS[name]):
            for form in sorted(forms(wanted[-1])):
                for column in self._columns.get(form, ()):
                    if column.kind in (Kind.ID, Kind.TEXT, Kind.FLAG, Kind.OTHER):
                        continue
                    score = _concept_score(column, wanted) - 0.06 * rank
                    key = (column.table, column.name)
                    if score > 0.3 and (key not in found or found[key].score < score):
                        evidence = f"{' '.join(wanted)} is what the word measures"
                        found[key] = Candidate(column.table, column.name, None, round(score, 3), evidence)
        if name == "date":
            self._add_dates(found)
        return _ranked(found.values())

    def _add_dates(self, found: dict[tuple[int, str], Candidate]) -> None:
        """Add the dates of events, that of the row itself first; "the latest" is never meant of a birth."""
        for table in self._catalog.tables:
            for column in table.columns:
                if column.kind is not Kind.DATE:
                    continue
                key = (table.index, column.name)
                if NO_EVENTS & set(column.words):
                    found.pop(key, None)
                elif column.name == table.main_date:
                    found[key] = Candidate(*key, None, 0.95, "the date of the row")
                else:
                    found.setdefault(key, Candidate(*key, None, 0.55, "a date"))

    def _find_tables(self, orders: list[tuple[str, ...]], *, is_verb: bool) -> list[Candidate]:
        found: dict[int, Candidate] = {}
        for spoken in orders:
            for index in self._candidates(spoken[-1], self._tables):
                table = self._catalog.tables[index]
                score, evidence = _table_score(spoken, table.words, table.comment_words, is_verb=is_verb)
                if score > 0 and (index not in found or found[index].score < score):
                    found[index] = Candidate(index, None, None, score, evidence)
        return _ranked(found.values())

    def _find_columns(self, orders: list[tuple[str, ...]], *, is_verb: bool) -> list[Candidate]:
        found: dict[tuple[int, str], Candidate] = {}
        for spoken in orders:
            word = spoken[-2] if len(spoken) > 1 and spoken[-1] in _SUFFIXES else spoken[-1]
            nearby = self._candidates(word, self._columns)
            if word != spoken[-1]:
                nearby += [one for one in self._candidates(spoken[-1], self._columns) if one not in nearby]
            for column in nearby:
                score, evidence = self._column_score(spoken, column, is_verb=is_verb)
                key = (column.table, column.name)
                if score > 0 and (key not in found or found[key].score < score):
                    found[key] = Candidate(column.table, column.name, None, score, evidence)
            if spoken in (("name",), ("names",), ("title",), ("titles",), ("full", "name"), ("full", "names")):
                self._add_labels(spoken[-1], found)
            if len(spoken) == 1:
                self._add_concepts(spoken[0], found)
        return _ranked(found.values())

    def _add_concepts(self, word: str, found: dict[tuple[int, str], Candidate]) -> None:
        """Add what a noun such as "length" measures, where no column has that name."""
        for form in sorted(forms(word)):
            for one in self.concept(form) if form in CONCEPTS and form != "date" else ():
                key = (one.table, one.column or "")
                score = round(one.score * 0.8, 3)
                if key not in found or found[key].score < score:
                    found[key] = dataclasses.replace(one, score=score)

    def _find_trade(self) -> list[Candidate]:
        """Return the tables that hold what was bought or sold."""
        names = [table for table in self._catalog.tables if len(table.words) == 1]
        return [
            Candidate(table.index, None, None, 0.6, f"what is bought and sold is in {table.table.name}")
            for table in names
            if not forms(table.words[0]).isdisjoint(TRADE_TABLES)
        ]

    def _has_header(self, table: int) -> bool:
        """Tell whether these rows belong to rows that store their total."""
        return any(
            edge.owner == table and column.kind is Kind.MONEY and column.short in _TOTALS
            for edge in self._catalog.edges
            for column in self._catalog.tables[edge.target].columns
        )

    def _is_header(self, table: int) -> bool:
        """Tell whether the rows of another table, each with its own amount, belong to rows of this one."""
        amounts = {one.index for one in self._catalog.tables if any(each.formula for each in one.columns)}
        return any(edge.target == table and edge.owner in amounts for edge in self._catalog.edges)

    def _add_labels(self, spoken: str, found: dict[tuple[int, str], Candidate]) -> None:
        for table in self._catalog.tables:
            for name in table.label[:1]:
                key = (table.index, name)
                is_name = any(word in ("name", "title") for word in table.column(name).short) or _equal(
                    table.column(name).short, table.words[-1:]
                )
                score = (0.9 if spoken.startswith("name") else 0.7) if is_name else 0.5
                if key not in found or found[key].score < score:
                    found[key] = Candidate(table.index, name, None, score, "what names a row", others=table.label[1:])
                    for other in table.label[1:]:
                        found.pop((table.index, other), None)

    def _candidates(self, word: str, index: dict[str, list[_T]]) -> list[_T]:
        wanted = set(forms(word))
        for form in forms(word):
            wanted |= SYNONYMS.get(form, frozenset())
        wanted |= verb_forms(word)
        if word in SALES or word in ("spend", "spent"):
            wanted |= {"sales", "total", "amount", "revenue"}
        found: list[_T] = []
        for form in sorted(wanted):
            found.extend(item for item in index.get(form, ()) if item not in found)
        return found

    def _column_score(self, spoken: tuple[str, ...], column: KnownColumn, *, is_verb: bool) -> tuple[float, str]:
        entity = self._catalog.tables[column.table].words
        is_entity = len(spoken) == 1 and any(is_match(spoken[0], word) for word in entity)
        score, evidence = _name_score(spoken, column, is_verb=is_verb, is_entity=is_entity)
        if column.is_reference and score > 0.75 and spoken[-1] in ("id", "ids"):
            score = 0.75
        if column.formula is not None and spoken[0] in ("spend", "spent"):
            score, evidence = 1.0, "what was spent is computed from quantity and price"
        if column.formula is not None and self._has_header(column.table):
            score = min(score, 0.85)
        is_sales = score == 0 and len(spoken) == 1 and spoken[0] in _SALES_WORDS and column.kind is Kind.MONEY
        if is_sales and column.short in _TOTALS:
            return (0.98 if self._is_header(column.table) else 0.8), f"{column.name} holds what was sold"
        return score, evidence


def _ranked(found: Iterable[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda item: (-item.score, item.table, item.column or ""))


def _equal(spoken: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(spoken) == len(words) and all(is_match(*pair) for pair in zip(spoken, words, strict=True))


def _is_synonym(left: str, right: str) -> bool:
    if is_match(left, right):
        return True
    return any(not forms(right).isdisjoint(SYNONYMS.get(form, frozenset())) for form in forms(left))


def _similar(spoken: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(spoken) == len(words) and all(_is_synonym(*pair) for pair in zip(spoken, words, strict=True))


def _table_score(
    spoken: tuple[str, ...], words: tuple[str, ...], comment: tuple[str, ...], *, is_verb: bool
) -> tuple[float, str]:
    if _equal(spoken, words):
        return (0.8 if is_verb else 1.0), "the table's name"
    if len(words) > 1 and words[-1] in _TABLE_ENDINGS and _equal(spoken, words[:-1]):
        return 0.9, "the table's name but for its last word"
    if is_verb and words[-1] in verb_forms(spoken[0]):
        return (0.75 if len(words) == 1 else 0.6), "the verb of the table's name"
    if is_verb and not verb_forms(words[-1]).isdisjoint(verb_forms(spoken[0]) | {spoken[0]}):
        return (0.6 if len(words) == 1 else 0.5), "the verb of what the table holds"
    if _similar(spoken, words):
        return 0.8, f"a synonym of {' '.join(words)}"
    if len(spoken) < len(words) and _equal(spoken, words[-len(spoken) :]):
        return 0.65, "the last word of the table's name"
    if len(spoken) < len(words) and _equal(spoken, words[: len(spoken)]):
        return 0.45, "a part of the table's name"
    if not is_verb and _in_comment(spoken, comment):
        return 0.55, "the table's comment"
    return 0.0, ""


def _name_score(spoken: tuple[str, ...], column: KnownColumn, *, is_verb: bool, is_entity: bool) -> tuple[float, str]:
    words, short = column.words, column.short
    if _equal(spoken, words):
        return (0.8 if is_verb else 1.0), "the column's name"
    if _equal(spoken, short):
        return (0.78 if is_verb else 0.97), "the column's name without its table's"
    if is_verb and any(verb_forms(spoken[0]) & (forms(word) | verb_forms(word)) for word in words):
        return (0.8 if column.kind in (Kind.DATE, Kind.YEAR, Kind.FLAG) else 0.7), "the verb of the column's name"
    if len(words) == 2 and words[1] == "by" and len(spoken) == 1 and verb_forms(spoken[0]) & verb_forms(words[0]):
        return 0.8, "the one who does what the column's name says"
    if len(spoken) > 1 and spoken[-1] in _SUFFIXES and (_equal(spoken[:-1], words) or _equal(spoken[:-1], short)):
        return 0.98, "the column's name"
    if len(spoken) > 1 and spoken[-1] in _SUFFIXES and _equal(spoken[:-1], words[1 - len(spoken) :]):
        return 0.72, "the last word of the column's name"
    if "".join(spoken) in ("".join(words), "".join(short)):
        return 0.95, "the column's name"
    if _similar(spoken, words) or _similar(spoken, short):
        return 0.8, f"a synonym of {' '.join(short)}"
    if column.kind is Kind.ID and spoken[-1] not in ("id", "ids", "code", "number", "key"):
        return 0.0, ""
    return _partial_score(spoken, column, is_entity=is_entity, is_verb=is_verb)


def _partial_score(
    spoken: tuple[str, ...], column: KnownColumn, *, is_entity: bool, is_verb: bool
) -> tuple[float, str]:
    size = len(spoken)
    for words in dict.fromkeys((column.short, column.words)):
        if size >= len(words):
            continue
        if _equal(spoken, words[-size:]) and spoken[-1] not in _GENERIC - {"name", "date", "type", "description"}:
            is_any_name = spoken in (("name",), ("names",))
            return (0.5 if is_any_name else 0.7), "the last word of the column's name"
        if _equal(spoken, words[:size]):
            if is_entity:
                continue
            is_generic = all(word in _GENERIC for word in words[size:])
            return (
                (0.72, "the column's name but for its end") if is_generic else (0.5, "the start of the column's name")
            )
        if _similar(spoken, words[-size:]):
            return 0.6, f"a synonym of {' '.join(words[-size:])}"
    if not is_verb and _in_comment(spoken, column.comment_words):
        return 0.55, "the column's comment"
    return 0.0, ""


def _in_comment(spoken: tuple[str, ...], comment: tuple[str, ...]) -> bool:
    if _NEVER_NAMES.issuperset(spoken):
        return False
    size = len(spoken)
    return any(_equal(spoken, comment[place : place + size]) for place in range(len(comment) - size + 1))


def _concept_score(column: KnownColumn, wanted: tuple[str, ...]) -> float:
    if column.short == wanted or column.words == wanted:
        return 0.95
    if column.short[-len(wanted) :] == wanted:
        return 0.75
    return 0.7 if len(wanted) == 1 and wanted[0] in column.short else 0.0
