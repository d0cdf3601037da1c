"""The pieces of a question with a note of which are accounted for, and ways to look around a place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from askwire_nlp.candidates.reading import Clause, ClauseKind, Metric, Ordering, Slot
from askwire_nlp.catalog import Kind, KnownCatalog
from askwire_nlp.catalog.names import singular
from askwire_nlp.linking import Candidate, Item, ItemKind, Op, SchemaIndex
from askwire_nlp.linking.english import ARTICLES, BE, HAVE

__all__ = ["LIGHT", "OWNING", "Board", "Unreadable"]

_NAMED = 0.9
LIGHT = ARTICLES | BE
OWNING = frozenset({"of", "for", "in", "from", "among", "across"})
_LISTING = LIGHT | HAVE | {",", "and", "as", "well", "also", "respective", "corresponding", "along", "with", "&"}


class Unreadable(Exception):
    """The pieces do not make a question that can be answered; the message says why, for the asker."""


class Board:
    """Mutable state while one cutting is read; each pass takes the pieces that it accounts for."""

    def __init__(self, items: tuple[Item, ...], schema: SchemaIndex, catalog: KnownCatalog) -> None:
        self.end = len(items)
        """The place of a piece that is nothing, returned where a look around finds none; it counts as taken."""
        self.items = (*items, Item(ItemKind.FUNCTION, 0, 0, ""))
        self.catalog = catalog
        self.schema = schema
        self.taken: set[int] = {self.end}
        self.qualifiers: set[int] = set()
        """Tables that only say what a value is ("the category Beverages")."""
        self.clauses: list[Clause] = []
        self.groups: list[Metric] = []
        self.outputs: list[Metric] = []
        self.orderings: list[Ordering] = []
        self.limit: int | None = None
        self.main: Slot | None = None
        self.is_distinct = False
        self.shows_order = False
        self.chart_type: str | None = None
        self.is_measure_open = False
        """A number is broken down, but it is not said whether its average or its total is meant."""
        self.is_list_open = False
        """Things are listed "by" a number or a date, which may sort them or count them."""
        self.is_common = False
        """The question asks for what is most common, which then is all that it may show."""
        self.entity: int | None = None
        """Place of what a superlative picks."""

    def take(self, *places: int) -> None:
        """Note that these pieces are accounted for."""
        self.taken.update(places)

    def is_free(self, place: int) -> bool:
        """Tell whether there is such a piece and nothing has accounted for it."""
        return 0 <= place < self.end and place not in self.taken

    def relate(self, place: int) -> None:
        """Take a table as something that has to be there ("customers with orders")."""
        self.clauses.append(Clause(ClauseKind.RELATED, self.slot(place), place))
        self.take(place)

    def after(self, place: int, skipped: Iterable[str] = LIGHT) -> int:
        """Return the next piece behind ``place`` that is none of the skipped function words."""
        return self._look(place, 1, frozenset(skipped))

    def before(self, place: int, skipped: Iterable[str] = LIGHT) -> int:
        """Return the piece before ``place`` that is none of the skipped function words."""
        return self._look(place, -1, frozenset(skipped))

    def _look(self, place: int, step: int, skipped: frozenset[str]) -> int:
        place += step
        while 0 <= place < self.end:
            item = self.items[place]
            if item.kind is not ItemKind.FUNCTION or item.text not in skipped:
                return place
            place += step
        return self.end

    def is_kind(self, place: int, *kinds: ItemKind) -> bool:
        """Tell whether a free piece of one of these kinds is there."""
        return self.is_free(place) and self.items[place].kind in kinds

    def is_noun(self, place: int) -> bool:
        """Tell whether a free piece there names a table by a noun, so that it may be part of a compound."""
        return self.is_kind(place, ItemKind.TABLE) and not self.items[place].is_verb

    def is_op(self, place: int, *ops: Op) -> bool:
        """Tell whether a free piece with one of these operations is there."""
        return self.is_free(place) and self.items[place].op in ops

    def places(self, *kinds: ItemKind) -> list[int]:
        """Return the places of the free pieces of these kinds, in order."""
        return [place for place, item in enumerate(self.items) if item.kind in kinds and place not in self.taken]

    def operations(self, *ops: Op) -> list[int]:
        """Return the places of the free pieces with these operations, in order."""
        return [place for place, item in enumerate(self.items) if item.op in ops and place not in self.taken]

    def labels(self, table: int) -> tuple[str, ...]:
        """Return the columns that name a row of the table."""
        return self.catalog.tables[table].label

    def kind_of(self, candidate: Candidate) -> Kind | None:
        """Return what the candidate's column holds."""
        if candidate.column is None:
            return None
        return self.catalog.tables[candidate.table].column(candidate.column).kind

    def is_flag(self, candidate: Candidate) -> bool:
        """Tell whether the candidate is a yes-or-no column."""
        return self.kind_of(candidate) is Kind.FLAG

    def is_computed(self, candidate: Candidate) -> bool:
        """Tell whether the candidate is no stored column."""
        return self.catalog.tables[candidate.table].column(candidate.column or "").formula is not None

    def is_by(self, place: int) -> bool:
        """Tell whether "top" stands before the piece, or "by" with what is measured behind it."""
        return (place > 0 and self.items[place - 1].text.lower() == "top") or any(
            item.op is Op.BY for item in self.items[place:]
        )

    def is_date(self, place: int) -> bool:
        """Tell whether the piece best names a date."""
        best = self.slot(place).candidates[:1]
        return bool(best) and self.kind_of(best[0]) is Kind.DATE

    def is_deed(self, place: int) -> bool:
        """Tell whether the piece is a verb whose date is empty until it is done ("discontinued", "shipped")."""
        best = self.slot(place).candidates[:1]
        if not (self.items[place].is_verb and best and self.kind_of(best[0]) is Kind.DATE):
            return False
        return self.catalog.tables[best[0].table].column(best[0].column or "").column.nullable

    def may_be_missing(self, place: int) -> bool:
        """Tell whether "not" before this column can mean that the column is empty."""
        best = self.slot(place).candidates[:1]
        return bool(best) and self.kind_of(best[0]) is Kind.DATE

    def value_of(self, metric: Metric) -> Metric:
        """Return the stored number itself where "number of" names a column that holds one."""
        candidates = metric.slot.candidates if metric.slot else ()
        kind = self.kind_of(candidates[0]) if candidates else None
        is_stored = kind in (Kind.NUMBER, Kind.MONEY)
        return dataclasses.replace(metric, aggregate=None) if is_stored else metric

    def rows_of(self, place: int) -> Slot | None:
        """Return the rows that a text column stands for ("at least two delegates", where each row has its delegate)."""
        slot = self.slot(place)
        best = slot.candidates[0] if slot.candidates else None
        if best is None or best.score < _NAMED or self.kind_of(best) is not Kind.TEXT:
            return None
        if singular(slot.text.lower()) == slot.text.lower():
            return None
        rows = Candidate(best.table, None, None, best.score, f"each row of it has one {best.column}")
        return dataclasses.replace(slot, candidates=(rows,), is_table=True, owner=None, is_owner_certain=False)

    def slot(self, place: int) -> Slot:
        """Return the slot of a table, column or value, with the table that should own it."""
        item = self.items[place]
        is_table = item.kind is ItemKind.TABLE
        candidates = tuple(
            one
            for one in item.candidates
            if (one.column is None) == is_table and (one.value is None) == (item.kind is not ItemKind.VALUE)
        )
        owner, is_certain = (None, False) if is_table else self._owner(place)
        return Slot(place, item.text, candidates, is_table, owner, is_certain)

    def _owner(self, place: int) -> tuple[int | None, bool]:
        items = self.items
        previous = self.before(place, ("'s", "’s", "'", "’"))
        if previous is not None and items[previous].kind is ItemKind.TABLE and previous not in self.qualifiers:
            return previous, True
        if items[place].kind is ItemKind.VALUE:
            following = place + 1
            if following < len(items) and items[following].kind is ItemKind.TABLE:
                return following, True
        else:
            behind = self._owner_behind(place)
            if behind is not None:
                return behind, True
        if place and items[place - 1].is_word("their", "its"):
            first = next((index for index, item in enumerate(items) if item.kind is ItemKind.TABLE), None)
            own = {one.table for one in items[first].candidates} if first is not None else set()
            is_owners = any(one.table in own for one in items[place].candidates if one.column is not None)
            if first is not None and first < place and first not in self.qualifiers and is_owners:
                return first, True
        listed = self.before(place, LIGHT | {"and", ","})
        if items[place].kind is ItemKind.COLUMN and items[listed].kind is ItemKind.COLUMN and place - listed > 1:
            return self._owner(listed)
        nearest = self._nearest_table(place)
        introducing = self.items[self.before(place)]
        is_said = introducing.is_word("whose", "with", "have", "has", "having", "their", "its", "where")
        return nearest, is_said and nearest is not None and nearest < place

    def _owner_behind(self, place: int) -> int | None:
        """Find T in "name, age and city of the T"."""
        index = place + 1
        items = self.items
        while index < self.end:
            item = items[index]
            if item.is_word(*OWNING):
                table = self.after(index, LIGHT | {"each", "every", "both"})
                while self.items[table].op in (Op.EACH, Op.DISTINCT, Op.SUPERLATIVE):
                    table = self.after(table)
                while self.items[table].kind in (ItemKind.VALUE, ItemKind.NUMBER):
                    table = self.after(table)
                is_table = self.items[table].kind is ItemKind.TABLE
                return table if is_table and table not in self.qualifiers else None
            if item.op is Op.EACH and item.text.split()[0] in OWNING:
                table = self.after(index)
                is_table = self.items[table].kind is ItemKind.TABLE
                return table if is_table else None
            if item.op is Op.COUNT and index > place + 1:
                # "the name and the number of visits for each city": the name is that of the group
                each = next((one for one in range(index, self.end) if items[one].op is Op.EACH), self.end)
                table = self.after(each) if each < self.end else self.end
                return table if items[table].kind is ItemKind.TABLE else None
            is_list = item.kind is ItemKind.COLUMN or item.op in (Op.AGGREGATE, Op.SUPERLATIVE, Op.DISTINCT)
            if not is_list and not item.is_word(*_LISTING):
                return None
            index += 1
        return None

    def _nearest_table(self, place: int) -> int | None:
        tables = [
            index
            for index, item in enumerate(self.items)
            if item.kind is ItemKind.TABLE and index not in self.qualifiers
        ]
        nouns = [index for index in tables if not self.items[index].is_verb]
        tables = nouns or tables
        before = [index for index in tables if index < place]
        return before[-1] if before else (tables[0] if tables else None)
