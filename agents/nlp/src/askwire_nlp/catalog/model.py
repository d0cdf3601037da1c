"""What the engine knows of a catalog: tables and columns with their words, kinds, keys and labels."""

from __future__ import annotations

import dataclasses
import enum

from askwire_protocol.messages.catalog import Column, Table

__all__ = ["Edge", "Formula", "Kind", "KnownCatalog", "KnownColumn", "KnownTable"]


class Kind(enum.StrEnum):
    """What a column holds, which is more than its type."""

    ID = "id"
    MONEY = "money"
    NUMBER = "number"
    YEAR = "year"
    DATE = "date"
    FLAG = "flag"
    TEXT = "text"
    OTHER = "other"


@dataclasses.dataclass(frozen=True, slots=True)
class Formula:
    """Quantity times price, less the discount's rate where there is one; the names of columns of one table."""

    quantity: str
    price: str
    discount: str | None
    is_percent: bool = False
    """The discount is a percentage, not a part of one."""


@dataclasses.dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column, or (with ``formula``) an amount that is computed from columns of one row."""

    table: int
    name: str
    words: tuple[str, ...]
    short: tuple[str, ...]
    """``words`` without the table's own name in front; never empty."""
    kind: Kind
    column: Column
    is_key: bool = False
    is_reference: bool = False
    is_numeric_text: bool = False
    """Numbers stored as text; compared after a cast."""
    true_value: str | None = None
    """For a flag: the stored value that means yes."""
    comment_words: tuple[str, ...] = ()
    formula: Formula | None = None

    @property
    def is_measure(self) -> bool:
        """Whether adding up or averaging makes sense."""
        return self.kind in (Kind.MONEY, Kind.NUMBER)


@dataclasses.dataclass(frozen=True, slots=True)
class KnownTable:
    """A table with its columns; ``index`` is its place in the catalog."""

    index: int
    table: Table
    words: tuple[str, ...]
    columns: tuple[KnownColumn, ...]
    key: tuple[str, ...]
    label: tuple[str, ...]
    """Columns that name a row for people; empty where nothing does."""
    is_link: bool
    """Its rows only connect others."""
    main_date: str | None
    comment_words: tuple[str, ...] = ()

    def column(self, name: str) -> KnownColumn:
        """Return the column of that name."""
        return next(item for item in self.columns if item.name == name)


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """A foreign key: ``columns`` of table ``owner`` refer to ``referenced`` of table ``target``."""

    index: int
    owner: int
    columns: tuple[str, ...]
    target: int
    referenced: tuple[str, ...]
    words: tuple[str, ...]
    """The words of the referring columns that say which role the target has."""


@dataclasses.dataclass(frozen=True, slots=True)
class KnownCatalog:
    """A catalog made ready for linking."""

    version: str
    tables: tuple[KnownTable, ...]
    edges: tuple[Edge, ...]
