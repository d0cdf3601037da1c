"""Tell what a column holds from its name, type, range and values."""

from __future__ import annotations

import re

from askwire_nlp.catalog.model import Kind
from askwire_protocol.messages.catalog import Column

__all__ = ["is_numeric_text", "kind_of", "true_value"]

_NUMERIC = {"smallint", "integer", "bigint", "numeric", "real", "double precision", "money"}
_DATE = ("date", "timestamp")
_TEXT = ("text", "character", "char", "bpchar", "citext", "name", "uuid", "USER-DEFINED")
_MONEY = {
    "price", "cost", "amount", "total", "subtotal", "salary", "wage", "revenue", "fee", "budget", "balance", "sales",
    "income", "profit", "tax", "freight", "payment", "refund", "discount", "charge", "premium", "earnings",
}  # fmt: skip
_YEARS = {"year", "founded", "opened", "opening", "built", "established", "joined", "born", "founding", "season"}
_ID_WORDS = {"id", "key", "code", "uuid", "guid", "number"}
_YES = ("true", "t", "yes", "y", "1")
_NO = ("false", "f", "no", "n", "0")
_NUMBER_TEXT = re.compile(r"-?\d{1,12}(\.\d+)?$")


def kind_of(column: Column, words: tuple[str, ...], *, is_key: bool, is_reference: bool) -> Kind:
    """Return the kind; keys and references are ids whatever their type."""
    base = column.type.lower()
    if is_reference or (words and words[-1] in ("id", "uuid", "guid")) or (is_key and base in _NUMERIC):
        return Kind.ID
    if true_value(column) is not None:
        return Kind.FLAG
    if base in _NUMERIC:
        return _kind_of_number(column, words)
    if base.startswith(_DATE):
        return Kind.DATE
    if base.startswith(_TEXT):
        return Kind.NUMBER if is_numeric_text(column) and words[-1] not in _ID_WORDS else Kind.TEXT
    return Kind.OTHER


def _kind_of_number(column: Column, words: tuple[str, ...]) -> Kind:
    if _YEARS & set(words) and _is_between(column, 1000, 2200):
        return Kind.YEAR
    return Kind.MONEY if _MONEY & set(words) or column.type == "money" else Kind.NUMBER


def _is_between(column: Column, low: float, high: float) -> bool:
    try:
        return column.minimum is None or low <= float(column.minimum) <= float(column.maximum or high) <= high
    except ValueError:
        return False


def is_numeric_text(column: Column) -> bool:
    """Tell whether every value of a text column is a plain number (known only when all values are)."""
    return (
        column.values_complete
        and len(column.values) > 1
        and not column.type.lower().startswith(("uuid", "date", "timestamp"))
        and all(_NUMBER_TEXT.match(value) for value in column.values)
        and not any(len(value) > 1 and value[0] == "0" and value[1] != "." for value in column.values)
    )


def true_value(column: Column) -> str | None:
    """Return how a yes-or-no column writes yes, or None when it is no such column."""
    if column.type.lower() == "boolean":
        return "true"
    if column.type.lower() in _NUMERIC:
        is_binary = column.minimum == "0" and column.maximum == "1" and (column.distinct or 0) <= 2
        return "1" if is_binary else None
    values = {value.lower() for value in column.values}
    if not column.values_complete or len(values) != 2:
        return None
    yes = [value for value in column.values if value.lower() in _YES]
    no = [value for value in column.values if value.lower() in _NO]
    return yes[0] if len(yes) == len(no) == 1 else None
