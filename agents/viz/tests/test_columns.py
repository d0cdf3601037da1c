"""What each column is taken for."""

from __future__ import annotations

from typing import Any

import pytest

from askwire_viz.columns import Role, classify
from askwire_viz.labels import Grain, format_number, make_plain
from askwire_viz.table import TableColumn
from askwire_viz.times import find_grain, parse_times


@pytest.mark.parametrize(
    ("name", "kind", "cells", "role"),
    [
        ("total", "numeric", ["1.5", "2"], Role.MEASURE),
        ("price", "money", ["$1,234.50", "$2.00"], Role.MEASURE),
        ("id", "integer", [1, 2], Role.KEY),
        ("customer_id", "bigint", [1, 2], Role.KEY),
        ("CustomerId", "integer", [1, 2], Role.KEY),
        ("count_customer_id", "bigint", [1, 2], Role.MEASURE),
        ("number_of_orders", "bigint", [1, 2], Role.MEASURE),
        ("order_number", "integer", [1, 2], Role.KEY),
        ("zip", "integer", [10115, 20095], Role.CATEGORY),
        ("ref", "uuid", ["c7a1", "c7a2"], Role.KEY),
        ("at", "timestamp", ["2024-01-01T10:00:00", None], Role.TIME),
        ("at", "date", ["2024-01-01"], Role.TIME),
        ("period", "text", ["2024-01", "2024-02"], Role.TIME),
        ("period", "text", ["2024-Q1", "2024-Q2"], Role.TIME),
        ("week", "text", ["2024-W01", "2024-W02"], Role.TIME),
        ("year", "numeric", ["2023", "2024"], Role.TIME),
        ("release_year", "smallint", [2023, 2024], Role.TIME),
        ("extract", "numeric", [2023, 2024], Role.TIME),
        ("amount", "integer", [2023, 2024], Role.MEASURE),
        ("hour", "numeric", [0, 23], Role.CYCLIC),
        ("month", "text", ["March", "May"], Role.CYCLIC),
        ("name", "text", ["May"], Role.CATEGORY),
        ("month", "text", ["May"], Role.CYCLIC),
        ("active", "boolean", [True, False], Role.CATEGORY),
        ("about", "text", ["long " * 20], Role.ATTRIBUTE),
        ("page", "text", ["https://a.example/x", "https://a.example/y"], Role.ATTRIBUTE),
        ("payload", "jsonb", [{"a": 1}], Role.ATTRIBUTE),
        ("x", "numeric", [None, None], Role.EMPTY),
        ("x", "numeric", ["NaN", None], Role.EMPTY),
        ("x", "", [1, 2.5], Role.MEASURE),
        ("x", "", ["1", "2"], Role.CATEGORY),
    ],
)
def test_role(name: str, kind: str, cells: list[Any], role: Role) -> None:
    """Type, name and values decide the role together."""
    assert classify(TableColumn(name, kind, cells)).role is role


@pytest.mark.parametrize(
    ("times", "grain"),
    [
        (["2023-01-01", "2024-01-01"], Grain.YEAR),
        (["2023-01-01", "2023-04-01"], Grain.QUARTER),
        (["2023-01-01", "2023-02-01"], Grain.MONTH),
        (["2023-01-01", "2023-01-09"], Grain.DAY),
        (["2023-01-01T10:00:00+02", "2023-01-01T11:00:00+02"], Grain.HOUR),
        (["2023-01-01 10:00:00.5"], Grain.SECOND),
    ],
)
def test_grain(times: list[str], grain: Grain) -> None:
    """The grain is the coarsest unit that all times are whole in."""
    assert find_grain(parse_times(times)) is grain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\nb\tc\x00d", "a b c d"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a" + "\u0301" * 10_000, "a" + "\u0301" * 3),
        ("x" * 300, "x" * 199 + "…"),
        ("\ud800x", "x"),
    ],
)
def test_names_are_plain(text: str, plain: str) -> None:
    """Names have no control characters, no turned direction, no piles of marks, and an end."""
    assert make_plain(text) == plain


@pytest.mark.parametrize(
    ("number", "text"),
    [(1234567, "1,234,567"), (0.5, "0.5"), (1234.5, "1,234.50"), (1e20, "1e+20"), (float("nan"), "no value")],
)
def test_numbers_are_readable(number: float, text: str) -> None:
    """Thousands are separated, decimals few."""
    assert format_number(number) == text
