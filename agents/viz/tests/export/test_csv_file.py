"""Rows as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from askwire_viz.export.csv_file import write_csv


def test_csv_can_be_read_back() -> None:
    """Quotes, commas and line ends survive."""
    rows = [["a,b", 'say "x"', "two\nlines", None], [1, 2.5, True, "ä"]]
    text = write_csv(["a", "b", "c", "d"], rows)
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["a", "b", "c", "d"],
        ["a,b", 'say "x"', "two\nlines", ""],
        ["1", "2.5", "true", "ä"],
    ]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "'\t=1"),
        ("-12.50", "-12.50"),
        (-12.5, "-12.5"),
        ("a=b", "a=b"),
    ],
)
def test_formulas_are_defused(cell: Any, written: str) -> None:
    """No text begins a formula in a spreadsheet; negative numbers stay numbers."""
    text = write_csv(["x"], [[cell]])
    assert next(csv.reader(io.StringIO(text.split("\r\n", 1)[1], newline=""))) == [written]


def test_names_are_defused_too() -> None:
    """A column's name is text from outside like any other."""
    assert write_csv(["=x"], []) == "'=x\r\n"
