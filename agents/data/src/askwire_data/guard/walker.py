"""Walk a parse tree and refuse what is not on the lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from pglast import ast

from askwire_data.guard import allowed
from askwire_data.guard.limits import MAX_DEPTH, MAX_NODES
from askwire_data.guard.qualification import Insertion, resolve_table, resolve_type
from askwire_data.guard.refusal import did_you_mean, refuse
from askwire_data.guard.relations import Relations

__all__ = ["Walk"]

# pglast ships no types: a node is Any here, and its class is looked at by name
Node = Any
Scope = frozenset[str]

_OPERATOR_KINDS_WITHOUT_NAME = frozenset(
    {"AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_BETWEEN_SYM", "AEXPR_NOT_BETWEEN_SYM"}
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Step:
    node: Node
    depth: int
    tables_of_with: Scope
    """Names of WITH items that a relation's name means here before it means a table."""
    position: int | None


class Walk:
    """One walk over one statement; afterwards the findings stand in the attributes.

    The walk keeps its own stack, so that a deep tree ends at the depth cap and never at the interpreter's.
    """

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self.tables: set[tuple[str, str]] = set()
        self.parameters: set[int] = set()
        self.insertions: list[Insertion] = []
        self._checks: dict[str, Callable[[_Step], None]] = {
            "A_Expr": self._check_operator,
            "A_Indirection": self._check_fields,
            "CollateClause": self._check_collation,
            "ColumnRef": self._check_column,
            "FuncCall": self._check_function,
            "ParamRef": self._check_parameter,
            "RangeVar": self._check_table,
            "SQLValueFunction": self._check_constant_word,
            "SelectStmt": self._check_select,
            "SortBy": self._check_sort,
            "SubLink": self._check_sublink,
            "TypeName": self._check_type,
        }

    def run(self, root: Node) -> None:
        """Walk the tree under ``root``.

        Raises:
            RequestFailed: SQL_REJECTED at the first thing that is not allowed.
        """
        stack = [_Step(root, 1, frozenset(), None)]
        seen = 0
        while stack:
            step = stack.pop()
            seen += 1
            if seen > MAX_NODES:
                raise refuse(f"the statement has more than {MAX_NODES:,} parts", None)
            if step.depth > MAX_DEPTH:
                raise refuse(f"the statement is nested deeper than {MAX_DEPTH} levels", step.position)
            kind = type(step.node).__name__
            if kind not in allowed.NODES:
                raise refuse(f"{_in_words(kind)} may not be used in a query", step.position)
            check = self._checks.get(kind)
            if check is not None:
                check(step)
            # the first child last on the stack, so that the leftmost offence is the one that is told
            stack.extend(reversed(list(_children(step))))

    def _check_select(self, step: _Step) -> None:
        if step.node.intoClause is not None:
            raise refuse("SELECT INTO makes a table; only reading is possible", step.position)
        if step.node.lockingClause:
            raise refuse("FOR UPDATE and FOR SHARE lock rows; only reading is possible", step.position)

    def _check_table(self, step: _Step) -> None:
        node, name, schema = step.node, step.node.relname, step.node.schemaname
        if node.catalogname is not None:
            raise refuse("a table of another database can't be read", step.position)
        if schema is None and name in step.tables_of_with:
            return
        resolved = resolve_table(self._relations, schema, name, step.position)
        self.tables.add((resolved, name))
        if schema is None:
            self._insert_schema(resolved, step.position)

    def _check_type(self, step: _Step) -> None:
        node = step.node
        names = [part.sval for part in node.names or ()]
        if node.setof or node.pct_type or not 1 <= len(names) <= 2:
            raise refuse("this form of a type may not be used", step.position)
        schema, name = (names[0] if len(names) == 2 else None), names[-1]
        if schema in (None, "pg_catalog") and name in allowed.TYPES:
            return
        resolved = resolve_type(self._relations, schema, name, step.position)
        if schema is None:
            self._insert_schema(resolved, step.position)

    def _insert_schema(self, schema: str, position: int | None) -> None:
        if position is None:
            raise refuse("a name that has no place in the text can't be completed; write its schema", None)
        quoted = schema.replace('"', '""')
        self.insertions.append(Insertion(position, f'"{quoted}".'))

    def _check_function(self, step: _Step) -> None:
        names = [part.sval for part in step.node.funcname]
        name = names[-1]
        if len(names) > 2 or (len(names) == 2 and names[0] != "pg_catalog"):
            raise refuse(f"the function {'.'.join(names)} is not PostgreSQL's own and may not be called", step.position)
        if name not in allowed.FUNCTIONS:
            near = did_you_mean(name, allowed.FUNCTIONS)
            raise refuse(f"the function {name} is not among those that may be called{near}", step.position)

    def _check_column(self, step: _Step) -> None:
        fields = step.node.fields
        for field in fields[1:]:
            self._check_field(field, step)
        last = fields[-1]
        if isinstance(last, ast.String) and last.sval in allowed.SYSTEM_COLUMNS:
            raise refuse(f"the system column {last.sval} may not be read", step.position)

    def _check_fields(self, step: _Step) -> None:
        for part in step.node.indirection:
            self._check_field(part, step)

    def _check_field(self, field: Node, step: _Step) -> None:
        # PostgreSQL reads x.f as f(x) where x has no column f; so a field may not bear a forbidden function's name
        if not isinstance(field, ast.String):
            return
        name = field.sval
        if name in allowed.SYSTEM_COLUMNS:
            raise refuse(f"the system column {name} may not be read", step.position)
        forbidden = name in self._relations.attribute_functions and name not in allowed.FUNCTIONS
        if forbidden and name not in self._relations.columns:
            raise refuse(f"the field {name} would call a function that may not be called", step.position)

    def _check_operator(self, step: _Step) -> None:
        if step.node.kind.name not in _OPERATOR_KINDS_WITHOUT_NAME:
            _check_operator_name(step.node.name, step.position)

    def _check_sublink(self, step: _Step) -> None:
        if step.node.operName:
            _check_operator_name(step.node.operName, step.position)

    def _check_sort(self, step: _Step) -> None:
        if step.node.useOp:
            _check_operator_name(step.node.useOp, step.position)

    def _check_collation(self, step: _Step) -> None:
        names = [part.sval for part in step.node.collname]
        if len(names) > 2 or (len(names) == 2 and names[0] != "pg_catalog"):
            raise refuse("only PostgreSQL's own collations may be used", step.position)

    def _check_parameter(self, step: _Step) -> None:
        number = step.node.number
        if number < 1:
            raise refuse("parameters are written $1, $2 and so on", step.position)
        self.parameters.add(number)

    def _check_constant_word(self, step: _Step) -> None:
        word = step.node.op.name
        if word not in allowed.CONSTANT_WORDS:
            spelled = word.removeprefix("SVFOP_").lower()
            raise refuse(f"{spelled} may not be used", step.position)


def _check_operator_name(parts: tuple[Node, ...], position: int | None) -> None:
    names = [part.sval for part in parts]
    if len(names) != 1:
        raise refuse("OPERATOR(schema.name) may not be used", position)
    if names[0] not in allowed.OPERATORS:
        raise refuse(f"the operator {names[0]} may not be used", position)


def _children(step: _Step) -> Iterator[_Step]:
    node, depth = step.node, step.depth + 1
    scope = step.tables_of_with
    if isinstance(node, ast.SelectStmt) and node.withClause is not None:
        scope = scope | {item.ctename for item in node.withClause.ctes or ()}
    for name in node:
        value = getattr(node, name)
        if isinstance(node, ast.WithClause) and name == "ctes":
            yield from _with_items(step, depth)
            continue
        # the WITH clause itself is seen from outside; its items add what each of them may see
        seen_by_child = step.tables_of_with if name == "withClause" else scope
        for child in _nodes(value):
            yield _Step(child, depth, seen_by_child, _position(child, step.position))


def _with_items(step: _Step, depth: int) -> Iterator[_Step]:
    items = step.node.ctes
    scope = step.tables_of_with
    if step.node.recursive:
        scope = scope | {item.ctename for item in items}
    for item in items:
        yield _Step(item, depth, scope, _position(item, step.position))
        scope = scope | {item.ctename}


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, ast.Node):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _nodes(item)


def _position(node: Node, inherited: int | None) -> int | None:
    location = getattr(node, "location", None)
    return location if isinstance(location, int) and location >= 0 else inherited


_WORDS = {
    "LockingClause": "FOR UPDATE and FOR SHARE",
    "IntoClause": "SELECT INTO",
    "RangeTableSample": "TABLESAMPLE",
    "RangeTableFunc": "XMLTABLE",
    "SetToDefault": "DEFAULT",
    "XmlExpr": "an XML expression",
    "XmlSerialize": "an XML expression",
    "JsonTable": "JSON_TABLE",
    "CurrentOfExpr": "CURRENT OF",
}


def _in_words(kind: str) -> str:
    if kind.endswith("Stmt"):
        return kind.removesuffix("Stmt").upper()
    return _WORDS.get(kind, kind)
