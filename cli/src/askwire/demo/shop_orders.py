"""Make the demo shop's fast side: orders, their items, shipments and returns. Pure and seeded."""

from __future__ import annotations

import bisect
import dataclasses
import datetime
import itertools
import random
from collections.abc import Iterator

from askwire.demo.shop_people import Customer, Period, Product
from askwire.demo.shop_words import CARRIERS, PAYMENT_METHODS, RETURN_REASONS

__all__ = ["Item", "Order", "Return", "Shipment", "make_orders"]

_ORDERS_PER_DAY = 16.2
_GROWTH_PER_YEAR = 0.16
_PRICE_RISE_PER_YEAR = 0.03
# Monday to Sunday
_WEEKDAY = (1.1, 1.05, 1.0, 0.95, 0.9, 0.95, 1.15)
_MONTH = (0.95, 0.85, 0.95, 0.95, 1.0, 0.95, 0.85, 0.9, 1.0, 1.05, 1.4, 1.6)
_ITEMS_PER_ORDER = ((1, 2, 3, 4, 5, 6), (44, 28, 15, 8, 4, 1))
_CHANNELS = (("website", "mobile app", "phone", "store"), (52, 33, 4, 11))
_PAYMENTS = (46, 14, 18, 20, 2)
_HOURS = (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 9, 9, 10, 9, 8, 8, 8, 9, 11, 13, 14, 12, 7, 3)


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A row of `order_items`; the order is the one that holds it."""

    product: Product
    quantity: int
    unit_cents: int
    discount_percent: int


@dataclasses.dataclass(frozen=True, slots=True)
class Shipment:
    """A row of `shipments`; the order is the one that holds it."""

    carrier: str
    cost_cents: int
    shipped_at: datetime.datetime
    delivered_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Return:
    """A row of `returns`; ``item`` is the item's place within the order."""

    item: int
    returned_on: datetime.date
    reason: str
    quantity: int
    refund_cents: int
    refunded_on: datetime.date | None


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """A row of `orders` with all that hangs on it."""

    customer: Customer
    ordered_at: datetime.datetime
    status: str
    channel: str
    payment_method: str
    items: tuple[Item, ...]
    shipments: tuple[Shipment, ...]
    returns: tuple[Return, ...]


def make_orders(
    chance: random.Random, period: Period, customers: list[Customer], products: list[Product]
) -> Iterator[Order]:
    """Yield the orders by time; `customers` are sorted by registration."""
    registered = [customer.registered_on for customer in customers]
    activity = list(itertools.accumulate(customer.activity for customer in customers))
    for offset in range(period.days):
        day = period.first + datetime.timedelta(days=offset)
        shelf = _fill_shelf(products, day)
        known = bisect.bisect_right(registered, day)
        for moment in sorted(_moments(chance, day, offset)):
            who = bisect.bisect_left(activity, chance.random() * activity[known - 1], hi=known - 1)
            yield _make_order(chance, period, customers[who], moment, shelf)


@dataclasses.dataclass(frozen=True, slots=True)
class _Shelf:
    """What is sold on a day, with running sums of how well."""

    products: list[Product]
    weights: list[float]


def _fill_shelf(products: list[Product], day: datetime.date) -> _Shelf:
    sold = [product for product in products if product.is_sold_on(day)]
    weights = (product.popularity * product.category.season[day.month - 1] for product in sold)
    return _Shelf(sold, list(itertools.accumulate(weights)))


def _moments(chance: random.Random, day: datetime.date, offset: int) -> list[datetime.datetime]:
    growth = (1 + _GROWTH_PER_YEAR) ** (offset / 365.25)
    expected = _ORDERS_PER_DAY * growth * _MONTH[day.month - 1] * _WEEKDAY[day.weekday()]
    count = max(0, round(chance.gauss(expected, expected**0.5)))
    midnight = datetime.datetime.combine(day, datetime.time())
    hours = chance.choices(range(24), _HOURS, k=count)
    return [midnight + datetime.timedelta(hours=hour, seconds=chance.randrange(3600)) for hour in hours]


def _make_order(
    chance: random.Random, period: Period, customer: Customer, ordered_at: datetime.datetime, shelf: _Shelf
) -> Order:
    items = _make_items(chance, period, customer, ordered_at.date(), shelf)
    cancelled = chance.random() < 0.035
    shipments = () if cancelled else _make_shipments(chance, period, customer, ordered_at, items)
    status = "cancelled" if cancelled else _status(shipments)
    returns = tuple(_make_returns(chance, period, items, shipments)) if status == "delivered" else ()
    channel = chance.choices(*_CHANNELS)[0]
    payment = chance.choices(PAYMENT_METHODS, _PAYMENTS)[0]
    if payment == "invoice" and customer.segment == "consumer":
        payment = "credit card"
    return Order(customer, ordered_at, status, channel, payment, items, shipments, returns)


def _status(shipments: tuple[Shipment, ...]) -> str:
    if not shipments:
        return "processing"
    return "delivered" if all(shipment.delivered_at for shipment in shipments) else "shipped"


def _make_items(
    chance: random.Random, period: Period, customer: Customer, day: datetime.date, shelf: _Shelf
) -> tuple[Item, ...]:
    wanted = chance.choices(*_ITEMS_PER_ORDER)[0]
    drawn = chance.choices(shelf.products, cum_weights=shelf.weights, k=wanted)
    chosen = {product.product_id: product for product in drawn}
    return tuple(_make_item(chance, period, customer, day, product) for product in chosen.values())


def _make_item(chance: random.Random, period: Period, customer: Customer, day: datetime.date, product: Product) -> Item:
    years_ago = (period.last - day).days / 365.25
    list_cents = product.price_cents * (1 - _PRICE_RISE_PER_YEAR * years_ago)
    sale = (day.month == 11 and day.day >= 22) or (day.month == 1 and day.day <= 20)
    discount = chance.choice((10, 15, 20, 25)) if sale and chance.random() < 0.5 else 0
    if not discount and chance.random() < 0.06:
        discount = 5
    quantity = chance.choices((1, 2, 3, 4, 6), (72, 17, 6, 3, 2))[0]
    if customer.segment != "consumer" and chance.random() < 0.4:
        quantity *= chance.choice((2, 3, 5))
    return Item(product, quantity, round(list_cents * (100 - discount) / 100), discount)


def _make_shipments(
    chance: random.Random, period: Period, customer: Customer, ordered_at: datetime.datetime, items: tuple[Item, ...]
) -> tuple[Shipment, ...]:
    """Return one parcel, or two for some larger orders; what would leave after the period has not left yet."""
    end = datetime.datetime.combine(period.last, datetime.time(23, 59, 59))
    parcels = 2 if len(items) > 2 and chance.random() < 0.2 else 1
    kilograms = sum(item.product.weight_grams * item.quantity for item in items) / 1000 / parcels
    shipments = []
    for parcel in range(parcels):
        waiting_hours = chance.uniform(4, 50) + 60 * parcel
        if chance.random() < 0.03:  # out of stock
            waiting_hours += chance.uniform(5, 25) * 24
        shipped_at = ordered_at + datetime.timedelta(seconds=round(waiting_hours * 3600))
        if shipped_at > end:
            continue
        carrier = chance.choices(CARRIERS, [each.weight for each in CARRIERS])[0]
        days = max(0.7, customer.country.days + carrier.delay_days + chance.expovariate(1.2))
        delivered_at = shipped_at + datetime.timedelta(seconds=round(days * 86400))
        cost = carrier.base_cost + 0.35 * customer.country.days + 0.22 * kilograms
        arrived = delivered_at if delivered_at <= end else None
        shipments.append(Shipment(carrier.name, round(cost * 100), shipped_at, arrived))
    return tuple(shipments)


def _make_returns(
    chance: random.Random, period: Period, items: tuple[Item, ...], shipments: tuple[Shipment, ...]
) -> Iterator[Return]:
    arrived = max(shipment.delivered_at.date() for shipment in shipments if shipment.delivered_at is not None)
    for place, item in enumerate(items):
        if chance.random() >= item.product.category.return_rate:
            continue
        returned_on = arrived + datetime.timedelta(days=chance.randint(2, 30))
        if returned_on > period.last:
            continue
        refunded_on = returned_on + datetime.timedelta(days=chance.randint(1, 10))
        clothes = item.product.category.name in {"Clothing", "Shoes"}
        reason = chance.choices(RETURN_REASONS, (50 if clothes else 4, 14, 8, 22, 16, 6))[0]
        quantity = chance.randint(1, item.quantity)
        yield Return(
            item=place,
            returned_on=returned_on,
            reason=reason,
            quantity=quantity,
            refund_cents=quantity * item.unit_cents,
            refunded_on=refunded_on if refunded_on <= period.last else None,
        )
