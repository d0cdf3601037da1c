"""The demo shop: the same rows each time, and rows that make sense together."""

from __future__ import annotations

import datetime
import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from askwire.demo.failure import PostgresFailed
from askwire.demo.postgres import PostgresServer
from askwire.demo.shop import load_shop
from askwire.demo.shop_tables import make_shop, period_before

_HASH = """
import hashlib
from askwire.demo.shop_tables import make_shop
print(hashlib.sha256(repr(make_shop()).encode()).hexdigest())
"""


@pytest.fixture
def empty_database(postgres: PostgresServer) -> Iterator[str]:
    """The superuser's URL of a database of this test alone."""
    name = f"shop_{secrets.token_hex(4)}"
    yield postgres.create_database(name)
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_same_rows_in_every_process() -> None:
    """No row depends on the process, such as on its order of sets."""
    other = subprocess.run(
        [sys.executable, "-c", _HASH],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert other.stdout.strip() == hashlib.sha256(repr(make_shop()).encode()).hexdigest()


def test_covers_three_years_before_the_month() -> None:
    """The period ends with the month before the given day and begins three years earlier."""
    period = period_before(datetime.date(2024, 2, 29))
    assert (period.first, period.last) == (datetime.date(2021, 2, 1), datetime.date(2024, 1, 31))
    assert period.days == 1095


def test_has_about_a_hundred_thousand_rows() -> None:
    """The shop is large enough to be interesting and small enough to load in seconds."""
    sizes = {table.name: len(table.rows) for table in make_shop()}
    assert 90_000 < sum(sizes.values()) < 110_000
    assert sizes["order_items"] > sizes["orders"] > sizes["customers"] > sizes["products"] > sizes["categories"]


def test_loads_once(empty_database: str) -> None:
    """The same content is not loaded again; that of another month takes its place."""
    first = load_shop(empty_database)
    assert first.fresh
    assert load_shop(empty_database).fresh is False
    assert load_shop(empty_database).rows == first.rows
    assert load_shop(empty_database, datetime.date(2025, 3, 9)).fresh
    assert _rows(empty_database, "SELECT max(ordered_at)::date FROM shop.orders") == [(datetime.date(2025, 2, 28),)]


def test_leaves_a_foreign_schema_alone(empty_database: str) -> None:
    """A schema of the same name that is not ours is not replaced."""
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT 1 AS mine")
    with pytest.raises(PostgresFailed, match="that is not the demo's"):
        load_shop(empty_database)
    assert _rows(empty_database, "SELECT mine FROM shop.orders") == [(1,)]


def test_says_what_everything_means(shop_url: str) -> None:
    """Every table and every column has a comment, and every table a primary key."""
    silent = """
        SELECT c.relname, a.attname FROM pg_class c
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind = 'r'
          AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)
    """
    assert _rows(shop_url, silent) == []
    keys = "SELECT contype, count(*) FROM pg_constraint WHERE connamespace = 'shop'::regnamespace GROUP BY 1"
    counts = dict(_rows(shop_url, f"{keys} ORDER BY 1"))
    assert (counts["p"], counts["f"]) == (9, 9)


_CONTRADICTIONS = {
    "a total that is not the sum of its items": """
        shop.orders o WHERE total <>
            (SELECT sum(quantity * unit_price) FROM shop.order_items i WHERE i.order_id = o.order_id)""",
    "delivered with a parcel on its way": """
        shop.orders o JOIN shop.shipments s USING (order_id) WHERE status = 'delivered' AND delivered_at IS NULL""",
    "not sent and yet with a parcel": """
        shop.orders JOIN shop.shipments USING (order_id) WHERE status IN ('processing', 'cancelled')""",
    "sent without a parcel": """
        shop.orders LEFT JOIN shop.shipments USING (order_id)
        WHERE status IN ('shipped', 'delivered') AND shipment_id IS NULL""",
    "ordered before the account was made": """
        shop.orders JOIN shop.customers USING (customer_id) WHERE ordered_at::date < registered_on""",
    "ordered while not sold": """
        shop.orders JOIN shop.order_items USING (order_id) JOIN shop.products USING (product_id)
        WHERE ordered_at::date < launched_on OR ordered_at::date > discontinued_on""",
    "times in the wrong order": """
        shop.shipments JOIN shop.orders USING (order_id)
        WHERE shipped_at <= ordered_at OR delivered_at <= shipped_at""",
    "more sent back than bought": """
        shop.returns r JOIN shop.order_items i USING (order_item_id) WHERE r.quantity > i.quantity""",
    "sent back before it came": """
        shop.returns JOIN shop.order_items USING (order_item_id) JOIN shop.orders USING (order_id)
        WHERE status <> 'delivered' OR returned_on < ordered_at::date""",
    "sold below its cost": "shop.products WHERE purchase_cost >= price OR price <= 0",
}


@pytest.mark.parametrize("wrong", _CONTRADICTIONS.values(), ids=_CONTRADICTIONS.keys())
def test_rows_agree_with_each_other(shop_url: str, wrong: str) -> None:
    """Totals, states and times of different tables tell the same story."""
    assert _rows(shop_url, f"SELECT count(*) FROM {wrong}") == [(0,)]


def test_looks_like_business(shop_url: str) -> None:
    """There is growth and a season, and what is not known yet is empty."""
    years = _rows(
        shop_url,
        "SELECT sum(total) FROM shop.orders GROUP BY date_bin('365.25 days', ordered_at, '2023-11-01') "
        "HAVING count(*) > 1000 ORDER BY min(ordered_at)",
    )
    assert len(years) == 3
    assert years == sorted(years)
    months = _rows(
        shop_url, "SELECT extract(month FROM ordered_at) FROM shop.orders GROUP BY 1 ORDER BY count(*) DESC LIMIT 2"
    )
    assert {int(str(month)) for (month,) in months} == {11, 12}
    for empty in (
        "shop.shipments WHERE delivered_at IS NULL",
        "shop.orders WHERE status = 'processing'",
        "shop.returns WHERE refunded_on IS NULL",
        "shop.customers WHERE phone IS NULL",
        "shop.customers WHERE customer_id NOT IN (SELECT customer_id FROM shop.orders)",
    ):
        assert _rows(shop_url, f"SELECT count(*) > 5 FROM {empty}") == [(True,)], empty
