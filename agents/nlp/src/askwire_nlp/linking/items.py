"""The typed pieces that a question is cut into, and what each may mean in the schema."""

from __future__ import annotations

import dataclasses
import enum
from decimal import Decimal

from askwire_nlp.dates import Granularity, Period

__all__ = ["Candidate", "Item", "ItemKind", "Op", "Operator"]


class Op(enum.StrEnum):
    """What a word of the language (not of the schema) asks for."""

    COUNT = "count"
    AGGREGATE = "aggregate"
    COMPARE = "compare"
    BETWEEN = "between"
    NOT = "not"
    WITHOUT = "without"
    TOP = "top"
    SUPERLATIVE = "superlative"
    COMMON = "common"
    EACH = "each"
    BY = "by"
    SORT = "sort"
    DIRECTION = "direction"
    DISTINCT = "distinct"
    LIKE = "like"
    MISSING = "missing"
    OR = "or"
    AND = "and"
    BOTH = "both"
    CHART = "chart"
    MORE_OR_LESS = "more_or_less"
    """"or more" after a number; ``argument`` is the comparison."""


@dataclasses.dataclass(frozen=True, slots=True)
class Operator:
    """An operation; ``argument`` depends on it: a function, a comparison, a direction, a chart type."""

    op: Op
    argument: str = ""
    concept: str = ""
    """What an adjective measures ("age" for older), a key of the table of concepts."""


class ItemKind(enum.StrEnum):
    """What a piece is."""

    TABLE = "table"
    COLUMN = "column"
    VALUE = "value"
    NUMBER = "number"
    DATE = "date"
    GRANULARITY = "granularity"
    LITERAL = "literal"
    OPERATOR = "operator"
    FUNCTION = "function"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """One meaning of some words: a table, a column of it, or a value of that column."""

    table: int
    column: str | None
    value: str | None
    score: float
    evidence: str
    edge: int | None = None
    """The foreign key whose role the words name."""
    others: tuple[str, ...] = ()
    """Further columns of the table that are meant together with it (a last name beside the first)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """One piece: words ``start`` to ``end``."""

    kind: ItemKind
    start: int
    end: int
    text: str
    candidates: tuple[Candidate, ...] = ()
    operator: Operator | None = None
    number: Decimal | None = None
    is_money: bool = False
    period: Period | None = None
    is_years: bool = False
    granularity: Granularity | None = None
    is_verb: bool = False
    """The words are an inflected verb ("ordered", "shipped")."""

    is_unsure: bool = False
    """A verb that is not known; it may only say that things are related, so the asker has to confirm it."""

    @property
    def op(self) -> Op | None:
        """Return the operation, if the piece is one."""
        return self.operator.op if self.operator else None

    @property
    def argument(self) -> str:
        """Return the operation's argument; empty for what is no operation."""
        return self.operator.argument if self.operator else ""

    def is_word(self, *texts: str) -> bool:
        """Tell whether the piece is one of these function words."""
        return self.kind is ItemKind.FUNCTION and self.text in texts
