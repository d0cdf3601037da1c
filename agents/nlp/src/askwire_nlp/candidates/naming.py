"""Names of tables within one query: each table once, under its own name, with a suffix inside of subqueries."""

from __future__ import annotations

from askwire_nlp import plan as p
from askwire_nlp.catalog import KnownCatalog, KnownColumn

__all__ = ["Names"]


class Names:
    """Gives the tables of one query (or subquery) their aliases."""

    def __init__(self, catalog: KnownCatalog, suffix: str = "") -> None:
        self._catalog = catalog
        self._suffix = suffix

    def source(self, table: int) -> p.Source:
        """Return the table as it stands in FROM or JOIN."""
        known = self._catalog.tables[table].table
        return p.Source(known.schema, known.name, self._alias(table))

    def whole(self, table: int) -> p.Source:
        """Return the table as it stands alone in a subquery."""
        known = self._catalog.tables[table].table
        return p.Source(known.schema, known.name, f"whole_{known.name}")

    def _alias(self, table: int) -> str:
        known = self._catalog.tables[table].table
        twins = [one for one in self._catalog.tables if one.table.name == known.name]
        name = known.name if len(twins) == 1 else f"{known.schema}_{known.name}"
        return name + self._suffix

    def column(self, table: int, name: str, *, as_number: bool = False) -> p.ColumnRef:
        """Return a column of the table."""
        return p.ColumnRef(self._alias(table), name, as_number)

    def expression(self, column: KnownColumn) -> p.ColumnRef | p.Amount:
        """Return the column, or the amount that is computed from its row."""
        formula = column.formula
        if formula is None:
            return self.column(column.table, column.name, as_number=column.is_numeric_text)
        discount = self.column(column.table, formula.discount) if formula.discount else None
        quantity, price = self.column(column.table, formula.quantity), self.column(column.table, formula.price)
        return p.Amount(quantity, price, discount, formula.is_percent)

    def unaliased(self, column: KnownColumn) -> p.ColumnRef | p.Amount:
        """Return the column as it is called where its table stands alone in a subquery."""
        alias = self.whole(column.table).alias
        formula = column.formula
        if formula is None:
            return p.ColumnRef(alias, column.name, column.is_numeric_text)
        discount = p.ColumnRef(alias, formula.discount) if formula.discount else None
        return p.Amount(
            p.ColumnRef(alias, formula.quantity), p.ColumnRef(alias, formula.price), discount, formula.is_percent
        )
