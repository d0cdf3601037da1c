"""Finish the columns of a plan: each once and under a name of its own, sorted by what is shown."""

from __future__ import annotations

from askwire_nlp import plan as p
from askwire_nlp.catalog import KnownColumn

__all__ = ["by_first", "formula_note", "unique_outputs"]


def by_first(key: p.Sort) -> p.Sort:
    """Return the key by the least (descending: the greatest) of each group's values."""
    if isinstance(key.expression, p.Aggregate):
        return key
    return p.Sort(p.Aggregate("max" if key.is_descending else "min", key.expression), key.is_descending)


def formula_note(column: KnownColumn) -> str:
    """Say how a computed amount is computed."""
    formula = column.formula
    if formula is None:
        return ""
    rate = f"{formula.discount} / 100" if formula.is_percent else formula.discount
    discount = f" × (1 − {rate})" if formula.discount else ""
    return f"sales are computed as {formula.quantity} × {formula.price}{discount}"


def unique_outputs(outputs: list[p.Output]) -> tuple[p.Output, ...]:
    """Return the outputs, each expression once and each name once."""
    found: list[p.Output] = []
    names: set[str] = set()
    for output in outputs:
        if any(one.expression == output.expression for one in found):
            continue
        name = output.name
        while name in names:
            own = output.expression.column.lower() if isinstance(output.expression, p.ColumnRef) else name
            alias = output.expression.alias if isinstance(output.expression, p.ColumnRef) else "other"
            name = own if own not in names else f"{alias}_{name}"
        names.add(name)
        found.append(p.Output(output.expression, name))
    return tuple(found)
