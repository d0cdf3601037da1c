"""The database's message about a column is completed from the catalog."""

from __future__ import annotations

import pytest

from askwire_data.hints import is_about_schema, with_near_columns
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


def test_near_columns_of_the_tables_are_named() -> None:
    """Columns of tables that the statement does not read are no help."""
    completed = with_near_columns(failure('column "amuont" does not exist'), ("a.t",), _CATALOG)

    assert completed.message == 'column "amuont" does not exist; did you mean amount?'


@pytest.mark.parametrize(
    "message",
    ["syntax error", 'column "zzz" does not exist', 'column "amuont" does not exist. Perhaps you meant "x".'],
)
def test_other_messages_stay(message: str) -> None:
    """Where nothing is near, and where the server has helped, nothing is added."""
    assert with_near_columns(failure(message), ("a.t",), _CATALOG).message == message


def test_what_may_mean_a_changed_schema() -> None:
    """Unknown tables and columns are; other errors are not."""
    assert is_about_schema(failure("", "42P01"))
    assert is_about_schema(failure("", "42703"))
    assert is_about_schema(RequestFailed(ErrorCode.SQL_REJECTED, "there is no table x that may be read"))
    assert not is_about_schema(failure("", "22012"))
    assert not is_about_schema(RequestFailed(ErrorCode.SQL_REJECTED, "only one statement"))
