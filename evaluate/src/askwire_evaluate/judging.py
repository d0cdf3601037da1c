"""Judge an answer on its database: run it, and compare it with the gold."""

from __future__ import annotations

import dataclasses

from sqlglot import exp

from askwire_evaluate.cells import Cell, row_of
from askwire_evaluate.column_roles import ColumnRoles, Role
from askwire_evaluate.comparison import (
    Answer,
    Gold,
    Labels,
    Translation,
    find_difference,
    is_lenient,
    is_same_with_repetitions,
    is_strict,
)
from askwire_evaluate.execution import AskedDatabase
from askwire_evaluate.questions import GoldQuestion
from askwire_evaluate.sql_reading import Construct, Origin, Schema, constructs_of, origins_of, parse, uses_of
from askwire_evaluate.ties import make_tie_query, read_ties
from askwire_protocol.errors import RequestFailed

__all__ = ["Judge", "Judgement"]


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """How right the rows of an answer are, and in what way they differ where they are wrong."""

    strict: bool
    lenient: bool
    repeated: bool
    difference: str = ""


class Judge:
    """Knows the gold of one question; what it needs of the database is asked when it is needed."""

    def __init__(self, question: GoldQuestion, database: AskedDatabase, roles: ColumnRoles, schema: Schema) -> None:
        self._database = database
        self._roles = roles
        self._schema = schema
        self._query = _read_gold(question)
        self._origins = origins_of(self._query, schema) if self._query is not None else ()
        self._tie_sql = make_tie_query(self._query) if self._query is not None else None
        self._ties_read = False
        rows = question.gold_rows or []
        self._gold = Gold(
            rows=tuple(map(row_of, rows)),
            count=question.gold_nrows,
            ordered=question.ordered,
            roles=tuple(map(roles.role, self._origins)),
        )

    def constructs(self) -> tuple[Construct, ...]:
        """Return what the gold query is made of; nothing where it can't be read."""
        return constructs_of(self._query) if self._query is not None else ()

    def uses(self) -> tuple[Origin, ...]:
        """Return the tables and columns that the gold query uses; nothing where it can't be read."""
        return uses_of(self._query, self._schema) if self._query is not None else ()

    async def judge(self, sql: str) -> Judgement:
        """Run the SQL and compare its rows.

        Raises:
            RequestFailed: it can't be run.
        """
        result = await self._database.run(sql)
        query = parse(sql, "postgres")
        origins = origins_of(query, self._schema) if query is not None else ()
        answer = Answer(
            rows=tuple(map(row_of, result.rows)),
            width=len(result.columns),
            roles=tuple(map(self._roles.role, origins)),
        )
        if is_strict(self._gold, answer):
            return Judgement(strict=True, lenient=True, repeated=is_same_with_repetitions(self._gold, answer))
        await self._read_ties()
        lenient = is_lenient(self._gold, answer)
        if not lenient:
            labels = await self._read_labels(origins, answer)
            lenient = bool(labels) and is_lenient(self._gold, answer, labels)
        difference = "" if lenient else find_difference(self._gold, answer)
        return Judgement(strict=False, lenient=lenient, repeated=False, difference=difference)

    async def _read_ties(self) -> None:
        if self._tie_sql is None or self._ties_read:
            return
        self._ties_read = True
        try:
            rows = await self._database.rows(self._tie_sql.sql)
        except RequestFailed:
            return  # the gold is SQLite's; where PostgreSQL refuses it, no ties are known
        self._gold = dataclasses.replace(self._gold, tied=read_ties(self._gold, rows, self._tie_sql.width))

    async def _read_labels(self, origins: tuple[Origin | None, ...], answer: Answer) -> Labels:
        """Look up which name belongs to which id, for each pair of an id and a name of one table."""
        if len(origins) != answer.width or not self._gold.rows or len(self._origins) != len(self._gold.rows[0]):
            return {}
        found: dict[tuple[int, int], Translation] = {}
        for position, wanted in enumerate(self._origins):
            for column, shown in enumerate(origins):
                if wanted is None or shown is None:
                    continue
                kinds = (self._roles.role(wanted), self._roles.role(shown))
                if kinds == (Role.ID, Role.NAME):
                    translation = await self._translate(wanted, shown, of_gold=True)
                elif kinds == (Role.NAME, Role.ID):
                    translation = await self._translate(shown, wanted, of_gold=False)
                else:
                    continue
                if translation is not None:
                    found[position, column] = translation
        return found

    async def _translate(self, identity: Origin, name: Origin, *, of_gold: bool) -> Translation | None:
        key = identity if identity.table == name.table else self._roles.target(identity)
        if key.table != name.table:
            return None
        columns = (exp.column(exp.to_identifier(one.column, quoted=True)) for one in (key, name))
        table = exp.to_identifier(self._table_name(key.table), quoted=True)
        statement = exp.select(*columns).from_(exp.table_(table)).sql(dialect="postgres")
        try:
            rows = await self._database.rows(statement)
        except RequestFailed:
            return None  # a table too large, or a name in capitals: the pair is not looked up
        names: dict[Cell, Cell] = {row[0]: row[1] for row in rows}
        unique = len(names) == len(rows)
        return Translation(names, of_gold) if unique else None

    def _table_name(self, lower: str) -> str:
        return next(table.name for table in self._database.catalog.tables if table.name.lower() == lower)


def _read_gold(question: GoldQuestion) -> exp.Query | None:
    if question.gold_pg:
        query = parse(question.gold_pg, "postgres")
        if query is not None:
            return query
    return parse(question.gold_sqlite, "sqlite")
