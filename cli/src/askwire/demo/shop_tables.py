"""Make the rows of all tables of the demo shop. Pure: the same day gives the same rows."""

from __future__ import annotations

import dataclasses
import datetime
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from askwire.demo.shop_orders import Order, make_orders
from askwire.demo.shop_people import Customer, Period, Product, make_customers, make_products, make_suppliers, money
from askwire.demo.shop_words import CATEGORIES, COUNTRIES

__all__ = ["DEFAULT_TODAY", "Row", "ShopTable", "make_shop", "period_before"]

# fixed, so that tests and examples always see the same rows
DEFAULT_TODAY = datetime.date(2026, 11, 1)
_YEARS = 3
_SEED = 20231101

Row: TypeAlias = tuple[int | str | bool | Decimal | datetime.date | datetime.datetime | None, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class ShopTable:
    """All rows of one table, in the order of its columns."""

    name: str
    rows: list[Row]


def period_before(today: datetime.date) -> Period:
    """Return three full years that end with the month before `today`."""
    this_month = today.replace(day=1)
    return Period(this_month.replace(year=this_month.year - _YEARS), this_month - datetime.timedelta(days=1))


def make_shop(today: datetime.date = DEFAULT_TODAY) -> list[ShopTable]:
    """Return the tables, each after those that it refers to; about 100,000 rows in a second or two.

    Only the month of `today` matters.
    """
    chance = random.Random(_SEED)  # noqa: S311 - the same rows each time are the purpose
    period = period_before(today)
    suppliers = make_suppliers(chance)
    products = make_products(chance, period, suppliers)
    customers = make_customers(chance, period)
    return [
        ShopTable("countries", [(country.code, country.name, country.region) for country in COUNTRIES]),
        ShopTable("suppliers", [dataclasses.astuple(supplier) for supplier in suppliers]),
        ShopTable("categories", [(number, each.name, each.description) for number, each in enumerate(CATEGORIES, 1)]),
        ShopTable("products", [_product_row(product) for product in products]),
        ShopTable("customers", [_customer_row(customer) for customer in customers]),
        *_order_tables(make_orders(chance, period, customers, products)),
    ]


def _product_row(product: Product) -> Row:
    return (
        product.product_id,
        product.name,
        product.brand,
        product.category_id,
        product.supplier_id,
        money(product.price_cents),
        money(product.cost_cents),
        Decimal(product.weight_grams).scaleb(-3),
        product.units_in_stock,
        product.launched_on,
        product.discontinued_on,
    )


def _customer_row(customer: Customer) -> Row:
    return (
        customer.customer_id,
        customer.first_name,
        customer.last_name,
        customer.email,
        customer.phone,
        customer.birth_date,
        customer.city,
        customer.country.code,
        customer.segment,
        customer.newsletter,
        customer.registered_on,
    )


def _order_tables(made: Iterator[Order]) -> list[ShopTable]:
    """Number the orders and what hangs on them, and part them into their tables."""
    orders: list[Row] = []
    items: list[Row] = []
    shipments: list[Row] = []
    returns: list[Row] = []
    for order_id, order in enumerate(made, start=1):
        total = sum(item.quantity * item.unit_cents for item in order.items)
        who, paid = order.customer.customer_id, order.payment_method
        orders.append((order_id, who, order.ordered_at, order.status, order.channel, paid, money(total)))
        first_item_id = len(items) + 1
        items += _item_rows(order, order_id, first_item_id)
        for sent in order.shipments:
            number = len(shipments) + 1
            tracking = f"{sent.carrier[:2].upper()}{number * 7919 % 10**9:09d}"
            cost = money(sent.cost_cents)
            shipments.append((number, order_id, sent.carrier, tracking, cost, sent.shipped_at, sent.delivered_at))
        for back in order.returns:
            item_id, refund = first_item_id + back.item, money(back.refund_cents)
            returns.append(
                (len(returns) + 1, item_id, back.returned_on, back.reason, back.quantity, refund, back.refunded_on)
            )
    return [
        ShopTable("orders", orders),
        ShopTable("order_items", items),
        ShopTable("shipments", shipments),
        ShopTable("returns", returns),
    ]


def _item_rows(order: Order, order_id: int, first_item_id: int) -> Iterator[Row]:
    for item_id, item in enumerate(order.items, start=first_item_id):
        yield (
            item_id,
            order_id,
            item.product.product_id,
            item.quantity,
            money(item.unit_cents),
            item.discount_percent,
        )
