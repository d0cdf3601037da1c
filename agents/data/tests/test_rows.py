"""Rows are collected up to the caps."""

from __future__ import annotations

import gc

import msgspec

from askwire_data.cells import CellType
from askwire_data.rows import Rows

TEXT = CellType(oid=25, name="text", base="text")


def rows_of(rows: Rows) -> object:
    """Return what a reader of the JSON gets."""
    return msgspec.json.decode(rows.take())


def collect(**caps: int) -> Rows:
    """Return a collector of texts with these caps."""
    return Rows([TEXT], **{"max_rows": 100, "max_bytes": 10_000, "max_characters": 100, **caps})


def test_one_row_above_the_cap_is_asked_for_and_not_kept() -> None:
    """That is how it is known that there was more."""
    rows = collect(max_rows=2)
    assert rows.wanted == 3

    rows.add([("a",), ("b",), ("c",)])

    assert rows_of(rows) == [["a"], ["b"]]
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

    assert rows_of(rows) == [["abc"]]
    assert rows.truncated


def test_a_long_cell_is_cut() -> None:
    """The answer says that something is missing."""
    rows = collect(max_characters=3)

    rows.add([("abcd",), (None,)])

    assert rows_of(rows) == [["abc"], [None]]
    assert rows.truncated


def test_batches_make_one_array() -> None:
    """Nothing, and several batches, are well-formed JSON."""
    rows = collect()
    assert rows_of(rows) == []

    rows.add([("a",), ("b",)])
    rows.add([])
    rows.add([(None,)])

    assert rows_of(rows) == [["a"], ["b"], [None]]
    assert rows.count == 3


def test_nothing_is_kept_that_the_garbage_collector_visits() -> None:
    """A large answer adds no more objects to a full collection than a small one."""
    rows = collect(max_rows=5_000, max_bytes=1_000_000)
    gc.collect()
    before = len(gc.get_objects())

    for _ in range(5):
        rows.add([("a",)] * 1_000)
    gc.collect()

    assert len(gc.get_objects()) - before < 100
    assert rows.count == 5_000
