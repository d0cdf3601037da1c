"""Hide a column or a table of a catalog, so that a question can't be answered any more."""

from __future__ import annotations

import hashlib

import msgspec

from askwire_evaluate.sql_reading import Origin
from askwire_protocol.messages.catalog import Catalog, ForeignKey, Table

__all__ = ["choose_hidden", "hide"]


def choose_hidden(question_id: str, used: tuple[Origin, ...]) -> Origin | None:
    """Choose one of the tables and columns that a gold query uses; by the question's id, so always the same one."""
    if not used:
        return None
    digest = hashlib.sha256(question_id.encode()).digest()
    return used[int.from_bytes(digest[:8], "big") % len(used)]


def hide(catalog: Catalog, hidden: Origin) -> Catalog:
    """Return the catalog as somebody sees it who may not read the table or column; keys that need it go too."""
    tables = []
    for table in catalog.tables:
        owns = table.name.lower() == hidden.table
        if owns and not hidden.column:
            continue
        kept = _without_column(table, hidden.column) if owns else table
        if not kept.columns:
            continue
        keys = tuple(key for key in kept.foreign_keys if not _refers_to(key, hidden))
        tables.append(msgspec.structs.replace(kept, foreign_keys=keys))
    version = hashlib.sha256(f"{catalog.version} {hidden.table}.{hidden.column}".encode()).hexdigest()
    return Catalog(version=version[:16], tables=tuple(tables))


def _without_column(table: Table, column: str) -> Table:
    def needs(names: tuple[str, ...]) -> bool:
        return any(name.lower() == column for name in names)

    return msgspec.structs.replace(
        table,
        columns=tuple(one for one in table.columns if one.name.lower() != column),
        primary_key=() if needs(table.primary_key) else table.primary_key,
        unique_keys=tuple(key for key in table.unique_keys if not needs(key)),
        foreign_keys=tuple(key for key in table.foreign_keys if not needs(key.columns)),
    )


def _refers_to(key: ForeignKey, hidden: Origin) -> bool:
    if key.table.lower() != hidden.table:
        return False
    return not hidden.column or any(name.lower() == hidden.column for name in key.referenced_columns)
