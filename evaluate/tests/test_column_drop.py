"""Catalogs with something hidden, and the roles of columns."""

from __future__ import annotations

from askwire_evaluate.column_drop import choose_hidden, hide
from askwire_evaluate.column_roles import ColumnRoles, Role
from askwire_evaluate.sql_reading import Origin
from askwire_protocol.messages.catalog import Catalog, Column, ForeignKey, Table

AUTHOR = Table(
    schema="public",
    name="author",
    columns=(Column(name="id", type="integer"), Column(name="name", type="text"), Column(name="born", type="date")),
    primary_key=("id",),
)
BOOK = Table(
    schema="public",
    name="Book",
    columns=(
        Column(name="isbn", type="text"),
        Column(name="writer", type="integer"),
        Column(name="genre", type="text"),
        Column(name="pages", type="integer"),
    ),
    primary_key=("isbn",),
    unique_keys=(("writer", "genre"),),
    foreign_keys=(
        ForeignKey(columns=("writer",), schema="public", table="author", referenced_columns=("id",)),
    ),
)  # fmt: skip
CATALOG = Catalog(version="v1", tables=(AUTHOR, BOOK))


def test_hidden_column_is_gone_with_its_keys() -> None:
    """Nothing that is left speaks of it."""
    left = hide(CATALOG, Origin("book", "writer"))

    assert left.tables[0] == AUTHOR
    assert [column.name for column in left.tables[1].columns] == ["isbn", "genre", "pages"]
    assert left.tables[1].foreign_keys == left.tables[1].unique_keys == ()
    assert left.tables[1].primary_key == ("isbn",)
    assert left.version != CATALOG.version


def test_keys_that_refer_to_what_is_hidden_are_gone() -> None:
    """A foreign key without its target would give it away."""
    assert hide(CATALOG, Origin("author", "id")).tables[1].foreign_keys == ()
    assert hide(CATALOG, Origin("author", "name")).tables[1].foreign_keys == BOOK.foreign_keys
    assert [table.name for table in hide(CATALOG, Origin("author")).tables] == ["Book"]
    assert hide(CATALOG, Origin("author")).tables[0].foreign_keys == ()


def test_choice_is_the_same_every_time_and_spread() -> None:
    """The question's id alone decides, and over many questions everything is hidden once."""
    used = (Origin("author"), Origin("author", "name"), Origin("book", "pages"))
    chosen = {choose_hidden(f"q-{number}", used) for number in range(50)}

    assert chosen == set(used)
    assert choose_hidden("q-1", used) == choose_hidden("q-1", used)
    assert choose_hidden("q-1", ()) is None


def test_roles_of_columns() -> None:
    """Keys are ids; what is called a name is one, else the first text that is no key."""
    roles = ColumnRoles(CATALOG)

    assert roles.role(Origin("author", "id")) is Role.ID
    assert roles.role(Origin("author", "name")) is Role.NAME
    assert roles.role(Origin("author", "born")) is Role.OTHER
    assert roles.role(Origin("book", "isbn")) is Role.ID
    assert roles.role(Origin("book", "writer")) is Role.ID
    assert roles.role(Origin("book", "genre")) is Role.NAME
    assert roles.role(Origin("book", "pages")) is Role.OTHER
    assert roles.role(None) is Role.OTHER
    assert roles.target(Origin("book", "writer")) == Origin("author", "id")
    assert roles.target(Origin("book", "isbn")) == Origin("book", "isbn")
