"""The database's message about a column is completed from the catalog."""

from __future__ import annotations

import pytest

from askwire_data.hints import is_about_schema, missing_column, tables_with, with_changed_schema, with_near_columns
from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages import Catalog, Column, Table

_CATALOG = Catalog(
    version="1",
    tables=(
        Table(schema="a", name="t", columns=(Column(name="amount", type="integer"),)),
        Table(schema="a", name="u", columns=(Column(name="amounts", type="integer"),)),
    ),
)


def failure(message: str, state: str = "42703") -> RequestFailed:
    """Return the failure that the database's message makes."""
    return RequestFailed(ErrorCode.SQL_FAILED, message, details=(ErrorDetail(reason=f"SQLSTATE {state}"),))


def complete(message: str) -> str:
    """Return the message as it is completed for a statement that reads the table a.t."""
    failed = failure(message)
    missing = missing_column(failed)
    return message if missing is None else with_near_columns(failed, missing, ("a.t",), _CATALOG).message


def test_near_columns_of_the_tables_are_named() -> None:
    """Columns of tables that the statement does not read are no help."""
    assert complete('column "amuont" does not exist') == 'column "amuont" does not exist; did you mean amount?'


@pytest.mark.parametrize(
    "message",
    [
        "syntax error",
        'column "zzz" does not exist',
        'column "amuont" does not exist. Perhaps you meant "x".',
        'column "amount" does not exist',
        "column t.amount does not exist",
    ],
)
def test_other_messages_stay(message: str) -> None:
    """Where nothing is near but the name itself, and where the server has helped, nothing is added."""
    assert complete(message) == message


@pytest.mark.parametrize(
    ("message", "column"),
    [
        ('column "amount" does not exist', "amount"),
        ('column "net amount" does not exist', "net amount"),
        ("column t.amount does not exist", "amount"),
        ("column t.net amount does not exist", "net amount"),
        ('relation "a.t" does not exist', None),
    ],
)
def test_the_missing_column_is_read_from_the_message(message: str, column: str | None) -> None:
    """The database quotes a name alone, and never one with its table."""
    assert missing_column(failure(message)) == column


def test_tables_that_have_a_column_by_the_catalog() -> None:
    """Only those that the statement reads."""
    assert tables_with("amounts", ("a.t",), _CATALOG) == ()
    assert tables_with("amount", ("a.t", "a.u"), _CATALOG) == ("a.t",)


def test_a_changed_schema_is_said_in_a_sentence() -> None:
    """The class of the error stays readable for machines."""
    failed = with_changed_schema(failure("column t.amount does not exist"))

    assert failed.message == "column t.amount does not exist. The schema has changed; it is being read again."
    assert failed.details[0].reason == "SQLSTATE 42703"


def test_what_may_mean_a_changed_schema() -> None:
    """Unknown tables and columns are; other errors are not."""
    assert is_about_schema(failure("", "42P01"))
    assert is_about_schema(failure("", "42703"))
    assert is_about_schema(RequestFailed(ErrorCode.SQL_REJECTED, "there is no table x that may be read"))
    assert not is_about_schema(failure("", "22012"))
    assert not is_about_schema(RequestFailed(ErrorCode.SQL_REJECTED, "only one statement"))
