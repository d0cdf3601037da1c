"""Rows are collected up to the caps."""

from __future__ import annotations

from askwire_data.cells import CellType
from askwire_data.rows import Rows

TEXT = CellType(oid=25, name="text", base="text")


def collect(**caps: int) -> Rows:
    """Return a collector of texts with these caps."""
    return Rows([TEXT], **{"max_rows": 100, "max_bytes": 10_000, "max_characters": 100, **caps})


def test_one_row_above_the_cap_is_asked_for_and_not_kept() -> None:
    """That is how it is known that there was more."""
    rows = collect(max_rows=2)
    assert rows.wanted == 3

    rows.add([("a",), ("b",), ("c",)])

    assert rows.rows == [["a"], ["b"]]
    assert rows.truncated
    assert rows.wanted == 0


def test_exactly_the_cap_is_not_truncated() -> None:
    """A full answer is a complete one."""
    rows = collect(max_rows=2)

    rows.add([("a",), ("b",)])

    assert not rows.truncated


def test_bytes_are_counted_as_json() -> None:
    """A row that would pass the byte cap is left out, with all after it."""
    rows = collect(max_bytes=20)

    rows.add([("abc",), ("x" * 20,), ("d",)])

    assert rows.rows == [["abc"]]
    assert rows.truncated


def test_a_long_cell_is_cut() -> None:
    """The answer says that something is missing."""
    rows = collect(max_characters=3)

    rows.add([("abcd",), (None,)])

    assert rows.rows == [["abc"], [None]]
    assert rows.truncated
