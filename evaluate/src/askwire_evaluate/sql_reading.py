"""Read what a query uses, and from which column of the database each column of its result comes."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, build_scope, traverse_scope

from askwire_protocol.messages.catalog import Catalog

__all__ = ["Construct", "Origin", "Schema", "constructs_of", "origins_of", "parse", "uses_of"]

_MAX_DEPTH = 20


class Construct(enum.StrEnum):
    """What a gold query needs; a question may count in several."""

    PLAIN = "plain select and where"
    AGGREGATE = "aggregate"
    JOIN = "join"
    LARGE_JOIN = "join of 3 or more tables"
    GROUP_BY = "group by"
    HAVING = "having"
    ORDER_BY = "order by"
    LIMIT = "limit"
    NESTED = "nested"
    SET_OPERATION = "union, except, intersect"


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A table, or a column of one; names in lower case."""

    table: str
    column: str = ""


class Schema:
    """The names of a catalog's tables and columns, without regard to case."""

    def __init__(self, tables: Mapping[str, Iterable[str]]) -> None:
        self._columns = {name.lower(): [column.lower() for column in columns] for name, columns in tables.items()}

    @classmethod
    def of(cls, catalog: Catalog) -> Schema:
        """Take the names of a catalog; of tables with one name in several schemas the last counts."""
        return cls({table.name: [column.name for column in table.columns] for table in catalog.tables})

    def columns(self, table: str) -> list[str]:
        """Return a table's columns in their order; none of a table that is not there."""
        return self._columns.get(table.lower(), [])


def parse(sql: str, dialect: str) -> exp.Query | None:
    """Parse one SELECT; None where it is none, or can't be read."""
    try:
        found = parse_one(sql.strip().rstrip(";"), dialect=dialect)
    except (SqlglotError, RecursionError):
        return None
    return found if isinstance(found, exp.Query) else None


def constructs_of(query: exp.Query) -> tuple[Construct, ...]:
    """Return what the query is made of."""
    found: list[Construct] = []
    if any(query.find_all(exp.AggFunc)):
        found.append(Construct.AGGREGATE)
    tables = max((_count_tables(select) for select in query.find_all(exp.Select)), default=0)
    if tables >= 2:
        found.append(Construct.JOIN)
    if tables >= 3:
        found.append(Construct.LARGE_JOIN)
    for kind, construct in (
        (exp.Group, Construct.GROUP_BY),
        (exp.Having, Construct.HAVING),
        (exp.Order, Construct.ORDER_BY),
        (exp.Limit, Construct.LIMIT),
    ):
        if query.find(kind) is not None:
            found.append(construct)
    if query.find(exp.SetOperation) is not None:
        found.append(Construct.SET_OPERATION)
    if any(select.parent is not None and not _is_operand(select) for select in query.find_all(exp.Select)):
        found.append(Construct.NESTED)
    return tuple(found) or (Construct.PLAIN,)


def uses_of(query: exp.Query, schema: Schema) -> tuple[Origin, ...]:
    """Return the tables and columns of the schema that the query uses, sorted."""
    used: set[Origin] = set()
    for scope in _scopes(query):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and schema.columns(source.name):
                used.add(Origin(source.name.lower()))
        for column in scope.columns:
            origin = _trace(column, scope, schema, _MAX_DEPTH)
            if origin is not None:
                used.add(origin)
    return tuple(sorted(used))


def origins_of(query: exp.Query, schema: Schema) -> tuple[Origin | None, ...]:
    """Return for each column of the result where it comes from; None for what is computed."""
    try:
        scope = build_scope(query)
    except SqlglotError:
        return ()
    return tuple(_origins(scope, schema, _MAX_DEPTH)) if scope is not None else ()


def _scopes(query: exp.Query) -> list[Scope]:
    try:
        return list(traverse_scope(query))
    except SqlglotError:
        return []


def _count_tables(select: exp.Select) -> int:
    source = select.args.get("from_") or select.args.get("from")
    return (1 if source is not None else 0) + len(select.args.get("joins") or ())


def _is_operand(select: exp.Select) -> bool:
    """Say whether a SELECT is the query itself or a part of its union."""
    node: exp.Expression | None = select
    while node is not None and node.parent is not None:
        if not isinstance(node.parent, exp.SetOperation | exp.Subquery):
            return False
        if isinstance(node.parent, exp.Subquery) and not isinstance(node.parent.parent, exp.SetOperation):
            return False
        node = node.parent
    return True


def _origins(scope: Scope, schema: Schema, depth: int) -> list[Origin | None]:
    query = scope.expression
    if isinstance(query, exp.SetOperation):
        return _shared_origins(scope, schema, depth)
    if not isinstance(query, exp.Select):
        return []
    found: list[Origin | None] = []
    for projection in query.selects:
        bare = projection.unalias()
        if isinstance(bare, exp.Star) or (isinstance(bare, exp.Column) and isinstance(bare.this, exp.Star)):
            found.extend(_star(scope, schema, bare.text("table") if isinstance(bare, exp.Column) else "", depth))
        else:
            found.append(_trace(bare, scope, schema, depth) if isinstance(bare, exp.Column) else None)
    return found


def _shared_origins(scope: Scope, schema: Schema, depth: int) -> list[Origin | None]:
    """Return the origins of a union's first part; what is computed in another part is computed."""
    parts = [_origins(part, schema, depth - 1) for part in scope.set_operation_scopes] if depth else []
    if not parts or len({len(part) for part in parts}) > 1:
        return []
    return [first if None not in rest else None for first, *rest in zip(*parts, strict=True)]


def _star(scope: Scope, schema: Schema, alias: str, depth: int) -> list[Origin | None]:
    found: list[Origin | None] = []
    for name, source in scope.sources.items():
        if alias and name.lower() != alias.lower():
            continue
        if isinstance(source, exp.Table):
            found.extend(Origin(source.name.lower(), column) for column in schema.columns(source.name))
        elif isinstance(source, Scope) and depth:
            found.extend(_origins(source, schema, depth - 1))
    return found


def _trace(column: exp.Column, scope: Scope, schema: Schema, depth: int) -> Origin | None:
    """Follow a column through derived tables to the table that holds it; outer queries are searched last."""
    alias, name = column.table.lower(), column.name.lower()
    for source_name, source in scope.sources.items():
        if alias and source_name.lower() != alias:
            continue
        origin = _in_source(source, name, schema, depth)
        if origin is not None:
            return origin
    return _trace(column, scope.parent, schema, depth - 1) if scope.parent is not None and depth else None


def _in_source(source: object, name: str, schema: Schema, depth: int) -> Origin | None:
    if isinstance(source, exp.Table):
        return Origin(source.name.lower(), name) if name in schema.columns(source.name) else None
    if not isinstance(source, Scope) or not depth:
        return None
    query = source.expression
    while isinstance(query, exp.SetOperation):
        query = query.left
    names = [projection.alias_or_name.lower() for projection in query.selects] if isinstance(query, exp.Select) else []
    origins = _origins(source, schema, depth - 1)
    if len(names) == len(origins):
        return origins[names.index(name)] if name in names else None
    # a star: its columns keep their names
    return next((origin for origin in origins if origin is not None and origin.column == name), None)
