"""Judge an answer's rows against the gold's rows.

An answer is right when all of this holds:

1. **Rows.** It has exactly the gold's rows. Their order is free unless the question asks for one; then the gold's key
   columns decide, and rows with equal keys may stand in any order. Where the first N are asked for, the answer has N
   rows, or all that tie for the last place too; any winners of that tie are right.
2. **Columns.** Order and names of the columns are free. Every shown column equals a column of the gold, except labels:
   text columns in which every value holds a letter and none reads as a date. So a number or a date that the gold does
   not have makes an answer wrong, whatever its name. Every required column is shown, and at least one column
   of each ``either`` group: an id or name beside it may be missing or extra.
3. **Values.** Numbers are equal when they differ by at most 0.0005. Where one of them is single precision
   (``real``), a relative difference of 1e-6 is allowed too, for its sums depend on the order of the rows. Dates are
   compared as texts, a timestamp at midnight being its date. Texts are compared exactly but for spaces at the end.
   Null equals only null. Binary values are not compared.
"""

from __future__ import annotations

import datetime
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from questions.questions import Question

__all__ = ["Rows", "difference"]

NUMBER_TOLERANCE = 0.0005
SINGLE_PRECISION_TOLERANCE = 1e-6
MAX_ASSIGNMENTS = 20_000
"""Ways to match columns that are tried before an answer counts as wrong."""

NUMBER_TYPE = re.compile(r"^(int\d|integer|smallint|bigint|numeric|decimal|real|float|double)")
TEXT_TYPE = re.compile(r"^(text|char|varchar|bpchar|name|citext)")
TIME_TYPE = re.compile(r"^(date|time)")
DATE_TEXT = re.compile(r"\d{4}-\d\d")
MIDNIGHT = re.compile(r"[ T]00:00:00(\.0+)?([+-]\d\d(:?\d\d)?|Z)?$")


@dataclass(frozen=True, slots=True)
class Rows:
    """A result: ``columns`` are names, ``types`` PostgreSQL's names of their types."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Number:
    """A value with its tolerance."""

    value: float
    single_precision: bool


Cell = Number | str | bool | None
Row = tuple[Cell, ...]


def difference(question: Question, gold: Rows, answer: Rows) -> str | None:
    """Say in one sentence why the answer is wrong; None when it is right."""
    wrong_count = _count_difference(question, len(gold.rows), len(answer.rows))
    if wrong_count is not None or not gold.rows:
        return wrong_count
    gold_rows, answer_rows = _cells(gold), _cells(answer)
    blocks = _blocks(gold_rows, [gold.columns.index(name) for name in question.key])
    candidates: list[list[int | None]] = []
    for index, name in enumerate(answer.columns):
        values = [(row[index],) for row in answer_rows]
        found: list[int | None] = [
            position for position in range(len(gold.columns)) if _blocks_match(blocks, (position,), values)
        ]
        found.sort(key=lambda position: position is not None and gold.columns[position] != name)
        if _is_label(answer.types[index], values):
            found.append(None)
        if not found:
            return _column_difference(name, gold_rows, values, question)
        candidates.append(found)
    return _assignment_difference(question, gold.columns, blocks, answer_rows, candidates)


def _column_difference(name: str, gold_rows: list[Row], values: list[Row], question: Question) -> str:
    """Tell a wrong order from wrong values; needed by people only."""
    positions = range(len(gold_rows[0]))
    if question.ordered and any(_blocks_match([gold_rows], (position,), values) for position in positions):
        return f"column {name} is not in the order that was asked for"
    return f"column {name} equals no column of the gold"


def _count_difference(question: Question, gold_count: int, answer_count: int) -> str | None:
    allowed = {gold_count} if question.top is None else {min(question.top, gold_count), gold_count}
    if answer_count in allowed:
        return None
    return f"{answer_count} rows instead of {' or '.join(str(count) for count in sorted(allowed))}"


def _assignment_difference(
    question: Question,
    gold_columns: tuple[str, ...],
    blocks: list[list[Row]],
    answer_rows: list[Row],
    candidates: list[list[int | None]],
) -> str | None:
    """Try the ways to read each shown column as one of the gold's, or as a label."""
    reason = "the shown columns do not include what was asked for"
    for assignment in itertools.islice(itertools.product(*candidates), MAX_ASSIGNMENTS):
        pairs = [(index, position) for index, position in enumerate(assignment) if position is not None]
        if not _shows_enough(question, gold_columns, {gold_columns[position] for _, position in pairs}):
            continue
        projected = [tuple(row[index] for index, _ in pairs) for row in answer_rows]
        if _blocks_match(blocks, tuple(position for _, position in pairs), projected):
            return None
        reason = "each column equals one of the gold, but not row by row"
    return reason


def _shows_enough(question: Question, gold_columns: tuple[str, ...], shown: set[str]) -> bool:
    grouped = set(itertools.chain.from_iterable(question.either))
    required = question.required
    if required is None:
        required = tuple(name for name in gold_columns if name not in grouped)
    return shown.issuperset(required) and all(shown.intersection(group) for group in question.either)


def _blocks(rows: list[Row], key: list[int]) -> list[list[Row]]:
    """Cut the gold into runs of rows with equal keys; without a key, all rows are one."""
    return [list(block) for _, block in itertools.groupby(rows, lambda row: tuple(row[index] for index in key))]


def _blocks_match(blocks: list[list[Row]], positions: tuple[int, ...], answer_rows: Sequence[Row]) -> bool:
    """Compare block by block; the last may be cut short (the count of rows was checked before)."""
    remaining = iter(answer_rows)
    return all(_contains(_project(block, positions), list(itertools.islice(remaining, len(block)))) for block in blocks)


def _project(block: list[Row], positions: tuple[int, ...]) -> list[Row]:
    return [tuple(row[position] for position in positions) for row in block]


def _contains(gold_rows: list[Row], answer_rows: list[Row]) -> bool:
    """Find a gold row of its own for each row of the answer."""
    unused: dict[Row, list[Row]] = {}
    for row in gold_rows:
        unused.setdefault(_without_numbers(row), []).append(row)
    for row in answer_rows:
        bucket = unused.get(_without_numbers(row), [])
        match = next((index for index, other in enumerate(bucket) if _rows_equal(row, other)), None)
        if match is None:
            return False
        del bucket[match]
    return True


def _without_numbers(row: Row) -> Row:
    """Blank the numbers, which have a tolerance and so cannot be looked up."""
    return tuple("number" if isinstance(cell, Number) else cell for cell in row)


def _rows_equal(row: Row, other: Row) -> bool:
    return all(_cells_equal(cell, other_cell) for cell, other_cell in zip(row, other, strict=True))


def _cells_equal(cell: Cell, other: Cell) -> bool:
    if not (isinstance(cell, Number) and isinstance(other, Number)):
        return type(cell) is type(other) and cell == other
    if abs(cell.value - other.value) <= NUMBER_TOLERANCE or cell.value == other.value:
        return True
    single_precision = cell.single_precision or other.single_precision
    return single_precision and math.isclose(cell.value, other.value, rel_tol=SINGLE_PRECISION_TOLERANCE)


def _is_label(type_name: str, values: Sequence[Row]) -> bool:
    """Tell names from numbers and dates that are written as texts."""
    texts = [value for (value,) in values if isinstance(value, str)]
    return TEXT_TYPE.match(type_name) is not None and all(
        any(letter.isalpha() for letter in text) and not DATE_TEXT.search(text) for text in texts
    )


def _cells(result: Rows) -> list[Row]:
    return [tuple(map(_cell, row, result.types)) for row in result.rows]


def _cell(value: Any, type_name: str) -> Cell:
    """Bring a value of the driver, or of an answer's JSON, into the form that is compared."""
    if value is None or isinstance(value, bool):
        return value
    if type_name == "bytea":
        return "binary"
    if NUMBER_TYPE.match(type_name):
        return Number(float(Decimal(str(value))), type_name in {"real", "float4"})
    if TIME_TYPE.match(type_name) or isinstance(value, datetime.date):
        return MIDNIGHT.sub("", str(value)).replace("T", " ")
    return str(value).rstrip()
