"""What is understood of a catalog."""

from __future__ import annotations

import msgspec

from askwire_nlp.catalog import Kind, KnownCatalog, KnownTable, understand
from askwire_protocol.messages.catalog import Catalog, Column, ForeignKey, Table


def table(known: KnownCatalog, name: str) -> KnownTable:
    """Return a table by name."""
    return next(one for one in known.tables if one.table.name == name)


def test_kinds_say_more_than_types(known: KnownCatalog) -> None:
    """Keys are ids, prices money, yes-or-no columns flags, years years."""
    kinds = {(one.table.name, column.name): column.kind for one in known.tables for column in one.columns}

    assert kinds["members", "branch_id"] is Kind.ID
    assert kinds["books", "price"] is Kind.MONEY
    assert kinds["members", "active"] is Kind.FLAG
    assert kinds["authors", "birth_year"] is Kind.YEAR
    assert kinds["loans", "due_date"] is Kind.DATE


def test_rows_are_labelled_by_what_names_them(known: KnownCatalog) -> None:
    """A name, a first with a last name, or a title; nothing where nothing names a row."""
    assert table(known, "branches").label == ("name",)
    assert table(known, "members").label == ("first_name", "last_name")
    assert table(known, "books").label == ("title",)
    assert table(known, "loans").label == ()


def test_link_tables_and_main_dates_are_found(known: KnownCatalog) -> None:
    """A table of two references links; an event is dated by the date that is called like it."""
    assert table(known, "book_authors").is_link
    assert not table(known, "loans").is_link
    assert table(known, "loans").main_date == "loan_date"
    assert table(known, "sale_lines").main_date == "sold_at"


def test_an_amount_is_computed_from_one_quantity_and_one_price(known: KnownCatalog) -> None:
    """Quantity, price and a discount that is a rate make an amount; two quantities make none."""
    amount = table(known, "sale_lines").columns[-1]

    assert amount.formula is not None
    assert (amount.formula.quantity, amount.formula.price, amount.formula.discount) == (
        "quantity", "unit_price", "discount",
    )  # fmt: skip
    assert all(column.formula is None for column in table(known, "books").columns)


def lines(price_comment: str | None, discount: str, maximum: str) -> Catalog:
    """Return a catalog with one table of sold lines."""
    columns = (
        Column(name="order_id", type="integer"),
        Column(name="quantity", type="integer"),
        Column(name="unit_price", type="numeric", comment=price_comment),
        Column(name=discount, type="numeric", minimum="0", maximum=maximum),
    )
    key = ForeignKey(columns=("order_id",), schema="s", table="orders", referenced_columns=("id",))
    orders = Table(schema="s", name="orders", columns=(Column(name="id", type="integer"),), primary_key=("id",))
    return Catalog(version="1", tables=(Table(schema="s", name="lines", columns=columns, foreign_keys=(key,)), orders))


def test_a_discount_is_taken_off_once() -> None:
    """The price's comment decides whether the discount is in it already; an unclear one makes no amount."""
    plain = understand(lines(None, "discount", "0.3")).tables[0].columns[-1].formula
    percent = understand(lines(None, "discount_percent", "40")).tables[0].columns[-1].formula
    after = understand(lines("price after the discount", "discount", "0.3")).tables[0].columns[-1].formula
    unclear = understand(lines("price with discount", "discount", "0.3")).tables[0].columns[-1].formula
    too_big = understand(lines(None, "discount", "40")).tables[0].columns[-1].formula

    assert plain is not None
    assert plain.discount == "discount"
    assert percent is not None
    assert percent.is_percent
    assert after is not None
    assert after.discount is None
    assert unclear is None
    assert too_big is None


def test_prefixes_of_all_tables_and_columns_are_left_out() -> None:
    """What every name begins with says nothing."""
    tables = tuple(
        Table(
            schema="s",
            name=f"crm_{name}",
            columns=tuple(Column(name=f"x_{part}", type="text") for part in ("city", "street", "note")),
        )
        for name in ("person", "visit", "letter")
    )

    known = understand(Catalog(version="1", tables=tables))

    assert known.tables[0].words == ("person",)
    assert known.tables[0].columns[0].short == ("city",)


def test_references_to_tables_that_are_not_there_are_left_out(catalog: Catalog) -> None:
    """A role may see a table but not what it refers to."""
    without = msgspec.structs.replace(catalog, tables=catalog.tables[1:])

    known = understand(without)

    assert all(edge.target < len(known.tables) for edge in known.edges)
    assert len(known.edges) == len(understand(catalog).edges) - 1
