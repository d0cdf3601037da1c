"""Find the role of each column in a chart, from its type, its name and its values."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from askwire_viz import names
from askwire_viz.labels import Grain, make_plain
from askwire_viz.table import Table, TableColumn
from askwire_viz.times import FloatArray, find_grain, looks_like_times, order_of_calendar, parse_times, year_starts

__all__ = ["Column", "Role", "as_category", "classify", "classify_all"]

_NUMERIC = {
    "smallint", "integer", "bigint", "numeric", "decimal", "real", "double precision", "money", "int", "int2", "int4",
    "int8", "float", "float4", "float8", "number", "double", "serial", "bigserial", "smallserial",
}  # fmt: skip
_TIMES = {"date", "timestamp", "timestamptz", "datetime"}
_NEVER_AXIS = {"json", "jsonb", "bytea", "xml", "array", "tsvector", "interval", "point", "polygon", "oid"}
_CODES = {"zip", "postcode", "postal", "phone", "fax", "code", "isbn"}
_LINK = re.compile(r"\s*([a-z][a-z0-9+.-]*:|www\.|[^@\s]+@[^@\s]+\.[a-z]|[{\[])", re.IGNORECASE)
_LONG_TEXT = 50
_EMPTY_LABEL = "(none)"
_MAX_LABEL = 80


class Role(enum.StrEnum):
    """What a column can do in a chart."""

    MEASURE = "measure"
    TIME = "time"
    CYCLIC = "cyclic"
    """Weekdays, months, hours: an order that begins anew."""
    ORDINAL = "ordinal"
    """Numbers that name groups in an order, as in a rating."""
    CATEGORY = "category"
    KEY = "key"
    ATTRIBUTE = "attribute"
    """Long or structured text; never an axis."""
    EMPTY = "empty"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column with its role.

    ``numbers`` holds measures, times in milliseconds and places in an order; NaN where a value is missing or not
    finite. ``labels`` holds what names the rows (categories, cyclic values, keys).
    """

    name: str
    role: Role
    numbers: FloatArray
    labels: tuple[str, ...] = ()
    distinct: int = 0
    whole: bool = False
    additive: bool = True
    count: bool = False
    named_measure: bool = False
    grain: Grain | None = None


def classify_all(table: Table) -> tuple[Column, ...]:
    """Classify every column, and join a year with its month or quarter to one time."""
    columns = [classify(column) for column in table.columns]
    year = next((column for column in columns if column.grain is Grain.YEAR and column.whole), None)
    part = next((column for column in columns if column.role is Role.CYCLIC), None)
    if year is None or part is None:
        return tuple(columns)
    words = names.split_words(part.name)
    unit = next((unit for unit in (Grain.MONTH, Grain.QUARTER) if unit.value in words), None)
    if unit is None:
        return tuple(columns)
    joined = _join_year(year, part, unit)
    return tuple(joined if column is year else column for column in columns if column is not part)


def classify(column: TableColumn) -> Column:
    """Find one column's role."""
    words = names.split_words(column.name)
    present = [cell for cell in column.cells if cell is not None]
    if not present:
        return Column(column.name, Role.EMPTY, np.full(len(column.cells), math.nan))
    if column.type in _TIMES or (column.type not in _NUMERIC and looks_like_times(column.cells)):
        return _make_time(column.name, parse_times(column.cells))
    if column.type in _NUMERIC or (not column.type and all(_is_number(cell) for cell in present)):
        return _classify_numbers(column, words)
    if column.type == "uuid":
        return as_category(column.name, column.cells, Role.KEY)
    calendar = order_of_calendar(words, column.cells)
    if calendar is not None:
        return _make_cyclic(column.name, *calendar)
    if column.type in _NEVER_AXIS or _is_attribute(present):
        return as_category(column.name, column.cells, Role.ATTRIBUTE)
    return as_category(column.name, column.cells, Role.KEY if names.is_key(words) else Role.CATEGORY)


def as_category(name: str, cells: Sequence[Any], role: Role = Role.CATEGORY) -> Column:
    """Make a column of labels; a missing value is a label too."""
    labels = tuple(_make_label(cell) for cell in cells)
    return Column(name, role, np.full(len(labels), math.nan), labels, len(set(labels)), additive=False)


def _classify_numbers(column: TableColumn, words: tuple[str, ...]) -> Column:
    numbers = np.array([_parse_number(cell) for cell in column.cells], dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    whole = bool(finite.size) and bool(np.all(finite == np.floor(finite)))
    texts = [None if math.isnan(number) else number for number in numbers.tolist()]
    if names.is_key(words) or (whole and set(words) & _CODES):
        role = Role.KEY if names.is_key(words) else Role.CATEGORY
        return as_category(column.name, [_exact(cell) for cell in column.cells], role)
    if whole and not names.is_measure(words):
        if _holds_years(words, finite):
            return dataclasses.replace(_make_time(column.name, year_starts(numbers)), whole=True, grain=Grain.YEAR)
        calendar = order_of_calendar(words, texts)
        if calendar is not None:
            return _make_cyclic(column.name, *calendar)
    return Column(
        column.name,
        Role.MEASURE if finite.size else Role.EMPTY,
        numbers,
        distinct=int(np.unique(finite).size),
        whole=whole,
        additive=not names.is_average(words),
        count=whole and names.is_count(words),
        named_measure=names.is_measure(words),
    )


def _holds_years(words: tuple[str, ...], finite: FloatArray) -> bool:
    if not 1000 <= finite.min() <= finite.max() <= 2999:
        return False
    if words in (("extract",), ("date", "part")):
        return bool(finite.min() >= 1900 and finite.max() <= 2100)
    return "year" in words


def _make_time(name: str, times: FloatArray) -> Column:
    finite = times[np.isfinite(times)]
    if not finite.size:
        return Column(name, Role.EMPTY, times)
    return Column(name, Role.TIME, times, distinct=int(np.unique(finite).size), additive=False, grain=find_grain(times))


def _make_cyclic(name: str, labels: Sequence[str | None], places: FloatArray) -> Column:
    texts = tuple(_EMPTY_LABEL if label is None else label for label in labels)
    return Column(name, Role.CYCLIC, places, texts, len(set(texts)), whole=True, additive=False)


def _join_year(year: Column, part: Column, unit: Grain) -> Column:
    months = part.numbers - 1 if unit is Grain.MONTH else (part.numbers - 1) * 3
    known = np.isfinite(year.numbers) & np.isfinite(months)
    starts = np.full(year.numbers.size, math.nan)
    first = year.numbers[known].astype("datetime64[ms]").astype("datetime64[M]") + months[known].astype(np.int64)
    starts[known] = first.astype("datetime64[ms]").astype(np.float64)
    joined = _make_time(unit.value, starts)
    return joined if joined.role is Role.EMPTY else dataclasses.replace(joined, grain=unit)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _parse_number(cell: Any) -> float:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return math.nan
    if isinstance(cell, str):
        # money comes with its currency and its thousands
        cell = cell.strip() if len(cell) < 400 else ""
        cell = re.sub(r"[^\d.eE+-]", "", cell) if "," in cell or "$" in cell else cell
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _exact(cell: Any) -> Any:
    # 7.0 and 7 are the same key
    return int(cell) if isinstance(cell, float) and math.isfinite(cell) and cell == int(cell) else cell


def _make_label(cell: Any) -> str:
    if cell is None:
        return _EMPTY_LABEL
    if isinstance(cell, str):
        return make_plain(cell, _MAX_LABEL) or "(empty)"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    return make_plain(json.dumps(cell, ensure_ascii=False, default=str), _MAX_LABEL)


def _is_attribute(present: Sequence[Any]) -> bool:
    sample = [cell for cell in present[:1000] if isinstance(cell, str)]
    if len(sample) < len(present[:1000]) / 2:
        return not all(isinstance(cell, bool | int | float | str) for cell in present[:1000])
    if sum(len(cell) for cell in sample) / len(sample) > _LONG_TEXT:
        return True
    return sum(1 for cell in sample if _LINK.match(cell)) > 0.9 * len(sample)
