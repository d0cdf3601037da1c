"""Find values of the database that stand in a question."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from askwire_nlp.catalog import Kind, KnownCatalog
from askwire_nlp.catalog.names import forms
from askwire_nlp.linking.demonyms import DEMONYMS
from askwire_nlp.linking.items import Candidate
from askwire_nlp.words import Word

__all__ = ["ValueIndex", "normal"]

LONGEST_VALUE = 8
_MARKS = re.compile(r"[^\w]+")
_GENDERS = {"f": ("female", "woman"), "m": ("male", "man"), "female": ("woman",), "male": ("man",)}
_MOST_VALUES = 200_000
_SHORT_LIST = 15
_MOST_FUZZY = 30_000
_FUZZY_AT_LEAST = 82.0


def normal(text: str) -> str:
    """Return the text in lower case, without accents, its words divided by single spaces."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(mark))
    return _MARKS.sub(" ", plain).strip()


class ValueIndex:
    """Finds stored values by their text; built once for each catalog, bounded in size."""

    def __init__(self, catalog: KnownCatalog) -> None:
        self._catalog = catalog
        self._places: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        self._firsts: set[str] = set()
        count = 0
        for table in catalog.tables:
            for column in table.columns:
                if column.kind not in (Kind.TEXT, Kind.ID, Kind.FLAG) or column.formula:
                    continue
                for value in column.column.values:
                    key = normal(value)
                    if key and count < _MOST_VALUES and (not key.isdigit()):
                        self._places[key].append((table.index, column.name, value))
                        self._firsts.add(key.split(" ", 1)[0])
                        count += 1
                        if key in _GENDERS and {"sex", "gender"} & set(column.words):
                            for word in _GENDERS[key]:
                                self._places[word].append((table.index, column.name, value))
                                self._firsts.add(word)
        self._fuzzy = sorted(self._places)[:_MOST_FUZZY] if len(self._places) <= _MOST_FUZZY else []

    def is_short_list(self, candidate: Candidate) -> bool:
        """Tell whether the candidate's column has only a few values, as a status has."""
        column = self._catalog.tables[candidate.table].column(candidate.column or "").column
        return column.values_complete and len(column.values) <= _SHORT_LIST

    def may_begin(self, word: Word) -> bool:
        """Tell quickly whether some value begins with this word."""
        first = normal(word.text).split(" ", 1)[0]
        return word.is_quoted or first in self._firsts or any(form in self._firsts for form in forms(first)) or (
            first in DEMONYMS
        )  # fmt: skip

    def find(self, words: Sequence[Word], text: str) -> list[Candidate]:
        """Return the columns that hold these words as a value; ``text`` is how they stand in the question."""
        key = normal(text)
        is_quoted = len(words) == 1 and words[0].is_quoted
        found = self._exact(key, text, is_quoted=is_quoted)
        if not found and not is_quoted:
            head, _, last = key.rpartition(" ")
            for form in sorted(forms(last) - {last}):
                found += self._exact(f"{head} {form}".strip(), text, is_quoted=False, penalty=0.05)
            if key in DEMONYMS:
                for name in DEMONYMS[key]:
                    found += self._exact(name, text, is_quoted=True, penalty=0.1)
        return sorted(found, key=lambda item: (-item.score, item.table, item.column or "", item.value or ""))

    def _exact(self, key: str, text: str, *, is_quoted: bool, penalty: float = 0.0) -> list[Candidate]:
        found: list[Candidate] = []
        for table, column, value in self._places.get(key, ()):
            is_same = value == text
            score = 1.0 if is_same or is_quoted or text[:1].isupper() else 0.9
            if len(key) <= 2 and not is_quoted:
                score = 0.6 if is_same else 0.0
            if score:
                evidence = "a stored value" if is_same else f"the stored value {value!r}"
                found.append(Candidate(table, column, value, round(score - penalty, 3), evidence))
        return found

    def near(self, text: str) -> list[Candidate]:
        """Return values that differ from the text by little, for asking back; never for answering."""
        key = normal(text)
        if len(key) < 4 or not self._fuzzy:
            return []
        found: list[Candidate] = []
        hits = process.extract(key, self._fuzzy, scorer=fuzz.ratio, score_cutoff=_FUZZY_AT_LEAST, limit=3)
        for name, similarity, _ in hits:
            for table, column, value in self._places[name]:
                score = round(similarity / 200, 3)
                found.append(Candidate(table, column, value, score, f"similar to the stored value {value!r}"))
        return found
