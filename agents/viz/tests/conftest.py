"""Shared by the viz agent's tests: requests for every chart type."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from askwire_protocol.messages.charts import ChartRequest
from askwire_protocol.messages.queries import ResultColumn
from askwire_viz.export.chromium import find_chromium

_TEXT, _NUMBER, _DATE = "text", "numeric", "date"


def _make_request(columns: dict[str, str], rows: list[list[Any]], **fields: Any) -> ChartRequest:
    """Make a request from names and types of columns."""
    return ChartRequest(
        columns=tuple(ResultColumn(name=name, type=kind) for name, kind in columns.items()),
        rows=list(rows),
        **fields,
    )


def _list_samples() -> dict[str, ChartRequest]:
    """Return a request for each chart type that is drawn, in which the rules choose that type or are told to."""
    months = [f"2024-{month:02d}-01" for month in range(1, 13)]
    by_month = [[month, place * 7 % 5 + 1.5] for place, month in enumerate(months)]
    regions = ("A", "BB", "CCC")
    split = [[month, region, place + len(region)] for place, month in enumerate(months) for region in regions]
    groups = [[f"g{place}", region, place + len(region)] for place in range(5) for region in regions]
    few = [["pears", 3], ["apples", 5], ["plums", 2]]
    many = [[f"a rather long name {place}", place] for place in range(20)]
    values = [[place * place % 97 / 2, place % 17] for place in range(60)]
    one = {"fruit": _TEXT, "total": _NUMBER}
    two = {"grp": _TEXT, "region": _TEXT, "total": _NUMBER}
    return {
        "bar": _make_request(one, few),
        "horizontal_bar": _make_request(one, many),
        "line": _make_request({"month": _DATE, "revenue": _NUMBER}, by_month),
        "multi_line": _make_request({"month": _DATE, "region": _TEXT, "revenue": _NUMBER}, split),
        "stacked_bar": _make_request(two, groups),
        "grouped_bar": _make_request({"grp": _TEXT, "region": _TEXT, "avg_price": _NUMBER}, groups),
        "pie": _make_request(one, few, question="Show it as a pie chart"),
        "scatter": _make_request({"length": _NUMBER, "width": _NUMBER}, values),
        "histogram": _make_request({"length": _NUMBER}, [[row[0]] for row in values]),
    }


@pytest.fixture
def make_request() -> Callable[..., ChartRequest]:
    """Make a request from names and types of columns, rows, and further fields."""
    return _make_request


@pytest.fixture(scope="session")
def samples() -> dict[str, ChartRequest]:
    """A request for each chart type that is drawn."""
    return _list_samples()


@pytest.fixture
def chromium() -> Path:
    """Headless Chromium, where it is installed."""
    program = find_chromium(None)
    if program is None:
        pytest.skip("headless Chromium is not installed")
    return program


@pytest.fixture
def shared() -> Path:
    """The folder of shared corpora, where it is there."""
    default = Path(__file__).parents[3].parent / "shared"
    folder = Path(os.environ.get("ASKWIRE_SHARED", default))
    if not (folder / "corpora").is_dir():
        pytest.skip("the shared corpora are not there (ASKWIRE_SHARED)")
    return folder
