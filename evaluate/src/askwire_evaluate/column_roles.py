"""Say which columns of a catalog are ids and which are names."""

from __future__ import annotations

import enum

from askwire_evaluate.sql_reading import Origin
from askwire_protocol.messages.catalog import Catalog, Table

__all__ = ["ColumnRoles", "Role"]

_NAMES = ("name", "title", "label")
_TEXTS = ("text", "character varying", "character", "citext")


class Role(enum.StrEnum):
    """What a column is to the row that it stands in."""

    ID = "id"
    NAME = "name"
    OTHER = "other"


class ColumnRoles:
    """Roles by the keys, names and types of one catalog.

    An id is a key of one column, a column that refers to another table, or is called so. A name is called name, title
    or label, or as its table; in a table without such a column, it is the first text column.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._roles: dict[Origin, Role] = {}
        self._targets: dict[Origin, Origin] = {}
        for table in catalog.tables:
            self._add(table)

    def role(self, origin: Origin | None) -> Role:
        """Return the role of a result's column; what is computed has none."""
        return self._roles.get(origin, Role.OTHER) if origin is not None else Role.OTHER

    def target(self, origin: Origin) -> Origin:
        """Return the key that a column refers to; itself where it refers to none."""
        return self._targets.get(origin, origin)

    def _add(self, table: Table) -> None:
        owner = table.name.lower()
        keys = [key for key in (table.primary_key, *table.unique_keys) if len(key) == 1]
        ids = {key[0].lower() for key in keys} | {
            column.name.lower() for column in table.columns if _is_id(column.name)
        }
        for key in table.foreign_keys:
            ids.update(column.lower() for column in key.columns)
            if len(key.columns) == 1:
                target = Origin(key.table.lower(), key.referenced_columns[0].lower())
                self._targets[Origin(owner, key.columns[0].lower())] = target
        texts = [column.name.lower() for column in table.columns if column.type in _TEXTS]
        called = [column for column in texts if column.endswith(_NAMES) or column in (owner, owner.removesuffix("s"))]
        names = called or [column for column in texts if column not in ids][:1]
        for column in (column.name.lower() for column in table.columns):
            role = Role.NAME if column in names else Role.ID if column in ids else Role.OTHER
            self._roles[Origin(owner, column)] = role


def _is_id(name: str) -> bool:
    lower = name.lower()
    return lower == "id" or lower.endswith("_id") or name.endswith(("Id", "ID"))
