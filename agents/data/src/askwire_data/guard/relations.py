"""What a statement may read: the tables, columns and types of a catalog, arranged for look-up."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from askwire_protocol.messages import Catalog

__all__ = ["Relations", "quote_identifier", "relations_of"]

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_QUALIFIED_TYPE = re.compile(r'("(?:[^"]|"")+"|[^".\[]+)\.("(?:[^"]|"")+"|[^".\[]+)(?:\[\])*\Z')


class Relations(msgspec.Struct, frozen=True, kw_only=True):
    """Names that the guard resolves by; crosses into the worker processes.

    ``attribute_functions`` are the server's functions that take one argument: PostgreSQL runs ``f(x)`` for ``x.f``
    where ``f`` is no column, so that a field's name is checked as a function's is.
    """

    version: str
    tables: dict[str, tuple[str, ...]]
    """Schemas by the name of the table."""
    types: dict[str, tuple[str, ...]]
    """Schemas by the name of the type."""
    columns: frozenset[str]
    attribute_functions: frozenset[str]

    def table_names(self) -> list[str]:
        """Return all names as one may write them, qualified."""
        return [
            f"{quote_identifier(schema)}.{quote_identifier(name)}"
            for name, schemas in self.tables.items()
            for schema in schemas
        ]


def relations_of(catalog: Catalog, attribute_functions: Iterable[str]) -> Relations:
    """Arrange a catalog for the guard."""
    tables: dict[str, set[str]] = {}
    types: dict[str, set[str]] = {}
    columns: set[str] = set()
    for table in catalog.tables:
        tables.setdefault(table.name, set()).add(table.schema)
        for column in table.columns:
            columns.add(column.name)
            match = _QUALIFIED_TYPE.match(column.type)
            if match:
                types.setdefault(_decode(match[2]), set()).add(_decode(match[1]))
    return Relations(
        version=catalog.version,
        tables={name: tuple(sorted(schemas)) for name, schemas in tables.items()},
        types={name: tuple(sorted(schemas)) for name, schemas in types.items()},
        columns=frozenset(columns),
        attribute_functions=frozenset(attribute_functions),
    )


def quote_identifier(name: str) -> str:
    """Return ``name`` as SQL text that means exactly it (words that PostgreSQL reserves stay bare after a dot)."""
    if _PLAIN.match(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def _decode(text: str) -> str:
    if text.startswith('"'):
        return text[1:-1].replace('""', '"')
    return text
