"""Check one SQL text as a whole: text, parse, tree, parameters, names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from pglast import ast, parse_sql
from pglast.parser import ParseError

from askwire_data.guard.limits import check_text
from askwire_data.guard.qualification import insert
from askwire_data.guard.refusal import refuse
from askwire_data.guard.relations import Relations
from askwire_data.guard.walker import Walk

__all__ = ["GuardedStatement", "check_statement"]

T = TypeVar("T")
_STACK_BYTES = 64 * 1024 * 1024


class GuardedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that may run, exactly as it is to be sent."""

    sql: str
    tables: tuple[str, ...]
    """Qualified names of the tables it reads."""
    parameters: int
    insertions: tuple[tuple[int, int], ...] = ()
    """Place (in the caller's text) and length of each schema that was written in, from left to right."""

    def original_position(self, position: int) -> int:
        """Return the place in the caller's text of a place in ``sql``."""
        shift = 0
        for place, length in self.insertions:
            if place + shift >= position:
                break
            shift += length
        return max(0, position - shift)


def check_statement(sql: str, parameter_count: int, relations: Relations) -> GuardedStatement:
    """Return the statement that may run, with the schema written before each table's name.

    PostgreSQL's parser can overflow the stack and end the process: call it where that is survived (a worker process).

    Raises:
        RequestFailed: SQL_REJECTED with the reason in words and the position in ``details``.
    """
    check_text(sql)
    return _on_deep_stack(lambda: _check(sql, parameter_count, relations))


def _check(sql: str, parameter_count: int, relations: Relations) -> GuardedStatement:
    statement = _parse_one(sql)
    walk = Walk(relations)
    walk.run(statement)
    _check_parameters(walk.parameters, parameter_count)
    end = statement.stmt_location + statement.stmt_len if statement.stmt_len else None
    text = insert(sql[:end], walk.insertions)
    if walk.insertions:
        # the text that is sent is the one that was walked, also after names were completed
        second = Walk(relations)
        second.run(_parse_one(text))
        if second.insertions or second.tables != walk.tables:
            raise refuse("the names of this statement can't be completed; write each table with its schema", None)
    tables = tuple(sorted(f"{schema}.{name}" for schema, name in walk.tables))
    insertions = tuple(sorted((item.position, len(item.text)) for item in walk.insertions))
    return GuardedStatement(sql=text, tables=tables, parameters=parameter_count, insertions=insertions)


def _parse_one(sql: str) -> Any:
    try:
        statements = parse_sql(sql)
    except ParseError as problem:
        sentence, position = problem.args[0], problem.args[1] if len(problem.args) > 1 else None
        raise refuse(str(sentence), position) from None
    if not statements:
        raise refuse("there is no statement in the SQL", None)
    if len(statements) > 1:
        raise refuse("only one statement may be sent at a time", statements[1].stmt_location)
    statement = statements[0]
    if not isinstance(statement.stmt, ast.SelectStmt):
        kind = type(statement.stmt).__name__.removesuffix("Stmt").upper()
        raise refuse(f"only SELECT, VALUES, TABLE and WITH … SELECT may run; this is {kind}", statement.stmt_location)
    return statement


def _check_parameters(used: set[int], given: int) -> None:
    if used == set(range(1, given + 1)):
        return
    wanted = ", ".join(f"${number}" for number in sorted(used)) or "none"
    raise refuse(f"the SQL uses the parameters {wanted}, and {given} values are given", None)


def _on_deep_stack(work: Callable[[], T]) -> T:
    """Run ``work`` on a thread whose stack is big enough for every text below the byte cap."""
    outcome: list[T] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as problem:  # noqa: BLE001 - handed to the caller, whatever it is
            problems.append(problem)

    previous = threading.stack_size(_STACK_BYTES)
    try:
        thread = threading.Thread(target=run, name="guard", daemon=True)
        thread.start()
    finally:
        threading.stack_size(previous)
    thread.join()
    if problems:
        raise problems[0]
    return outcome[0]
