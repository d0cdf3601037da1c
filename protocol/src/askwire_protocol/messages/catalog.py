"""The catalog: what may be asked of a database, as the data agent read it and the NLP agent uses it."""

from __future__ import annotations

import msgspec

__all__ = [
    "Catalog",
    "CatalogAnswer",
    "CatalogPut",
    "CatalogPutAnswer",
    "CatalogRequest",
    "Column",
    "ForeignKey",
    "Table",
]


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column that the role may read."""

    name: str
    type: str
    """PostgreSQL's name of the type, without modifiers: ``integer``, ``numeric``, ``character varying``, ``date``."""
    nullable: bool = True
    comment: str | None = None
    """What ``COMMENT ON COLUMN`` says."""
    distinct: int | None = None
    """Estimated number of distinct values."""
    values: tuple[str, ...] = ()
    """Distinct values of a text column (empty for other types, hidden tables and columns with too many)."""
    values_complete: bool = False
    """True when ``values`` holds every distinct value; False when it is a capped sample."""
    minimum: str | None = None
    """The least value, as text; None where it is not known."""
    maximum: str | None = None
    """The greatest value, as ``minimum``."""


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """``columns`` of the owning table refer to ``referenced_columns`` of another, in the same order."""

    columns: tuple[str, ...]
    schema: str
    table: str
    referenced_columns: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One table or view that the role may read."""

    schema: str
    name: str
    kind: str = "table"
    """``table``, ``view`` or ``materialized view``."""
    comment: str | None = None
    """What ``COMMENT ON`` says of it."""
    rows: int | None = None
    """Estimated number of rows."""
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    """Lists of columns that are unique together, beside the primary key."""
    foreign_keys: tuple[ForeignKey, ...] = ()


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that may be asked; equal ``version`` means equal content."""

    version: str
    tables: tuple[Table, ...] = ()


class CatalogRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ask a data agent for its catalog; the tables are left out when it still is ``if_version_not``."""

    if_version_not: str | None = None
    """The version that the requester has."""
    refresh: bool = False
    """Read the schema anew instead of answering from memory."""


class CatalogAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``tables`` is None when the version is the one that the requester has."""

    version: str
    tables: tuple[Table, ...] | None = None


class CatalogPut(msgspec.Struct, frozen=True, kw_only=True):
    """Give one part (1 to ``parts``) of a catalog to an NLP agent; each at most 256 KiB."""

    version: str
    part: int
    """Number of this part, from 1."""
    parts: int
    """How many parts this version has; they may come in any order."""
    tables: tuple[Table, ...]


class CatalogPutAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``complete`` once all parts have come."""

    version: str
    complete: bool
