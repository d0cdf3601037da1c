"""The databases that all tests share."""

from __future__ import annotations

import psycopg
import pytest


@pytest.mark.parametrize(
    ("fixture", "table", "rows"),
    [
        ("shop_url", "shop.customers", 4000),
        ("chinook_url", "public.track", 3503),
        ("northwind_url", "public.orders", 830),
    ],
)
def test_readers_read_loaded_databases(request: pytest.FixtureRequest, fixture: str, table: str, rows: int) -> None:
    """Each dump is loaded whole, and the reader sees it."""
    with psycopg.connect(request.getfixturevalue(fixture)) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,)
