"""Turn PostgreSQL's texts of values into values of JSON.

Numbers that JSON can't carry (above 2^53 unless a double is that number, NaN, infinities) stay texts. Fractions below
that are doubles: where they have more digits than a double keeps, they are rounded to 15 significant ones, which
changes them by less than 1e-14 of their value. Timestamps become ISO 8601; arrays become lists; JSON, bytea, intervals
and all other types stay PostgreSQL's own texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

__all__ = ["CellType", "Convert", "TooDeep", "converter_of"]

_SAFE_INTEGER = 2**53
_SAFE_DIGITS = 16
_EXACT_DIGITS = 15
"""A decimal of that many characters is what its nearest double prints as."""
_LEAST_PRECISE = 1e-290
"""Doubles below have fewer digits, down to none."""
_MAX_JSON_DEPTH = 64
_JSON_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')

Convert = Callable[[str], Any]


class CellType(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a column's type."""

    oid: int
    name: str
    """PostgreSQL's name, without modifiers."""
    base: str = ""
    """Internal name of the type (``int4``), or of the elements of an array."""
    is_array: bool = False
    delimiter: str = ","
    is_wide: bool = True
    """True where a value has no bound of size."""


class TooDeep(ValueError):
    """A JSON value or an array is nested deeper than readers of the answer can follow."""


def converter_of(kind: CellType) -> Convert | None:
    """Return the function that turns a text of this type into its JSON value; None where that is the text itself.

    Raises (the function): TooDeep.
    """
    convert = _CONVERTERS.get(kind.base)
    if not kind.is_array:
        return convert
    return lambda text: _parse_array(text, kind.delimiter, convert or _keep)


def _keep(text: str) -> str:
    return text


def _boolean(text: str) -> bool:
    return text == "t"


def _integer(text: str) -> int | str:
    value = int(text)
    return value if len(text) < _SAFE_DIGITS or -_SAFE_INTEGER <= value <= _SAFE_INTEGER else text


def _double(text: str) -> float | str:
    return text if text in ("NaN", "Infinity", "-Infinity") else float(text)


def _decimal(text: str) -> int | float | str:
    if "." not in text:
        if text in ("NaN", "Infinity", "-Infinity"):
            return text
        return _integer(text) if len(text) < 4 * _EXACT_DIGITS else text
    value = float(text)
    if len(text) <= _EXACT_DIGITS:
        return value
    size = abs(value)
    if _LEAST_PRECISE < size < _SAFE_INTEGER:
        # mostly a quotient, which PostgreSQL writes with more digits than it has meaning; what it loses is negligible
        return value if text.rstrip("0") == repr(value) else float(f"{value:.{_EXACT_DIGITS}g}")
    return value if Decimal(text) == Decimal(repr(value)) else text


def _moment(text: str) -> str:
    """Return ``2024-01-31 10:00:00+00`` as ``2024-01-31T10:00:00+00:00``; ``infinity`` and years BC stay."""
    if len(text) > 10 and text[10] == " " and not text.endswith("BC"):
        text = text[:10] + "T" + text[11:]
        if text[-3] in "+-":
            text += ":00"
    return text


def _json(text: str) -> str:
    if text.count("[") + text.count("{") <= _MAX_JSON_DEPTH:
        return text
    depth = deepest = 0
    for part in _JSON_TOKENS.findall(text):
        if part in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif part in "]}":
            depth -= 1
    if deepest > _MAX_JSON_DEPTH:
        raise TooDeep(f"a JSON value is nested deeper than {_MAX_JSON_DEPTH} levels")
    return text


_CONVERTERS: dict[str, Convert] = {
    "bool": _boolean,
    "int2": _integer,
    "int4": _integer,
    "int8": _integer,
    "oid": _integer,
    "float4": _double,
    "float8": _double,
    "numeric": _decimal,
    "timestamp": _moment,
    "timestamptz": _moment,
    "json": _json,
    "jsonb": _json,
}


def _parse_array(text: str, delimiter: str, convert: Convert) -> Any:
    """Parse an array's text; one with bounds of its own (``[0:2]={…}``) keeps only its elements."""
    start = text.index("{")
    stack: list[list[Any]] = []
    position = start
    result: list[Any] = []
    while position < len(text):
        character = text[position]
        if character == "{":
            stack.append([])
            position += 1
        elif character == "}":
            result = stack.pop()
            if stack:
                stack[-1].append(result)
            position += 1
        elif character == delimiter:
            position += 1
        else:
            item, quoted, position = _read_item(text, position, delimiter)
            stack[-1].append(None if item == "NULL" and not quoted else convert(item))
    return result


def _read_item(text: str, position: int, delimiter: str) -> tuple[str, bool, int]:
    if text[position] != '"':
        end = position
        while text[end] not in (delimiter, "}"):
            end += 1
        return text[position:end], False, end
    parts: list[str] = []
    position += 1
    while text[position] != '"':
        if text[position] == "\\":
            position += 1
        parts.append(text[position])
        position += 1
    return "".join(parts), True, position + 1
