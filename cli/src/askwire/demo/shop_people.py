"""Make the demo shop's slow side: countries, suppliers, categories, products and customers. Pure and seeded."""

from __future__ import annotations

import dataclasses
import datetime
import random
from decimal import Decimal

from askwire.demo.shop_words import (
    BRANDS,
    CATEGORIES,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    SUPPLIER_ENDINGS,
    SUPPLIER_NAMES,
    Category,
    Country,
)

__all__ = ["Customer", "Period", "Product", "Supplier", "make_customers", "make_products", "make_suppliers", "money"]

_BRANDS_PER_GOOD = 3
_CUSTOMERS = 4000
# accounts were made since this long before the first order
_EARLIER_DAYS = 540


@dataclasses.dataclass(frozen=True, slots=True)
class Period:
    """First and last day of the orders."""

    first: datetime.date
    last: datetime.date

    @property
    def days(self) -> int:
        """How many days there are, both ends included."""
        return (self.last - self.first).days + 1


@dataclasses.dataclass(frozen=True, slots=True)
class Supplier:
    """A row of `suppliers`."""

    supplier_id: int
    name: str
    city: str
    country_code: str
    lead_time_days: int


@dataclasses.dataclass(frozen=True, slots=True)
class Product:
    """A row of `products`, its category, and how well it sells beside others."""

    product_id: int
    name: str
    brand: str
    category: Category
    category_id: int
    supplier_id: int
    price_cents: int
    cost_cents: int
    weight_grams: int
    units_in_stock: int
    launched_on: datetime.date
    discontinued_on: datetime.date | None
    popularity: float

    def is_sold_on(self, day: datetime.date) -> bool:
        """Say whether the product can be ordered on this day."""
        return self.launched_on <= day and (self.discontinued_on is None or day <= self.discontinued_on)


@dataclasses.dataclass(frozen=True, slots=True)
class Customer:
    """A row of `customers`, the country, and how often the customer orders beside others."""

    customer_id: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    birth_date: datetime.date | None
    city: str
    country: Country
    segment: str
    newsletter: bool
    registered_on: datetime.date
    activity: float


def money(cents: int) -> Decimal:
    """Return cents as an amount with two places."""
    return Decimal(cents).scaleb(-2)


def make_suppliers(chance: random.Random) -> list[Supplier]:
    """Return the suppliers, each of an own name."""
    suppliers = []
    for number in range(2 * len(SUPPLIER_NAMES)):
        country = chance.choices(COUNTRIES, [each.weight for each in COUNTRIES])[0]
        name = f"{SUPPLIER_NAMES[number % len(SUPPLIER_NAMES)]} {SUPPLIER_ENDINGS[number % 3 + number // 16]}"
        lead_days = country.days + chance.randint(2, 18)
        suppliers.append(Supplier(number + 1, name, chance.choice(country.cities), country.code, lead_days))
    return suppliers


def make_products(chance: random.Random, period: Period, suppliers: list[Supplier]) -> list[Product]:
    """Return each good in the make of a few brands; some come later, some go early."""
    products: list[Product] = []
    for category_id, category in enumerate(CATEGORIES, start=1):
        for good, price, weight in category.goods:
            for brand in chance.sample(BRANDS, _BRANDS_PER_GOOD):
                launched, discontinued = _life(chance, period)
                cents = max(199, round(price * chance.uniform(0.7, 1.5)) * 100 - chance.choice((1, 5, 10, 50)))
                products.append(
                    Product(
                        product_id=len(products) + 1,
                        name=f"{brand} {good}",
                        brand=brand,
                        category=category,
                        category_id=category_id,
                        supplier_id=chance.choice(suppliers).supplier_id,
                        price_cents=cents,
                        cost_cents=round(cents * chance.uniform(0.42, 0.72)),
                        weight_grams=round(weight * chance.uniform(0.85, 1.2) * 1000),
                        units_in_stock=0 if discontinued else chance.choice((0, chance.randint(5, 60), 120, 250)),
                        launched_on=launched,
                        discontinued_on=discontinued,
                        # cheap goods sell more often, and a few products are favourites
                        popularity=category.popularity * chance.lognormvariate(0, 0.8) / (cents / 100) ** 0.3,
                    )
                )
    return products


def _life(chance: random.Random, period: Period) -> tuple[datetime.date, datetime.date | None]:
    launched = period.first - datetime.timedelta(days=chance.randint(30, 900))
    if chance.random() < 0.25:
        launched = period.first + datetime.timedelta(days=chance.randint(20, period.days - 120))
    if chance.random() < 0.9:
        return launched, None
    earliest = max(launched, period.first) + datetime.timedelta(days=60)
    return launched, earliest + datetime.timedelta(days=chance.randint(0, max(0, (period.last - earliest).days - 20)))


def make_customers(chance: random.Random, period: Period) -> list[Customer]:
    """Return the customers in the order of their registration."""
    span = period.days + _EARLIER_DAYS - 1
    # more people register each year than the year before
    ages = sorted(int(span * chance.random() ** 0.8) for _ in range(_CUSTOMERS))
    begin = period.first - datetime.timedelta(days=_EARLIER_DAYS)
    return [
        _make_customer(chance, number, begin + datetime.timedelta(days=age)) for number, age in enumerate(ages, start=1)
    ]


def _make_customer(chance: random.Random, number: int, registered_on: datetime.date) -> Customer:
    country = chance.choices(COUNTRIES, [each.weight for each in COUNTRIES])[0]
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    segment = chance.choices(("consumer", "business", "education"), (78, 16, 6))[0]
    born = registered_on - datetime.timedelta(days=round(chance.triangular(18, 82, 36) * 365.25))
    return Customer(
        customer_id=number,
        first_name=first,
        last_name=last,
        email=f"{first}.{last}{number}@example.{chance.choice(('com', 'net', 'org'))}".lower(),
        phone=f"+{chance.randint(20, 98)} {chance.randint(100, 999)} {chance.randint(100000, 9999999)}"
        if chance.random() < 0.65
        else None,
        birth_date=born if segment == "consumer" and chance.random() < 0.8 else None,
        city=chance.choice(country.cities),
        country=country,
        segment=segment,
        newsletter=chance.random() < 0.4,
        registered_on=registered_on,
        activity=chance.lognormvariate(0, 0.9) * (1.8 if segment == "business" else 1.0),
    )
